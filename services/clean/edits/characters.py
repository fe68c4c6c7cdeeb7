"""Characters of a text, per language: letters, marks, invisible signs, spaces; a second pass changes nothing.

The whole text is never put through NFKC (it breaks ½, … and ²); digits, numbers, addresses and times stay as
written.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from functools import cache

from services.clean.edits import own_letters
from services.clean.edits.character_step import CharacterStep
from services.clean.edits.ledger import Edit, Traced, trace
from shared.errors import BadRecord
from shared.text import mojibake
from shared.text.letters import ARABIC, MARKS, ZWNJ

MOST_REREADINGS = 3
"""A page may have been read wrongly twice."""
MOST_DAMAGED = 40
"""Characters damaged beyond repair above which a text may be refused."""
LEAST_READABLE = 200
"""It is refused when fewer other characters are left: they make no article."""


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

_MARKS = CharacterStep(
    "mark",
    re.compile(f"[{MARKS}]+"),
    "",
    frozenset(re.findall(f"[{MARKS}]", "".join(map(chr, range(0x640, 0x6F0))))),
)
_WITHOUT_MARKS = frozenset({"fa", "ar"})


def _language_steps(lang: str) -> tuple[CharacterStep, ...]:
    return (*own_letters.steps(lang), _MARKS) if lang in _WITHOUT_MARKS else own_letters.steps(lang)


_SETTLED = frozenset({"letter", "space", "space_at_mark"})
"""Rules after which no other finds anything new; after any other all steps are gone through again."""
MOST_PASSES = 8
"""Times that all steps are gone through; a page that needs more is left as it is by then."""
_JOINING = re.compile("[\u0653-\u0655]")
"""Marks that a changed letter may form one character with: ی + U+0654 becomes ي + U+0654, which is ئ."""


def normalise(traced: Traced, lang: str) -> Traced:
    """Return the text with its characters as *lang* writes them; doing it twice changes nothing."""
    for _ in range(MOST_PASSES):
        before = traced
        traced = _after_all_steps(traced, lang)
        changed = {op for op, count in traced.edits.items() if count != before.edits.get(op, 0)}
        if changed <= _SETTLED and not ("letter" in changed and _JOINING.search(traced.text)):
            break
    return traced


_ADDING = frozenset({"entity", "presentation", "compose", "half_space"})
"""Rules that may write a character which triggers a later one; all others only take away."""


@cache
def _steps(lang: str) -> tuple[tuple[CharacterStep, ...], re.Pattern[str]]:
    """Return all rules for *lang*, and what finds the characters that any of them is tried on.

    A page that needs no rule takes 65 us this way, 170 by the set of all its characters.

    What is beyond the basic plane is found as a whole: a class looks through such characters one by one.
    """
    steps = (*SCRIPT_STEPS, *_language_steps(lang), *SPACE_STEPS)
    triggers = frozenset[str]().union(*(step.triggers for step in steps))
    basic = "".join(sorted(char for char in triggers if char <= "\uffff"))
    return steps, re.compile(f"[{re.escape(basic)}\U00010000-\U0010ffff]")


def _after_all_steps(traced: Traced, lang: str) -> Traced:
    """Return the text after each step was tried once."""
    steps, triggers = _steps(lang)
    present = frozenset(triggers.findall(traced.text))
    for step in steps:
        if not step.concerns(traced.text, present):
            continue
        before = traced
        traced = traced.substituted(step.pattern, step.give, step.op)
        if traced is not before and step.op in _ADDING:
            present = frozenset(triggers.findall(traced.text))
    return _stripped(traced)


def _stripped(traced: Traced) -> Traced:
    """Take the space off both ends; a pattern would walk through all of the text for it."""
    text = traced.text
    start = len(text) - len(text.lstrip())
    end = max(start, len(text.rstrip()))
    return traced.edited([(a, b, "", "space") for a, b in ((0, start), (end, len(text))) if a < b])


def normalised(text: str, lang: str) -> str:
    """Return *text* with its characters as *lang* writes them."""
    return normalise(trace(text), lang).text


def repaired(traced: Traced) -> tuple[Traced, frozenset[str]]:
    """Return the text with lines of a wrong charset read rightly, and the names of the repairs.

    Raises BadRecord (undecodable) when next to nothing of it can be read any more.
    """
    names: set[str] = set()
    for _ in range(MOST_REREADINGS):
        if not mojibake.is_suspect(traced.text):
            break
        edits, repairs = _rereadings(traced.text)
        if not edits:
            return traced, frozenset(names | _beyond_repair(traced.text))
        traced = traced.edited(edits)
        names |= repairs
    return traced, frozenset(names)


def _rereadings(text: str) -> tuple[list[Edit], set[str]]:
    """Return the edits that read the damaged lines of *text* rightly, and the names of the repairs.

    A line of several readings is read as the lines of one reading are.
    """
    lines = text.split("\n")
    readings = [mojibake.candidates(line) for line in lines]
    certain = [of_line[0] for of_line in readings if len(of_line) == 1]
    times_certain = Counter(reading.name for reading in certain)
    leading = max(certain, key=lambda reading: times_certain[reading.name], default=None)
    if leading:
        readings = [
            of_line or [reading for reading in (mojibake.carried(line, leading),) if reading]
            for line, of_line in zip(lines, readings, strict=True)
        ]
    edits: list[Edit] = []
    names: set[str] = set()
    start = 0
    for line, of_line in zip(lines, readings, strict=True):
        best = max(of_line, key=lambda reading: times_certain[reading.name], default=None)
        if best and (len(of_line) == 1 or times_certain[best.name]):
            names.add(best.name)
            edits += [(start + a, start + b, after, "mojibake") for a, b, after in mojibake.pieces(best)]
        start += len(line) + 1
    return edits, names


def _beyond_repair(text: str) -> set[str]:
    """Return the name of the warning when some of *text* is damaged beyond repair."""
    lines = text.split("\n")
    damaged = sum(len(line) for line in lines if mojibake.is_damaged(line))
    if damaged > MOST_DAMAGED and len(text) - damaged < LEAST_READABLE:
        raise BadRecord(
            "undecodable", "read in a wrong charset before it came, and some of it lost: fetch it again"
        )
    return {"unrepaired"} if damaged else set()
