"""Expressions of time and the day that the article is about."""
