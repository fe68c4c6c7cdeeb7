"""The aiokafka clients, made in one place: read_committed everywhere, transactions per input partition, no surprise defaults."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.settings import Settings

FETCH_BYTES = 1 << 20
BATCH_BYTES = 1 << 18
REQUEST_BYTES = 44 << 20
"""Above the largest dead letter of feed; the broker's own limit for a request is 100 MB."""

STANDSTILL_SECONDS = 30.0


class Standstill(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """Reading to a known end does not get there: an open transaction holds the topic, or the broker is gone."""


def consumer(settings: Settings, *, group: str) -> AIOKafkaConsumer:
    """Return a consumer of *group* that never commits by itself."""
    return AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        group_id=group,
        group_instance_id=f"{group}-{settings.instance}" if settings.instance else None,  # restarts do not rebalance (A9)
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
        session_timeout_ms=settings.session_ms,
        heartbeat_interval_ms=settings.heartbeat_ms,
        rebalance_timeout_ms=settings.rebalance_ms,
        max_poll_interval_ms=max(300_000, int(settings.record_seconds * 3000)),
        max_partition_fetch_bytes=FETCH_BYTES,
    )


def transactional(settings: Settings, *, transactional_id: str) -> AIOKafkaProducer:
    """Return the producer of one lane."""
    return AIOKafkaProducer(
        bootstrap_servers=settings.kafka,
        transactional_id=transactional_id,
        transaction_timeout_ms=settings.transaction_ms,
        linger_ms=2,
        max_batch_size=BATCH_BYTES,
        max_request_size=REQUEST_BYTES,
    )


@asynccontextmanager
async def reader(settings: Settings, *, group: str | None = None, committed: bool = True) -> AsyncIterator[AIOKafkaConsumer]:
    """Give a consumer that only looks: no membership, no commits; *group* lets it ask for that group's offsets.

    *committed* False shows records of open and aborted transactions too: for diagnosis alone.
    """
    made = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        group_id=group,
        enable_auto_commit=False,
        isolation_level="read_committed" if committed else "read_uncommitted",
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


@asynccontextmanager
async def admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """Give an admin client."""
    made = AIOKafkaAdminClient(bootstrap_servers=settings.kafka, request_timeout_ms=10_000)
    await made.start()
    try:
        yield made
    finally:
        await made.close()


async def partitions(client: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """Return the partitions of *topic*; none when it does not exist."""
    cluster = await client._client.fetch_all_metadata()  # noqa: SLF001 - the public call answers from a cache without new topics
    return [TopicPartition(topic, number) for number in sorted(cluster.partitions_for_topic(topic) or ())]


async def read_to_end(
    client: AIOKafkaConsumer,
    parts: Sequence[TopicPartition],
    remaining: Callable[[int], None] = lambda _: None,
    *,
    since_ms: int = 0,
) -> AsyncIterator[list[ConsumerRecord]]:
    """Yield the committed records of *parts*, made at *since_ms* or later, up to their ends as they were at the call, in batches.

    Seeks explicitly: a group-less consumer starts at «latest» (A4). Raises Standstill when nothing comes for 30 s (A5).
    """
    client.assign(parts)
    ends = await client.end_offsets(parts)
    starts = await client.beginning_offsets(parts)
    if since_ms:
        later = await client.offsets_for_times(dict.fromkeys(parts, since_ms))
        starts = {part: later[part].offset if later[part] else ends[part] for part in parts}
    for part, offset in starts.items():
        client.seek(part, offset)
    progress = time.monotonic()
    while left := sum([max(0, end - await client.position(part)) for part, end in ends.items()]):
        remaining(left)
        for records in (await client.getmany(timeout_ms=300)).values():
            progress = time.monotonic()
            yield records
        if time.monotonic() - progress > STANDSTILL_SECONDS:
            raise Standstill(f"{left} records before the end of {parts[0].topic} do not come")
    remaining(0)


async def count(settings: Settings, topic: str, *, since_ms: int = 0) -> int:
    """Return how many committed records *topic* holds, made at *since_ms* or later, without holding them (a letter may have 40 MB)."""
    async with reader(settings) as client:
        parts = await partitions(client, topic)
        return sum([len(records) async for records in read_to_end(client, parts, since_ms=since_ms)]) if parts else 0


async def read_all(settings: Settings, topics: Iterable[str], *, since_ms: int = 0) -> list[ConsumerRecord]:
    """Return every committed record of *topics* made at *since_ms* or later; topics that do not exist are passed over."""
    found: list[ConsumerRecord] = []
    async with reader(settings) as client:
        parts = [part for topic in topics for part in await partitions(client, topic)]
        if parts:
            async for records in read_to_end(client, parts, since_ms=since_ms):
                found += records
    return found
