"""Judges clean: lines, half-spaces, characters and dates."""
