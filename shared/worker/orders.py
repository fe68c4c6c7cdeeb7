"""What a run asks of its workers: where to read, how far and fast, what to leave out, when to rest or go.

A worker of ``live``, or of a name that nobody has planned, has no orders: it reads its own run's topic
without end.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence

import orjson
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError

from shared.contract import Work
from shared.kafka import clients, runs
from shared.logs import say
from shared.records.run import Run
from shared.settings import Settings
from shared.wire import codec, topics

LOOK_MS = 1000
AWAY_S = 2.0
OF_USE = frozenset({"running", "paused", "caught_up", "promoted", "superseded"})
"""States in which a run has workers."""


class NotRunning(Exception):
    """The run that a worker was started for does not run."""


class Orders:
    """The orders of one worker: none at first, received once the broker can be asked."""

    def __init__(self, work: Work, settings: Settings) -> None:
        self._settings, self._stage = settings, work.name
        self.run: Run | None = None
        self.source = topics.spelled(work.source, settings.run)
        """The topic to read, as Kafka spells it."""

        self.is_first = False
        """Whether this stage reads the live topic."""

        self.lanes_here = 1
        self._lanes = 1
        self._free_at = 0.0

    async def receive(self) -> None:
        """Learn what the run says; raises NotRunning, or KafkaError while the broker does not answer."""
        run = await runs.load(self._settings, self._settings.run)
        if run is None:
            return
        if run.state not in OF_USE:
            raise NotRunning(f"run {run.name} is {run.state}: khabar replay start {run.name}")
        stages = topics.STAGES
        if stages.index(self._stage) < stages.index(run.from_stage):
            raise NotRunning(f"run {run.name} begins at {run.from_stage}: it has no {self._stage}")
        self.run = run
        self.is_first = self._stage == run.from_stage
        if self.is_first:
            self.source, self._lanes = run.source, len(run.starts)
        elif self._stage == topics.STAGES[-1]:
            self.source = topics.spelled(topics.ORDERED.name, run.name)

    async def follow(self) -> None:
        """Keep up with what operators do to the run; return when its workers should go.

        Without a run it never returns.
        """
        while self.run is None:
            await asyncio.Event().wait()
        while self.run.state in OF_USE:
            with contextlib.suppress(KafkaError):
                async with clients.reader(self._settings) as client:
                    await self._follow(client)
            await asyncio.sleep(AWAY_S)

    async def _follow(self, client: AIOKafkaConsumer) -> None:
        past = [
            record
            async for records in clients.read_to_end(
                client, await clients.partitions(client, topics.RUNS.name)
            )
            for record in records
        ]
        self._take(past)  # all at once: of what the run went through before only the last counts
        while self.run is not None and self.run.state in OF_USE:
            for records in (await client.getmany(timeout_ms=LOOK_MS)).values():
                self._take(records)

    def _take(self, records: Sequence[ConsumerRecord]) -> None:
        before = self.run
        for record in records:
            if record.key == self._settings.run.encode() and record.value is not None:
                self.run = codec.decode(record.value, Run)
        if before is not None and self.run is not None and self.run.state != before.state:
            say("orders", stage=self._stage, run=self.run.name, state=self.run.state)

    @property
    def rests(self) -> bool:
        """Whether the lanes should rest."""
        return self.run is not None and self.run.state == "paused"

    @property
    def is_shown(self) -> bool:
        """Whether readers wait for what is made here: in live, and in a run that was promoted."""
        return self._settings.run == topics.LIVE if self.run is None else self.run.state == "promoted"

    def end(self, partition: int) -> int | None:
        """Return the offset before which the lane of *partition* ends; None: it goes on for ever."""
        if self.run is None or not self.is_first or self.run.ends is None:
            return None
        return self.run.ends[partition]

    def wants(self, record: ConsumerRecord) -> bool:
        """Tell whether the run takes *record*.

        What cannot be read is taken: its stage says what is wrong with it.
        """
        if self.run is None or not self.is_first or not self.run.narrowed:
            return True
        try:
            value = orjson.loads(record.value or b"")
            return self.run.narrowed.takes(value)
        except (orjson.JSONDecodeError, TypeError, AttributeError, KeyError):
            return True

    def most_at_once(self) -> int | None:
        """Return how many records a lane may take in one batch, at the run's rate; None: any number."""
        return None if self._rate is None else max(1, int(self._rate))

    def delay_s(self, records: int) -> float:
        """Return for how many seconds a lane must wait before *records*, so all here keep to the rate."""
        if self._rate is None:
            return 0.0
        now = time.monotonic()
        begin = max(self._free_at, now)
        self._free_at = begin + records / self._rate
        return begin - now

    @property
    def _rate(self) -> float | None:
        """The worker's share of the run's rate in records a second, by its part of the lanes."""
        if self.run is None or not self.is_first or not self.run.rate:
            return None
        return self.run.rate * max(1, self.lanes_here) / self._lanes
