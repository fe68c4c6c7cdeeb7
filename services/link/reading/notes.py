"""Notes: what is kept of an article to compare its facts and to explain a decision.

They are MessagePack by position, no pickle.
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
    """A quoted sentence: its first words, its span, who says it, its shared features."""

    text: str
    start: int
    end: int
    speaker: str
    features: Sparse


class Figure(Struct, frozen=True, array_like=True):
    """A number, what it counts (*of*), and its *unit*; *approx* is «about», «more than» or «at least»."""

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
    """What is kept of an article to compare its facts and to explain a decision.

    *own* and *shared* hold, for each kept feature of the signature, the numbers of the *units* it stands for.
    *wording* is the words in order (``wording.packed``), by which a near copy is known.
    """

    units: list[Unit]
    own: list[list[int]]
    shared: list[list[int]]
    quotes: list[NotedQuote]
    days: list[str]
    figures: list[Figure]
    names: list[NotedName]
    wording: bytes = b""


encode_notes = msgspec.msgpack.Encoder().encode
decode_notes = msgspec.msgpack.Decoder(Notes).decode
