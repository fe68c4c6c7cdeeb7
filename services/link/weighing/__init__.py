"""How likely two articles, and an article and a story, tell one event; what follows from it."""
