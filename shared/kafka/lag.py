"""Lag measured from outside: a dead group is seen, and no worker can hide its own stall."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.kafka import clients, groups, stretches
from shared.kafka.stretches import Stretch
from shared.settings import Settings
from shared.wire import topics

LOOK_BYTES = clients.BATCH_BYTES + 4096
"""One batch of any lane: all that is wanted of a partition is its first record."""


@dataclass(frozen=True, slots=True)
class LaneLag:
    """How far a group is behind in one partition: *records* at most (markers count), *seconds* exactly.

    Both are 0 when nothing can be read. *committed*: how many offsets of the partition the group has passed.
    *blocked*: what waits lies behind a transaction that is open for longer than any may be, and can be read
    by nobody.
    """

    committed: int
    records: int = 0
    seconds: float = 0.0
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a stage is behind in all of a topic: records, and the oldest one's seconds (``LaneLag``)."""

    stage: str
    records: int
    seconds: float
    committed: int
    blocked: bool = False


class GroupObserver:
    """Looks at consumer groups without being a member; made by `observing_groups`."""

    def __init__(
        self, settings: Settings, stack: AsyncExitStack, admin: AIOKafkaAdminClient, client: AIOKafkaConsumer
    ) -> None:
        self.admin = admin
        self._settings, self._stack, self._client = settings, stack, client
        self._all_records: AIOKafkaConsumer | None = None

    async def lanes(self, group: str, topic: str, ends: Sequence[int] = ()) -> dict[TopicPartition, LaneLag]:
        """Return how far *group* is behind in each partition of *topic*, both as Kafka spells them.

        *ends*: where it has nothing more to read.

        What waits begins at the first offset that is committed by the group and not deleted by retention. An
        idle transactional topic rests at a difference of 1, because the commit marker takes an offset, so the
        difference alone proves nothing: the first readable record counts. Raises KafkaError.
        """
        committed = await groups.committed(self.admin, group)
        wholes = await stretches.whole(self._client, await clients.partitions(self._client, topic))
        bounds = dict(enumerate(ends))
        waiting, lags = list[Stretch](), dict[TopicPartition, LaneLag]()
        for whole in wholes:
            offset = committed[whole.part].offset if whole.part in committed else whole.start
            lags[whole.part] = LaneLag(max(0, offset - whole.start))
            end = min(whole.end, bounds.get(whole.part.partition, whole.end))
            waiting.append(Stretch(whole.part, max(whole.start, offset), end))
        first_records = await stretches.first_records(self._client, waiting)
        for stretch in waiting:
            if (first := first_records.get(stretch.part)) is not None:
                lags[stretch.part] = replace(
                    lags[stretch.part], records=stretch.offsets, seconds=_age(first.timestamp)
                )
        resting = [
            stretch
            for stretch in waiting
            if stretch.part not in first_records and stretch.part.partition not in bounds
        ]
        return lags | await self._blocked(resting, lags)

    async def of_group(self, stage: str, group: str, topic: str) -> Lag:
        """Return the lag of *group*, the workers of *stage*, on *topic*; raises KafkaError."""
        lanes = (await self.lanes(group, topic)).values()
        return Lag(
            stage,
            sum(lane.records for lane in lanes),
            max((lane.seconds for lane in lanes), default=0.0),
            sum(lane.committed for lane in lanes),
            any(lane.blocked for lane in lanes),
        )

    async def _blocked(
        self, resting: Sequence[Stretch], lags: Mapping[TopicPartition, LaneLag]
    ) -> dict[TopicPartition, LaneLag]:
        """Return the lags of those of *resting* that end before a transaction which never ended.

        Readers of committed records see nothing of it.
        """
        if not resting:
            return {}
        reader = await self._uncommitted_reader()
        ends = await reader.end_offsets([stretch.part for stretch in resting])
        behind = {stretch.part: Stretch(stretch.part, stretch.end, ends[stretch.part]) for stretch in resting}
        blocked = {}
        for part, record in (await stretches.first_records(reader, list(behind.values()))).items():
            if (age := _age(record.timestamp)) >= 2 * self._settings.transaction_ms / 1000:
                blocked[part] = replace(lags[part], records=behind[part].offsets, seconds=age, blocked=True)
        return blocked

    async def _uncommitted_reader(self) -> AIOKafkaConsumer:
        """Return a reader of all records, those of open transactions too."""
        if self._all_records is None:
            reading = clients.reader(self._settings, committed=False, fetch_bytes=LOOK_BYTES)
            self._all_records = await self._stack.enter_async_context(reading)
        return self._all_records


@asynccontextmanager
async def observing_groups(settings: Settings) -> AsyncIterator[GroupObserver]:
    """Give an observer of groups; raises KafkaError while the broker does not answer."""
    async with AsyncExitStack() as stack:
        admin = await stack.enter_async_context(clients.admin(settings))
        client = await stack.enter_async_context(clients.reader(settings, fetch_bytes=LOOK_BYTES))
        yield GroupObserver(settings, stack, admin, client)


def _age(timestamp_ms: int) -> float:
    return max(0.0, time.time() - timestamp_ms / 1000)


async def lag(settings: Settings, stage: str, source: str) -> Lag:
    """Return the lag of *stage* on its *source*; a topic that does not exist has none."""
    return await of_group(
        settings, stage, topics.group(stage, settings.run), topics.spelled(source, settings.run)
    )


async def of_group(settings: Settings, stage: str, group: str, topic: str) -> Lag:
    """Return the lag of *group*, the workers of *stage*, on *topic*, both as Kafka spells them."""
    async with observing_groups(settings) as observer:
        return await observer.of_group(stage, group, topic)


@asynccontextmanager
async def counting_unfinished(
    settings: Settings, flow: Sequence[tuple[str, topics.Topic]]
) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Give a function that counts the offsets not yet finished by any stage of *flow* (stage, source).

    The count is an upper bound, since commit markers take offsets; it may be asked ten times a second.
    """
    async with clients.admin(settings) as admin, clients.reader(settings) as client:
        sources = {
            stage: await clients.partitions(client, topics.spelled(topic.name, settings.run))
            for stage, topic in flow
        }
        beginnings = {stage: await client.beginning_offsets(parts) for stage, parts in sources.items()}

        async def waiting() -> int:
            total = 0
            for stage, parts in sources.items():
                committed = await groups.committed(admin, topics.group(stage, settings.run))
                ends = await client.end_offsets(parts)
                total += sum(
                    max(
                        0,
                        ends[part]
                        - (committed[part].offset if part in committed else beginnings[stage][part]),
                    )
                    for part in parts
                )
            return total

        yield waiting
