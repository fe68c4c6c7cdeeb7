"""The rules that change characters in every language, and in which order they are tried.

The whole text is never put through NFKC (it breaks ½, … and ²); digits, numbers, addresses and times stay as
written.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from services.clean.edits.ledger import Rule
from shared.text.letters import ARABIC, MARKS, ZWNJ


@dataclass(frozen=True, slots=True)
class CharacterStep:
    """What *pattern* matches becomes *replacement*.

    It is tried only on a text with one of the characters *triggers* and one of the strings *signs*, where
    these are given: asking for a sign is ten times as fast as a pattern that matches nothing.
    """

    rule: Rule
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]
    triggers: frozenset[str] = frozenset()
    signs: tuple[str, ...] = ()

    def concerns(self, text: str, present: frozenset[str]) -> bool:
        """Tell whether the step may change *text*, which has the characters *present*."""
        if self.triggers and present.isdisjoint(self.triggers):
            return False
        return not self.signs or any(sign in text for sign in self.signs)


def _between(*ranges: tuple[int, int]) -> frozenset[str]:
    return frozenset(chr(c) for start, end in ranges for c in range(start, end + 1))


def _nfkc(match: re.Match[str]) -> str:
    """Return the plain form of one character; forms of lone marks (U+FE70-FE7F) would gain a space there."""
    return unicodedata.normalize("NFKC", match.group()).lstrip(" ")


def _nfc(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", match.group())


MOST_MARKS = 30
"""Marks on one letter, as in Unicode's stream-safe text (UAX 15): more are put in order in quadratic time:
40,000 took 1.7 s, 80,000 6.9 s.
"""


def _fewer_marks(match: re.Match[str]) -> str:
    kept, marks = list[str](), 0
    for char in match.group():
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def unescape(match: re.Match[str]) -> str:
    """Return what an entity stands for, also one that was escaped twice: ``&amp;nbsp;``."""
    text = match.group()
    while (plain := html.unescape(text)) != text:
        text = plain
    return text


def _tatweel(match: re.Match[str]) -> str:
    return match.group() if match.group() == "هـ" else ""


_INVISIBLE = "\ufeff\u200b\u2060\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE_SET = frozenset("\ufeff\u200b\u2060\u061c\u200e\u200f\u200d") | _between(
    (0x202A, 0x202E), (0x2066, 0x2069)
)
_ODD_SPACES = frozenset("\u00a0\u202f\u205f\u3000\t\u1680") | _between((0x2000, 0x200A))
_BREAKS = "\r\x0b\x0c\x85\u2028\u2029"

ENTITY = CharacterStep(
    "entity",
    re.compile(r"&(?:(?:amp|#38|#x26);){0,8}(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"),
    unescape,
    frozenset("&"),
)
CONTROL = CharacterStep(
    "control",
    re.compile("[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]+"),
    "",
    _between((0, 8), (14, 31), (127, 127), (0xFFFE, 0xFFFF), (0xD800, 0xDFFF)),
)
CROWDED = CharacterStep(
    "mark",
    re.compile(rf"[^\w\s]{{{MOST_MARKS + 1},}}"),
    _fewer_marks,
    frozenset(char for char in map(chr, range(0x300, 0x1E950)) if unicodedata.combining(char)),
)
LINE_BREAKS = CharacterStep("space", re.compile(f"\r\n|[{_BREAKS}]"), "\n", frozenset(_BREAKS))

COMPOSE = CharacterStep(
    "compose",
    re.compile("[^\\W\\d_][\u0300-\u036f\u0653-\u0655]+"),
    _nfc,
    _between((0x300, 0x36F), (0x653, 0x655)),
)

SCRIPT_STEPS = (
    ENTITY,
    CONTROL,
    CROWDED,
    LINE_BREAKS,
    CharacterStep(
        "presentation",
        re.compile("[\ufb50-\ufdcf\ufdf0-\ufdfb\ufdfd-\ufdff\ufe70-\ufefc]"),
        _nfkc,
        _between((0xFB50, 0xFDCF), (0xFDF0, 0xFDFF), (0xFE70, 0xFEFC)),
    ),
    COMPOSE,
    CharacterStep(
        "invisible",
        re.compile(f"[{_INVISIBLE}]|(?<!\u200d)\u200d++(?=[{ARABIC}{ZWNJ}])|(?<=[{ARABIC}{ZWNJ}])\u200d+"),
        "",
        _INVISIBLE_SET,
    ),
    CharacterStep(
        "half_space",
        re.compile(f"(?<=[{ARABIC}]){ZWNJ}*[\u00ad\u00ac][\u00ad\u00ac{ZWNJ}]*(?=[{ARABIC}])"),
        ZWNJ,
        frozenset("\u00ad\u00ac"),
    ),
    CharacterStep("invisible", re.compile("\u00ad"), "", frozenset("\u00ad")),
    CharacterStep(
        "tatweel",
        re.compile(f"(?<![{ARABIC}])هـ(?![{ARABIC}])|\u0640+(?=[{ARABIC}])|(?<=[{ARABIC}])\u0640+"),
        _tatweel,
        frozenset("\u0640"),
    ),
)

SPACE_STEPS = (
    CharacterStep(
        "half_space",
        re.compile(
            f"(?<=[ادذرزژوؤآأإ]){ZWNJ}+(?=[ادذرزژوؤآأإ])|(?<={ZWNJ}){ZWNJ}+|{ZWNJ}+(?=[^\\w{ZWNJ}]|$)|(?<![\\w{ZWNJ}]){ZWNJ}+",
            re.MULTILINE,
        ),
        "",
        frozenset(ZWNJ),
    ),
    CharacterStep("space", re.compile(f"[{''.join(sorted(_ODD_SPACES))}]"), " ", _ODD_SPACES),
    CharacterStep("space", re.compile(" {2,}"), " ", signs=("  ",)),
    CharacterStep(
        "space_at_mark",
        re.compile(" +(?=[،؛؟»])|(?<=«) +| +(?=[!:](?:\\s|$))", re.MULTILINE),
        "",
        signs=(" ،", " ؛", " ؟", " »", "« ", " !", " :"),
    ),
    CharacterStep("space", re.compile("(?<! ) *\n *"), "\n", signs=(" \n", "\n ")),
    CharacterStep("space", re.compile("\n{3,}"), "\n\n", signs=("\n\n\n",)),
)

LETTER_MARKS = CharacterStep(
    "mark",
    re.compile(f"[{MARKS}]+"),
    "",
    frozenset(re.findall(f"[{MARKS}]", "".join(map(chr, range(0x640, 0x6F0))))),
)
