"""Looking into topics by key: a key leads to one partition, the beginning of one to a search that says so."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import click
import orjson
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from services.cli.speech import WRONG_USE, Failure, Progress
from shared.contract import Origin
from shared.kafka import clients, runs, stretches
from shared.kafka.partitioner import partition_of
from shared.kafka.stretches import Stretch
from shared.settings import Settings
from shared.wire import headers, topics

SHORTEST_ID = 4
NEWEST_OFFSETS = 2_000
"""So much of a partition's end is looked through first; what lies before it, in steps each four times as
long.
"""

type Wanted = Callable[[ConsumerRecord], bool]


@dataclass(frozen=True, slots=True)
class Seen:
    """A record read from a topic."""

    record: ConsumerRecord
    value: dict[str, Any]

    @classmethod
    def of(cls, record: ConsumerRecord) -> Seen:
        """Return *record* with its JSON object; that is empty when the record holds none."""
        try:
            found = orjson.loads(record.value or b"")
        except orjson.JSONDecodeError:
            found = None
        return cls(record, found if isinstance(found, dict) else {})

    @property
    def time(self) -> str:
        """When this record was made (its ``ce_time``, else the Kafka timestamp)."""
        return headers.get(self.record.headers, "ce_time") or headers.rfc3339(self.record.timestamp)

    def header(self, name: str) -> str:
        """Return a header, or nothing."""
        return headers.get(self.record.headers, name) or ""


@dataclass(slots=True)
class Look:
    """A look into the topics of a run, over one connection. Topics have their logical names here.

    A run that was planned reads of live what it does not make itself: what comes before *first_stage* is
    live's.
    """

    settings: Settings
    client: AIOKafkaConsumer
    first_stage: str | None = None
    _partitions: dict[str, list[TopicPartition]] = field(default_factory=dict)

    def run_of(self, name: str) -> str:
        """Return the run that has topic *name*."""
        before = 0 if self.first_stage is None else topics.STAGES.index(self.first_stage) + 1
        lives = {topic.name for topic in topics.FLOW[:before]} | {
            topics.dead(stage) for stage in topics.STAGES[: max(0, before - 1)]
        }
        return topics.LIVE if name in lives else self.settings.run

    def settings_of(self, name: str) -> Settings:
        """Return the settings of the run that has topic *name*."""
        return dataclasses.replace(self.settings, run=self.run_of(name))

    def runs_stage(self, stage: str) -> str:
        """Return the run whose workers do the work of *stage*."""
        return self.run_of(topics.dead(stage))

    async def partitions(self, name: str, key: str | None = None) -> list[TopicPartition]:
        """Return the partitions of topic *name*, or the one that holds *key*; none without such a topic."""
        if name not in self._partitions:
            self._partitions[name] = await clients.partitions(
                self.client, topics.spelled(name, self.run_of(name))
            )
        known = self._partitions[name]
        if key is None or not known:
            return known
        return [known[partition_of(key.encode(), range(len(known)))]]

    async def stretches(self, name: str, key: str | None = None, *, since_ms: int = 0) -> list[Stretch]:
        """Return what topic *name* holds now, as ``partitions`` and ``stretches.whole`` narrow it."""
        return await stretches.whole(self.client, await self.partitions(name, key), since_ms=since_ms)

    async def batches(self, where: Sequence[Stretch], what: str) -> AsyncIterator[list[ConsumerRecord]]:
        """Yield the records of *where*, each a stretch of another partition.

        When that takes long, it shows how far in *what* it is.
        """
        total = sum(one.offsets for one in where)
        progress = Progress(f"reading {what}, offset", total)
        async for records in stretches.read(
            self.client, where, lambda left: progress.show(total - left) if left else progress.end()
        ):
            yield records

    async def search(self, where: Sequence[Stretch], wanted: Wanted, what: str) -> list[ConsumerRecord]:
        """Return what is *wanted* of *where*, in the order of each partition; only that is kept."""
        return [record async for records in self.batches(where, what) for record in records if wanted(record)]

    async def newest(self, where: Stretch, wanted: Wanted, what: str) -> tuple[list[ConsumerRecord], Stretch]:
        """Search *where* from its end in steps, to the first step with something *wanted*.

        It returns what was found, and what lies before that step.
        """
        offsets = NEWEST_OFFSETS
        found: list[ConsumerRecord] = []
        while where.offsets and not found:
            step = where.last(offsets)
            found = await self.search([step], wanted, what)
            where, offsets = Stretch(where.part, where.start, step.start), offsets * 4
        return found, where

    async def at(self, origin: Origin) -> ConsumerRecord | None:
        """Return the record at a place in a topic of the run; None when it is no longer kept."""
        name = topics.logical(origin.topic, self.settings.run)
        part = TopicPartition(origin.topic, origin.partition)
        if name not in topics.BY_NAME or part not in await self.partitions(name):
            return None
        return await stretches.at(self.client, part, origin.offset)


@asynccontextmanager
async def looking(settings: Settings) -> AsyncIterator[Look]:
    """Give a look into the topics of *settings*' run."""
    async with clients.reader(settings, fetch_bytes=clients.SEARCH_BYTES) as client:
        run = await runs.load(settings, settings.run)
        yield Look(settings, client, run.from_stage if run else None)


def subject(record: ConsumerRecord) -> str:
    """Return the id of the document or story that a record is about."""
    return headers.get(record.headers, "ce_subject") or (record.key or b"").decode("utf-8", "replace")


def long_enough(cut: str) -> None:
    """Raise Failure when *cut*, the beginning of an id, is too short to be looked for."""
    if len(cut) < SHORTEST_ID:
        raise Failure(
            f"{cut!r} is too short: give at least {SHORTEST_ID} characters of the id", code=WRONG_USE
        )


def say_search(cut: str, where: Sequence[Stretch], what: str) -> None:
    """Say on stderr that *cut* is only the beginning of an id, and how much is searched for it.

    Raises Failure when it is too short.
    """
    long_enough(cut)
    offsets = sum(one.offsets for one in where)
    click.echo(
        f"khabar: {cut} is not a whole id: searching {offsets:,} offsets of {what} (a whole id is found at once)",
        err=True,
    )
