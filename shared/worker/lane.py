"""A lane: one input partition with its own transactional producer, its own state and its own task.

Outputs, dead letters, changelog records and the input offset go into ONE transaction; the only memory kept
over a failure is what the broker has committed. Numbers such as (A11) are those of ``HAZARDS.md``.

    open      start the producer (fences the former owner) → restore the state → read the committed offset
              → seek
    step      read → extract in a process slot → fold → transaction: send all, offset, commit
    fenced    close, wait two heartbeats, open again if still the owner: the cause may be our own timeout
              (A11)
    error     close, forget the state, back off, open again: never go on with memory after an abort (A12)
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

# a star import has not all (A15)
from aiokafka.errors import IllegalOperation, InvalidProducerEpoch, KafkaError, ProducerFenced
from aiokafka.structs import OffsetAndMetadata

from shared import guard
from shared.contract import Drop, Folded, Message, Reject, Retry, State
from shared.kafka import clients
from shared.kafka.access import refusals
from shared.kafka.ending import let_go
from shared.logs import say, seconds_since, warn
from shared.wire import topics
from shared.wire.tally import Tally
from shared.worker.batch import Batch, place_of
from shared.worker.outbox import send_all
from shared.worker.slots import ExtractResult
from shared.worker.state_restore import LONGEST_TURN_S, restore
from shared.worker.worker_tools import WorkerTools

Status = Literal["restoring", "owned", "waiting", "fenced", "halted", "paused", "finished", "closed"]

BUG_WINDOW = 200
"""A lane halts when more than half of its latest so many records ended as «bug»: a bad release must not empty
its topic.
"""

BATCH_WORK_S = 1.0
"""Seconds of work in a batch.

