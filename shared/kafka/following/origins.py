"""What a record was made from: the raw record at its beginning, the same in every run."""

from __future__ import annotations

from typing import NamedTuple

from aiokafka import ConsumerRecord

from shared.records.alias import RawPlace
from shared.wire import headers, topics

SKEW_MS = 3_600_000
"""So far the clocks of two machines may be apart: no record is older than the raw one it was made from by
more.
"""

Place = tuple[str, int, int]
"""Topic, partition, offset."""


class Thread(NamedTuple):
    """Where the record lies that this one was made from; *raw*: the same in ``articles.raw``."""

    place: Place
    raw: RawPlace | None


def thread(record: ConsumerRecord) -> Thread:
    """Return what *record* was made from."""
    return thread_of((record.topic, record.partition, record.offset), record.headers)


def thread_of(place: Place, given_headers: headers.Headers) -> Thread:
    """Return what the record at *place* was made from.

    One from a foreign producer, who says nothing of it, was made from itself.
    """
    given = headers.get(given_headers, headers.ORIGIN)
    if given is not None and headers.PLACE.fullmatch(given.encode()):
        topic, partition, offset, _ = given.rsplit("/", 3)
        place = (topic, int(partition), int(offset))
    return Thread(place, place[1:] if place[0] == topics.RAW.name else None)
