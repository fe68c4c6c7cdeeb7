"""Judges extract: names, quotes, and the article's vector."""
