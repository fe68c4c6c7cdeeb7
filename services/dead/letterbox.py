"""Reads letters one after the other: one may have 40 MB, so they are never all held at once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Container
from contextlib import aclosing, asynccontextmanager

from aiokafka import ConsumerRecord

from services.dead.letter import Letter
from services.dead.selection import Selection
from shared.kafka import clients, stretches
from shared.settings import Settings
from shared.wire import topics


@asynccontextmanager
async def letters(settings: Settings, selection: Selection) -> AsyncIterator[AsyncIterator[Letter]]:
    """Give the letters that *selection* takes, by stage in the order of writing, up to the ends of now."""
    async with aclosing(_letters(settings, selection)) as stream:
        yield stream


async def _letters(settings: Settings, selection: Selection) -> AsyncGenerator[Letter, None]:
    for stage in selection.stages:
        async with clients.reader(
            settings
        ) as client:  # one each: a fetch for the former topic would hold up the next
            parts = await clients.partitions(client, topics.spelled(topics.dead(stage), settings.run))
            if not parts:
                continue
            async for records in stretches.read(
                client, await stretches.whole(client, parts, since_ms=selection.since_ms)
            ):
                for record in records:
                    letter = _letter(stage, record)
                    if selection.takes(letter):
                        yield letter


def _letter(stage: str, record: ConsumerRecord) -> Letter:
    return Letter(
        stage=stage,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp,
        key=record.key,
        value=record.value,
        headers=record.headers,
    )


async def one(settings: Settings, stage: str, name: str) -> Letter | None:
    """Return the letter of *stage* called *name*, or None."""
    async with letters(settings, Selection(stages=(stage,), names=frozenset([name]))) as stream:
        return await anext(stream, None)


async def waiting(settings: Settings, stage: str, marked: Container[str]) -> int:
    """Return how many letters of *stage* nobody has decided on yet."""
    async with letters(settings, Selection(stages=(stage,))) as stream:
        return sum([letter.place not in marked async for letter in stream])


async def undeclared(settings: Settings) -> list[str]:
    """Return the topics that a change writes to and that are not there."""
    async with clients.reader(settings) as client:
        names = [topics.spelled(topic.name, settings.run) for topic in (topics.LETTER_MARKS, topics.AUDIT)]
        return [name for name in names if not await clients.partitions(client, name)]


async def partition_counts(settings: Settings, stages: Collection[str]) -> dict[str, int]:
    """Return how many partitions each topic has that letters of *stages* may go back to.

    A topic that is not there has none.
    """
    async with clients.reader(settings) as client:
        return {
            topic.name: len(await clients.partitions(client, topics.spelled(topic.name, settings.run)))
            for topic in topics.TOPICS
            if "dead" in topic.writers and set(topic.readers) & set(stages)
        }
