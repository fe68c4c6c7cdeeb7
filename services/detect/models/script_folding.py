"""What the own models see of a text: letters folded to what tells languages apart.

One function for training and use.

In Arabic script the folding is what makes a Persian text typed on an Arabic keyboard the same text: ي ى ك
become ی ک; joiners, vowel signs and kashida go; every run of anything that is no Arabic-script letter becomes
one space, so Latin names, digits and punctuation never vote. What differs between languages (ئ أ ة ه ہ ھ ے ں
ې ە …) stays as it is.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

from shared.text import scripts

_SPACE, _DROP, _COMPOSE = 0x20, 0, 1
_KEPT = (
    (0x0620, 0x063F), (0x0641, 0x064A), (0x0654, 0x0655), (0x066E, 0x06D3), (0x06D5, 0x06D5), (0x06EE, 0x06EF),
    (0x06FA, 0x06FF), (0x0750, 0x077F), (0x0870, 0x08FF),
)  # fmt: skip
_COMPOSED_FIRST = ((0x0653, 0x0653), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC))
"""The combining madda, and presentation forms."""
_DROPPED = (
    (0x200C, 0x200F),
    (0x0640, 0x0640),
    (0xFEFF, 0xFEFF),
    (0x0670, 0x0670),
    (0x202A, 0x202E),
    (0x2066, 0x2069),
    (0x064B, 0x0652),
)
_FOLDED = {"ي": "ی", "ى": "ی", "ك": "ک"}
_SPELLING_DIGITS = "235679"
"""Digits that stand for letters in romanised Arabic (3 ع, 7 ح, 5 خ …), kept where they touch a letter."""


def arabic(text: str) -> NDArray[np.uint32]:
    """Return the folded code points of *text* between two spaces; these alone without Arabic letters."""
    mapped = _mapped(text)
    if (mapped == _COMPOSE).any():
        mapped = _mapped(unicodedata.normalize("NFKC", text))
        mapped[mapped == _COMPOSE] = _SPACE
    return _between_spaces(mapped[mapped != _DROP])


def spaced(text: str) -> NDArray[np.uint32]:
    """Return ``arabic`` of *text* with half-spaces as spaces: typing them is an outlet's habit."""
    return arabic(text.replace("\u200c", " "))


def _mapped(text: str) -> NDArray[np.uint32]:
    mapped: NDArray[np.uint32] = _arabic_table().take(scripts.code_points(text), mode="clip")
    return mapped


@cache
def _arabic_table() -> NDArray[np.uint32]:
    """Return what each code point of the basic plane becomes: a letter, a space, 0 nothing, 1 composed."""
    table = np.full(0x10000, _SPACE, np.uint32)
    for first, last in _KEPT:
        table[first : last + 1] = np.arange(first, last + 1)
    for ranges, value in ((_COMPOSED_FIRST, _COMPOSE), (_DROPPED, _DROP)):
        for first, last in ranges:
            table[first : last + 1] = value
    for letter, fold in _FOLDED.items():
        table[ord(letter)] = ord(fold)
    return table


def general(text: str) -> NDArray[np.uint32]:
    """Return the lower-case letters, marks and apostrophes of *text* between two single spaces."""
    lower = unicodedata.normalize("NFC", text).lower()
    points = _general_table().take(scripts.code_points(lower), mode="clip")
    is_letter = points > 0x40
    is_digit = (points >= 0x30) & (points <= 0x39)
    is_beside_letter = np.zeros(len(points), np.bool_)
    is_beside_letter[1:] |= is_letter[:-1]
    is_beside_letter[:-1] |= is_letter[1:]
    return _between_spaces(np.where(is_digit & ~is_beside_letter, np.uint32(_SPACE), points))


@cache
def _general_table() -> NDArray[np.uint32]:
    """Return the table of letters and marks (themselves), apostrophes (straight), all else (a space)."""
    table = np.full(scripts.TABLE_END + 1, _SPACE, np.uint32)
    kept = [at for at in range(scripts.TABLE_END) if unicodedata.category(chr(at))[0] in "LM"]
    table[kept] = kept
    table[[ord(mark) for mark in "'\u2019\u02bc\u02bb\u0060\u00b4"]] = ord("'")
    table[[ord(digit) for digit in _SPELLING_DIGITS]] = [ord(digit) for digit in _SPELLING_DIGITS]
    return table


def _between_spaces(points: NDArray[np.uint32]) -> NDArray[np.uint32]:
    between = np.full(len(points) + 2, _SPACE, np.uint32)
    between[1:-1] = points
    kept = between != _SPACE
    kept[1:] |= kept[:-1]  # the first of several spaces
    kept[0] = True
    folded: NDArray[np.uint32] = between[kept]
    return folded
