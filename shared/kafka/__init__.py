"""Everything that speaks to a broker: the clients, the declaration of topics, lag as a stranger sees it."""
