"""Judges detect: languages of texts, lines and pages."""
