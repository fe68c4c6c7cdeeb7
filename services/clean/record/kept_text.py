"""Puts the lines that stay together: the text, its map to the payload, where each line begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.clean.edits.ledger import RECORD_OPS, AlignRow, Edit, Traced, align
from services.clean.prepared_page import PreparedPage

PARAGRAPH = "\n\n"


@dataclass(frozen=True, slots=True)
class KeptText:
    """The article's *text*; *edits* by the record's words; *starts*: line of the page → its offset."""

    text: str
    align: list[AlignRow]
    edits: dict[str, int]
    starts: dict[int, int]


def assemble(page: PreparedPage, kept: Sequence[int]) -> KeptText:
    """Return the text of the *kept* lines (at least one), a blank line between two."""
    edits: list[Edit] = []
    starts: dict[int, int] = {}
    at = size = next_line = 0
    for place, i in enumerate(kept):
        line = page.lines[i]
        gap = PARAGRAPH if place else ""
        edits += _gap_edits(page.text, at, line.start, gap, cuts=i > next_line)
        starts[i] = size + len(gap)
        size = starts[i] + len(line.text)
        at, next_line = line.end, i + 1
    edits += _gap_edits(page.text, at, len(page.text), "", cuts=next_line < len(page.lines))
    traced = Traced("", page.text, page.runs, page.edits).edited(edits)
    counts: dict[str, int] = {}
    for rule, n in traced.edits.items():
        counts[RECORD_OPS[rule]] = counts.get(RECORD_OPS[rule], 0) + n
    return KeptText(traced.text, align(traced, page.raw_size), dict(sorted(counts.items())), starts)


def _gap_edits(text: str, start: int, end: int, gap: str, *, cuts: bool) -> list[Edit]:
    """Return the edits that make *gap* of the text between two kept lines; *cuts*: lines stood there."""
    if text[start:end] == gap:
        return []
    if not cuts:
        return [(start, end, gap, "paragraph")]
    if not gap:
        return [(start, end, "", "cut")]
    break_start = start + len(text[start:end].rstrip("\n"))
    return [(start, break_start, "", "cut"), (break_start, end, gap, "paragraph")]
