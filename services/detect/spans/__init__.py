"""Stretches and lines of a text, each with its languages, and the page as a whole."""
