"""What the lane remembers, item by item: an article of the window, a story, the clock.

Items are MessagePack by position, no pickle: a field may be renamed, but none may change its place.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from services.link.reading.declared_origins import StoryOrigin
from services.link.reading.notes import Sparse
from shared.records.story import Story


class Row(Struct, frozen=True, array_like=True):
    """An article of the window or of the past.

    *at* is its event time in seconds (None: no date), which may be *slack_s* off; it counts as old from
    *ages_from* on. *mean* and *deviation* (float32, by language class) tell how alike it was to the window's
    articles when it came, *theme* how alike the past was (``past.level``). *size* is its first
    measure (``reading.measured``); fields of later measures come after *notes*, and are NaN in items older
    than they are.
    """

    number: int
    doc_id: str
    rev: str
    lang: str
    story_id: str
    at: float | None
    slack_s: float
    ages_from: float
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

    *of* is the document that a copy repeats.
    """

    doc_id: str
    rev: str
    story_id: str
    ages_from: float
    of: str = ""


class Clock(Struct, frozen=True, array_like=True):
    """The greatest event time seen (None before a dated article), and the next arrival's number.

    An article whose ``ages_from`` is before *window_from* has left the window.
    """

    at: float | None
    arrivals: int
    window_from: float


class LastFigure(Struct, frozen=True, array_like=True):
    """The last number of a kind that a story was told: by which article, when, and whether only about."""

    value: float
    doc_id: str
    at: float | None = None
    approx: bool = False


class Card(Struct, frozen=True, array_like=True):
    """What a story must know of a member to let it go; *origin* is the name by which its origin is known."""

    lang: str
    title: str
    source: str
    outlet: str
    origin: str
    first_seen_at: str
    at: float | None


class StoryItem(Struct, frozen=True, array_like=True):
    """A story: its record and what the record does not say.

    *first* and *newest* are the event times of its articles, None without a date; *opened* is the number of
    the arrival that opened it. *support* sums, for each member, how well it agrees with the others. *cards*
    are those of the members on the time line. *figures* are the numbers it was last told, by kind. *origins*
    are all of them; the record lists the largest.
    """

    record: Story
    first: float | None
    newest: float | None
    opened: int
    support: dict[str, float]
    cards: dict[str, Card]
    figures: dict[str, LastFigure]
    origins: list[StoryOrigin] = []


class ClosedStory(Struct, frozen=True, array_like=True):
    """A closed story that another may follow up: its ids, its names without countries, when it ended."""

    story_id: str
    aliases: list[str]
    names: list[str]
    ended_at: float


class Habit(Struct, frozen=True, array_like=True):
    """How often one language follows another.

    Of the stories that the first *told*, the second *answered* so many, after *delays*: how many in each bin
    of ``silences.DELAYS_S``.
    """

    told: int
    answered: int
    delays: list[int]


encode = msgspec.msgpack.Encoder().encode

# each reads the bytes of one kind of item
row = msgspec.msgpack.Decoder(Row).decode
aside = msgspec.msgpack.Decoder(Aside).decode
clock = msgspec.msgpack.Decoder(Clock).decode
story = msgspec.msgpack.Decoder(StoryItem).decode
closed_story = msgspec.msgpack.Decoder(ClosedStory).decode
habits = msgspec.msgpack.Decoder(dict[str, Habit]).decode  # by ordered pair of languages («fa>ar»)
