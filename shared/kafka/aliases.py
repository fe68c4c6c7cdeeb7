"""Which run readers read: the records of ``control.aliases``, one for every switch that was ever made."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import structs

from shared.kafka import clients, stretches
from shared.kafka.stretches import Stretch
from shared.records.alias import Alias, Segment
from shared.settings import Settings
from shared.wire import codec, topics

LOOK_FOR_TOPIC_S = 1.0


async def history(settings: Settings) -> dict[int, Alias]:
    """Return what was to be read after each switch, by epoch.

    Epoch 0, live alone, is always there, and the only one without a topic.
    """
    async with watching(settings) as watch:
        return await watch.history()


async def current(settings: Settings) -> Alias:
    """Return what is to be read now."""
    known = await history(settings)
    return known[max(known)]


def of_topic(alias: Alias, topic: topics.Topic) -> Alias:
    """Return *alias* without the runs that do not make *topic*, since they begin at a later stage."""
    maker = topic.writers[0]
    segments = [
        segment
        for segment in alias.segments[1:]
        if maker in topics.STAGES[topics.STAGES.index(segment.from_stage) :]
    ]
    return structs.replace(alias, segments=[alias.segments[0], *segments])


def fixed(run: str) -> Alias:
    """Return the alias of a reader that stays with *run*, whatever is promoted."""
    return Alias(segments=[Segment(run=run)])


class Watch:
    """Knows every switch up to now, over one connection: a look costs one question to the broker."""

    def __init__(self, client: AIOKafkaConsumer) -> None:
        self._client = client
        self._part: TopicPartition | None = None
        self._read = 0
        self._looked = -LOOK_FOR_TOPIC_S
        self._known = {0: Alias()}

    async def history(self) -> dict[int, Alias]:
        """Return every alias up to now, by epoch."""
        if self._part is None and time.monotonic() - self._looked >= LOOK_FOR_TOPIC_S:
            self._looked = time.monotonic()
            self._part = next(iter(await clients.partitions(self._client, topics.ALIASES.name)), None)
        if self._part is None:
            return self._known
        end = (await self._client.end_offsets([self._part]))[self._part]
        if end > self._read:
            async for records in stretches.read(self._client, [Stretch(self._part, self._read, end)]):
                for record in records:
                    alias = codec.decode(record.value, Alias)
                    self._known[alias.epoch] = alias
            self._client.pause(self._part)  # a look would wait behind a fetch that waits for the next switch
            self._read = end
        return self._known


@asynccontextmanager
async def watching(settings: Settings) -> AsyncIterator[Watch]:
    """Give a watch over the switches."""
    async with clients.reader(settings) as client:
        yield Watch(client)
