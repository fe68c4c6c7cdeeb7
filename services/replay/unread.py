"""How far a run is behind: what its stages have still to read."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.replay.hops import Hop, hops
from shared.kafka import clients, groups, stretches
from shared.kafka.stretches import Stretch
from shared.records.run import Run
from shared.settings import Settings

LATE_SECONDS = 60.0
"""A run that follows the live head always has something before it: it is behind when that is older."""


@dataclass(frozen=True, slots=True)
class Unread:
    """What *stage* of a run has not read of *source* (as Kafka spells it).

    It is at most so many *records*, the oldest made *seconds* ago.
    """

    stage: str
    source: str
    records: int
    seconds: float


async def behind(settings: Settings, run: Run) -> list[Unread]:
    """Return the stages of *run* that are behind.

    In a run with an end any record before it counts, in one that follows only what is a minute old.
    """
    found = [await before(settings, run, hop) for hop in hops(run)]
    return [one for one in found if one.records and (run.ends is not None or one.seconds > LATE_SECONDS)]


async def before(settings: Settings, run: Run, hop: Hop) -> Unread:
    """Return what *hop* of *run* has still to read."""
    async with clients.admin(settings) as admin:
        committed = await groups.committed(admin, hop.group)
    is_first = hop.stage == run.from_stage
    async with clients.reader(settings) as client:
        left = []
        for one in await stretches.whole(client, await clients.partitions(client, hop.source)):
            number = one.part.partition
            start = run.starts[number] if is_first and number < len(run.starts) else one.start
            end = (
                run.ends[number] if is_first and run.ends is not None and number < len(run.ends) else one.end
            )
            done = committed[one.part].offset if one.part in committed else start
            left.append(Stretch(one.part, max(one.start, done), min(end, one.end)))
        oldest_ms = await _oldest(client, [one for one in left if one.offsets])
    if oldest_ms is None:
        return Unread(hop.stage, hop.source, 0, 0.0)
    return Unread(
        hop.stage, hop.source, sum(one.offsets for one in left), max(0.0, time.time() - oldest_ms / 1000)
    )


async def passed(settings: Settings, group: str, targets: Mapping[TopicPartition, int]) -> bool:
    """Say whether *group* has finished every record before *targets*, an offset for each partition."""
    async with clients.admin(settings) as admin:
        committed = await groups.committed(admin, group)
    async with clients.reader(settings) as client:
        whole = await stretches.whole(client, list(targets))
        left = [
            Stretch(
                one.part,
                max(one.start, committed[one.part].offset if one.part in committed else 0),
                targets[one.part],
            )
            for one in whole
        ]
        return await _oldest(client, [one for one in left if one.offsets]) is None


async def _oldest(client: AIOKafkaConsumer, left: Sequence[Stretch]) -> int | None:
    """Return the timestamp (ms) of the oldest first record of *left*; None when only markers are left.

    Markers lie behind every transaction.
    """
    return min(
        (record.timestamp for record in (await stretches.first_records(client, left)).values()), default=None
    )
