"""Reads the topics that hold states: ``stories`` of the run that readers see, pulse's counts, runs, diffs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.kafka import clients
from shared.settings import Settings

Offsets = Mapping[str, Sequence[int]]
"""By topic as Kafka spells it, how far each partition was read."""


class States(NamedTuple):
    """Records by topic as Kafka spells it, and how far the topics are read with them."""

    records: dict[str, list[ConsumerRecord]]
    offsets: dict[str, list[int]]


class StateReader:
    """One reader of all partitions of some topics; those that do not exist are empty."""

    def __init__(self, client: AIOKafkaConsumer, offsets: dict[str, list[int]]) -> None:
        self._client, self.offsets = client, offsets
        self._parts: list[TopicPartition] = []

    async def aim(self, topics: Sequence[str]) -> None:
        """Read *topics* from where the offsets say."""
        self._parts = [part for topic in topics for part in await clients.partitions(self._client, topic)]
        self._client.assign(self._parts)
        first = await self._client.beginning_offsets(self._parts) if self._parts else {}
        known = self.offsets
        self.offsets = {}
        for part in self._parts:
            row = known.get(part.topic, ())
            at = max(first[part], row[part.partition] if part.partition < len(row) else 0)
            self.offsets.setdefault(part.topic, []).append(at)
            self._client.seek(part, at)

    async def take(self, *, within_ms: int, at_most: int) -> States:
        """Return the next records; nothing when none come *within_ms*."""
        found = await self._client.getmany(timeout_ms=within_ms, max_records=at_most) if self._parts else {}
        records: dict[str, list[ConsumerRecord]] = {}
        offsets = {topic: list(row) for topic, row in self.offsets.items()}
        for part, some in found.items():
            records.setdefault(part.topic, []).extend(some)
            offsets[part.topic][part.partition] = some[-1].offset + 1
        self.offsets = offsets
        return States(records, offsets)

    async def ends(self) -> dict[TopicPartition, int]:
        """Return the ends as they are now."""
        found: dict[TopicPartition, int] = await self._client.end_offsets(self._parts) if self._parts else {}
        return found

    async def left(self, ends: Mapping[TopicPartition, int]) -> int:
        """Return how many offsets lie between here and *ends*."""
        return sum([max(0, end - await self._client.position(part)) for part, end in ends.items()])


@asynccontextmanager
async def reading_states(
    settings: Settings, topics: Sequence[str], offsets: dict[str, list[int]]
) -> AsyncIterator[StateReader]:
    """Give a reader of *topics* that goes on at *offsets*."""
    async with clients.reader(settings) as client:
        reader = StateReader(client, offsets)
        await reader.aim(topics)
        yield reader
