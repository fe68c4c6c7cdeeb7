"""The daybook: the last two days by the hour, every note once, whatever order the notes come in.

Old hours are forgotten by the news' own clock (the newest article), never by the wall's: a run of last year's
news keeps its hours. What is left does not depend on the order of the notes, so a daybook that is read anew
equals one that was kept all along.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from services.pulse.core import Note, Place

MINUTE_S = 60
HOUR_S = 3600
KEPT_HOURS = 48
"""The hours of a day, and the day before each: what is usual is measured over a day."""

BLOCK = 256
"""Offsets whose notes are known by one number of as many bits."""


@dataclass(slots=True)
class Hour:
    """The articles of one hour.

    *minutes* has sixty counts a language; *presence* one bit a minute for each source.
    """

    articles: int = 0
    newest: int = 0
    voices: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    """By source and language."""

    entities: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    stories: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    minutes: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * 60))
    presence: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(slots=True)
class Block:
    """Of ``BLOCK`` offsets of a partition: which have notes, the newest hour, and whether it was given up."""

    notes: int = 0
    newest: int = 0
    given_up: bool = False


class Daybook:
    """The hours that are kept, by when they began (Unix seconds)."""

    def __init__(self) -> None:
        self.newest = 0
        """When the newest article was first seen (Unix seconds): the news' clock."""

        self.hours: dict[int, Hour] = {}
        self.changed: set[int] = set()
        """Hours that something was added to; whoever publishes them takes them away."""

        self.heard: dict[str, int] = {}
        """Sources that something was added to, and when their newest article was first seen; taken away
        likewise.
        """

        self._blocks: dict[tuple[str, int, int], Block] = {}
        self._names: dict[str, str] = {}

    def take(self, place: Place, note: Note | None) -> None:
        """Add the *note* of the record at *place*, unless it was added before.

        None says that the note was deleted, because its hour is forgotten.
        """
        number, bit = (place.run, place.partition, place.offset // BLOCK), 1 << place.offset % BLOCK
        block = self._blocks.get(number)
        if note is None:
            if block is not None:
                block.notes &= ~bit
                if not block.notes:
                    del self._blocks[number]
            return
        if block is None:
            block = self._blocks[number] = Block()
        if block.notes & bit:
            return
        begin = note.at - note.at % HOUR_S
        block.notes, block.newest, block.given_up = block.notes | bit, max(block.newest, begin), False
        self._turn(note.at)
        if begin > self.forgotten:
            self._add(begin, note)

    @property
    def forgotten(self) -> int:
        """When the newest hour began that is no longer kept (Unix seconds)."""
        return self.newest - self.newest % HOUR_S - KEPT_HOURS * HOUR_S

    def known_hours(self, begin: int) -> int:
        """Return in how many hours before *begin* something could have been counted: 24 at most.

        They begin with the hour of the first article.
        """
        return min(24, (begin - min(self.hours)) // HOUR_S)

    def give_up(self, most: int) -> Iterator[Place]:
        """Yield the places whose notes may be deleted, of *most* blocks, each once.

        Their notes say nothing about any hour that is kept.
        """
        old = (
            (key, block)
            for key, block in self._blocks.items()
            if block.newest <= self.forgotten and not block.given_up
        )
        for (run, partition, number), block in islice(old, most):
            block.given_up = True
            yield from (
                Place(run, partition, number * BLOCK + bit) for bit in range(BLOCK) if block.notes >> bit & 1
            )

    def _turn(self, at: int) -> None:
        """Move the news' clock on to *at*; forgotten hours go, with the names that only they used."""
        before, self.newest = self.newest, max(self.newest, at)
        if before // HOUR_S == self.newest // HOUR_S:
            return
        gone = [begin for begin in self.hours if begin <= self.forgotten]
        for begin in gone:
            del self.hours[begin]
        if gone:
            self._names = {
                name: name
                for hour in self.hours.values()
                for name in (*hour.entities, *hour.stories, *hour.presence)
            }
        is_over = before - before % HOUR_S  # and can be compared with a whole hour
        self.changed = (self.changed | {is_over}) & self.hours.keys()
        if self.hours and min(self.hours) > self.forgotten + HOUR_S:
            self.changed.update(self.hours)  # there are fewer hours before each

    def _add(self, begin: int, note: Note) -> None:
        if begin not in self.hours:
            if self.hours and begin < min(self.hours):
                self.changed.update(self.hours)  # there are more hours before each
            self.hours[begin] = Hour()
        hour = self.hours[begin]
        source, minute = self._named(note.source), note.at % HOUR_S // MINUTE_S
        hour.articles += 1
        hour.newest = max(hour.newest, note.at)
        hour.voices[source, self._named(note.lang)] += 1
        hour.minutes[note.lang][minute] += 1
        hour.presence[source] |= 1 << minute
        for entity_id in note.entities:
            hour.entities[self._named(entity_id)] += 1
        if note.story:
            hour.stories[self._named(note.story)] += 1
        self.changed.add(begin)
        self.heard[source] = max(self.heard.get(source, 0), note.at)

    def _named(self, name: str) -> str:
        """Return *name* as it is already held: the hours share one string for each."""
        return self._names.setdefault(name, name)
