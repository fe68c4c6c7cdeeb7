"""A record with its Kafka headers, compressed: the headers as a line of JSON, then the value unchanged."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import orjson

from shared.wire import codec

LEVEL = 1
"""A record of 47 kB becomes 12.5 kB in .4 ms; level 6 saves a fifth more and takes three times as long."""


def pack(headers: Iterable[tuple[str, bytes]], value: bytes) -> bytes:
    """Return a record as it is stored."""
    made = {name: content.decode("utf-8", "replace") for name, content in headers if content is not None}
    return zlib.compress(b"%b\n%b" % (orjson.dumps(made), value), LEVEL)


def value_of(packed: bytes) -> bytes:
    """Return the record's value."""
    return zlib.decompress(packed).partition(b"\n")[2]


def text_of(packed: bytes) -> str:
    """Return the clean text of an article."""
    text: str = codec.load(value_of(packed))["clean"]["text"]
    return text


def unpack(packed: bytes) -> tuple[dict[str, str], bytes]:
    """Return the record's headers and its value."""
    made, _, value = zlib.decompress(packed).partition(b"\n")
    headers: dict[str, str] = orjson.loads(made)
    return headers, value
