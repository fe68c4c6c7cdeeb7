"""Records written to any topic at any time, in large batches: for benchmarks that begin with a full topic."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer

from shared.contract import Origin
from shared.kafka import clients
from shared.kafka.partitioner import partition_of
from shared.settings import Settings
from shared.wire import topics

BATCH_BYTES = 1 << 19


class BatchWriter:
    """Writes to the topics of *settings*' run, to the partitions that the stages would take; knows the offset
    each record will have.
    """

    def __init__(self, settings: Settings, producer: AIOKafkaProducer) -> None:
        self.settings, self.offsets = settings, Counter[tuple[str, int]]()
        self._producer = producer
        self._open: dict[tuple[str, int], Any] = {}
        self._sent: list[asyncio.Future[Any]] = []

    async def write(
        self, topic: str, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]], *, at_ms: int
    ) -> Origin:
        """Write a record of the logical *topic* that came *at_ms*; return where it will lie."""
        place = (topic, partition_of(key, range(topics.BY_NAME[topic].partitions)))
        batch = self._open.get(place) or self._producer.create_batch()
        if batch.append(key=key, value=value, timestamp=at_ms, headers=headers) is None:
            await self._send(place)
            batch = self._producer.create_batch()
            batch.append(key=key, value=value, timestamp=at_ms, headers=headers)
        self._open[place] = batch
        self.offsets[place] += 1
        return Origin(topics.spelled(topic, self.settings.run), place[1], self.offsets[place] - 1, at_ms)

    async def finish(self) -> None:
        """Send what is left, and wait until all of it is there."""
        for place in list(self._open):
            await self._send(place)
        await asyncio.gather(*self._sent)

    async def _send(self, place: tuple[str, int]) -> None:
        batch = self._open.pop(place)
        batch.close()
        name = topics.spelled(place[0], self.settings.run)
        self._sent.append(await self._producer.send_batch(batch, name, partition=place[1]))


@asynccontextmanager
async def writing(settings: Settings) -> AsyncIterator[BatchWriter]:
    """Give a writer; at the end of the block all is there."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka,
        linger_ms=20,
        max_batch_size=BATCH_BYTES,
        max_request_size=clients.REQUEST_BYTES,
    )
    await producer.start()
    try:
        writer = BatchWriter(settings, producer)
        yield writer
        await writer.finish()
    finally:
        await producer.stop()
