"""The worker of one stage: a member of the group with one lane for each assigned partition.

Lanes are closed when they are revoked, and drained on SIGTERM.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from shared.contract import StoriesHeld, Work
from shared.kafka import clients
from shared.kafka.access import refusals
from shared.kafka.access.renewal import renewed
from shared.kafka.ending import let_go
from shared.kafka.membership import Membership
from shared.logs import say, seconds_since, warn
from shared.settings import BadSetting, Settings
from shared.version import VERSION
from shared.wire import headers, topics
from shared.wire.state_version import OtherState
from shared.worker import health
from shared.worker.lane import Lane
from shared.worker.lifetime import EXIT_BUG, EXIT_DRAINED, Drain, live_and_end
from shared.worker.metrics import ENDINGS, LANE_STATES, Metrics
from shared.worker.orders import NotRunning, Orders
from shared.worker.slots import CannotLoad, Slots
from shared.worker.spans import Spans, close, spans
from shared.worker.threads import collect_seldom
from shared.worker.worker_tools import WorkerTools

EXIT_MISUSE = 2
HUNG_RECORDS = 10
"""A batch may hold so many records that are each killed at their time cap before ``/livez`` calls the lane
stuck.
"""

READY_STATES = ("owned", "paused", "finished", "closed")
MINUTE = 60.0

TWIN_SECONDS = 60.0
TWIN_ASSIGNMENTS = 8
"""Assignments within `TWIN_SECONDS` under one static name from which another worker must have it too: each
takes the other's place.
"""


class TwinWorker(Exception):
    """Two workers call themselves the same."""


NO_BUGS = (TwinWorker, OtherState, BadSetting, CannotLoad, NotRunning)
"""What only the operator can mend; its message says how."""


class Worker(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """One process of one stage."""

    def __init__(self, work: Work, settings: Settings, collector: Spans | None = None) -> None:
        self.work, self.settings = work, settings
        self.lanes: dict[TopicPartition, Lane] = {}
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.joined = False
        self.loop_seen_at = time.monotonic()
        # when lanes came: each worker keeps another number of times, so that of two twins one gives up first
        self.assigned_at: deque[float] = deque(
            maxlen=TWIN_ASSIGNMENTS + secrets.randbelow(3 * TWIN_ASSIGNMENTS)
        )
        self.last_assigned: frozenset[TopicPartition] = frozenset()
        metrics = Metrics.create(
            work.name,
            version=VERSION,
            model=work.model_sha256[:12],
            metrics=work.metrics,
            warnings=work.warnings,
        )
        maker = headers.RecordMaker.of(
            work, run=settings.run, instance=settings.instance or socket.gethostname()
        )
        slots = Slots(work, count=settings.slots, record_seconds=settings.record_seconds)
        self.tools = WorkerTools(work, settings, slots, metrics, maker, Orders(work, settings), collector)
        self.membership = Membership(settings)
        self.consumer: AIOKafkaConsumer | None = None
        """The client in the group, from the first joining on."""

        self.refused = ""
        """Why Kafka does not let us into the group; nothing while it does."""

    async def start(self) -> None:
        """Warm the slots up and join the group.

        Raises BadSetting or CannotLoad when the slots cannot, whether a broker answers or not.
        """
        await self.tools.slots.warm_up()
        await self.tools.orders.receive()
        collect_seldom()
        await self.join()

    async def join(self) -> None:
        """Join the group with a new client, which logs in with what the files hold now."""
        self.consumer = clients.consumer(self.settings, group=topics.group(self.work.name, self.settings.run))
        self.consumer.subscribe([self.tools.orders.source], listener=self)
        try:
            await refusals.start_client(self.consumer, self.settings)
        except KafkaError:
            await let_go(self.consumer.stop())
            raise
        self.membership.watch(self.consumer)
        self.refused = ""

    async def leave(self) -> None:
        """Close the lanes, then leave: the other order would cut the last transaction (A21)."""
        lanes, self.lanes = self.lanes, {}
        await asyncio.gather(*(lane.stop() for lane in lanes.values()))
        if self.consumer is not None and not await let_go(self.consumer.stop()):
            warn("left-without-goodbye", stage=self.work.name)

    async def stop(self) -> None:
        """Leave, and end the slots."""
        await self.leave()
        await close(self.tools.spans)
        self.tools.slots.close()

    async def keep_logged_in(self) -> None:
        """Begin anew with every renewed certificate or password.

        Each lane ends its transaction and goes on from what is committed.
        """
        while True:
            await renewed(self.settings)
            await self.leave()
            self.joined = False
            await patiently(self.join, self)

    async def on_partitions_revoked(self, revoked: list[TopicPartition]) -> None:
        """Close every lane: the protocol is eager, all of them move (A9)."""
        lanes, self.lanes = self.lanes, {}
        if revoked:
            say("revoked", stage=self.work.name, lanes=len(revoked))
        await asyncio.gather(*(lane.stop() for lane in lanes.values()))

    async def on_partitions_assigned(self, assigned: list[TopicPartition]) -> None:
        """Start a task a lane (A16) and return.

        No heartbeat is sent until then, and what is raised here is swallowed (A6).
        """
        for part in assigned:
            lane = self.lanes[part] = Lane(part, self.consumer, self.tools)
            lane.task = asyncio.create_task(lane.run())
            lane.task.add_done_callback(self._ended)
        self.joined, self.refused, self.tools.orders.lanes_here = True, "", len(assigned)
        self._notice_twin(frozenset(assigned))
        say("assigned", stage=self.work.name, lanes=sorted(part.partition for part in assigned))

    def _notice_twin(self, assigned: frozenset[TopicPartition]) -> None:
        """Fail when another worker has our name: the same lanes would change hands every second, for ever."""
        if assigned != self.last_assigned:  # others came or went: no fight
            self.assigned_at.clear()
        self.last_assigned = assigned
        self.assigned_at.append(time.monotonic())
        often = (
            len(self.assigned_at) == self.assigned_at.maxlen
            and self.assigned_at[-1] - self.assigned_at[0] < TWIN_SECONDS
        )
        if often and self.settings.instance and not self.failed.done():
            name = f"KHABAR_INSTANCE={self.settings.instance}"
            self.failed.set_exception(
                TwinWorker(f"another {self.work.name} worker runs with {name}: give each its own, or none")
            )

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None and not self.failed.done():
            self.failed.set_exception(error)  # a bug of ours: the process must end, not the lane alone

    async def beat(self) -> None:
        """Update the gauges every second, and log every minute what was done."""
        logged_at = time.monotonic()
        while True:
            self.loop_seen_at = time.monotonic()
            self._notice_refusal()
            done = self._show_records()
            self._show_lanes()
            if self.loop_seen_at - logged_at >= MINUTE:
                logged_at = self.loop_seen_at
                say("minute", stage=self.work.name, lanes=len(self.lanes), **done)
            await asyncio.sleep(1)

    def _show_records(self) -> dict[str, int]:
        """Show how many records are unaccounted for; return how many were read and how they ended."""
        metrics, stage = self.tools.metrics, self.work.name
        read = _value(metrics.consumed, stage)
        finished = {ending: _value(metrics.finished, stage, ending) for ending in ENDINGS}
        metrics.gap.labels(stage).set(read - sum(finished.values()) - _value(metrics.in_flight, stage))
        return {name: int(n) for name, n in ({"read": read} | finished).items()}

    def _show_lanes(self) -> None:
        """Show the lanes by their states, what they hold, and the deaths of slots."""
        metrics, stage, lanes = self.tools.metrics, self.work.name, self.lanes.values()
        deaths = metrics.slot_deaths.labels(stage)
        deaths.inc(self.tools.slots.deaths - _value(metrics.slot_deaths, stage))
        for state in LANE_STATES:
            metrics.lanes.labels(stage, state).set(sum(lane.status == state for lane in lanes))
        if (stories := self.work.stories) is not None:
            held = [stories(lane.state) for lane in lanes if lane.status == "owned"]
            sums = (sum(counts) for counts in zip(StoriesHeld(), *held, strict=True))
            metrics.show_stories(StoriesHeld(*sums))

    def _notice_refusal(self) -> None:
        """Log once why we lost our lanes: a client reports a refusal only to those who read through it."""
        if self.consumer is None or not self.joined or self.lanes:
            return
        try:
            self.consumer._coordinator.check_errors()  # noqa: SLF001 - a worker without lanes reads nothing
        except KafkaError as error:
            why = refusals.refusal(error, self.settings) or repr(error)[:200]
            if why != self.refused:
                warn("refused", stage=self.work.name, error=why)
            self.refused = why

    def live(self) -> tuple[bool, str]:
        """Tell whether the loop turns and no lane hangs in a batch; if not, why."""
        turns, why = health.loop_turns(self.loop_seen_at)
        if not turns:
            return False, why
        longest = HUNG_RECORDS * self.settings.record_seconds + self.settings.transaction_ms / 1000
        for part, lane in self.lanes.items():
            if lane.busy_since is not None and time.monotonic() - lane.busy_since > longest:
                return False, f"lane {part.partition} is stuck in a batch"
        return True, "ok"

    def ready(self) -> tuple[bool, str]:
        """Tell whether the group's coordinator answers its member and every lane is restored; if not, why."""
        if self.refused or not self.joined:
            return False, self.refused or "not a member of the group yet"
        member, why = self.membership.check()
        if not member:
            return False, why
        waiting = {
            part.partition: lane.status
            for part, lane in self.lanes.items()
            if lane.status not in READY_STATES
        }
        return (not waiting, f"lanes {waiting}" if waiting else "ok")


