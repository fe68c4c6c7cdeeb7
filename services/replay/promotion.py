"""Promotion and rollback: which run readers are shown.

First what they will see; the switch itself is one record.

The articles of a run are shown from its *since* on: what came in before stays as it was. A rollback gives
that back to whoever had it. From its promotion on a run has no end: it follows the live head, so its workers
must go on.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import structs

from services.replay.control import Control, control
from services.replay.unread import Unread
from services.replay.unread import behind as unread
from shared.kafka import aliases, clients, runs, stretches
from shared.kafka.following.origins import SKEW_MS, thread
from shared.kafka.stretches import Stretch
from shared.records.act import Act
from shared.records.alias import Alias, Segment
from shared.records.run import Run, RunState
from shared.settings import Settings
from shared.wire import headers, topics

Behind = Callable[[Settings, Run], Awaitable[Sequence[Unread]]]
NOT_YET: dict[RunState, str] = {
    "planned": "has not been started",
    "dropped": "was dropped",
    "paused": "is paused",
}


class Refused(Exception):
    """The switch would not be sound; *advice* is the next command."""

    def __init__(self, cause: str, advice: str) -> None:
        super().__init__(cause)
        self.advice = advice


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """What readers see after a switch, and what they saw before.

    *articles*: how many the run to be read has of what changes hands.
    """

    verb: Literal["promote", "rollback"]
    former: Alias
    alias: Alias
    runs: Sequence[Run]
    """The records of runs as they are after the switch."""

    topics: Sequence[str]
    since_ms: int
    articles: int
    to_come: int = 0
    """Offsets of the live topic that came after the end of the run: it makes these next, and readers wait for
    them.
    """

    @property
    def leaving(self) -> str:
        """The run that was read until now."""
        return self.former.newest

    @property
    def coming(self) -> str:
        """The run that is read from now on."""
        return self.alias.newest


async def promote(
    settings: Settings, name: str, *, by: str, because: str, go: bool, behind: Behind = unread
) -> Switch:
    """Return what readers see when run *name* is promoted, and with *go* promote it.

    Raises Refused, ShutOut.
    """
    if not go:
        return await _promotion(settings, name, by, because, behind=behind)
    async with control(settings) as change:
        return await _carry_out(change, await _promotion(settings, name, by, because, behind=behind))


async def rollback(settings: Settings, *, by: str, because: str, go: bool) -> Switch:
    """Return what readers see when the last promotion is taken back, and with *go* take it back.

    Raises Refused, ShutOut.
    """
    if not go:
        return await _rollback(settings, by, because)
    async with control(settings) as change:
        return await _carry_out(change, await _rollback(settings, by, because))


async def _carry_out(change: Control, switch: Switch) -> Switch:
    act = Act(
        actor=switch.alias.by,
        time=switch.alias.at,
        verb=f"replay {switch.verb}",
        counts={"articles": switch.articles},
        which=[switch.coming if switch.verb == "promote" else switch.leaving],
        because=switch.alias.because,
        detail={"epoch": str(switch.alias.epoch), "before": switch.leaving, "after": switch.coming},
    )
    await change.commit(act, runs=switch.runs, alias=switch.alias)
    return switch


async def _promotion(settings: Settings, name: str, by: str, because: str, *, behind: Behind) -> Switch:
    known, former = await runs.load_all(settings), await aliases.current(settings)
    run = _sound(known, former, name)
    if left := await behind(settings, run):
        told = ", ".join(f"{one.stage} has at most {one.records:,} to read" for one in left)
        raise Refused(f"{name} is behind: {told}", f"let it go on with: KHABAR_RUN={name} ./khabar run all")
    async with clients.reader(settings, fetch_bytes=clients.SEARCH_BYTES) as client:
        since_ms = await _since_ms(client, run.since)
        segment = Segment(run=name, cut=run.since, since_ms=since_ms, from_stage=run.from_stage)
        alias = _next(former, [*former.segments, segment], by, because)
        return Switch(
            verb="promote",
            former=former,
            alias=alias,
            runs=_stated(known, alias, promoted=name, superseded=former.newest),
            topics=_made(run.from_stage),
            since_ms=since_ms,
            articles=await _changing_hands(client, former, alias, since_ms),
            to_come=await _after(client, run),
        )


async def _rollback(settings: Settings, by: str, because: str) -> Switch:
    known, former = await runs.load_all(settings), await aliases.current(settings)
    if len(former.segments) == 1:
        raise Refused("nothing is promoted: readers see live", "see the runs with: ./khabar replay status")
    *kept, leaving = former.segments
    back = kept[-1].run
    if back in known and known[back].state == "dropped":
        raise Refused(
            f"{back}, which was read before {leaving.run}, was dropped: there is nothing to go back to",
            "./khabar replay status",
        )
    alias = _next(former, kept, by, because)
    async with clients.reader(settings, fetch_bytes=clients.SEARCH_BYTES) as client:
        return Switch(
            verb="rollback",
            former=former,
            alias=alias,
            runs=_stated(known, alias, promoted=back, superseded=leaving.run),
            topics=_made(leaving.from_stage),
            since_ms=leaving.since_ms,
            articles=await _changing_hands(client, former, alias, leaving.since_ms),
        )


def _sound(known: dict[str, Run], former: Alias, name: str) -> Run:
    """Return the run *name*; raises Refused when it is none that can be read."""
    run = known.get(name)
    if run is None:
        raise Refused(f"there is no run {name}", "see the runs with: ./khabar replay status")
    if run.state in NOT_YET:
        raise Refused(f"{name} {NOT_YET[run.state]}", "see the runs with: ./khabar replay status")
    if name in {segment.run for segment in former.segments}:
        raise Refused(
            f"{name} is promoted already",
            "take the last promotion back with: ./khabar replay rollback --because …",
        )
    if run.narrowed:
        raise Refused(
            f"{name} takes only some articles: readers would lose all others",
            f"see what it changes with: ./khabar replay diff {name}",
        )
    return run


def _next(former: Alias, segments: list[Segment], by: str, because: str) -> Alias:
    now = headers.now()
    return Alias(epoch=former.epoch + 1, segments=segments, by=by, at=now, because=because)


def _stated(known: dict[str, Run], alias: Alias, *, promoted: str, superseded: str) -> list[Run]:
    """Return the records of the two runs, as far as they have one: live has none.

    A promoted run follows the live head.
    """
    said = {"by": alias.by, "at": alias.at, "because": alias.because}
    found = (
        [structs.replace(known[promoted], state="promoted", ends=None, **said)] if promoted in known else []
    )
    return found + (
        [structs.replace(known[superseded], state="superseded", **said)] if superseded in known else []
    )


def _made(from_stage: str) -> list[str]:
    """Return the logical topics that a run makes for readers."""
    first = topics.STAGES.index(from_stage)
    return [topic.name for topic in (*topics.FLOW[first + 1 :], topics.STORIES, topics.STORY_EVENTS)]


async def _since_ms(client: AIOKafkaConsumer, cut: list[int]) -> int:
    """Return when the first raw record at or after *cut* was made (ms since 1970); 0 if records are gone."""
    stamps = []
    for one in await stretches.whole(client, await clients.partitions(client, topics.RAW.name)):
        start = cut[one.part.partition] if one.part.partition < len(cut) else 0
        if start < one.start:
            return 0
        async with aclosing(stretches.read(client, [one.from_offset(start)], at_a_time=1)) as batches:
            stamps += [records[0].timestamp for records in [await anext(batches, None)] if records]
    return min(stamps, default=time.time_ns() // 1_000_000)


async def _changing_hands(client: AIOKafkaConsumer, former: Alias, alias: Alias, since_ms: int) -> int:
    """Return how many linked articles belong to their run under *alias* and did not under *former*.

    What changes hands came in at *since_ms* or later, so older records are passed over.
    """
    n = 0
    gaining = alias.segments if len(alias.segments) < len(former.segments) else alias.segments[-1:]
    for run in [segment.run for segment in gaining]:
        parts = await clients.partitions(client, topics.spelled(topics.LINKED.name, run))
        where = await stretches.whole(client, parts, since_ms=max(0, since_ms - SKEW_MS))
        async for records in stretches.read(client, where):
            for raw in [thread(record).raw for record in records]:
                n += alias.owner(raw) == run != former.owner(raw)
    return n


async def _after(client: AIOKafkaConsumer, run: Run) -> int:
    """Return how many offsets of the live topic lie behind the end of *run*."""
    if run.ends is None:
        return 0
    parts: list[TopicPartition] = await clients.partitions(client, run.source)
    ends = await client.end_offsets(parts) if parts else {}
    return sum(Stretch(part, end, ends[part]).offsets for part, end in zip(parts, run.ends, strict=False))
