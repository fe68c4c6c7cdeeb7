"""Which sources a page names for itself: opening formulas, datelines, source lines, relays.

Read before any line is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from services.clean.lines.agencies import Agencies
from services.clean.lines.verdicts import Verdict
from shared.text.scripts import LATIN_BESIDE_ARABIC

OPENING_LINES = 4
"""First kept lines in which formulas are looked for."""
LONGEST_NAME = 60
"""Code points of a name; a longer one is a sentence."""
CLOSING_WITHIN = LONGEST_NAME + 10
"""Last code points of a line in which a name in brackets is looked for."""
MOST_NAME_WORDS = 5
"""Words behind «به نقل از» that may be an outlet's name."""

_GAP = "[ \u200c]?"
"""A space or half-space, or neither."""
_OPENING_FA = re.compile(
    rf"^\W{{0,3}}(?:به{_GAP}گزارش|بنا{_GAP}به{_GAP}گزارش|بنابر{_GAP}گزارش|به{_GAP}نقل{_GAP}از)\s+(?P<who>[^،,؛:\n]{{2,80}}?)\s*(?:[،,؛:]|\s(?=به{_GAP}نقل{_GAP}از)|\s(?=از\s))"
)
_RELAY_FA = re.compile(rf"به{_GAP}نقل{_GAP}از\s+(?P<who>[^،,؛:.()\n]{{2,60}})")
_RELAY_AR = re.compile(
    r"(?:نقلا\s+عن|نقلاً\s+عن|بحسب|حسب|وفق\s+ما\s+(?:نقلت?ه?|ذكرت?ه?|أفادت?)|وفقا\s+ل)\s*(?P<who>[^،,؛:.()\n]{2,60})"
)
_RELAY_SIGNS = ("نقل", "حسب", "وفق")
"""No relay without one of these: asked for first, a page's sources take 120 us instead of 150."""
_DATELINE = (
    re.compile(r"^(?P<who>[^\n:،,.()«»\"؟?!]{2,40})\s?:\s?-?\s+(?=\S)"),
    re.compile(
        r"^(?P<place>[^\n:.()«»\"؟?!–—-]{2,40}?)\s?[,،]?\s?[\[(](?P<who>[^()\n]{2,30})[\])]\s*[-–—:ـ]{0,2}\s*(?=\S)"
    ),
    re.compile(
        r"^(?P<place>[^\n:،,.()«»\"؟?!–—/-]{2,30}?)\s?[-–—/ـ،]\s?(?P<who>[^\n:،,.()«»\"؟?!–—/-]{2,40}?)\s?[-–—:ـ]{1,2}\s*(?=\S)"
    ),
    re.compile(r"^(?P<who>[^\n:،,.()«»\"؟?!–—-]{2,40}?)\s?[-–—]{1,2}\s+(?=\S)"),
)
_CLOSING = re.compile(r"[(\[](?P<who>[^()\[\]\n]{2,60})[)\]]\s*[.]?\s*$")
_SOURCE_LABEL = re.compile(
    r"^\W{0,3}(?:منبع(?: خبر)?|المصادر|المصدر(?: الأصلي)?|مصدر|ماخذ|ذریعہ|sources?|via)(?![^\W\d_])\s*[:：+]?\s*",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s*(?:[،,/|+;؛]|\s-\s|\s–\s|\sو\s(?=وکالات|وكالات))\s*")
_QUOTED = "\"“”«»'‘’()[] \u200c"

type SourceKind = Literal["self_claimed", "declared", "relayed", "dateline"]


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A source named at ``lines[line][start:end]``; *agency* is its id in the table, or empty."""

    name: str
    kind: SourceKind
    agency: str
    line: int
    start: int
    end: int


def named_sources(agencies: Agencies, lines: Sequence[str], verdicts: Sequence[Verdict]) -> list[NamedSource]:
    """Return the sources that *lines* name, in the order of the page, each name of a kind once."""
    by_name: dict[tuple[str, str], NamedSource] = {}
    kept = [i for i, verdict in enumerate(verdicts) if verdict.kept]
    opening, last = set(kept[:OPENING_LINES]), set(kept[-1:])
    for i, (line, verdict) in enumerate(zip(lines, verdicts, strict=True)):
        source_line = _SourceLine(agencies, line, i)
        sources: Iterable[NamedSource] = ()
        if verdict.type == "source_line":
            sources = source_line.declared()
        elif verdict.kept:
            sources = source_line.of_text(is_opening=i in opening, is_last=i in last)
        for source in sources:
            by_name.setdefault((source.kind, agencies.bare(source.name)), source)
    return list(by_name.values())


@dataclass(frozen=True, slots=True)
class _SourceLine:
    """The line of a page at place *at*, asked for the sources that it names."""

    agencies: Agencies
    text: str
    at: int

    def declared(self) -> Iterator[NamedSource]:
        """Yield the sources of a line about nothing else: ``منبع: فارس`` → فارس; ``RTالجزيرة`` → both."""
        label = _SOURCE_LABEL.match(self.text)
        start, end = label.end() if label else 0, len(self.text)
        changes_of_script = {match.start() for match in LATIN_BESIDE_ARABIC.finditer(self.text, start)}
        bounds = [(cut, cut) for cut in {start, end} | changes_of_script]
        bounds += [match.span() for match in _SEPARATOR.finditer(self.text, start)]
        for (_, name_start), (name_end, _) in pairwise(sorted(bounds)):
            source = self.named((name_start, name_end), "declared")
            if source:
                yield source

    def of_text(self, *, is_opening: bool, is_last: bool) -> Iterator[NamedSource]:
        """Yield the sources of a line that stays: formula, dateline, name in brackets at its end, relays."""
        sources: list[NamedSource | None] = []
        if is_opening:
            sources += [self._opening(), self._dateline()]
        if is_opening or is_last:
            closing = _CLOSING.search(self.text, max(0, len(self.text) - CLOSING_WITHIN))
            if closing and self.agencies.id_of(closing["who"]):
                sources.append(self.named(closing.span("who"), "declared"))
        relays = (_RELAY_FA, _RELAY_AR) if any(sign in self.text for sign in _RELAY_SIGNS) else ()
        for pattern in relays:
            sources += [self._relay(*match.span("who")) for match in pattern.finditer(self.text)]
        yield from filter(None, sources)

    def named(self, span: tuple[int, int], kind: SourceKind) -> NamedSource | None:
        """Return the source named at *span*, marks around it left out; None when that is no name."""
        start, end = span
        while start < end and self.text[start] in _QUOTED:
            start += 1
        while start < end and self.text[end - 1] in _QUOTED:
            end -= 1
        name = self.text[start:end]
        if not any(c.isalpha() for c in name) or len(name) > LONGEST_NAME:
            return None
        return NamedSource(name, kind, self.agencies.id_of(name) or "", self.at, start, end)

    def _opening(self) -> NamedSource | None:
        """Return the source of a formula that opens the line: «به گزارش فارس، …»."""
        match = _OPENING_FA.match(self.text)
        if not match:
            return None
        is_relay = "نقل" in self.text[: match.start("who")]
        return self.named(match.span("who"), "relayed" if is_relay else "self_claimed")

    def _dateline(self) -> NamedSource | None:
        """Return the outlet of a dateline: «تهران - ایرنا - …»."""
        for pattern in _DATELINE:
            match = pattern.match(self.text)
            if match and self.agencies.is_outlet(match["who"]):
                return self.named(match.span("who"), "dateline")
        return None

    def _relay(self, start: int, end: int) -> NamedSource | None:
        """Return the outlet of the table behind «به نقل از»; officials and sentences are not outlets."""
        words = list(re.finditer(r"\S+", self.text[start:end]))[:MOST_NAME_WORDS]
        for word in reversed(words):
            if self.agencies.id_of(self.text[start : start + word.end()].strip(_QUOTED)):
                return self.named((start, start + word.end()), "relayed")
        return None
