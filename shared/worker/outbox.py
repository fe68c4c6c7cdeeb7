"""Sends the records of a transaction in batches, each of one partition.

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
    """One open batch for each topic and partition; records keep the order in which they were put."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self.producer = producer
        self._open: dict[tuple[str, int], Any] = {}
        self._sent: list[asyncio.Future[Any]] = []
        self._partitions: dict[str, list[int]] = {}

    async def put(self, send: Send) -> None:
        """Add a record; a batch that is full goes out."""
        place = (send.topic, await self._partition(send))
        batch = self._open.get(place)
        if batch is None:
            batch = self._open[place] = self.producer.create_batch()
        if batch.append(key=send.key, value=send.value, timestamp=None, headers=send.headers or []) is None:
            await self._send(place)
            batch = self._open[place] = self.producer.create_batch()
            # the first always fits
            batch.append(key=send.key, value=send.value, timestamp=None, headers=send.headers or [])

    async def _partition(self, send: Send) -> int:
        if send.partition is not None:
            return send.partition
        if send.topic not in self._partitions:
            self._partitions[send.topic] = sorted(await self.producer.partitions_for(send.topic))
        return partition_of(send.key, self._partitions[send.topic])

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
    for send in sends:
        await outbox.put(send)
    await outbox.flush()
