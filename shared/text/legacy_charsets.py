"""Tells a text of one old charset that was read in another (KOI8-R as windows-1251, Turkish as Western).

All bytes of one are letters in the other, so nothing fails to decode; only the text itself can show it. A
line that is certain decides for those of its text that are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

PAIRS = (
    ("koi8-r", "cp1251"),
    ("cp1251", "koi8-r"),
    ("cp1254", "cp1252"),
    ("cp1250", "cp1252"),
    ("iso8859-2", "cp1252"),
)
"""The charset that a text is in, and the one it was read in."""
LEAST_CYRILLIC = 8
"""Cyrillic letters from which a line is judged as Cyrillic."""
COMMON = frozenset("оеаинтсрвлі")
"""The commonest letters of the languages that are written in KOI8-R: six of ten in any text."""
COMMON_SHARE = 0.5
"""Share of common letters from which a line is text of such a language."""
BETTER_BY = 0.08
"""How far that share must lie above the one of the line as it was read."""
CAPITAL_SHARE = 0.6
"""Share of capitals in a line that was read wrong: each of the two charsets has capitals for small letters of
the other."""

_CYRILLIC = re.compile("[\u0400-\u045f]")
_TURKISH = re.compile("[þýðÞÝÐ]")
_ICELANDIC = re.compile("[áíóúæÁÍÓÚÆ]")
_TURKMEN = re.compile(r"ä|\b[ýÝ][aeiouöüy]")
"""In Turkmen ý is the consonant y; Turkish words do not begin with ı and another vowel."""
_NOT_ICELANDIC = re.compile("[üçÜÇ]")
_LETTER = "[a-z\u00e0-\u017e]"
_SIGN_IN_WORD = re.compile(
    f"(?<={_LETTER})[\u0160\u0161\u0152\u0153\u017e\u0178\u009c\u009f¹³¿±¶¼¾£¥¯](?={_LETTER})"
)
SIGNS = frozenset("¹³±¶¼¾£¥¯¿")
_SURE_SIGN = re.compile(f"(?<={_LETTER}{{2}})(?:[¹³±¶¼¾£¥¯]|¿(?={_LETTER}+.*{_LETTER}¿))(?={_LETTER})")
HUNGARIAN = re.compile("(?s)(?=.*[õÕ])(?=.*[ûÛ])|(?=.*[õûÕÛ])(?=.*[öüÖÜ])(?=.*[áíóúÁÍÓÚ])")
"""Letters that no language has together: ő and ű are õ and û in windows-1252."""
_POLISH = re.compile("[\u0000-\u007f\u00a0\u00a7\u00ab\u00b0\u00bb\u2010-\u2044ąćęłńóśźżĄĆĘŁŃÓŚŹŻ]*")
_OF_CENTRAL = re.compile(
    "[\u0000-\u007f\u00a0\u00a7\u00ab\u00b0\u00bb\u00c0-\u017f\u02c6-\u02dd\u2010-\u2044\u20ac\u2122]*"
)


class Rereading(NamedTuple):
    """A line read anew: its text, the charset it was read in, and the right one."""

    text: str
    wrong: str
    right: str


def has_sure_sign(text: str) -> bool:
    """Tell whether one of `SIGNS` stands in a word of *text*."""
    return _SURE_SIGN.search(text) is not None


def readings(line: str) -> Iterator[Rereading]:
    """Yield how *line* has to be read; nothing when it may be sound."""
    if len(_CYRILLIC.findall(line)) >= LEAST_CYRILLIC:
        yield from _cyrillic(line)
        return
    turkish = _TURKISH.findall(line)
    if (
        len(turkish) > max(1, 2 * len(_ICELANDIC.findall(line)))
        and _NOT_ICELANDIC.search(line)
        and not _TURKMEN.search(line)
    ):
        text = reread(line, "cp1252", "cp1254")
        if text:
            yield Rereading(text, "cp1252", "cp1254")
    elif _SURE_SIGN.search(line) or HUNGARIAN.match(line):
        yield from _central(line)


def _cyrillic(line: str) -> Iterator[Rereading]:
    letters = _CYRILLIC.findall(line)
    if sum(map(str.isupper, letters)) < CAPITAL_SHARE * len(letters):
        return
    for right, wrong in PAIRS[:2]:
        text = reread(line, wrong, right)
        if text and _share(text) >= max(COMMON_SHARE, _share(line) + BETTER_BY):
            yield Rereading(text, wrong, right)


def _central(line: str) -> Iterator[Rereading]:
    readable = [
        (text, right)
        for right, wrong in PAIRS[3:]
        if (text := reread(line, wrong, right)) and _OF_CENTRAL.fullmatch(text)
    ]
    readable = [(text, right) for text, right in readable if not _SIGN_IN_WORD.search(text)]
    polish = [(text, right) for text, right in readable if _POLISH.fullmatch(text)]
    yield from (Rereading(text, "cp1252", right) for text, right in polish or readable)


def _share(text: str) -> float:
    letters = _CYRILLIC.findall(text.lower())
    return sum(letter in COMMON for letter in letters) / max(1, len(letters))


def reread(line: str, wrong: str, right: str) -> str:
    """Return *line*, which was read in *wrong*, as *right*; empty when some of it cannot have been."""
    try:
        text = line.encode(wrong).decode(right)
    except UnicodeError:
        return ""
    return text if text != line else ""
