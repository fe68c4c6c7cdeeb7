"""What pulse remembers of an article, and where: a note under the place of its record.

A note is a function of its record alone, and its key is that record's place. So a record that is delivered
again, after a kill or to another worker, writes the same note under the same key: whoever writes it, and
however often, it is one article.

A revision is counted like a first version: both are something that was published.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from msgspec import UNSET, Struct, UnsetType

UNKNOWN = "und"
MOST_ENTITIES = 30
"""Of an article with more, those that matter most in it are counted."""


class Speech(Struct, frozen=True):
    """The one field of the language block that is counted by."""

    lang: str


class Publisher(Struct, frozen=True):
    """The one field of the source that is counted by."""

    id: str


class Named(Struct, frozen=True):
    """An entity, and how much the article is about it."""

    entity_id: str
    salience: float


class Who(Struct, frozen=True):
    """The one list of the entity block that is counted by."""

    entities: list[Named]


class Told(Struct, frozen=True):
    """The one field of link's block that is counted by."""

    story_id: str


class Seen(Struct, frozen=True):
    """What pulse reads of an article; everything else of the record is passed over."""

    first_seen_at: str
    source: Publisher
    language: Speech | UnsetType = UNSET
    entities: Who | UnsetType = UNSET
    linked: Told | UnsetType = UNSET


class Note(Struct, frozen=True, array_like=True):
    """What one article adds: when it was first seen (Unix seconds), and what it counts for.

    An article without a story has "" there.
    """

    at: int
    lang: str
    source: str
    story: str
    entities: list[str]


class Place(NamedTuple):
    """Where a record lies: its run, partition and offset in ``articles.linked``."""

    run: str
    partition: int
    offset: int

    @property
    def key(self) -> bytes:
        """The key of its note."""
        return f"{self.run}/{self.partition}/{self.offset}".encode()


def place_of(key: bytes) -> Place:
    """Return the place whose note has *key*."""
    run, partition, offset = key.decode().rsplit("/", 2)
    return Place(run, int(partition), int(offset))


def note(seen: Seen, written: int) -> Note:
    """Return what an article adds; raises ValueError when its time is none.

    An article cannot have been seen after its record was *written* (Unix seconds): a clock ahead of its time
    shall not end ours.
    """
    named = [] if isinstance(seen.entities, UnsetType) else seen.entities.entities
    most = sorted({one.entity_id: one.salience for one in named}.items(), key=lambda one: (-one[1], one[0]))[
        :MOST_ENTITIES
    ]
    return Note(
        min(seconds(seen.first_seen_at), written),
        UNKNOWN if isinstance(seen.language, UnsetType) else seen.language.lang,
        seen.source.id,
        "" if isinstance(seen.linked, UnsetType) else seen.linked.story_id,
        [entity_id for entity_id, _ in most],
    )


def seconds(moment: str) -> int:
    """Return an RFC 3339 time as Unix seconds; raises ValueError on all else, also without a time zone."""
    read = datetime.fromisoformat(moment)
    if read.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return int(read.timestamp())
