"""The parts of a search: how a query is read, what sounds like a word, the nearest vectors, the excerpt that
is shown.
"""
