"""The raw ↔ clean ledger of an article, a row a line of the page: kept or not, the rule, and its words.

The words of a line that was cut stand in the ledger itself. Those of a kept line stand in the article, where
its map to the page says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import UNSET

from shared.records.clean import Clean, Segment


class Row(NamedTuple):
    """A line of the page; *text* is None where the record does not tell its words."""

    segment: Segment
    text: str | None


def rows(clean: Clean) -> list[Row]:
    """Return the rows of the ledger, in the order of the page."""
    kept = _kept_words(clean)
    return [
        Row(one, next(kept, None) if one.kept else None if one.text is UNSET else one.text)
        for one in clean.segments
    ]


def _kept_words(clean: Clean) -> Iterator[str | None]:
    """Yield the words of each kept line: both lists go the same way, so each is gone through once."""
    at = 0
    for one in clean.segments:
        if not one.kept:
            continue
        while at < len(clean.align) and clean.align[at][2] + clean.align[at][3] <= one.start:
            at += 1
        spans = list(_spans(clean.align, at, one))
        yield clean.text[spans[0][0] : spans[-1][1]].strip() or None if spans else None


def _spans(align: list[tuple[int, int, int, int, str]], at: int, one: Segment) -> Iterator[tuple[int, int]]:
    """Yield the places in the text that come from the line *one*, by the rows of *align* from *at* on."""
    while at < len(align) and align[at][2] < one.end:
        start, length, raw_start, raw_length, _ = align[at]
        if length == raw_length:  # sign by sign: a part of it may be of another line
            yield start + max(0, one.start - raw_start), start + min(length, one.end - raw_start)
        elif length:
            yield start, start + length
        at += 1