def _value(metric: object, *labels: str) -> float:
    return float(metric.labels(*labels)._value.get())  # type: ignore[attr-defined]  # noqa: SLF001 - the client has no public reader


async def main(work: Work, settings: Settings, collector: Spans | None = None) -> int:
    """Run a worker until SIGTERM or SIGINT; returns the exit status.

    A second signal, or the drain's deadline, ends the process.
    """
    begun, drain = time.monotonic(), Drain(settings, stage=work.name)
    worker = Worker(work, settings, collector)
    port = health.serve(
        settings.metrics_port, host=settings.metrics_host, live=worker.live, ready=worker.ready
    )
    beating = asyncio.create_task(worker.beat())
    stopped = asyncio.create_task(drain.asked.wait())
    starting = asyncio.create_task(patiently(worker.start, worker))
    await asyncio.wait([starting, stopped], return_when=asyncio.FIRST_COMPLETED)
    if starting.done() and (failed := starting.exception()) is not None:
        return _given_up(worker, failed, "cannot-start", "cannot-start")
    say(
        "started",
        stage=work.name,
        pid=os.getpid(),
        health=f"http://127.0.0.1:{port}",
        seconds=seconds_since(begun),
    )
    following = asyncio.create_task(worker.tools.orders.follow())
    renewing = asyncio.create_task(worker.keep_logged_in())
    ends: list[asyncio.Future[Any]] = [stopped, worker.failed, beating, following, renewing]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    if following.done() and following.exception() is None:
        drain.ask()  # the run was stopped or dropped
    if not drain.asked.is_set():
        error = next(end.exception() for end in ends if end.done())
        return _given_up(worker, error, "refused", "bug")
    for task in (starting, renewing):
        task.cancel()
    await asyncio.gather(starting, renewing, return_exceptions=True)
    await worker.stop()
    say("drained", stage=work.name)
    return EXIT_DRAINED


