"""Builds the tables of number words that are not written by hand."""
