"""What benchmarks are fed: self-made articles of a given size, the same for the same seed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence

import orjson
from aiokafka import AIOKafkaProducer

from shared.kafka import declare
from shared.settings import Settings
from shared.wire.topics import Topic, spelled

WORDS = [
    "دولت",
    "ایران",
    "وزیر",
    "خارجه",
    "در",
    "نشست",
    "امروز",
    "تهران",
    "گفت",
    "که",
    "مذاکرات",
    "با",
    "نمایندگان",
    "کشورهای",
    "منطقه",
    "درباره",
    "اقتصاد",
    "و",
    "امنیت",
    "ادامه",
    "دارد",
]


def article(number: int, size: int = 5_000) -> bytes:
    """Return one JSON article of about *size* bytes of UTF-8."""
    plan = random.Random(number)
    text = ""
    while len(text.encode()) < size - 100:
        text += " ".join(plan.choices(WORDS, k=12)) + "۔ "
    return orjson.dumps({"i": number, "source": "bench", "text": text})


def topic(name: str, partitions: int, *, compacted: bool = False) -> Topic:
    """Return a topic of a benchmark's own."""
    return Topic(
        name=name,
        key="number",
        record="bench",
        partitions=partitions,
        retention_days=None if compacted else 1,
        compacted=compacted,
        writers=("bench",),
        readers=("bench",),
    )


async def fill(settings: Settings, table: Sequence[Topic], values: Iterable[bytes]) -> int:
    """Declare *table* and write *values* to its first topic, spread over the partitions; returns how many."""
    await declare.apply(settings, table)
    name, partitions = spelled(table[0].name, settings.run), table[0].partitions
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, linger_ms=20, max_batch_size=1 << 19)
    await producer.start()
    try:
        sent = [
            await producer.send(name, value, key=b"k%d" % n, partition=n % partitions)
            for n, value in enumerate(values)
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
    return len(sent)
