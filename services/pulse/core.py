"""How pulse counts: what an article adds to which window, and why a record that comes twice counts once.

A window is one hour of one (partition, language, source), and holds the articles of each of its minutes beside the offset of the
last record it took in. A revision is counted like a first version: both are something that was published. Records of a partition come in the order of their offsets, so one at or below that offset has been counted
before: redelivery is harmless, and the counts and the offset travel in one value that is written whole or not at all.

Windows are forgotten by the news' own clock, never by the wall's: a replay of last year keeps its windows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec import UNSET, Struct, UnsetType

MINUTE_S = 60
HOUR_S = 3600
KEEP_S = 7 * 86_400
"""How long a window is kept behind the newest of its partition."""

UNKNOWN = "und"


class Speech(Struct, frozen=True):
    """The one field of the language block that is counted by."""

    lang: str


class Publisher(Struct, frozen=True):
    """The one field of the source that is counted by."""

    id: str


class Seen(Struct, frozen=True):
    """What pulse reads of an article; everything else of the record is passed over."""

    first_seen_at: str
    source: Publisher
    language: Speech | UnsetType = UNSET


class Key(NamedTuple):
    """Whose articles a window counts. The partition is part of it, so that one partition's changelog tells one partition's whole story."""

    partition: int
    lang: str
    source: str


class Hour(Struct, frozen=True):
    """One window: *minutes* maps the minute of the hour to its articles; *offset* is the last record taken in, -1 for none."""

    offset: int = -1
    minutes: dict[str, int] = {}

    def add(self, offset: int, at: int) -> Hour:
        """Return the window with the record at *offset*, first seen *at* (Unix seconds); itself when that was counted before."""
        if offset <= self.offset:
            return self
        minute = f"{at % HOUR_S // MINUTE_S:02d}"
        return Hour(offset, self.minutes | {minute: self.minutes.get(minute, 0) + 1})

    @property
    def articles(self) -> int:
        """Return how many articles the hour holds."""
        return sum(self.minutes.values())


class Reading(NamedTuple):
    """One record to count: whose, its offset, and when the article was first seen (Unix seconds)."""

    key: Key
    offset: int
    at: int

    @property
    def begin(self) -> int:
        """Return when its window began."""
        return self.at - self.at % HOUR_S


def is_forgotten(begin: int, newest: int) -> bool:
    """Say whether a window is too old to be kept when *newest* is the newest of its partition (both as Unix seconds)."""
    return begin < newest - KEEP_S


def read(seen: Seen, partition: int, offset: int, written: int) -> Reading:
    """Return what an article adds; raises ValueError when its time is none.

    An article cannot have been seen after its record was *written* (Unix seconds): a clock ahead of its time shall not end ours.
    """
    return Reading(key_of(partition, seen), offset, min(seconds(seen.first_seen_at), written))


def key_of(partition: int, seen: Seen) -> Key:
    """Return whose window an article of *partition* belongs to."""
    return Key(partition, UNKNOWN if isinstance(seen.language, UnsetType) else seen.language.lang, seen.source.id)


def seconds(moment: str) -> int:
    """Return an RFC 3339 time as Unix seconds; raises ValueError on anything else, a time without a zone included."""
    read = datetime.fromisoformat(moment)
    if read.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return int(read.timestamp())


@dataclass(frozen=True, slots=True)
class Count:
    """How many articles of a language and source were first seen in the hour or minute that began at *start* (RFC 3339, UTC)."""

    window: str
    start: str
    lang: str
    source: str
    n: int


def rows(hours: Iterable[tuple[Key, int, Hour]]) -> list[Count]:
    """Return the counts of *hours* (key, begin in Unix seconds, window), partitions added up, sorted by window, time, language, source."""
    totals: dict[tuple[str, int, str, str], int] = {}
    for key, begin, hour in hours:
        parts = [("hour", begin, hour.articles)]
        parts += [("minute", begin + int(minute) * MINUTE_S, n) for minute, n in hour.minutes.items()]
        for window, start, n in parts:
            place = (window, start, key.lang, key.source)
            totals[place] = totals.get(place, 0) + n
    return [Count(window, _text(start), lang, source, n) for (window, start, lang, source), n in sorted(totals.items())]


def _text(start: int) -> str:
    return f"{datetime.fromtimestamp(start, UTC):%Y-%m-%dT%H:%M:%SZ}"
