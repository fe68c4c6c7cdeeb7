"""Which sources a page names for itself: opening formulas, datelines, source lines, relays. Read before any line is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from services.clean.lines.agencies import Agencies
from services.clean.lines.verdicts import Verdict
from shared.text.scripts import LATIN_BESIDE_ARABIC

OPENING_LINES = 4
"""Formulas are looked for in so many kept lines from the top."""
LONGEST_NAME = 60
"""Code points of a name; a longer one is a sentence."""

_Z = "[ \u200c]?"
_OPENING_FA = re.compile(
    rf"^\W{{0,3}}(?:به{_Z}گزارش|بنا{_Z}به{_Z}گزارش|بنابر{_Z}گزارش|به{_Z}نقل{_Z}از)\s+(?P<who>[^،,؛:\n]{{2,80}}?)\s*(?:[،,؛:]|\s(?=به{_Z}نقل{_Z}از)|\s(?=از\s))"
)
_RELAY_FA = re.compile(rf"به{_Z}نقل{_Z}از\s+(?P<who>[^،,؛:.()\n]{{2,60}})")
_RELAY_AR = re.compile(r"(?:نقلا\s+عن|نقلاً\s+عن|بحسب|حسب|وفق\s+ما\s+(?:نقلت?ه?|ذكرت?ه?|أفادت?)|وفقا\s+ل)\s*(?P<who>[^،,؛:.()\n]{2,60})")
_DATELINE = (
    re.compile(r"^(?P<who>[^\n:،,.()«»\"؟?!]{2,40})\s?:\s?-?\s+(?=\S)"),
    re.compile(r"^(?P<place>[^\n:.()«»\"؟?!–—-]{2,40}?)\s?[,،]?\s?[\[(](?P<who>[^()\n]{2,30})[\])]\s*[-–—:ـ]{0,2}\s*(?=\S)"),
    re.compile(r"^(?P<place>[^\n:،,.()«»\"؟?!–—/-]{2,30}?)\s?[-–—/ـ،]\s?(?P<who>[^\n:،,.()«»\"؟?!–—/-]{2,40}?)\s?[-–—:ـ]{1,2}\s*(?=\S)"),
    re.compile(r"^(?P<who>[^\n:،,.()«»\"؟?!–—-]{2,40}?)\s?[-–—]{1,2}\s+(?=\S)"),
)
_CLOSING = re.compile(r"[(\[](?P<who>[^()\[\]\n]{2,60})[)\]]\s*[.]?\s*$")
_SOURCE_LABEL = re.compile(
    r"^\W{0,3}(?:منبع(?: خبر)?|المصادر|المصدر(?: الأصلي)?|مصدر|ماخذ|ذریعہ|sources?|via)(?![^\W\d_])\s*[:：+]?\s*", re.IGNORECASE
)
_SEPARATOR = re.compile(r"\s*(?:[،,/|+;؛]|\s-\s|\s–\s|\sو\s(?=وکالات|وكالات))\s*")
_QUOTED = "\"“”«»'‘’()[] \u200c"

type Kind = Literal["self_claimed", "declared", "relayed", "dateline"]


@dataclass(frozen=True, slots=True)
class Named:
    """A source named at ``lines[line][start:end]``; *agency* is its id in the table, or empty."""

    name: str
    kind: Kind
    agency: str
    line: int
    start: int
    end: int


def named_sources(agencies: Agencies, lines: Sequence[str], verdicts: Sequence[Verdict]) -> list[Named]:
    """Return the sources that *lines* name, in the order of the page, each name of a kind once."""
    found: dict[tuple[str, str], Named] = {}
    opening = 0
    final = max((i for i, verdict in enumerate(verdicts) if not verdict.rule), default=-1)
    for i, (line, verdict) in enumerate(zip(lines, verdicts, strict=True)):
        if verdict.type == "source_line":
            names = _declared(agencies, line, i)
        elif verdict.rule:
            continue
        else:
            opening += 1
            names = _in_kept_line(agencies, line, i, early=opening <= OPENING_LINES, last=i == final)
        for named in names:
            found.setdefault((named.kind, agencies.bare(named.name)), named)
    return list(found.values())


def _declared(agencies: Agencies, line: str, at: int) -> Iterator[Named]:
    """``منبع: فارس`` → فارس; ``RTالجزيرة`` → RT, الجزيرة."""
    label = _SOURCE_LABEL.match(line)
    start = label.end() if label else 0
    cuts = sorted({start, len(line), *(m.start() for m in LATIN_BESIDE_ARABIC.finditer(line, start))})
    edges = [(m.start(), m.end()) for m in _SEPARATOR.finditer(line, start)]
    bounds = sorted([(start, start), (len(line), len(line)), *((c, c) for c in cuts), *edges])
    for (_, a), (b, _) in pairwise(bounds):
        named = _named(agencies, line, a, b, "declared", at)
        if named:
            yield named


def _named(agencies: Agencies, line: str, start: int, end: int, kind: Kind, at: int) -> Named | None:  # noqa: PLR0917 - a span and what it is
    while start < end and line[start] in _QUOTED:
        start += 1
    while start < end and line[end - 1] in _QUOTED:
        end -= 1
    name = line[start:end]
    if not any(c.isalpha() for c in name) or len(name) > LONGEST_NAME:
        return None
    return Named(name, kind, agencies.id_of(name) or "", at, start, end)


def _in_kept_line(agencies: Agencies, line: str, at: int, *, early: bool, last: bool) -> Iterator[Named]:
    found: list[Named | None] = []
    if early:
        found += [_opening(agencies, line, at), _dateline(agencies, line, at)]
    if early or last:
        closing = _CLOSING.search(line, max(0, len(line) - 70))
        if closing and agencies.id_of(closing["who"]):
            found.append(_named(agencies, line, *closing.span("who"), "declared", at))
    for pattern in (_RELAY_FA, _RELAY_AR):
        for match in pattern.finditer(line):
            found.append(_relay(agencies, line, match.span("who"), at))
    yield from (named for named in found if named)


def _opening(agencies: Agencies, line: str, at: int) -> Named | None:
    match = _OPENING_FA.match(line)
    if not match:
        return None
    kind: Kind = "relayed" if "نقل" in match.group()[: match.start("who") - match.start()] else "self_claimed"
    return _named(agencies, line, *match.span("who"), kind, at)


def _dateline(agencies: Agencies, line: str, at: int) -> Named | None:
    for pattern in _DATELINE:
        match = pattern.match(line)
        if match and agencies.is_outlet(match["who"]):
            return _named(agencies, line, *match.span("who"), "dateline", at)
    return None


def _relay(agencies: Agencies, line: str, span: tuple[int, int], at: int) -> Named | None:
    """Find an outlet of the table at the head of what follows «به نقل از»; officials and sentences are none."""
    start, end = span
    words = list(re.finditer(r"\S+", line[start:end]))[:5]
    for word in reversed(words):
        if agencies.id_of(line[start : start + word.end()].strip(_QUOTED)):
            return _named(agencies, line, start, start + word.end(), "relayed", at)
    return None
