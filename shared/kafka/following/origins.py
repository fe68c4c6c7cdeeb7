"""The thread of a record: the raw record that it was made from, the same in every run."""

from __future__ import annotations

from typing import NamedTuple

from aiokafka import ConsumerRecord

from shared.records.alias import RawPlace
from shared.wire import headers, topics

SKEW_MS = 3_600_000
"""How far the clocks of two machines may be apart: no record is older by more than the raw one it was made
from.
"""

RecordPlace = tuple[str, int, int]
"""Topic, partition, offset."""


class Thread(NamedTuple):
    """A raw record and all that was made from it, named by its first record.

    *place* is where that one lies, *raw* the same in ``articles.raw``; None when it lies elsewhere.
    """

    place: RecordPlace
    raw: RawPlace | None


def thread(record: ConsumerRecord) -> Thread:
    """Return the thread of *record*."""
    return thread_of((record.topic, record.partition, record.offset), record.headers)


def thread_of(place: RecordPlace, record_headers: headers.Headers) -> Thread:
    """Return the thread of the record at *place*.

    The record of a foreign producer, who names no origin, begins a thread of its own.
    """
    origin = headers.get(record_headers, headers.ORIGIN)
    if origin is not None and headers.PLACE.fullmatch(origin.encode()):
        topic, partition, offset, _ = origin.rsplit("/", 3)
        place = (topic, int(partition), int(offset))
    return Thread(place, place[1:] if place[0] == topics.RAW.name else None)
