"""Lag measured from outside, as a stranger would: it sees dead groups too, and a worker cannot hide its own stall."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared import kafka, topics
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a stage is behind: *records* is an upper bound (markers and aborted records count), *seconds* is exact.

    *blocked*: what waits lies behind a transaction that is open for longer than any may be, and can be read by nobody.
    """

    stage: str
    records: int
    seconds: float
    committed: int
    blocked: bool = False


async def lag(settings: Settings, stage: str, source: str) -> Lag:
    """Return the lag of *stage* on its *source*; a topic that does not exist has none.

    Seconds = age of the first record readable at or after the committed offset; none readable = 0. An idle transactional topic
    rests at a difference of 1, because the commit marker takes an offset, so the difference alone proves nothing.
    """
    async with kafka.reader(settings, group=topics.group(stage, settings.run)) as client:
        parts = await kafka.partitions(client, topics.spelled(source, settings.run))
        if not parts:
            return Lag(stage, 0, 0.0, 0)
        client.assign(parts)
        behind, done = await _behind(client, parts)
        oldest_ms = await _oldest(client, behind)
    if oldest_ms is None:
        return await _blocked(settings, Lag(stage, 0, 0.0, done), parts)
    ends = sum(end - start for start, end in behind.values())
    return Lag(stage, ends, max(0.0, time.time() - oldest_ms / 1000), done)


async def _blocked(settings: Settings, nothing: Lag, parts: Sequence[TopicPartition]) -> Lag:
    """Return *nothing*, or what stands behind a transaction that never ended: readers of committed records cannot see it."""
    async with kafka.reader(settings, group=topics.group(nothing.stage, settings.run), committed=False) as client:
        client.assign(parts)
        behind, done = await _behind(client, parts)
        oldest_ms = await _oldest(client, behind)
    age = 0.0 if oldest_ms is None else time.time() - oldest_ms / 1000
    if age < 2 * settings.transaction_ms / 1000:
        return nothing
    return Lag(nothing.stage, sum(end - start for start, end in behind.values()), age, done, blocked=True)


async def _behind(client: AIOKafkaConsumer, parts: Sequence[TopicPartition]) -> tuple[dict[TopicPartition, tuple[int, int]], int]:
    """Return the partitions with something after the committed offset, and the sum of all committed offsets."""
    behind, done = {}, 0
    starts, ends = await client.beginning_offsets(parts), await client.end_offsets(parts)
    for part in parts:
        committed = await client.committed(part)
        done += (committed or starts[part]) - starts[part]
        offset = max(starts[part], committed or 0)
        if offset < ends[part]:
            behind[part] = (offset, ends[part])
    return behind, done


async def _oldest(client: AIOKafkaConsumer, behind: dict[TopicPartition, tuple[int, int]]) -> int | None:
    """Return the timestamp (ms) of the oldest record still unread, None when only markers are left."""
    oldest: int | None = None
    if not behind:
        return None
    client.assign(list(behind))
    for part, (offset, _) in behind.items():
        client.seek(part, offset)
    waiting = dict(behind)
    deadline = time.monotonic() + 5
    while waiting and time.monotonic() < deadline:
        for part, records in (await client.getmany(timeout_ms=100, max_records=len(behind) * 2)).items():
            stamp = records[0].timestamp
            oldest = stamp if oldest is None else min(oldest, stamp)
            waiting.pop(part, None)
        waiting = {part: span for part, span in waiting.items() if await client.position(part) < span[1]}
    return oldest