def _given_up(worker: Worker, error: BaseException | None, for_operator: str, for_us: str) -> int:
    """Log in one line why the worker ends; return its exit status, that of wrong use for a bad setting."""
    knows_how = isinstance(error, NO_BUGS)
    message = str(error) if knows_how else f"{type(error).__name__}: {error}"
    warn(for_operator if knows_how else for_us, stage=worker.work.name, error=message[:500])
    worker.tools.slots.close()
    return EXIT_MISUSE if isinstance(error, BadSetting) else EXIT_BUG


async def patiently(act: Callable[[], Awaitable[None]], worker: Worker) -> None:
    """Start or join, and try again while the broker does not answer or does not let us in."""
    pause = 0.5
    while True:
        try:
            await act()
        except KafkaError as error:
            why, told_before = refusals.refusal(error, worker.settings), worker.refused
            worker.refused = why or ""
            if why is None:
                warn("no-broker", stage=worker.work.name, error=str(error)[:200])
            elif why != told_before:  # it is true until somebody does what it says, and /readyz says it too
                warn("refused", stage=worker.work.name, error=why)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)
        else:
            return


def run(work: Work, settings: Settings) -> None:
    """Run the worker and end the process (`lifetime.live_and_end`).

    Raises BadSetting when the spans cannot go where they should.
    """
    live_and_end(main(work, settings, spans(settings, work.name)), stage=work.name)
