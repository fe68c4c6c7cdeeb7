"""Which articles two runs are compared over, by where their raw records lie.

A record counts by its origin (``khabar-origin``), never by its own offset. What a run read before ``since``
only warmed its lanes, and what lies behind its end another run may have and this one cannot: neither is
compared. What became of stories because of an article behind the end is left out too, or a live lane that has
gone on would differ from a run that has not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.contract import Origin
from shared.records.run import Narrowed
from shared.wire import topics

OFFSET_BITS = 48

type Place = int


def place(origin: Origin) -> Place:
    """Return partition and offset of a raw record as one number: a hundred thousand of them are held."""
    return origin.partition << OFFSET_BITS | origin.offset


def places(origins: Iterable[Origin]) -> frozenset[Place]:
    """Return the places of those *origins* that are raw records."""
    return frozenset(place(origin) for origin in origins if origin.topic == topics.RAW.name)


@dataclass(frozen=True, slots=True)
class Universe:
    """The articles of one run: offsets by raw partition from *since* to before *ends*.

    *known* are the places that the topic it reads has. It is None for a run that reads ``articles.raw``
    itself, and *ends* is None for one that does not.
    """

    since: Sequence[int]
    ends: Sequence[int] | None
    known: frozenset[Place] | None = None
    _first: Mapping[int, int] = field(init=False)

    def __post_init__(self) -> None:
        first: dict[int, int] = {}
        for one in self.known or ():
            partition, offset = one >> OFFSET_BITS, one & ((1 << OFFSET_BITS) - 1)
            first[partition] = min(offset, first.get(partition, offset))
        object.__setattr__(self, "_first", first)

    def holds(self, origin: Origin) -> bool:
        """Say whether what was made of the raw record at *origin* is compared."""
        return (
            self.reaches(origin)
            and origin.offset >= self._since(origin.partition)
            and (self.known is None or place(origin) in self.known)
        )

    def reaches(self, origin: Origin) -> bool:
        """Say whether the raw record at *origin* lies before the end of the run."""
        if origin.topic != topics.RAW.name:
            return False
        if self.known is not None:
            return place(origin) in self.known or origin.offset < self._first.get(origin.partition, 0)
        return (
            self.ends is not None
            and origin.partition < len(self.ends)
            and origin.offset < self.ends[origin.partition]
        )

    def _since(self, partition: int) -> int:
        return self.since[partition] if partition < len(self.since) else 0


@dataclass(frozen=True, slots=True)
class Compared:
    """What both sides should have: the articles of every one of *universes* that *narrowed* runs take."""

    universes: Sequence[Universe]
    narrowed: Sequence[Narrowed] = ()

    def holds(self, origin: Origin | None) -> bool:
        """Say whether what was made of the raw record at *origin* is compared."""
        return origin is not None and all(one.holds(origin) for one in self.universes)

    def reaches(self, origin: Origin | None) -> bool:
        """Say whether the raw record at *origin* lies before every end."""
        return origin is not None and all(one.reaches(origin) for one in self.universes)

    def takes(self, record: Mapping[str, Any]) -> bool:
        """Say whether an article is one of those that the runs took."""
        return all(only.takes(record) for only in self.narrowed)
