"""A plan: from which offsets a run reads to which, and what that will take.

Nothing is changed by making one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.contract import Work
from shared.kafka import clients, record_counts, stretches
from shared.kafka.record_counts import Count
from shared.kafka.stretches import Stretch
from shared.records.run import Narrowed, Run
from shared.settings import Settings
from shared.wire import headers, topics

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
SAMPLE = 200
"""So many of the newest records of a topic say how large and how slow the others are."""


class CannotPlan(ValueError):
    """What was asked for cannot be run; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an operator asks for; times are in ms since 1970.

    None means from the very beginning, or to where live is now.
    """

    name: str
    source: topics.Topic
    since_ms: int | None = None
    until_ms: int | None = None
    warm_up_ms: int | None = None
    """How much earlier than *since_ms* reading begins; None: from the very beginning."""

    offsets: dict[int, tuple[int, int]] | None = None
    """Instead of times: from which offset of a partition to before which; partitions that are not named are
    left out.
    """

    follow: bool = False
    narrowed: Narrowed = field(default_factory=Narrowed)
    rate: float = 0.0
    lanes: int = 0
    """How many lanes detect and extract have in the run, as far as they read topics of its own; 0: as many as
    in live.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run and what it takes: records by partition and in all, bytes of its topics, seconds of a core."""

    run: Run
    by_partition: list[int]
    records: Count
    disk_bytes: int
    core_seconds: float


def checked(wish: Wish) -> str:
    """Return the stage that the wish begins at; raises CannotPlan."""
    if not NAME.fullmatch(wish.name) or wish.name == topics.LIVE:
        raise CannotPlan(
            f"{wish.name!r} is no name of a run: small letters, digits and hyphens, at most 40, and not «live»"
        )
    if any(topics.spelled(topic.name, wish.name) in topics.BY_NAME for topic in topics.TOPICS):
        raise CannotPlan(f"{wish.name!r} would give topics names that others have")
    readers = dict(zip((topic.name for topic in topics.FLOW), topics.STAGES, strict=False))
    if wish.source.name not in readers:
        raise CannotPlan(f"no stage reads {wish.source.name}: begin at one of {', '.join(readers)}")
    if wish.narrowed.languages and wish.source in (topics.RAW, topics.CLEAN):
        raise CannotPlan(f"{wish.source.name} knows no languages: begin at {topics.DETECTED.name}")
    if wish.lanes and wish.source not in (topics.RAW, topics.CLEAN):
        raise CannotPlan(
            f"a run from {wish.source.name} on has no lanes to widen: begin at {topics.RAW.name} or {topics.CLEAN.name}"
        )
    return readers[wish.source.name]


async def plan(settings: Settings, wish: Wish, works: Sequence[Work], *, by: str, at: str) -> Plan:
    """Return the plan for *wish*; *works* are the stages as they are now. Raises CannotPlan."""
    stage = checked(wish)
    async with clients.reader(settings, fetch_bytes=clients.SEARCH_BYTES) as client:
        parts = await clients.partitions(client, wish.source.name)
        raws = await clients.partitions(client, topics.RAW.name)
        if not parts or not raws:
            raise CannotPlan(f"there is no topic {wish.source.name}: khabar topics apply")
        where = await _stretches(client, parts, wish)
        since = await _at(client, raws, wish.since_ms)
        if wish.offsets is not None and wish.source == topics.RAW:
            since = {one.part: one.start for one in where}
        counted = [
            await record_counts.count(client, [one]) if one.offsets else Count(0, exact=True) for one in where
        ]
        records = Count(sum(one.n for one in counted), exact=all(one.exact for one in counted))
        size, took_s = await _cost(client, stage)
    run = Run(
        name=wish.name,
        state="planned",
        source=wish.source.name,
        from_stage=stage,
        starts=[one.start for one in where],
        ends=None if wish.follow else [one.end for one in where],
        since=[since[part] for part in raws],
        narrowed=wish.narrowed,
        rate=wish.rate,
        lanes=wish.lanes,
        code={work.name: work.version for work in works},
        models={work.name: work.model_sha256 for work in works if work.model_sha256},
        by=by,
        at=at,
    )
    return Plan(
        run=run,
        by_partition=[one.n for one in counted],
        records=records,
        disk_bytes=round(size * records.n),
        core_seconds=took_s * records.n,
    )


async def _stretches(client: AIOKafkaConsumer, parts: Sequence[TopicPartition], wish: Wish) -> list[Stretch]:
    """Return what is read of each partition, warm-up included.

    A partition without a record at the time asked for gets its end, never «latest».
    """
    whole = {one.part: one for one in await stretches.whole(client, parts)}
    if wish.offsets is not None:
        given = {part: wish.offsets.get(part.partition, (whole[part].end, whole[part].end)) for part in parts}
        return [
            Stretch(part, max(start, whole[part].start), min(end, whole[part].end))
            for part, (start, end) in given.items()
        ]
    begin_ms = None if wish.since_ms is None or wish.warm_up_ms is None else wish.since_ms - wish.warm_up_ms
    starts = await _at(client, parts, begin_ms)
    ends = (
        await _at(client, parts, wish.until_ms)
        if wish.until_ms is not None
        else {part: whole[part].end for part in parts}
    )
    return [replace(whole[part], start=starts[part], end=max(starts[part], ends[part])) for part in parts]


async def _at(
    client: AIOKafkaConsumer, parts: Sequence[TopicPartition], moment_ms: int | None
) -> dict[TopicPartition, int]:
    """Return the first offset of each partition at or after *moment_ms*; None: the first there is."""
    if moment_ms is None:
        return dict(await client.beginning_offsets(parts))
    ends = await client.end_offsets(parts)
    found = await client.offsets_for_times(dict.fromkeys(parts, moment_ms))
    return {part: found[part].offset if found[part] else ends[part] for part in parts}


async def _cost(client: AIOKafkaConsumer, stage: str) -> tuple[float, float]:
    """Return the bytes that later topics keep of a record, and the seconds that stages work on it.

    The stages are those from *stage* on.
    """
    begin = topics.STAGES.index(stage)
    size = took_ms = 0.0
    for topic in topics.FLOW[begin + 1 :]:
        parts = await clients.partitions(client, topic.name)
        tail = [one.last(max(1, SAMPLE // len(parts))) for one in await stretches.whole(client, parts)]
        records = [record async for batch in stretches.read(client, tail) for record in batch]
        if not records:
            continue
        twice = 2 if topic == topics.EXTRACTED else 1  # articles.ordered holds the same again
        size += twice * sum(len(record.value or b"") for record in records) / len(records)
        took_ms += sum(int(headers.get(record.headers, "ce_tookms") or 0) for record in records) / len(
            records
        )
    return size, took_ms / 1000
