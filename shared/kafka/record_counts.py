"""How many records stretches hold, without reading more than a sample of them.

Kafka knows offsets, and these count transaction markers, aborted and compacted records too. So the newest
offsets are read, and what they say of all is an estimate; where they are all there is, it is a count.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.kafka import stretches
from shared.kafka.stretches import Stretch

SAMPLE_OFFSETS = 600
SAMPLE_BYTES = 32 << 20
"""A dead letter may have 40 MB: no more than this is read, and the batch in which it is passed."""


class Count(NamedTuple):
    """How many records: counted, or estimated from a sample."""

    n: int
    exact: bool


class _Sampled(NamedTuple):
    """How many records were read in how many offsets."""

    records: int
    offsets: int


async def count(client: AIOKafkaConsumer, wholes: Sequence[Stretch]) -> Count:
    """Return how many committed records *wholes* holds, each a stretch of another partition."""
    sample = [stretch.last(max(1, SAMPLE_OFFSETS // len(wholes))) for stretch in wholes]
    read = await _read(client, sample)
    offsets = sum(stretch.offsets for stretch in wholes)
    return (
        Count(read.records, exact=True)
        if read.offsets == offsets
        else Count(round(read.records / read.offsets * offsets), exact=False)
    )


async def _read(client: AIOKafkaConsumer, sample: Sequence[Stretch]) -> _Sampled:
    """Read *sample*, a large one in part."""
    records_read, size, reached = 0, 0, dict[TopicPartition, int]()
    async with aclosing(stretches.read(client, sample)) as batches:
        async for records in batches:
            records_read += len(records)
            size += sum(len(record.value or b"") for record in records)
            reached[TopicPartition(records[-1].topic, records[-1].partition)] = records[-1].offset + 1
            if size > SAMPLE_BYTES:
                offsets = sum(
                    reached[stretch.part] - stretch.start for stretch in sample if stretch.part in reached
                )
                return _Sampled(records_read, offsets)
    return _Sampled(records_read, sum(stretch.offsets for stretch in sample))
