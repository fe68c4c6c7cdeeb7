"""Stretches: runs of offsets of one partition, and how to read them without reading more than them."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

STANDSTILL_SECONDS = 30.0
"""A reader that gets nothing for so long before a known end gives up."""

POLL_MS = 50
"""A stretch that ends in transaction markers gives no record at its end: the position must be asked again."""


class Standstill(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """Reading does not get to its known end: an open transaction holds the topic, or the broker is gone."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The offsets of *part* from *start* to before *end*.

    Markers, aborted records and compacted ones take offsets and are not read.
    """

    part: TopicPartition
    start: int
    end: int

    @property
    def offsets(self) -> int:
        """How many offsets it has: no fewer than its records."""
        return max(0, self.end - self.start)

    def from_offset(self, start: int) -> Stretch:
        """Return what of it lies at *start* or later."""
        return Stretch(self.part, max(self.start, start), self.end)

    def last(self, offsets: int) -> Stretch:
        """Return its last *offsets*."""
        return self.from_offset(self.end - offsets)


async def whole(
    client: AIOKafkaConsumer, parts: Sequence[TopicPartition], *, since_ms: int = 0
) -> list[Stretch]:
    """Return the stretches that hold all committed records of *parts* now, made at *since_ms* or later."""
    if not parts:
        return []
    ends = await client.end_offsets(parts)
    starts = await client.beginning_offsets(parts)
    if since_ms:
        later = await client.offsets_for_times(dict.fromkeys(parts, since_ms))
        starts = {part: later[part].offset if later[part] else ends[part] for part in parts}
    return [Stretch(part, starts[part], ends[part]) for part in parts]


async def read(
    client: AIOKafkaConsumer,
    stretches: Sequence[Stretch],
    remaining: Callable[[int], None] = lambda _: None,
    *,
    at_a_time: int | None = None,
) -> AsyncGenerator[list[ConsumerRecord]]:
    """Yield the committed records of *stretches*, each of another partition, *at_a_time* at most.

    *remaining* is told how many offsets are left. Raises Standstill when nothing comes for 30 s (A5).
    """
    waiting = _sought(client, stretches)
    progress = time.monotonic()
    while left := {
        part: stretch.end - position
        for part, stretch in waiting.items()
        if (position := await client.position(part)) < stretch.end
    }:
        remaining(sum(left.values()))
        for part in waiting.keys() - left.keys():
            client.pause(part)  # what comes after its end is not asked for
        waiting = {part: waiting[part] for part in left}
        batches = await client.getmany(*waiting, timeout_ms=POLL_MS, max_records=at_a_time)
        for part, records in batches.items():
            end = waiting[part].end
            inside = (
                records if records[-1].offset < end else [record for record in records if record.offset < end]
            )
            if inside:
                yield inside
        if batches:
            progress = time.monotonic()
        elif time.monotonic() - progress > STANDSTILL_SECONDS:
            raise Standstill(
                f"{sum(left.values())} records before the end of {next(iter(left)).topic} do not come"
            )
    remaining(0)


async def first_records(
    client: AIOKafkaConsumer, stretches: Sequence[Stretch]
) -> dict[TopicPartition, ConsumerRecord]:
    """Return the first committed record of each of *stretches* that has one, by one fetch a partition.

    Raises Standstill when nothing comes for 30 s.
    """
    firsts = dict[TopicPartition, ConsumerRecord]()
    waiting = _sought(client, stretches)
    progress = time.monotonic()
    while waiting:
        for part, (record, *_) in (await client.getmany(*waiting, timeout_ms=POLL_MS, max_records=1)).items():
            firsts |= {part: record} if record.offset < waiting[part].end else {}
        left = {
            part: stretch
            for part, stretch in waiting.items()
            if part not in firsts and await client.position(part) < stretch.end
        }
        client.pause(*(waiting.keys() - left.keys()))  # else the client would go on to fetch from them
        if len(left) < len(waiting):
            progress = time.monotonic()
        elif time.monotonic() - progress > STANDSTILL_SECONDS:
            raise Standstill(f"no record of {next(iter(left)).topic} comes before its end")
        waiting = left
    return firsts


async def at(client: AIOKafkaConsumer, part: TopicPartition, offset: int) -> ConsumerRecord | None:
    """Return the record at *offset* of *part*, an existing partition; None when it cannot be read."""
    (partition,) = await whole(client, [part])
    if not partition.start <= offset < partition.end:
        return None
    records = [
        record
        async for batch in read(client, [Stretch(part, offset, offset + 1)], at_a_time=1)
        for record in batch
    ]
    return records[0] if records else None


def _sought(client: AIOKafkaConsumer, stretches: Sequence[Stretch]) -> dict[TopicPartition, Stretch]:
    """Assign and seek those of *stretches* that have offsets; return them by partition.

    A consumer without a group would begin at «latest» (A4).
    """
    waiting = {stretch.part: stretch for stretch in stretches if stretch.offsets}
    if waiting:
        client.assign(list(waiting))
    for part, stretch in waiting.items():
        client.seek(part, stretch.start)
    return waiting
