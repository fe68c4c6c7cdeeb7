"""The same load → mark → dump on plain clients, for the ratio: ``aiokafka`` and ``confluent`` (a transaction
a batch each).
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections.abc import Callable

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.workshop.timing import noop
from shared.settings import Settings
from shared.wire.topics import spelled

RUN = Settings.from_env().run
SOURCE, SINK = spelled(noop.SOURCE, RUN), spelled(noop.SINK, RUN)

BATCH = 500
HEADERS: list[tuple[str, str | bytes | None]] = [
    ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
]


def work(value: bytes) -> bytes:
    """Load, mark, dump."""
    item = orjson.loads(value)
    item["clean"] = 1
    return orjson.dumps(item)


class Clock:
    """CPU and wall seconds from the first record on."""

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0

    def begin(self) -> None:
        """Start, once."""
        if not self.wall:
            self.cpu, self.wall = self._cpu(), time.perf_counter()

    def report(self, records: int) -> None:
        """Print the cost as JSON."""
        spent, wall = self._cpu() - self.cpu, time.perf_counter() - self.wall
        sys.stdout.buffer.write(orjson.dumps({"records": records, "cpu_s": spent, "wall_s": wall}))

    @staticmethod
    def _cpu() -> float:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime


async def with_aiokafka(bootstrap: str, records: int, clock: Clock) -> None:
    """Consume and produce with aiokafka, a transaction a batch."""
    group = f"bench-aiokafka-{time.time_ns()}"
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, transactional_id=group, linger_ms=2, max_batch_size=1 << 18
    )
    consumer = AIOKafkaConsumer(
        SOURCE,
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 << 20,
    )
    await producer.start()
    await consumer.start()
    n = 0
    while n < records:
        batches = await consumer.getmany(timeout_ms=200, max_records=BATCH)
        if not batches:
            continue
        clock.begin()
        async with producer.transaction():
            sent = [
                await producer.send(SINK, work(record.value), key=record.key, headers=HEADERS)
                for batch in batches.values()
                for record in batch
            ]
            await asyncio.gather(*sent)
            await producer.send_offsets_to_transaction(
                {part: batch[-1].offset + 1 for part, batch in batches.items()}, group
            )
        n += len(sent)
    clock.report(n)
    await consumer.stop()
    await producer.stop()


def with_confluent(bootstrap: str, records: int, clock: Clock) -> None:
    """Consume and produce with confluent-kafka (librdkafka), a transaction a batch."""
    from confluent_kafka import Consumer, Producer  # noqa: PLC0415 - a yardstick, no dependency of the product

    group = f"bench-confluent-{time.time_ns()}"
    producer = Producer(
        {"bootstrap.servers": bootstrap, "transactional.id": group, "linger.ms": 2, "log_level": 3}
    )
    producer.init_transactions(30)
    settings = {
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "log_level": 3,
    }
    consumer = Consumer(settings)
    consumer.subscribe([SOURCE])
    n = 0
    while n < records:
        batch = consumer.consume(BATCH, 0.2)
        if not batch:
            continue
        clock.begin()
        producer.begin_transaction()
        for record in batch:
            producer.produce(SINK, work(record.value() or b""), key=record.key(), headers=list(HEADERS))
        producer.send_offsets_to_transaction(
            consumer.position(consumer.assignment()), consumer.consumer_group_metadata(), 30
        )
        producer.commit_transaction(30)
        n += len(batch)
    clock.report(n)
    consumer.close()


if __name__ == "__main__":
    modes: dict[str, Callable[[str, int, Clock], None]] = {
        "aiokafka": lambda bootstrap, records, clock: asyncio.run(with_aiokafka(bootstrap, records, clock)),
        "confluent": with_confluent,
    }
    modes[sys.argv[1]](sys.argv[2], int(sys.argv[3]), Clock())
