"""Reads a logical topic over all switches, batch by batch.

    async with following(settings, topics.LINKED, positions) as reader:
        while True:
            batch = await reader.take()
            …  # write what comes of batch.records together with batch.positions

Written in one transaction, nothing is lost or repeated.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.structs import OffsetAndMetadata
from msgspec import structs

from shared.kafka import aliases, clients, groups, stretches
from shared.kafka.following.origins import SKEW_MS, thread
from shared.kafka.following.ownership import FirstDeliveries, Ownership, with_new_turn
from shared.kafka.following.positions import Positions
from shared.kafka.stretches import Stretch
from shared.logs import warn
from shared.records.alias import Alias
from shared.settings import Settings
from shared.wire import topics


class DueRecords(NamedTuple):
    """Records that are due, ordered in each partition, and where the reader stands after them."""

    records: list[ConsumerRecord]
    positions: Positions


class Follower:
    """One reader of all partitions of a logical topic.

    Two with the same positions do not know of each other: fence them by what they write to.
    """

    def __init__(
        self,
        settings: Settings,
        topic: topics.Topic,
        positions: Positions,
        *,
        client: AIOKafkaConsumer,
        watch: aliases.Watch,
    ) -> None:
        self.settings, self.topic, self.positions = settings, topic, positions
        self._client, self._watch = client, watch
        self._known: Mapping[int, Alias] = {}
        self._former: FirstDeliveries | None = None
        self._ownership: Ownership | None = None
        self._parts: dict[TopicPartition, str] = {}

    async def take(self, *, within_ms: int = 200, at_most: int = 500) -> DueRecords:
        """Return what is due of the next records; nothing when none come *within_ms*.

        A switch is noticed here, between two batches.
        """
        await self._notice_switch()
        batches = await self._client.getmany(timeout_ms=within_ms, max_records=at_most)
        ends = {run: list(row) for run, row in self.positions.turns[-1].ends.items()}
        due = []
        for part, records in batches.items():
            run = self._parts[part]
            due += [record for record in records if await self._is_due(run, record)]
            ends[run][part.partition] = records[-1].offset + 1
        *closed, turn = self.positions.turns
        self.positions = Positions([*closed, structs.replace(turn, ends=ends)], self.positions.horizon)
        await self._end_tails()
        return DueRecords(due, self.positions)

    async def ends(self) -> dict[TopicPartition, int]:
        """Return the ends, as they are now, of what is read; before the first ``take`` that is nothing."""
        ends: dict[TopicPartition, int] = (
            await self._client.end_offsets(list(self._parts)) if self._parts else {}
        )
        return ends

    async def left(self, ends: Mapping[TopicPartition, int]) -> int:
        """Return how many offsets lie between the reader and *ends*; 0: all before them has been taken."""
        return sum(
            [
                max(0, end - await self._client.position(part))
                for part, end in ends.items()
                if part in self._parts
            ]
        )

    async def _notice_switch(self) -> None:
        """Begin a new turn when the alias has changed; the first one begins here too."""
        known = await self._aliases()
        epoch = max(known)
        if not self.positions.turns or epoch != self.positions.turns[-1].epoch:
            self._known = known
            await self._begin_turn(epoch)
            await self._seek()
        elif self._ownership is None:
            self._known = known
            await self._seek()

    async def _aliases(self) -> dict[int, Alias]:
        if self.settings.run != topics.LIVE:
            return {0: aliases.fixed(self.settings.run)}
        return {
            epoch: aliases.of_topic(alias, self.topic)
            for epoch, alias in (await self._watch.history()).items()
        }

    async def _begin_turn(self, epoch: int) -> None:
        """Close the last turn, and begin that of *epoch*."""
        runs = {segment.run for segment in self._known[epoch].segments} | self.positions.runs()
        rows = {run: await self._ends(topics.spelled(self.topic.name, run)) for run in sorted(runs)}
        horizon = await self._ends(topics.RAW.name)
        partitions = max(len(row) for row in rows.values())
        existing = {run: row for run, row in rows.items() if row}
        self.positions = with_new_turn(
            self.positions, self._known, epoch, partitions=partitions, horizon=horizon, ends=existing
        )

    async def _ends(self, topic: str) -> list[int]:
        """Return the end of every partition of *topic*; none when it does not exist."""
        parts = await clients.partitions(self._client, topic)
        ends = await self._client.end_offsets(parts) if parts else {}
        return [ends[part] for part in parts]

    async def _seek(self) -> None:
        """Assign and seek what the last turn reads, from where it stands."""
        self._ownership = Ownership(self.positions, self._known, len(self.positions.horizon))
        self._former = None
        turn = self.positions.turns[-1]
        self._parts = {}
        for run in turn.begins:
            parts = await clients.partitions(self._client, topics.spelled(self.topic.name, run))
            if not parts:
                warn("run-without-topic", run=run, topic=self.topic.name)
            self._parts |= dict.fromkeys(parts, run)
        self._client.assign(list(self._parts))
        first = await self._client.beginning_offsets(list(self._parts))
        for part, run in self._parts.items():
            # explicitly: else it begins at «latest» (A4)
            self._client.seek(part, max(first[part], turn.ends[run][part.partition]))
        await self._end_tails()

    async def _end_tails(self) -> None:
        """Stop asking for what comes after the end of runs that have left the alias."""
        for run, until in self.positions.turns[-1].until.items():
            for part in [part for part, its in self._parts.items() if its == run]:
                if await self._client.position(part) >= until[part.partition]:
                    self._client.pause(part)

    async def _is_due(self, run: str, record: ConsumerRecord) -> bool:
        if self._ownership is None:
            raise RuntimeError("no turn has begun")
        its_thread = thread(record)
        if self._former is None and self._ownership.needs_former(its_thread):
            self._former = await self._delivered_before(self._ownership)
        return self._ownership.is_due(
            its_thread, run, record.partition, record.offset, former=self._former or {}
        )

    async def _delivered_before(self, ownership: Ownership) -> FirstDeliveries:
        """Return what the closed turns delivered, by reading again where another run may own a thread."""
        former: FirstDeliveries = {}
        moments = [segment.since_ms for alias in self._known.values() for segment in alias.segments[1:]]
        since_ms = max(0, min(moments, default=0) - SKEW_MS)
        async with clients.reader(self.settings, fetch_bytes=clients.SEARCH_BYTES) as client:
            for number, turn in enumerate(ownership.closed):
                for run, begins in turn.begins.items():
                    parts = await clients.partitions(client, topics.spelled(self.topic.name, run))
                    if not parts:
                        warn(
                            "run-was-dropped",
                            run=run,
                            topic=self.topic.name,
                            lost="what was delivered from it: it may come again",
                        )
                    where = [
                        Stretch(
                            whole.part,
                            max(whole.start, begins[whole.part.partition]),
                            turn.ends[run][whole.part.partition],
                        )
                        for whole in await stretches.whole(client, parts, since_ms=since_ms)
                    ]
                    async for records in stretches.read(client, where):
                        ownership.enter(former, number, run, map(thread, records))
        return former


@asynccontextmanager
async def following(
    settings: Settings, topic: topics.Topic, positions: Positions | None = None
) -> AsyncIterator[Follower]:
    """Give a reader of *topic* from *positions*, or from the beginning of what the alias names now.

    With ``KHABAR_RUN`` set to a run it reads that run alone. Raises KafkaError when the broker is away.
    """
    async with clients.reader(settings) as client, aliases.watching(settings) as watch:
        yield Follower(settings, topic, positions or Positions(), client=client, watch=watch)


async def committed_positions(settings: Settings, topic: topics.Topic, group: str) -> Positions:
    """Return the positions that *group* has committed (``Positions.offsets``), or those of the beginning."""
    known = await aliases.history(settings)
    runs = {segment.run for alias in known.values() for segment in alias.segments} | {settings.run}
    return Positions.from_offsets(topic, runs, await _committed(settings, group))


async def _committed(settings: Settings, group: str) -> dict[TopicPartition, OffsetAndMetadata]:
    async with clients.admin(settings) as admin:
        return await groups.committed(admin, group)
