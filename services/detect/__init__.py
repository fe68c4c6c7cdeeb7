"""Detect: which language an article is in, how sure that is, and where it changes."""