Small enough to drain, to show and to delay no other lane (A16), large enough that a transaction's own cost is
nothing beside it.
"""

LONGEST_WAIT_S = 5.0
"""The longest wait before a record is retried, or a lane is opened again."""

LOOK_S = 1.0
"""How often a lane that rests looks whether it may go on."""


@dataclass(slots=True, eq=False)
class Lane:
    """One input partition of one stage."""

    partition: TopicPartition
    consumer: AIOKafkaConsumer
    tools: WorkerTools
    status: Status = "closed"
    state: State = field(init=False)
    tally: Tally = field(default_factory=Tally)
    committed: int = 0
    producer: AIOKafkaProducer | None = None
    task: asyncio.Task[None] | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    busy_since: float | None = None
    read_ns: int = 0
    """When the batch at work was read (ns since 1970)."""

    attempts: dict[int, int] = field(default_factory=dict)
    pace_s: float = BATCH_WORK_S / 50
    """Seconds of work a record, a running mean."""

    bugs: deque[bool] = field(default_factory=lambda: deque(maxlen=BUG_WINDOW))

    @property
    def stage(self) -> str:
        """Name of the stage."""
        return self.tools.work.name

    async def run(self) -> None:
        """Open, step, and after any broker error start again from what is committed."""
        pause = 0.1
        while not self.stopping.is_set():
            try:
                if await self._waited_while_paused():
                    continue
                await self._open()
                pause = 0.1
                while not self.stopping.is_set():
                    await self._step()
            except (ProducerFenced, InvalidProducerEpoch) as error:
                self.status = "fenced"
                self.tools.metrics.fenced.labels(self.stage).inc()
                warn(
                    "fenced",
                    stage=self.stage,
                    lane=self.partition.partition,
                    error=type(error).__name__,
                )
                await self._close()
                await self._wait(2 * self.tools.settings.heartbeat_ms / 1000)
            except (KafkaError, IllegalOperation) as error:
                # the latter: fenced between two sends, and not a KafkaError there
                self.status = "waiting"
                warn(
                    "lane-error",
                    stage=self.stage,
                    lane=self.partition.partition,
                    error=refusals.refusal(error, self.tools.settings) or repr(error)[:200],
                )
                await self._close()
                await self._wait(pause)
                pause = min(pause * 2, LONGEST_WAIT_S)
        await self._close()
        self.status = "closed"

    async def stop(self) -> None:
        """Let an open transaction finish, then cancel: an idle fetch waits for the next assignment (A8)."""
        self.stopping.set()
        if self.task is None:
            return
        if self.busy_since is not None:
            await asyncio.wait([self.task], timeout=self.tools.settings.revoke_seconds)
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self._close()
        self.status = "closed"

    async def _wait(self, seconds: float) -> None:
        """Wait, but not longer than until the lane is stopped."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)

    async def _open(self) -> None:
        """Fence the former owner, then restore, then read the committed offset, then seek (A2)."""
        begun = time.monotonic()
        part = self.partition
        tools = self.tools
        self.status = "restoring"
        name = topics.transactional_id(self.stage, tools.work.source, part.partition, tools.settings.run)
        self.producer = clients.transactional(tools.settings, transactional_id=name)
        await refusals.start_client(self.producer, tools.settings)
        self.state = await restore(tools, part.partition)
        self.attempts.clear()
        offset, self.tally = await self._committed()
        first = (await self.consumer.beginning_offsets([part]))[part]
        if offset is None:  # seek_to_committed would do nothing and start at the wrong place (A3)
            offset = first
        if offset < first:  # retention was faster than this stage: say what nobody will ever read
            warn("gap", stage=self.stage, lane=part.partition, lost=first - offset)
            tools.metrics.lost.labels(self.stage).inc(first - offset)
            offset = first
        self.consumer.seek(part, offset)
        self.status, self.committed = "owned", offset
        say(
            "lane-open",
            stage=self.stage,
            lane=part.partition,
            offset=offset,
            seconds=seconds_since(begun),
        )

    async def _committed(self) -> tuple[int | None, Tally]:
        """Return the committed offset, None before the first, and what was finished by then."""
        offsets = await self.consumer._coordinator.fetch_committed_offsets([self.partition])  # noqa: SLF001 - committed() hides the metadata
        offset = offsets.get(self.partition)
        return (
            (None, Tally())
            if offset is None or offset.offset < 0
            else (offset.offset, Tally.decoded(offset.metadata))
        )

    async def _close(self) -> None:
        producer, self.producer = self.producer, None
        if producer is not None and not await let_go(producer.stop()):
            warn("producer-stop", stage=self.stage, lane=self.partition.partition)

    async def _step(self) -> None:
        """Read a batch and finish it; on a Retry finish what came before it, wait, read from there again."""
        if await self._waited_while_paused() or await self._waited_at_its_end():
            return
        records = await self._next_records()
        if not records or await self._stopped_while_pacing(len(records)):
            return
        metrics, finished, retry = self.tools.metrics, 0, None
        self.busy_since, self.read_ns = time.monotonic(), time.time_ns()
        metrics.consumed.labels(self.stage).inc(len(records))
        metrics.in_flight.labels(self.stage).inc(len(records))
        try:
            finished, retry = await self._process(records)
        finally:
            self.busy_since = None
            metrics.in_flight.labels(self.stage).dec(len(records))
            metrics.finished.labels(self.stage, "rolled_back").inc(len(records) - finished)
        if finished < len(records):
            self.consumer.seek(self.partition, records[finished].offset)
        if retry is not None:
            await self._retry_later(retry)
        if sum(self.bugs) > BUG_WINDOW / 2:
            await self._halt()

    async def _next_records(self) -> list[ConsumerRecord]:
        """Return about `BATCH_WORK_S` of work of this partition alone (A7), none beyond the run's end."""
        orders = self.tools.orders
        most = orders.most_at_once() or self.tools.settings.batch_records
        limit = max(1, min(most, int(BATCH_WORK_S / self.pace_s)))
        fetched = await self.consumer.getmany(self.partition, timeout_ms=300, max_records=limit)
        end = orders.end(self.partition.partition)
        return [record for record in fetched.get(self.partition, []) if end is None or record.offset < end]

    async def _stopped_while_pacing(self, records: int) -> bool:
        """Wait as the run's pace asks before so many *records*; True when the lane was stopped meanwhile."""
        if (delay_s := self.tools.orders.delay_s(records)) <= 0:
            return False
        await self._wait(delay_s)
        return self.stopping.is_set()

    async def _retry_later(self, retry: Retry) -> None:
        """Wait as long as *retry* asks, `LONGEST_WAIT_S` at most."""
        self.status = "waiting"
        await self._wait(min(retry.after_s, LONGEST_WAIT_S))
        self.status = "owned"

    async def _waited_while_paused(self) -> bool:
        """Wait a moment and return True while the run is paused."""
        if not self.tools.orders.rests:
            return False
        before, self.status = self.status, "paused"
        await self._wait(LOOK_S)
        self.status = before
        return True

    async def _waited_at_its_end(self) -> bool:
        """Wait at the end of the run until it may go on, and return True; return False before the end.

        The end is committed, whatever lies before it.
        """
        end = self.tools.orders.end(self.partition.partition)
        if end is None or await self.consumer.position(self.partition) < end:
            return False
        if self.committed < end:
            await self._commit(Batch(self.tools, self.partition.partition), end)
        self.status = "finished"
        while self.tools.orders.end(self.partition.partition) == end and not self.stopping.is_set():
            await self._wait(LOOK_S)
        self.consumer.seek(self.partition, end)  # the client has read further
        self.status = "owned"
        return True

    async def _process(self, records: list[ConsumerRecord]) -> tuple[int, Retry | None]:
        """Extract, fold, commit (A18); return how many records are finished, and the Retry after them."""
        results = await self._extract(records)
        self.pace_s = max(1e-6, (self.pace_s + sum(result.took_s for result in results) / len(results)) / 2)
        batch, retry = await self._fold(records[: len(results)], results)
        if batch.records:
            offset = batch.records[-1].offset + 1
            if len(batch.records) == len(records):
                # the position has passed transaction markers by now: committing it lets idle lag rest at 0
                position = await self.consumer.position(self.partition)
                end = self.tools.orders.end(self.partition.partition)
                offset = max(offset, position if end is None else min(position, end))
            await self._commit(batch, offset)
        return len(batch.records), retry

    async def _extract(self, records: list[ConsumerRecord]) -> list[ExtractResult]:
        """Return what the slots made of *records*, up to the first that ended a slot.

        What the run leaves out is dropped.
        """
        wanted = [self.tools.orders.wants(record) for record in records]
        extracted = iter(
            await self.tools.slots.run(
                [self._message(record) for record, take in zip(records, wanted, strict=True) if take]
            )
        )
        results = []
        for take in wanted:
            result = next(extracted, None) if take else ExtractResult(Drop("unwanted"), 0.0)
            if result is None:
                break
            results.append(result)
        return results

    def _message(self, record: ConsumerRecord) -> Message:
        return Message(record.key, record.value or b"", place_of(record), self.attempts.get(record.offset, 0))

    async def _fold(
        self, records: list[ConsumerRecord], results: Sequence[ExtractResult]
    ) -> tuple[Batch, Retry | None]:
        """Fold the results in order, up to the first that is to be tried again.

        The state moves here, before the commit: after any failure it is thrown away and restored.
        """
        batch = Batch(self.tools, self.partition.partition, read_ns=self.read_ns)
        yielded_at = time.perf_counter()
        for record, result in zip(records, results, strict=True):
            folded = guard.fold_and_apply(self.tools.work, self.state, self._message(record), result.item)
            if time.perf_counter() - yielded_at > LONGEST_TURN_S:
                await asyncio.sleep(0)
                yielded_at = time.perf_counter()
            attempts = self.attempts.get(record.offset, 0) + 1
            if isinstance(folded, Retry):
                if attempts < self.tools.settings.attempts:
                    self.attempts[record.offset] = attempts
                    return batch, folded
                folded = Folded((Reject("retries_exhausted", folded.detail),))
            batch.take(record, folded, took_s=result.took_s, attempts=attempts)
            self.attempts.pop(record.offset, None)
            self.bugs.append(
                any(isinstance(outcome, Reject) and outcome.reason == "bug" for outcome in folded.outcomes)
            )
        return batch, None

    async def _commit(self, batch: Batch, offset: int) -> None:
        """Send all of *batch* and the input offset in one transaction."""
        producer, tools = self.producer, self.tools
        if producer is None:
            raise KafkaError("the lane is closed")
        begun, result = time.perf_counter(), "abort"
        try:
            await producer.begin_transaction()
            await send_all(producer, batch.all_sends())
            # longer than 0 only in tests, so that a fault can fall into an open transaction
            await asyncio.sleep(tools.settings.hold_ms / 1000)
            tally = self.tally.plus(batch.tally)
            offsets = {self.partition: OffsetAndMetadata(offset, tally.encoded())}
            await producer.send_offsets_to_transaction(offsets, topics.group(self.stage, tools.settings.run))
            await producer.commit_transaction()
            result, self.tally, self.committed = "commit", tally, offset
        finally:
            tools.metrics.transaction.labels(self.stage, result).observe(time.perf_counter() - begun)
        batch.count()
        batch.report()

    async def _halt(self) -> None:
        self.status = "halted"
        warn(
            "halted",
            stage=self.stage,
            lane=self.partition.partition,
            bugs=sum(self.bugs),
            of=len(self.bugs),
        )
        await self.stopping.wait()
