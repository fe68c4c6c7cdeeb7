"""Builds the names of months, days of the week and half days by language."""
