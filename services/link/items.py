"""What the lane remembers, item by item: an article of the window, a story, the clock. MessagePack, positional, no pickle."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from services.link.features import Unit
from services.link.origins import Origin
from shared.records.story import Story

_ENCODER = msgspec.msgpack.Encoder()


class Sparse(Struct, frozen=True, array_like=True):
    """Features as little-endian arrays: *ids* uint32 and *weights* (float32 strengths before, uint8 255ths of the unit vector after)."""

    ids: bytes
    weights: bytes


class Said(Struct, frozen=True, array_like=True):
    """A quote: its words (cut), its span, who says it, its shared features."""

    text: str
    start: int
    end: int
    speaker: str
    features: Sparse


class Figure(Struct, frozen=True, array_like=True):
    """A number with what it counts: *value* of *of* in *unit*; *approx*: «about», «more than», «at least»."""

    value: float
    unit: str
    of: str
    text: str
    start: int
    end: int
    approx: bool = False


class Name(Struct, frozen=True, array_like=True):
    """An entity of the article: id, type, label by language, spellings, its first mention, and of a place where it is."""

    entity_id: str
    type: str
    label: dict[str, str]
    spellings: list[str]
    text: str
    start: int
    end: int
    precision: str
    lat: float
    lon: float


class Notes(Struct, frozen=True, array_like=True):
    """What an explanation needs of an article: its words, and which of them each feature (own, then shared) stands for.

    *wording*: the words in order (``wording.packed``), by which a near copy is known.
    """

    units: list[Unit]
    own: list[list[int]]
    shared: list[list[int]]
    quotes: list[Said]
    days: list[str]
    figures: list[Figure]
    names: list[Name]
    wording: bytes = b""


class Row(Struct, frozen=True, array_like=True):
    """An article of the window or of the past. *at* is its event time in seconds (None: no date), which may be *slack_s* off.

    *held* is the time from which it counts as old. *mean* and *deviation* hold (float32, by language class) how alike it was to what the
    window held when it came, *theme* how alike the past was (``past.level``); *size* is its length (``pairs.size_of``).
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
    """A document that is in a story without being compared: a copy, a digest, a text too short. *of*: the document that a copy repeats."""

    doc_id: str
    rev: str
    story_id: str
    held: float
    of: str = ""


class Clock(Struct, frozen=True, array_like=True):
    """The greatest event time seen (None before the first dated article), the next arrival's number, and what is past.

    An article whose ``held`` is before *past* has left the window.
    """

    at: float | None
    arrivals: int
    past: float


class Stated(Struct, frozen=True, array_like=True):
    """The last number of a kind that a story was told: by which article, with which event time, and whether only about."""

    value: float
    doc_id: str
    at: float | None = None
    approx: bool = False


class Card(Struct, frozen=True, array_like=True):
    """What a story must know of a member to give it away: its headline, its outlet (id, name), by which name its origin is known, its times."""

    lang: str
    title: str
    source: str
    outlet: str
    origin: str
    first_seen_at: str
    at: float | None


class StoryItem(Struct, frozen=True, array_like=True):
    """A story: its record and what the record does not say.

    *first* and *newest*: the event times of its articles, None without a date; *opened*: the arrival that opened it. *support* sums, per
    member, how well it agrees with the others; *cards* are those of the members on the time line; *figures*: the numbers it was last told,
    by kind; *origins* holds all that the record lists the largest of.
    """

    record: Story
    first: float | None
    newest: float | None
    opened: int
    support: dict[str, float]
    cards: dict[str, Card]
    figures: dict[str, Stated]
    origins: list[Origin] = []


class Ended(Struct, frozen=True, array_like=True):
    """A closed story that another may follow up: its ids, the names it was about (countries left out), when it ended."""

    story_id: str
    aliases: list[str]
    names: list[str]
    ended: float


class Habit(Struct, frozen=True, array_like=True):
    """How often one language follows another: stories that the first *told*, those that the second told *also*, its delays by bin."""

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
_NOTES = msgspec.msgpack.Decoder(Notes)
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


def notes(value: bytes) -> Notes:
    """Read the notes of an article."""
    return _NOTES.decode(value)


def usual(value: bytes) -> dict[str, Habit]:
    """Read what is usual."""
    return _USUAL.decode(value)


def ended(value: bytes) -> Ended:
    """Read a closed story."""
    return _ENDED.decode(value)
