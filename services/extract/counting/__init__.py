"""Amounts in digits and words, and what is counted."""
