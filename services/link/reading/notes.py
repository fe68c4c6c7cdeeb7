"""What an explanation needs of an article, and what the fold compares of it.

MessagePack, positional, no pickle.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from services.link.reading.features import Unit


class Sparse(Struct, frozen=True, array_like=True):
    """Features as little-endian arrays: uint32 ids; float32 strengths, or uint8 weights of a unit vector."""

    ids: bytes
    weights: bytes


class NotedQuote(Struct, frozen=True, array_like=True):
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


class NotedName(Struct, frozen=True, array_like=True):
    """An entity of the article: id, type, labels, spellings, first mention, and where it is, if a place."""

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
    """What an explanation needs of an article: its units, and which of them each feature stands for.

    *wording*: the words in order (``wording.packed``), by which a near copy is known.
    """

    units: list[Unit]
    own: list[list[int]]
    shared: list[list[int]]
    quotes: list[NotedQuote]
    days: list[str]
    figures: list[Figure]
    names: list[NotedName]
    wording: bytes = b""


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Notes)


def encode_notes(notes: Notes) -> bytes:
    """Return the notes of an article as bytes."""
    return _ENCODER.encode(notes)


def decode_notes(value: bytes) -> Notes:
    """Read the notes of an article."""
    return _DECODER.decode(value)
