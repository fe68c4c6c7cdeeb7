"""What an operator does to a run: its record and the entry in the audit change in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import OffsetAndMetadata

from services.replay.control import control
from services.replay.hops import hops, own_topics
from shared.kafka import aliases, clients, declare, runs
from shared.kafka.groups import forget, members
from shared.records.act import Act
from shared.records.run import Run, RunState
from shared.settings import Settings
from shared.wire import topics
from shared.wire.tally import Tally

AFTER: dict[RunState, frozenset[RunState]] = {
    "planned": frozenset({"planned"}),
    "running": frozenset({"planned", "stopped", "paused", "running", "caught_up"}),
    "paused": frozenset({"running", "caught_up"}),
    "caught_up": frozenset({"running"}),
    "stopped": frozenset({"running", "paused", "caught_up", "superseded"}),
    "dropped": frozenset({"planned", "stopped", "caught_up", "superseded", "running", "paused", "dropped"}),
}
"""From which states a run may come into which."""

LEAVING_S = 30.0
"""How long the workers of a run that is dropped may take to go."""


class CannotChange(ValueError):
    """The run cannot come into that state; the message says why, in the operator's words."""


async def known(settings: Settings, name: str) -> Run:
    """Return the run *name*; raises CannotChange when there is none."""
    found = await runs.load(settings, name)
    if found is None or found.state == "dropped":
        raise CannotChange(f"there is no run {name}")
    return found


async def put(settings: Settings, run: Run, state: RunState, *, by: str, at: str, because: str = "") -> Run:
    """Write *run* in the new *state*, with its entry in the audit; raises CannotChange."""
    if run.state not in AFTER[state]:
        raise CannotChange(f"run {run.name} is {run.state} and cannot become {state}")
    made = msgspec.structs.replace(run, state=state, by=by, at=at, because=because)
    act = Act(
        actor=by,
        time=at,
        verb=f"replay {state}",
        counts={},
        which=[run.name],
        because=because,
        detail={"before": run.state},
    )
    async with control(settings) as change:
        await change.commit(act, runs=[made])
    return made


async def prepare(settings: Settings, run: Run) -> None:
    """Make the run's topics, with live's number of copies and lanes, and set its group to where it begins.

    It may ask for another number of lanes. Nothing happens to what is there. Its changelogs have live's lanes
    in any case: clean reads what live's clean reads.
    """
    async with clients.reader(settings) as client:
        lanes = {topic.name: len(await clients.partitions(client, topic.name)) for topic in own_topics(run)}
    if run.lanes:
        lanes |= {topic.name: run.lanes for topic in (topics.CLEAN, topics.DETECTED)}
    async with clients.admin(settings) as admin:
        (source,) = await admin.describe_topics([run.source])
    table = [replace(topic, partitions=lanes[topic.name] or topic.partitions) for topic in own_topics(run)]
    await declare.apply(
        replace(settings, run=run.name, replication=len(source["partitions"][0]["replicas"])), table
    )
    first = hops(run)[0]
    parts = [TopicPartition(first.source, number) for number in range(len(run.starts))]
    async with clients.reader(settings, group=first.group) as client:
        client.assign(parts)
        await _seed(client, parts, run.starts)


async def _seed(client: AIOKafkaConsumer, parts: Sequence[TopicPartition], starts: Sequence[int]) -> None:
    fresh = {
        part: start for part, start in zip(parts, starts, strict=True) if await client.committed(part) is None
    }
    if fresh:
        await client.commit(
            {part: OffsetAndMetadata(start, Tally().encoded()) for part, start in fresh.items()}
        )


async def drop(settings: Settings, run: Run, *, by: str, at: str, because: str = "") -> list[str]:
    """Mark *run* as dropped, wait for its workers' end, and delete its topics and groups.

    The topics' names are returned. Raises CannotChange when somebody reads it (promoted), or when its workers
    do not go.
    """
    alias = await aliases.current(settings)
    if run.name in {segment.run for segment in alias.segments} and alias.owned(run.name, len(run.since)):
        raise CannotChange(f"readers read {run.name}: ./khabar replay rollback")
    await put(settings, run, "dropped", by=by, at=at, because=because)
    groups = [hop.group for hop in hops(run)]
    names = [topics.spelled(topic.name, run.name) for topic in own_topics(run)]
    async with clients.admin(settings) as admin:
        await _left(admin, groups)
        there = set(await admin.list_topics())
        names = [name for name in names if name in there]
        if names:
            await admin.delete_topics(names)
        await forget(admin, groups)
    return names


async def _left(admin: AIOKafkaAdminClient, groups: Sequence[str]) -> None:
    try:
        async with asyncio.timeout(LEAVING_S):
            while any([await members(admin, group) for group in groups]):  # noqa: ASYNC110 - the broker sends no event for it
                await asyncio.sleep(0.5)
    except TimeoutError:
        raise CannotChange("workers of the run do not go: stop them, and drop it again") from None
