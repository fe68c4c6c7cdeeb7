"""Extract: who, where, when, how many, what was said, by whom and on whose word."""
