"""One file following its topics, until readers are to see another run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import msgspec
import orjson
from aiokafka import TopicPartition

from services.archive.archive_metrics import ArchiveMetrics
from services.archive.shelf import ageing, opened
from services.archive.shelf.keeper import Keeper, Load
from services.archive.shelf.state_rows import SHELVES
from services.archive.shelving import Shelving
from services.archive.state_reader import StateReader, States, reading_states
from shared.kafka.following.follower import DueRecords, Follower, following
from shared.kafka.following.positions import Positions
from shared.records.alias import Alias
from shared.settings import Settings
from shared.wire import topics

AT_ONCE = 1_000
"""Articles of one transaction at most: with each the index of words is written, so small ones cost more."""

WITHIN_MS = 100
LOOK_EVERY_S = 0.5
"""How often it is asked whether all has been taken that the topics held at the last look."""

AGE_EVERY_S = 60.0
GB = 1e9
ARTICLES, EVENTS, STATES = "articles", "events", "states"
"""Under these names a file keeps how far it was read."""


def articles_read(keeper: Keeper, name: str) -> Positions:
    """Return how far a file has followed the articles or the events."""
    found = keeper.state(name)
    return msgspec.json.decode(found, type=Positions) if isinstance(found, bytes) else Positions()


def states_read(keeper: Keeper) -> dict[str, list[int]]:
    """Return how far a file has read the topics of states."""
    found = keeper.state(STATES)
    return msgspec.json.decode(found, type=dict[str, list[int]]) if isinstance(found, bytes) else {}


class Copying:
    """Reads, makes ready and writes three loads at the same time, one at each step.

    *epoch* is the switch after which *alias* is what readers see; *current* is told when the file held all
    that the topics did (Unix seconds). *goes_on*: the file is the one that is read, and was whole before.
    """

    def __init__(
        self,
        settings: Settings,
        keeper: Keeper,
        metrics: ArchiveMetrics,
        *,
        epoch: int,
        goes_on: bool,
        current: Callable[[float], None],
    ) -> None:
        self.settings, self.keeper, self.metrics, self.epoch = settings, keeper, metrics, epoch
        self._current, self._goes_on = current, goes_on
        self._shelving = Shelving()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="archive")
        self._pending: Future[Any] | None = None
        self._kept: dict[str, bytes] = {}
        self._aged = time.monotonic()
        shared = {topic.name for topic in topics.SHARED}
        self._states = {
            name if name in shared else topics.spelled(name, settings.run): name for name in SHELVES
        }

    async def run(self, alias: Alias) -> None:
        """Follow until a switch is noticed; raises KafkaError.

        What is being written is written to its end.
        """
        names = [topics.spelled(topics.STORIES.name, alias.newest), *self._states]
        read = articles_read(self.keeper, ARTICLES), articles_read(self.keeper, EVENTS)
        try:
            async with (
                following(self.settings, topics.LINKED, read[0]) as articles,
                following(self.settings, topics.STORY_EVENTS, read[1]) as events,
                reading_states(self.settings, names, states_read(self.keeper)) as states,
            ):
                await self._follow(articles, events, states)
        finally:
            # a second at most; nothing else can be told to wait: whoever ends us cancels again and again
            self._writer.shutdown(wait=True)

    async def _follow(self, articles: Follower, events: Follower, states: StateReader) -> None:
        goal = _Goal(articles, events, states, at_once=self._goes_on)
        while True:
            linked = await articles.take(within_ms=WITHIN_MS, at_most=AT_ONCE)
            # each client fetches by itself: what it has is taken
            told = await events.take(within_ms=0, at_most=AT_ONCE)
            held = await states.take(within_ms=0, at_most=AT_ONCE)
            if {linked.positions.turns[-1].epoch, told.positions.turns[-1].epoch} != {self.epoch}:
                return
            load = await asyncio.to_thread(self._load, linked, told, held)
            await self._written()
            if load.positions:
                self._pending = self._writer.submit(self._write, load)
            if (since := await goal.reached()) is not None:
                await self._written()
                self._current(since)
                self.metrics.current.set(since)
            self.metrics.behind.set(goal.left)
            if time.monotonic() - self._aged >= AGE_EVERY_S:
                await self._age()

    def _load(self, linked: DueRecords, told: DueRecords, held: States) -> Load:
        load = Load()
        self._shelving.articles(load, linked.records)
        self._shelving.events(load, told.records)
        for topic, records in held.records.items():
            if topic in self._states:
                self._shelving.states(load, self._states[topic], records)
            else:
                self._shelving.stories(load, records)
        read = {
            ARTICLES: msgspec.json.encode(linked.positions),
            EVENTS: msgspec.json.encode(told.positions),
            STATES: orjson.dumps(held.offsets),
        }
        if read != self._kept:
            load.positions = self._kept = read
        return load

    def _write(self, load: Load) -> None:
        self.keeper.write(load)
        states = sum(len(values) for values in load.states.values())
        entered = {
            "article": len(load.articles),
            "story": len(load.stories),
            "event": len(load.events),
            "state": states,
        }
        for kind, n in entered.items():
            self.metrics.entered.labels(kind).inc(n)
        self.metrics.unreadable.inc(load.unreadable)

    async def _written(self) -> None:
        """Wait until what is being written is written; raises what went wrong with it."""
        pending, self._pending = self._pending, None
        if pending is not None:
            await asyncio.shield(asyncio.wrap_future(pending))

    async def _age(self) -> None:
        """Let what is too old go, a transaction a look until there is no more."""
        await self._written()
        removed, size, articles = await asyncio.wrap_future(self._writer.submit(self._aged_by))
        self.metrics.removed.inc(removed)
        self.metrics.size.set(size)
        self.metrics.articles.set(articles)
        if not removed:
            self._aged = time.monotonic()

    def _aged_by(self) -> tuple[int, int, int]:
        since_ms = int(time.time() * 1000 - self.settings.archive_days * topics.DAY_MS)
        removed = ageing.age(self.keeper, since_ms=since_ms, most_bytes=self.settings.archive_gb * GB)
        return removed, opened.size_bytes(self.keeper.connection), ageing.articles(self.keeper)


class _Goal:
    """The ends of all topics at the last look: who has taken all before them had all that there was then.

    *at_once*: the first look is asked about at once, because who goes on with a whole file has all from the
    start.
    """

    def __init__(self, articles: Follower, events: Follower, states: StateReader, *, at_once: bool) -> None:
        self._at_once = at_once
        self._readers: tuple[Follower | StateReader, ...] = (articles, events, states)
        self._ends: list[Mapping[TopicPartition, int]] = []
        self._since = 0.0
        self._looked = 0.0
        self.left = 0

    async def reached(self) -> float | None:
        """Return the time of the last look (Unix seconds) when all of it has been taken, else None.

        It is also None when nothing has been asked yet.
        """
        if self._ends and time.monotonic() - self._looked < LOOK_EVERY_S:
            return None
        self._looked = time.monotonic()
        if not self._ends:
            await self._look()
            if not self._at_once:
                return None
        self.left = sum([await one.left(ends) for one, ends in zip(self._readers, self._ends, strict=True)])
        if self.left:
            return None
        since = self._since
        await self._look()
        return since

    async def _look(self) -> None:
        self._since = time.time()
        self._ends = [await one.ends() for one in self._readers]
