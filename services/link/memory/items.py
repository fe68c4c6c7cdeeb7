"""What the lane remembers, item by item: an article of the window, a story, the clock.

MessagePack, positional, no pickle.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from services.link.reading.declared_origins import Voucher
from services.link.reading.notes import Sparse
from shared.records.story import Story

_ENCODER = msgspec.msgpack.Encoder()


class Row(Struct, frozen=True, array_like=True):
    """An article of the window or of the past.

    *at* is its event time in seconds (None: no date), which may be *slack_s* off.

    *held* is the time from which it counts as old. *mean* and *deviation* hold (float32, by language class)
    how alike it was to what the window held when it came, *theme* how alike the past was
    (``earlier_news.level``). *size*, and what stands behind the notes, are its numbers by name
    (``reading.measured``): NaN, if an item is older than its measure.
    """

    number: int
    doc_id: str
    rev: str
    lang: str
    story_id: str
    at: float | None
    slack_s: float
    held: float
    copy_key: int
    vector: bytes
    own: Sparse
    shared: Sparse
    mean: bytes
    deviation: bytes
    theme: float
    size: float
    notes: bytes


class Aside(Struct, frozen=True, array_like=True):
    """A document that is in a story without being compared: a copy, a digest, a text too short.

    *of*: the document that a copy repeats.
    """

    doc_id: str
    rev: str
    story_id: str
    held: float
    of: str = ""


class Clock(Struct, frozen=True, array_like=True):
    """The greatest event time seen (None before a dated article), the next arrival's number, and *past*.

    An article whose ``held`` is before *past* has left the window.
    """

    at: float | None
    arrivals: int
    past: float


class LastTold(Struct, frozen=True, array_like=True):
    """The last number of a kind that a story was told: by which article, when, and whether only about."""

    value: float
    doc_id: str
    at: float | None = None
    approx: bool = False


class Card(Struct, frozen=True, array_like=True):
    """What a story must know of a member to give it away; *origin* is the name its origin is known by."""

    lang: str
    title: str
    source: str
    outlet: str
    origin: str
    first_seen_at: str
    at: float | None


class StoryItem(Struct, frozen=True, array_like=True):
    """A story: its record and what the record does not say.

    *first* and *newest*: the event times of its articles, None without a date; *opened*: the arrival that
    opened it. *support* sums, per member, how well it agrees with the others; *cards* are those of the
    members on the time line; *figures*: the numbers it was last told, by kind; *origins* holds all that the
    record lists the largest of.
    """

    record: Story
    first: float | None
    newest: float | None
    opened: int
    support: dict[str, float]
    cards: dict[str, Card]
    figures: dict[str, LastTold]
    origins: list[Voucher] = []


class Ended(Struct, frozen=True, array_like=True):
    """A closed story that another may follow up: its ids, its names without countries, when it ended."""

    story_id: str
    aliases: list[str]
    names: list[str]
    ended: float


class Habit(Struct, frozen=True, array_like=True):
    """How often one language follows another: stories the first *told*, the second *also*; delays by bin."""

    told: int
    also: int
    delays: list[int]


def encode(item: Struct) -> bytes:
    """Return *item* as bytes."""
    return _ENCODER.encode(item)


def encode_usual(usual: Mapping[str, Habit]) -> bytes:
    """Return what is usual as bytes, by ordered pair of languages («fa>ar»)."""
    return _ENCODER.encode(usual)


_ROW = msgspec.msgpack.Decoder(Row)
_ASIDE = msgspec.msgpack.Decoder(Aside)
_CLOCK = msgspec.msgpack.Decoder(Clock)
_STORY = msgspec.msgpack.Decoder(StoryItem)
_ENDED = msgspec.msgpack.Decoder(Ended)
_USUAL = msgspec.msgpack.Decoder(dict[str, Habit])


def row(value: bytes) -> Row:
    """Read an article of the window."""
    return _ROW.decode(value)


def aside(value: bytes) -> Aside:
    """Read a document that is not compared."""
    return _ASIDE.decode(value)


def clock(value: bytes) -> Clock:
    """Read the clock."""
    return _CLOCK.decode(value)


def story(value: bytes) -> StoryItem:
    """Read a story."""
    return _STORY.decode(value)


def usual(value: bytes) -> dict[str, Habit]:
    """Read what is usual."""
    return _USUAL.decode(value)


def ended(value: bytes) -> Ended:
    """Read a closed story."""
    return _ENDED.decode(value)
