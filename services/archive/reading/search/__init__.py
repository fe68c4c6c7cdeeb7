"""The parts of a search: the query as read, what sounds like a word, nearest vectors, the shown excerpt."""
