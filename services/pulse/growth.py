"""The windows that are published of a daybook: a day's hours by language, source, entity and story.

Each says what grows. What is usual for something is its articles an hour over the day before. The hour that
is still going is compared with as much of it as is over. One article is added to both sides, so that the
second article of an hour is no explosion.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, get_args

from msgspec import UNSET

from services.pulse.daybook import HOUR_S, Daybook, Hour
from shared.records.pulse_window import Kind, Window, WindowRow

KINDS: tuple[Kind, ...] = get_args(Kind)
DAY_HOURS = 24
MOST = {"language": 500, "source": 500, "entity": 100, "story": 100}
"""Rows of a window: so many of the largest, and of entities and stories half as many that grow most."""

NOTICED = 3
"""Fewer articles than this are no growth."""


class WindowKey(NamedTuple):
    """Which window: its kind and when it began (Unix seconds)."""

    kind: Kind
    begin: int

    @property
    def key(self) -> bytes:
        """The key of its record in ``pulse.windows``."""
        return f"{self.kind}/{text(self.begin)}".encode()


def shown_hours(book: Daybook) -> list[int]:
    """Return when the hours began that are published, of those that anything is known of."""
    first = book.newest - book.newest % HOUR_S - (DAY_HOURS - 1) * HOUR_S
    return sorted(begin for begin in book.hours if begin >= first)


def stale(book: Daybook, changed: Collection[int]) -> list[int]:
    """Return the published hours whose windows change when the hours *changed* do.

    What is usual in a window comes from the day before it, so each hour counts for the day after it.
    """
    return [
        begin
        for begin in shown_hours(book)
        if any(begin - DAY_HOURS * HOUR_S <= one <= begin for one in changed)
    ]


def windows(book: Daybook, begins: Collection[int]) -> dict[WindowKey, Window]:
    """Return the windows of the hours that began at *begins*."""
    return {WindowKey(kind, begin): _window(book, kind, begin) for begin in begins for kind in KINDS}


def _window(book: Daybook, kind: Kind, begin: int) -> Window:
    hour, counts = book.hours[begin], _counts(book.hours[begin], kind)
    known = book.known_hours(begin)
    before = [
        _counts(book.hours[one], kind)
        for one in range(begin - known * HOUR_S, begin, HOUR_S)
        if one in book.hours
    ]
    is_going = begin + HOUR_S > book.newest
    part = (book.newest - begin + 1) / HOUR_S if is_going else 1.0

    def usual(name: str) -> float:
        return sum(one.get(name, 0) for one in before) / known

    def growth(name: str) -> float:
        return (counts[name] + 1) / (usual(name) * part + 1)

    chosen = set(heapq.nsmallest(MOST[kind], counts, key=lambda name: (-counts[name], name)))
    if known and len(counts) > MOST[kind] and kind in ("entity", "story"):
        noticed = (name for name, n in counts.items() if n >= NOTICED)
        chosen.update(heapq.nsmallest(MOST[kind] // 2, noticed, key=lambda name: (-growth(name), name)))
    langs: dict[str, dict[str, int]] = defaultdict(dict)
    for (source, lang), n in sorted(hour.voices.items()):
        langs[source][lang] = n
    rows = [
        WindowRow(
            id=name,
            n=counts[name],
            usual=round(usual(name), 3) if known else UNSET,
            growth=round(growth(name), 3) if known else UNSET,
            langs=langs[name] if kind == "source" else UNSET,
            minutes=hour.minutes[name] if kind == "language" else UNSET,
        )
        for name in sorted(chosen, key=lambda name: (-counts[name], name))
    ]
    return Window(
        kind=kind,
        start=text(begin),
        until=text(hour.newest),
        articles=hour.articles,
        ids=len(counts),
        rows=rows,
    )


def _counts(hour: Hour, kind: Kind) -> Mapping[str, int]:
    """Return the articles of *hour* by *kind*."""
    if kind == "entity":
        return hour.entities
    if kind == "story":
        return hour.stories
    found: dict[str, int] = defaultdict(int)
    for (source, lang), n in hour.voices.items():
        found[lang if kind == "language" else source] += n
    return found


def text(moment: int) -> str:
    """Return Unix seconds as RFC 3339, UTC."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"
