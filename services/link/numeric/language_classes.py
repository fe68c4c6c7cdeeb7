"""Language classes: what the background is kept by.

A language outside of them is still told apart from the others where pairs are made.
"""

from __future__ import annotations

CLASSES = ("fa", "ar", "en", "*")
"""The last holds all other languages."""
OTHER = len(CLASSES) - 1


def class_of(lang: str) -> int:
    """Return the class of a language."""
    return CLASSES.index(lang) if lang in CLASSES else OTHER
