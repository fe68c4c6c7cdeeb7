"""Language classes: each has a background of its own (``weighing.pairs``).

All other languages share one class; where pairs are made each is still a language of its own.
"""

from __future__ import annotations

CLASSES = ("fa", "ar", "en", "*")
OTHER = len(CLASSES) - 1
"""The class of all languages without one of their own."""


def class_of(lang: str) -> int:
    """Return the class of a language."""
    return CLASSES.index(lang) if lang in CLASSES else OTHER
