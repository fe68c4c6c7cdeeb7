"""Types the lines of a page by patterns alone: the cold start, before anything is known of its host."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.clean.lines.patterns import Pattern, Patterns
from shared.records.clean import SegmentType

SECTION_FROM = 0.3
"""A heading such as «related» cuts the rest of a page only after this share of its lines."""
LONG_SENTENCE = 60
"""Characters of a line from which a full stop at its end makes it body again, even under a heading of links:
headlines end with none. 60 found again what 140 lost on 2 of 181 public pages.
"""
BARE_SOURCE = 8
"""A signature is shorter when it is «المصدر» or «منبع» with nothing behind it."""
SHORT_SOURCE = 40
"""Longest line after a bare «المصدر» that is taken for the source's name."""
NEAR_END_LINES = 6
"""Lines from either end of a page that count as near it."""

_FULL_STOP = re.compile(r"[.۔。]\W{0,2}$")
_SENTENCE_END = re.compile(r"[.۔。।؟?!…»”\"]\s*$")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a line is; *rule* is empty for a line that is kept."""

    type: SegmentType = "body"
    rule: str = ""

    @property
    def kept(self) -> bool:
        """Whether the line stays."""
        return not self.rule

    @property
    def by_place(self) -> bool:
        """Whether the line was cut for where it stands (under a heading, between links)."""
        return self.rule == AMONG_LINKS.rule or self.rule.startswith("section:")


BODY = Verdict()
WORDLESS = Verdict("furniture", "wordless")
AMONG_LINKS = Verdict("related", "between")
"""A link of a changing list. It is not counted as a repeat: today's headline was among yesterday's links."""


def ends_a_sentence(line: str) -> bool:
    """Tell whether *line* ends with a closing mark."""
    return _SENTENCE_END.search(line) is not None


def type_by_patterns(patterns: Patterns, lines: list[str], signatures: list[str]) -> list[Verdict]:
    """Return the verdict of each of *lines*."""
    total = len(lines)
    families = [_family(patterns, signature, place, total) for place, signature in enumerate(signatures)]
    verdicts = [Verdict(family.type, f"pattern:{family.id}") if family else BODY for family in families]
    for i, line in enumerate(lines):
        if verdicts[i].kept and is_near_end(i, total) and not any(map(str.isalpha, line)):
            verdicts[i] = WORDLESS
    for i, family in enumerate(families[:-1]):
        is_bare_source = family and family.type == "source_line" and len(signatures[i]) < BARE_SOURCE
        if family and is_bare_source and len(lines[i + 1]) <= SHORT_SOURCE and not families[i + 1]:
            verdicts[i + 1] = Verdict("source_line", f"after:{family.id}")
    for i, family in enumerate(families):
        if family and family.tail and i >= SECTION_FROM * total:
            _cut_section(verdicts, lines, i, family)
    return verdicts


def _family(patterns: Patterns, signature: str, place: int, total: int) -> Pattern | None:
    """Return the family of the line at *place*; some count only near an end of the page."""
    family = patterns.match(signature)
    return None if family and family.ends and not is_near_end(place, total) else family


def is_near_end(place: int, total: int) -> bool:
    """Tell whether the line at *place* of *total* lines is near an end of the page."""
    return place < NEAR_END_LINES or place >= total - NEAR_END_LINES


def _cut_section(verdicts: list[Verdict], lines: list[str], heading: int, family: Pattern) -> None:
    """Cut what stands under a heading: a whole comment form, a list of links until the article goes on."""
    for i in range(heading + 1, len(lines)):
        if family.type == "related" and len(lines[i]) >= LONG_SENTENCE and _FULL_STOP.search(lines[i]):
            return
        if verdicts[i].kept:
            verdicts[i] = Verdict(family.type, f"section:{family.id}")
