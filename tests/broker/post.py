"""Dead letters made for tests, and what lies on the topics around them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer, ConsumerRecord

from shared.contract import Origin, Reject
from shared.errors import Reason
from shared.kafka import clients
from shared.settings import Settings
from shared.wire import headers, topics


def letter(settings: Settings, number: int, **other: Any) -> tuple[str, dict[str, Any]]:
    """Return a letter of clean whose record lay at articles.raw/(number mod 12)/number: the topic it is for,
    and what is to be sent.
    """
    stage = other.get("stage", "clean")
    topic = other.get("topic", topics.spelled("articles.raw", settings.run))
    reason: Reason = other.get("reason", "bug")
    given = [
        ("ce_subject", b"doc-%d" % number),
        ("odd", bytes([number % 256, 0, 255])),
        *other.get("headers", []),
    ]
    maker = headers.RecordMaker(stage=stage, version="1", model_sha256="", run=settings.run, instance="")
    made = headers.dead_letter_headers(
        Reject(reason, f"letter {number}"),
        maker,
        headers.Cause(given, Origin(topic, number % 12, number, 1_000), 0, ""),
        1,
    )
    value = other.get("value", orjson.dumps({"i": number, "source": {"id": f"outlet-{number % 7}"}}))
    key = other.get("key", b"outlet-%d" % (number % 7))
    return topics.spelled(topics.dead(stage), settings.run), {"key": key, "value": value, "headers": made}


async def posted(settings: Settings, letters: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Send *letters*, in order."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka, enable_idempotence=True, linger_ms=5, max_request_size=44 << 20
    )
    await producer.start()
    await asyncio.gather(*[await producer.send(topic, **record) for topic, record in letters])
    await producer.stop()


async def lying(settings: Settings, topic: str) -> list[ConsumerRecord]:
    """Return what readers of committed records find in the logical *topic* of the run."""
    return await clients.read_all(settings, [topics.spelled(topic, settings.run)])


async def with_aborted(settings: Settings, topic: str) -> int:
    """Return how many records lie there, those of aborted transactions too."""
    async with clients.reader(settings, committed=False) as client:
        parts = await clients.partitions(client, topics.spelled(topic, settings.run))
        return sum([len(records) async for records in clients.read_to_end(client, parts)])


async def ends(settings: Settings) -> dict[Any, int]:
    """Return the end of every partition of the run's topics: whatever is written moves one."""
    async with clients.reader(settings, committed=False) as client:
        parts = [
            part
            for topic in topics.TOPICS
            for part in await clients.partitions(client, topics.spelled(topic.name, settings.run))
        ]
        found: dict[Any, int] = await client.end_offsets(parts)
        return found
