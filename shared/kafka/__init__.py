"""Everything that speaks to a broker: the clients, the declaration of topics, lag seen from outside."""
