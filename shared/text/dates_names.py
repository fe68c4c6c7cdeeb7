"""Folding for the search of dates, of texts and of the names sought in them, and the expressions of names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from shared.text.digits import TO_ASCII

_LETTERS = {
    "ي": "ی",
    "ى": "ی",
    "ې": "ی",
    "ۍ": "ی",
    "ێ": "ی",
    "ك": "ک",
    "ە": "ه",
    "ة": "ه",
    "ۀ": "ه",
    "ہ": "ه",
    "ھ": "ه",
    "−": "-",
    "–": "-",
    "\u060d": "/",  # the date sign of Urdu
    "ı": "i",
    "İ": "i",
    "ς": "σ",
    "ł": "l",
    "đ": "d",
    "\u00a0": " ",
    "\u202f": " ",
    "\uff1a": ":",
}
_LETTERS |= dict.fromkeys("أإآٱ", "ا")


def _plain(code: int) -> str:
    """Return a letter of Latin, Greek, Cyrillic or Armenian small and without accents: one for one."""
    char = unicodedata.normalize("NFD", chr(code))[0].lower()
    return char if len(char) == 1 else chr(code)


FOLD: dict[int, str] = {
    **{
        code: _plain(code)
        for code in (*range(0x41, 0x5B), *range(0xC0, 0x250), *range(0x370, 0x588), *range(0x1E00, 0x2000))
    },
    **TO_ASCII,
    **{ord(a): b for a, b in _LETTERS.items()},
}
"""One character to one: digits, look-alike letters, capitals, accents."""

DROPPED = re.compile(
    "[\u0300-\u036f\u064b-\u0655\u0670\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069\u061c\ufeff]"
)
"""Marks and invisible characters, which are left out before dates are looked for."""
WORD_LETTER = r"[^\W\d_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
"""A letter of a script that puts spaces between words: beside such a letter a name is part of a longer word.
"""


@dataclass(frozen=True, slots=True)
class Searchable:
    """A folded text to search, and for each of its characters the offset in the original text."""

    text: str
    offsets: list[int] | None

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return where ``text[start:end]`` stands in the original text."""
        if self.offsets is None or start >= end:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1


def searchable(text: str) -> Searchable:
    """Return *text* with ASCII digits, one letter per sound-alike and without marks."""
    if not DROPPED.search(text):
        return Searchable(text.translate(FOLD), None)
    offsets = [offset for offset, char in enumerate(text) if not DROPPED.match(char)]
    return Searchable("".join(text[offset] for offset in offsets).translate(FOLD), offsets)


def fold_name(name: str) -> str:
    """Return *name* as it stands in a folded text."""
    return DROPPED.sub("", name).translate(FOLD)


def alternatives(names: Iterable[str]) -> str:
    """Return a regular expression of all *names*, the longest first; parts may be joined or apart.

    Names that begin alike share their beginning: two thousand names cost a search little more than ten.
    """
    trie: dict[str, dict[str, object]] = {}
    for name in names:
        node = trie
        for char in name:
            node = node.setdefault(char, {})  # type: ignore[assignment]
        node[""] = {}
    return _branch(trie)


def _branch(trie: dict[str, dict[str, object]]) -> str:
    ends = "" in trie
    branches = [
        (r"\s?" if char == "_" else re.escape(char)) + _branch(trie[char])  # type: ignore[arg-type]
        for char in sorted(trie)
        if char
    ]
    if not branches:
        return ""
    if len(branches) == 1 and not ends:
        return branches[0]
    return f"(?:{'|'.join(branches)}){'?' if ends else ''}"


def squeezed(name: str) -> str:
    """Return *name* without spaces and underscores: the key under which a match is looked up."""
    return re.sub(r"[\s_]+", "", name)
