"""The text of an article cut where a name, quote, source or sign changed by clean begins or ends."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from msgspec import UNSET

from shared.records import Article
from shared.records.clean import MOST_READ, Clean
from shared.records.entities import Entities, Mention

PLAIN = frozenset({"keep", "drop", "ws"})
"""Operations of the ledger that change no sign a reader sees."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some of the text with what holds for all of it."""

    text: str
    mention: Mention | None = None
    quote: str = ""
    source: str = ""
    edit: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; *heading* says whether it is the title."""

    stretches: list[Stretch]
    heading: bool


def paragraphs(record: Article) -> list[Paragraph]:
    """Return the paragraphs of *record*'s text, as far as the stages read it."""
    if record.clean is UNSET:
        return []
    clean = record.clean
    text = clean.text[:MOST_READ]
    over = _Overlays(clean, record.entities if record.entities is not UNSET else None)
    title = clean.title.span.start if clean.title else -1
    return [Paragraph(list(over.cut(text, start, end)), start == title) for start, end in _lines(text)]


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for part in text.split("\n\n"):
        if part.strip():
            yield start, start + len(part)
        start += len(part) + 2


class _Overlays:
    """What lies over the text, each kind by where it begins."""

    def __init__(self, clean: Clean, found: Entities | None) -> None:
        self.mentions = sorted(found.mentions, key=lambda one: (one.start, -one.end)) if found else []
        self.quotes = [(one.start, one.end, one.mode) for one in found.quotes] if found else []
        self.sources = (
            [(one.cue.start, one.cue.end, one.kind) for one in found.attributions if one.cue.layer is UNSET]
            if found
            else []
        )
        self.edits = [
            (start, start + length, op)
            for start, length, _, _, op in clean.align
            if length and op not in PLAIN
        ]

    def cut(self, text: str, start: int, end: int) -> Iterator[Stretch]:
        """Yield ``text[start:end]`` in stretches."""
        mentions = [one for one in self.mentions if one.start < end and one.end > start]
        quotes, sources, edits = (_within(of, start, end) for of in (self.quotes, self.sources, self.edits))
        edges = {start, end}
        for first, last, _ in (*quotes, *sources, *edits, *((one.start, one.end, "") for one in mentions)):
            edges |= {max(first, start), min(last, end)}
        ordered = sorted(edges)
        for first, last in itertools.pairwise(ordered):
            yield Stretch(
                text[first:last],
                next((one for one in mentions if one.start <= first and one.end >= last), None),
                _over(quotes, first, last),
                _over(sources, first, last),
                _over(edits, first, last),
            )


def _within(spans: Iterable[tuple[int, int, str]], start: int, end: int) -> list[tuple[int, int, str]]:
    return [one for one in spans if one[0] < end and one[1] > start]


def _over(spans: Iterable[tuple[int, int, str]], first: int, last: int) -> str:
    return next((kind for start, end, kind in spans if start <= first and end >= last), "")
