"""Hands marks to Kafka. The page needs none for anything else, so the first mark makes the connection."""

from __future__ import annotations

import asyncio
import dataclasses

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.kafka import clients, declare
from shared.kafka.access.refusals import start_client
from shared.kafka.ending import let_go
from shared.logs import warn
from shared.records.mark import Mark
from shared.settings import Settings
from shared.wire import codec, topics

PATIENCE_S = 15.0


class NotTaken(Exception):
    """Kafka has not confirmed a mark."""


class MarkSender:
    """Writes marks to the broker of *settings*, one after the other."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._one = settings, asyncio.Lock()
        self._producer: AIOKafkaProducer | None = None

    async def send(self, mark: Mark) -> None:
        """Write *mark* in the place of what was said of the same two; raises NotTaken."""
        async with self._one:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    producer = self._producer = self._producer or await self._begun()
                    await producer.send_and_wait(
                        topics.STORY_MARKS.name, codec.encode(mark), key=mark.key.encode("utf-8", "replace")
                    )
            except (KafkaError, TimeoutError, OSError) as error:
                warn("mark-not-taken", door="web", error=repr(error)[:200])
                await self._end()
                raise NotTaken from None

    async def close(self) -> None:
        """Let the connection go."""
        async with self._one:
            await self._end()

    async def _begun(self) -> AIOKafkaProducer:
        # elsewhere an operator declares topics, and we may not
        if self._settings.kafka_security == "plaintext":
            await declare.apply(dataclasses.replace(self._settings, run=topics.LIVE), [topics.STORY_MARKS])
        producer = clients.idempotent(self._settings)
        try:
            await start_client(producer, self._settings)
        except BaseException:
            await let_go(producer.stop())
            raise
        return producer

    async def _end(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await let_go(producer.stop())
