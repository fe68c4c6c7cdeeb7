"""How a text in Arabic script is typed: keyboard, half-spaces, vowel signs."""

from __future__ import annotations

from shared.records import Orthography

_ARABIC_KEYS, _PERSIAN_KEYS = "يىك", "یک"
_JOINER = "\u200c"
_VOWEL_SIGNS = "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652"


def orthography(text: str, letters: int) -> Orthography:
    """Return the ratios of *text*, which holds so many *letters*; 0 where there is nothing to count."""
    arabic = _count(text, _ARABIC_KEYS)
    either = arabic + _count(text, _PERSIAN_KEYS)
    words = text.count(" ") + text.count("\n") + 1
    return Orthography(
        arabic_keyboard_ratio=round(arabic / either, 4) if either else 0.0,
        zwnj_density=round(text.count(_JOINER) / words, 4),
        diacritics=round(_count(text, _VOWEL_SIGNS) / letters, 4) if letters else 0.0,
    )


def _count(text: str, characters: str) -> int:
    return sum(text.count(character) for character in characters)
