"""Sends the records of a transaction in batches a partition.

One future a batch instead of one a record saves 8 us each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaProducer

from shared.kafka.partitioner import partition_of
from shared.worker.batch import Send


class Outbox:
    """Batches that fill up, a topic and partition each, in the order the records came."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self.producer = producer
        self._open: dict[tuple[str, int], Any] = {}
        self._sent: list[asyncio.Future[Any]] = []
        self._partitions: dict[str, list[int]] = {}

    async def put(self, one: Send) -> None:
        """Add a record; a batch that is full goes out."""
        place = (one.topic, await self._partition(one))
        batch = self._open.get(place)
        if batch is None:
            batch = self._open[place] = self.producer.create_batch()
        if batch.append(key=one.key, value=one.value, timestamp=None, headers=one.headers or []) is None:
            await self._send(place)
            batch = self._open[place] = self.producer.create_batch()
            # the first always fits
            batch.append(key=one.key, value=one.value, timestamp=None, headers=one.headers or [])

    async def _partition(self, one: Send) -> int:
        if one.partition is not None:
            return one.partition
        if one.topic not in self._partitions:
            self._partitions[one.topic] = sorted(await self.producer.partitions_for(one.topic))
        return partition_of(one.key, self._partitions[one.topic])

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


async def send_all(producer: AIOKafkaProducer, sends: Iterable[Send]) -> None:
    """Send *sends* and wait until the broker has them all."""
    outbox = Outbox(producer)
    for one in sends:
        await outbox.put(one)
    await outbox.flush()
