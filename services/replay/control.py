"""Changes of runs and of the alias: what belongs together and its audit entry commit in one transaction.

One transactional id for all of them. Whoever begins last shuts out whoever is at it (Kafka refuses the former
producer and aborts what it had open) and reads what there is only then, so two operators never build on the
same state.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from aiokafka import AIOKafkaProducer
from aiokafka.errors import IllegalOperation, InvalidProducerEpoch, KafkaError, ProducerFenced

from shared.kafka import clients, declare
from shared.records.act import Act
from shared.records.alias import Alias
from shared.records.run import Run
from shared.settings import Settings
from shared.wire import codec, topics

TOPICS = (topics.RUNS, topics.ALIASES, topics.AUDIT)


class ShutOut(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """Another operator has begun on the runs; what was not committed by then has not happened."""


@dataclass(frozen=True, slots=True)
class Control:
    """The one that may change runs now.

    What is read after it was given nobody else changes before its commit.
    """

    settings: Settings
    producer: AIOKafkaProducer

    async def commit(self, act: Act, *, runs: Sequence[Run] = (), alias: Alias | None = None) -> None:
        """Write *runs*, *alias* and *act*, all or nothing; raises ShutOut."""
        records = [(topics.RUNS, run.name, codec.encode(run)) for run in runs]
        if alias is not None:
            records.append((topics.ALIASES, f"{alias.epoch:06d}", codec.encode(alias)))
        records.append((topics.AUDIT, act.actor, codec.encode(act)))
        try:
            async with self.producer.transaction():
                sent = [
                    await self.producer.send(topic.name, value, key=key.encode())
                    for topic, key, value in records
                ]
                await asyncio.gather(*sent)
                await asyncio.sleep(self.settings.hold_ms / 1000)
        except (
            ProducerFenced,
            InvalidProducerEpoch,
            IllegalOperation,
        ) as error:  # the last: fenced between two sends
            raise ShutOut from error


@asynccontextmanager
async def control(settings: Settings) -> AsyncIterator[Control]:
    """Give the control over all runs, once whoever had it is shut out."""
    await declare.apply(replace(settings, run=topics.LIVE), TOPICS)
    name = topics.transactional_id("replay", topics.ALIASES.name, 0)
    async with clients.transacting(settings, transactional_id=name) as producer:
        yield Control(settings, producer)
