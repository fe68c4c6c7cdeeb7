"""The world of a plan: a broker or a cluster of its own in a folder of its own, the topics, and a worker of
every stage.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from services.workshop.chaos.cluster import Cluster
from services.workshop.chaos.crew import Crew
from services.workshop.chaos.plan import Plan
from shared.broker.node import Broker
from shared.kafka import declare
from shared.settings import Settings
from shared.wire import topics
from shared.wire.topics import Topic

RULES, NO_ENCODER = "rules", os.devnull
"""No models in extract: what is tried here is the machine, and an article costs 20 ms in all stages instead
of 100.
"""

BROKER = {"transaction.abort.timed.out.transaction.cleanup.interval.ms": "500"}
"""How often the broker looks for transactions that are open for too long; by default every 10 s."""

HOLD_MS = 500.0
"""Every transaction stays open for half a second, so that faults fall into one."""


RUN = "again"
"""The run beside live."""


@dataclass(frozen=True, slots=True)
class World:
    """What a plan happens in: brokers, and the workers of live or of the run beside it."""

    nodes: tuple[Broker, ...]
    settings: Settings
    outage_s: float
    """How long a broker stays away that is to be away."""

    lanes: int
    """The most partitions that a topic has."""

    crew: Crew
    crews: list[Crew]
    """All there are, to be ended with the world."""

    brokers: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a broker is struck, and while a fault is done to a run that looks at the brokers meanwhile.
    """

    async def declare(self, table: Iterable[Topic], run: str = topics.LIVE) -> None:
        """Make the topics of *table* as *run* spells them, on every node."""
        fewer = [replace(topic, partitions=min(topic.partitions, self.lanes)) for topic in table]
        await declare.apply(replace(self.settings, run=run, replication=len(self.nodes)), fewer)

    def beside(self) -> World:
        """Return the same for the run beside live: its settings, and nobody hired yet."""
        settings = replace(self.settings, run=RUN)
        crew = Crew(settings, self.crew.folder / RUN)
        self.crews.append(crew)
        return replace(self, settings=settings, crew=crew)


def settings_of(plan: Plan, home: Path) -> Settings:
    """Return the settings of the workers: a session of 6 s, or one that outlives a transaction's time where
    that is to be outlasted.
    """
    outlasts = plan.has("outlast")
    return Settings(
        home=home,
        tagger=RULES,
        encoder=NO_ENCODER,
        degraded="yes",
        session_ms=30_000 if outlasts else 6_000,
        heartbeat_ms=1_000,
        transaction_ms=4_000 if outlasts else 30_000,
        record_seconds=5.0,
        hold_ms=HOLD_MS,
    )


@asynccontextmanager
async def world(
    plan: Plan,
    folder: Path,
    settings: Settings,
    *,
    outage_s: float,
    lanes: int,
    progress: Callable[[str, int, int], None],
) -> AsyncIterator[World]:
    """Give the world of *plan*, every worker started; at its end everything is stopped, and what is *wrong*
    with a crew is known.
    """
    if plan.nodes == 1:
        cluster: Broker | Cluster = Broker(folder, settings=BROKER, home=settings.home, progress=progress)
    else:
        cluster = Cluster(folder, settings=BROKER, home=settings.home, progress=progress)
    await asyncio.to_thread(cluster.start)
    try:
        nodes = (cluster,) if isinstance(cluster, Broker) else cluster.nodes
        given = replace(settings, kafka=cluster.bootstrap)
        crew = Crew(given, folder / "logs")
        there = World(nodes, given, outage_s, lanes, crew, [crew])
        await there.declare(topics.TOPICS)
        try:
            for stage in topics.STAGES:
                crew.hire(stage)
            yield there
        finally:
            for one in there.crews:
                one.abandon()
    finally:
        await asyncio.to_thread(cluster.kill)
