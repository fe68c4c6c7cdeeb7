"""Reads what two runs have written, without holding more of it than digests: all the I/O of comparing."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from services.replay.comparing import blocks
from services.replay.comparing.documents import Death, Entry, Key, Side
from services.replay.comparing.memberships import StoryChange
from services.replay.comparing.universe import Compared, Place, Universe, place, places
from shared.contract import Origin
from shared.kafka import clients, groups, stretches
from shared.kafka.stretches import Stretch
from shared.records.run import Run
from shared.settings import Settings
from shared.wire import headers, topics

SKEW_MS = 3_600_000
"""So far the clocks of two machines may be apart: nothing was made of a page longer before it came in."""

AT_ONCE = 500
"""So many articles are held, once of either side, to be compared field by field."""

type Progress = Callable[[str, int, int], None]
"""Told what is read, how many offsets of it are done, and how many there are."""


def quiet(_what: str, _done: int, _of: int) -> None:
    """Tell nobody how far it is."""


@dataclass(slots=True)
class Reading:
    """One connection to the topics that live and all runs have; *shown* is told how far it is."""

    settings: Settings
    client: AIOKafkaConsumer
    shown: Progress = quiet

    async def universe(self, run: Run) -> tuple[Universe, int]:
        """Return the articles of *run*, and the time (ms since 1970) from which things were made of them.

        Nothing can have been made of them before that time.
        """
        parts = await clients.partitions(self.client, run.source)
        ends = run.ends if run.ends is not None else await self._read_so_far(run, parts)
        where = [
            Stretch(part, run.starts[part.partition], ends[part.partition])
            for part in parts
            if part.partition < len(ends)
        ]
        kept = {one.part: one.start for one in await stretches.whole(self.client, parts)}
        gone = any(one.start < kept[one.part] and one.offsets for one in where)
        where = [one.from_offset(kept[one.part]) for one in where]
        if run.source == topics.RAW.name:
            first = await self._times([one.from_offset(run.since[one.part.partition]) for one in where])
            universe = Universe(run.since, ends)
        else:
            origins = [
                origin
                async for record in self._records(where, run.source)
                if (origin := origin_of(record)) is not None
            ]
            universe = Universe(run.since, None, places(origins))
            first = [origin.timestamp_ms for origin in origins if universe.holds(origin)]
        return universe, 0 if gone or not first else max(0, min(first) - SKEW_MS)

    async def side(
        self, name: str, compared: Compared, since_ms: int, stages: Sequence[str]
    ) -> tuple[Side, list[StoryChange]]:
        """Return what the run *name* made of the articles compared, and what happened to its stories."""
        side = Side(name)
        async for record in self._topic(topics.LINKED.name, name, since_ms):
            self._enter(side, record, compared)
        for stage in stages:
            async for record in self._topic(topics.dead(stage), name, since_ms):
                if compared.holds(origin := origin_of(record)) and origin is not None:
                    side.deaths[place(origin)] = Death(
                        stage, headers.get(record.headers, headers.REASON) or "unknown"
                    )
        told: list[StoryChange] = []
        async for record in self._topic(topics.STORY_EVENTS.name, name, since_ms):
            if compared.reaches(origin_of(record)):
                change = StoryChange.of(_order(record), orjson.loads(record.value))
                told += [change] if change is not None else []
        return side, told

    async def waiting(self, name: str, compared: Compared, stages: Sequence[str]) -> set[Place]:
        """Return the compared raw records of which something waits before one of *stages* of run *name*."""
        found: set[Place] = set()
        async with clients.admin(self.settings) as admin:
            for stage in stages:
                committed = await groups.committed(admin, topics.group(stage, name))
                behind = [
                    Stretch(one.part, max(one.start, committed[one.part].offset), one.end)
                    for one in await stretches.whole(self.client, list(committed))
                ]
                found |= {place(origin) for origin in _unread_pages(behind) if compared.holds(origin)}
                others = [one for one in behind if one.part.topic != topics.RAW.name]
                async for record in self._records(others, f"what waits before {stage}"):
                    if compared.holds(origin := origin_of(record)) and origin is not None:
                        found.add(place(origin))
        return found

    async def pairs(
        self, sides: tuple[Side, Side], keys: Collection[Key], what: str = "what differs"
    ) -> AsyncIterator[tuple[Key, Mapping[str, Any], Mapping[str, Any]]]:
        """Yield the two newest records of each of *keys*, articles that both sides have."""
        first, _ = sides
        by_part: dict[int, list[Key]] = defaultdict(list)
        for key in keys:
            by_part[first.entries[key].partition].append(key)
        done = 0
        for partition in sorted(by_part):
            ordered = sorted(by_part[partition], key=lambda key: first.entries[key].offset)
            for at in range(0, len(ordered), AT_ONCE):
                some = ordered[at : at + AT_ONCE]
                was, now = [await self.values(side, some) for side in sides]
                for key in some:
                    yield key, was[key], now[key]
                done += len(some)
                self.shown(what, done, len(keys))

    async def values(self, side: Side, keys: Iterable[Key]) -> dict[Key, Mapping[str, Any]]:
        """Return the records of *keys* on one side."""
        topic = topics.spelled(topics.LINKED.name, side.name)
        at: dict[TopicPartition, dict[int, Key]] = defaultdict(dict)
        for key in keys:
            entry = side.entries[key]
            at[TopicPartition(topic, entry.partition)][entry.offset] = key
        where = [Stretch(part, min(offsets), max(offsets) + 1) for part, offsets in at.items()]
        found: dict[Key, Mapping[str, Any]] = {}
        async for batch in stretches.read(self.client, where):
            wanted = at[TopicPartition(batch[0].topic, batch[0].partition)]
            found |= {
                wanted[record.offset]: orjson.loads(record.value)
                for record in batch
                if record.offset in wanted
            }
        return found

    def _enter(self, side: Side, record: ConsumerRecord, compared: Compared) -> None:
        """Take in one linked record: of those of one article the newest stands."""
        origin = origin_of(record)
        value = orjson.loads(record.value)
        key = value["doc_id"], value["rev"]
        if origin is None or not compared.holds(origin):
            side.elsewhere.add(key)
            return
        if not compared.takes(value):
            return
        for stage, maker in blocks.makers(value).items():
            # its block names the model alone
            made = f"{headers.get(record.headers, 'ce_stagever')}, {maker}" if stage == "link" else maker
            side.makers.setdefault(stage, set()).add(made)
        side.entries[key] = Entry(
            record.partition,
            record.offset,
            place(origin),
            _order(record),
            sys.intern(str((value.get("language") or {}).get("lang", "und"))),
            sys.intern(value["source"]["id"]),
            value["linked"]["story_id"],
            blocks.digests(blocks.content(value)),
        )

    async def _topic(self, name: str, run: str, since_ms: int) -> AsyncIterator[ConsumerRecord]:
        spelled = topics.spelled(name, run)
        parts = await clients.partitions(self.client, spelled)
        where = await stretches.whole(self.client, parts, since_ms=since_ms if run == topics.LIVE else 0)
        async for record in self._records(where, spelled):
            yield record

    async def _records(self, where: Sequence[Stretch], what: str) -> AsyncIterator[ConsumerRecord]:
        total = sum(one.offsets for one in where)
        async for batch in stretches.read(
            self.client, where, lambda left: self.shown(what, total - left, total)
        ):
            for record in batch:
                if record.value is not None:
                    yield record

    async def _read_so_far(self, run: Run, parts: Sequence[TopicPartition]) -> list[int]:
        """Return how far the first stage of a run that follows the live head has come."""
        async with clients.admin(self.settings) as admin:
            committed = await groups.committed(admin, topics.group(run.from_stage, run.name))
        return [
            max(run.starts[part.partition], committed[part].offset)
            if part in committed
            else run.starts[part.partition]
            for part in parts
        ]

    async def _times(self, where: Sequence[Stretch]) -> list[int]:
        """Return when the first record of each stretch was made."""
        found = []
        for one in where:
            async with aclosing(stretches.read(self.client, [one], at_a_time=1)) as batches:
                first = await anext(batches, None)
            found += [first[0].timestamp] if first else []
        return found


def origin_of(record: ConsumerRecord) -> Origin | None:
    """Return where the raw record lies that *record* was made from; a raw record's own place.

    Of a dead letter that names no raw record it is the place of the record that died.
    """
    said = headers.get(record.headers, headers.ORIGIN)
    if said is None and record.topic == topics.RAW.name:
        return Origin(record.topic, record.partition, record.offset, record.timestamp)
    if said is None:
        said = "/".join(
            headers.get(record.headers, f"khabar-{part}") or ""
            for part in ("topic", "partition", "offset", "timestamp")
        )
    try:
        return Origin.parse(said)
    except ValueError:
        return None


def _unread_pages(behind: Iterable[Stretch]) -> Iterator[Origin]:
    """Return the places of raw records in *behind*; the records, whole pages, are not read for that."""
    for one in behind:
        if one.part.topic == topics.RAW.name:
            yield from (
                Origin(one.part.topic, one.part.partition, offset, 0) for offset in range(one.start, one.end)
            )


def _order(record: ConsumerRecord) -> int:
    """Return the place of the input that the linker's lane made *record* of."""
    try:
        return Origin.parse(headers.get(record.headers, headers.CAUSE) or "").offset
    except ValueError:
        return int(record.offset)
