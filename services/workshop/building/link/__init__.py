"""Builds the linker's lexicon and counts, and fits its joins."""
