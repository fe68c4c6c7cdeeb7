"""The aiokafka clients: read_committed everywhere, transactions per input partition.

Numbers such as (A14) are those of ``shared/worker/HAZARDS.md``. The client's check of checksums stays on
(A17).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.kafka import stretches
from shared.kafka.access import credentials
from shared.kafka.access.refusals import start_client
from shared.kafka.ending import let_go
from shared.settings import Settings

FETCH_BYTES = 1 << 20
SEARCH_BYTES = 4 << 20
"""For a reader that goes through a partition: 25,000 records of 10 kB in .66 s, 1.1 s with the fetches above.
"""

BATCH_BYTES = 1 << 18
REQUEST_BYTES = 44 << 20
"""Above the largest dead letter of feed; the broker's own limit for a request is 100 MB."""

READER_WAIT_MS = 20
"""How long the broker may keep a reader's fetch at an end, since the reader's next question waits behind it
on the same connection; and how long the client waits to ask again, which it does once for every topic that it
has not asked about before.
"""


def consumer(settings: Settings, *, group: str) -> AIOKafkaConsumer:
    """Return a consumer of *group* that never commits by itself."""
    return AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        **credentials.options(settings),
        group_id=group,
        group_instance_id=f"{group}-{settings.instance}"
        if settings.instance
        else None,  # restarts do not rebalance (A9)
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",  # (A14)
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
        **credentials.options(settings),
        transactional_id=transactional_id,
        transaction_timeout_ms=settings.transaction_ms,
        linger_ms=2,
        max_batch_size=BATCH_BYTES,
        max_request_size=REQUEST_BYTES,
    )


@asynccontextmanager
async def transacting(settings: Settings, *, transactional_id: str) -> AsyncIterator[AIOKafkaProducer]:
    """Give a producer that has shut out whoever had *transactional_id* before."""
    producer = transactional(settings, transactional_id=transactional_id)
    try:
        await start_client(producer, settings)
        yield producer
    finally:
        await let_go(producer.stop())


def idempotent(settings: Settings) -> AIOKafkaProducer:
    """Return a producer for doors: it keeps order and repeats nothing, without transactions."""
    return AIOKafkaProducer(
        bootstrap_servers=settings.kafka,
        **credentials.options(settings),
        enable_idempotence=True,
        linger_ms=2,
        max_batch_size=BATCH_BYTES,
        max_request_size=REQUEST_BYTES,
    )


@asynccontextmanager
async def reader(
    settings: Settings, *, group: str | None = None, committed: bool = True, fetch_bytes: int = FETCH_BYTES
) -> AsyncIterator[AIOKafkaConsumer]:
    """Give a consumer that only reads, without membership or commits.

    *group* lets it ask for that group's offsets. *committed* False shows records of open and aborted
    transactions too: for diagnosis alone. *fetch_bytes*: the most of a partition that is fetched at once.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        **credentials.options(settings),
        group_id=group,
        enable_auto_commit=False,
        isolation_level="read_committed" if committed else "read_uncommitted",
        fetch_max_wait_ms=READER_WAIT_MS,
        retry_backoff_ms=READER_WAIT_MS,
        max_partition_fetch_bytes=fetch_bytes,
    )
    try:
        await start_client(consumer, settings)
        await asyncio.sleep(0)  # one that is stopped before its own task has begun does not end in order
        yield consumer
    finally:
        await let_go(consumer.stop())


@asynccontextmanager
async def admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """Give an admin client."""
    client = AIOKafkaAdminClient(
        bootstrap_servers=settings.kafka, **credentials.options(settings), request_timeout_ms=10_000
    )
    try:
        await start_client(client, settings)
        yield client
    finally:
        await let_go(client.close())


async def write_one(settings: Settings, topic: str, key: bytes, value: bytes) -> None:
    """Write one record to *topic*, and return when Kafka has it; raises KafkaError."""
    producer = idempotent(settings)
    try:
        await start_client(producer, settings)
        await producer.send_and_wait(topic, value, key=key)
    finally:
        await producer.stop()


async def cluster_id(settings: Settings) -> str:
    """Return the id of the cluster."""
    async with admin(settings) as client:
        return str((await client.describe_cluster())["cluster_id"])


async def partitions(client: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """Return the partitions of *topic*; none when it does not exist."""
    cluster = await client._client.fetch_all_metadata()  # noqa: SLF001 - the public call answers from a cache without new topics
    return [TopicPartition(topic, number) for number in sorted(cluster.partitions_for_topic(topic) or ())]


async def read_to_end(
    client: AIOKafkaConsumer,
    parts: Sequence[TopicPartition],
    remaining: Callable[[int], None] = lambda _: None,
) -> AsyncIterator[list[ConsumerRecord]]:
    """Yield the committed records of *parts* up to their ends as they were at the call, in batches."""
    async for records in stretches.read(client, await stretches.whole(client, parts), remaining):
        yield records


async def read_all(settings: Settings, topics: Iterable[str]) -> list[ConsumerRecord]:
    """Return every committed record of *topics*; those that do not exist are passed over.

    For topics that stay small.
    """
    everything: list[ConsumerRecord] = []
    async with reader(settings) as client:
        parts = [part for topic in topics for part in await partitions(client, topic)]
        async for records in read_to_end(client, parts):
            everything += records
    return everything
