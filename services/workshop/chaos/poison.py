"""Bytes that are no article, sent into the input of a stage by a stranger."""

from __future__ import annotations

import random

from services.stages import work
from shared.kafka import clients
from shared.settings import Settings
from shared.wire import topics

STRANGER = "stranger"
"""The header that tells such a record from what the stage before has made."""

KINDS: dict[str, bytes | None] = {
    "no JSON": b"this is no JSON \xff\xfe",
    "half of it": b'{"schema":1,"doc_id":"a"',
    "a list": b"[1,2,3]",
    "a number": b"7",
    "wrong type": b'{"schema":1,"doc_id":5}',
    "missing fields": b'{"schema":1,"doc_id":"a"}',
    "unknown schema": b'{"schema":99,"doc_id":"a"}',
    "lone surrogate": b'{"schema":1,"doc_id":"\\ud800"}',
    "NUL bytes": b"\x00\x00\x00",
    "deep": b"[" * 100_000,
    "huge": b'{"schema":1,"doc_id":"' + b"x" * 3_000_000 + b'"}',
    "empty": b"",
    "nothing": None,
}
HEADERS = [(STRANGER, b"1"), ("khabar-origin", b"garbage"), ("traceparent", b"\xff")]


async def poison(settings: Settings, stage: str, lanes: int, seed: int) -> int:
    """Send every kind once, in an order and to partitions (of *lanes* at most) of *seed*, to what *stage*
    reads; returns how many.
    """
    chance = random.Random(seed)
    kinds = sorted(KINDS)
    chance.shuffle(kinds)
    topic = topics.BY_NAME[work(stage).source]
    producer = clients.idempotent(settings)
    await producer.start()
    try:
        for kind in kinds:
            name = topics.spelled(topic.name, settings.run)
            await producer.send_and_wait(
                name,
                KINDS[kind],
                key=kind.encode(),
                headers=HEADERS,
                partition=chance.randrange(min(topic.partitions, lanes)),
            )
    finally:
        await producer.stop()
    return len(kinds)
