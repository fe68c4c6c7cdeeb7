"""The worker of one stage: joins the group, opens a lane per assigned partition, closes them on revoke, drains on SIGTERM."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import time
from collections import deque
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from shared import guard, headers, health, kafka, topics
from shared.batch import Shop
from shared.contract import Work
from shared.lane import Lane
from shared.logs import say, seconds_since, warn
from shared.metrics import LANE_STATES, Metrics
from shared.settings import Settings
from shared.slots import Slots
from shared.threads import collect_seldom
from shared.version import VERSION

EXIT_DRAINED, EXIT_LATE, EXIT_BUG = 0, 1, 1
LOOP_SECONDS = 5.0
"""The loop must have turned within this time for ``/livez``."""

HUNG_RECORDS = 10
"""A batch may hold so many records that are each killed at their time cap before ``/livez`` calls the lane stuck."""

LEAVE_SECONDS = 3.0
MINUTE = 60.0


TWINS, TWIN_SECONDS = 8, 60.0
"""So many assignments in so short a time, under a static name: another worker has the same name, and each takes the other's place."""


class TwinWorker(Exception):
    """Two workers call themselves the same."""


class Worker(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """One process of one stage."""

    def __init__(self, work: Work, settings: Settings) -> None:
        self.work, self.settings = work, settings
        self.lanes: dict[TopicPartition, Lane] = {}
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.joined = False
        self.turned = time.monotonic()
        self.assigned: deque[float] = deque(maxlen=TWINS + secrets.randbelow(3 * TWINS))  # unequal patience: one of two stays
        self.last_parts: frozenset[TopicPartition] = frozenset()
        metrics = Metrics.create(work.name, version=VERSION, model=work.model_sha256[:12])
        maker = headers.Maker.of(work, run=settings.run, instance=settings.instance or socket.gethostname())
        slots = Slots(work, count=settings.slots, record_seconds=settings.record_seconds)
        self.shop = Shop(work, settings, slots, metrics, maker)
        self.consumer = kafka.consumer(settings, group=topics.group(work.name, settings.run))

    async def start(self) -> None:
        """Warm the slots up and join the group."""
        await self.shop.slots.warm_up()
        collect_seldom()
        self.consumer.subscribe([self.shop.spelled(self.work.source)], listener=self)
        await self.consumer.start()

    async def stop(self) -> None:
        """Close the lanes, then leave: the other order would cut the last transaction (A21)."""
        await asyncio.gather(*(lane.stop() for lane in self.lanes.values()))
        try:
            await asyncio.wait_for(self.consumer.stop(), LEAVE_SECONDS)
        except (asyncio.CancelledError, KafkaError, TimeoutError) as error:  # a fetcher that waits for a lost broker cancels its caller
            warn("left-without-goodbye", stage=self.work.name, error=type(error).__name__)
        self.shop.slots.close()

    async def on_partitions_revoked(self, revoked: list[TopicPartition]) -> None:
        """Close every lane: the protocol is eager, all of them move (A9)."""
        lanes, self.lanes = self.lanes, {}
        if revoked:
            say("revoked", stage=self.work.name, lanes=len(revoked))
        await asyncio.gather(*(lane.stop() for lane in lanes.values()))

    async def on_partitions_assigned(self, assigned: list[TopicPartition]) -> None:
        """Start a task a lane and return: no heartbeat is sent until then, and what is raised here is swallowed (A6)."""
        for part in assigned:
            lane = self.lanes[part] = Lane(part, self.consumer, self.shop)
            lane.task = asyncio.create_task(lane.run())
            lane.task.add_done_callback(self._ended)
        self.joined = True
        self._notice_twin(frozenset(assigned))
        say("assigned", stage=self.work.name, lanes=sorted(part.partition for part in assigned))

    def _notice_twin(self, parts: frozenset[TopicPartition]) -> None:
        """End when another worker has our name: the same lanes would change hands once a second, for ever."""
        if parts != self.last_parts:  # others came or went: no fight
            self.assigned.clear()
        self.last_parts = parts
        self.assigned.append(time.monotonic())
        often = len(self.assigned) == self.assigned.maxlen and self.assigned[-1] - self.assigned[0] < TWIN_SECONDS
        if often and self.settings.instance and not self.failed.done():
            name = f"KHABAR_INSTANCE={self.settings.instance}"
            self.failed.set_exception(TwinWorker(f"another {self.work.name} worker runs with {name}: give each its own, or none"))

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None and not self.failed.done():
            self.failed.set_exception(error)  # a bug of ours: the process must end, not the lane alone

    async def beat(self) -> None:
        """Turn the gauges once a second and say once a minute what was done."""
        said, metrics, stage = time.monotonic(), self.shop.metrics, self.work.name
        while True:
            self.turned = time.monotonic()
            metrics.slot_deaths.labels(stage).inc(self.shop.slots.deaths - _value(metrics.slot_deaths, stage))
            for state in LANE_STATES:
                metrics.lanes.labels(stage, state).set(sum(lane.status == state for lane in self.lanes.values()))
            consumed, flight = _value(metrics.consumed, stage), _value(metrics.in_flight, stage)
            finished = {name: _value(metrics.finished, stage, name) for name in ("produced", "dropped", "dead", "rolled_back")}
            metrics.gap.labels(stage).set(consumed - sum(finished.values()) - flight)
            if self.turned - said >= MINUTE:
                said = self.turned
                say("minute", stage=stage, lanes=len(self.lanes), read=int(consumed), **{name: int(n) for name, n in finished.items()})
            await asyncio.sleep(1)

    def live(self) -> tuple[bool, str]:
        """Say whether the loop turns and no lane hangs in a batch."""
        silent = time.monotonic() - self.turned
        if silent > LOOP_SECONDS:
            return False, f"the event loop has not turned for {silent:.0f} s"
        longest = HUNG_RECORDS * self.settings.record_seconds + self.settings.transaction_ms / 1000
        for part, lane in self.lanes.items():
            if lane.busy_since is not None and time.monotonic() - lane.busy_since > longest:
                return False, f"lane {part.partition} is stuck in a batch"
        return True, "ok"

    def ready(self) -> tuple[bool, str]:
        """Say whether the worker has joined and every lane is restored."""
        if not self.joined:
            return False, "not a member of the group yet"
        waiting = {part.partition: lane.status for part, lane in self.lanes.items() if lane.status not in ("owned", "closed")}
        return (not waiting, f"lanes {waiting}" if waiting else "ok")


def _value(metric: object, *labels: str) -> float:
    return float(metric.labels(*labels)._value.get())  # type: ignore[attr-defined]  # noqa: SLF001 - the client has no public reader


async def main(work: Work, settings: Settings) -> int:
    """Run a worker until SIGTERM or SIGINT; returns the exit status. A second signal, or the drain's deadline, ends the process."""
    loop, stop, begun = asyncio.get_running_loop(), asyncio.Event(), time.monotonic()

    def on_signal() -> None:
        if stop.is_set():
            os._exit(EXIT_LATE)
        say("draining", stage=work.name)
        stop.set()
        loop.call_later(settings.drain_seconds, os._exit, EXIT_LATE)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    worker = Worker(work, settings)
    port = health.serve(settings.metrics_port, host=settings.metrics_host, live=worker.live, ready=worker.ready)
    beating = asyncio.create_task(worker.beat())
    stopped = asyncio.create_task(stop.wait())
    starting = asyncio.create_task(_start(worker))
    await asyncio.wait([starting, stopped], return_when=asyncio.FIRST_COMPLETED)
    if starting.done() and (failed := starting.exception()) is not None:
        warn("cannot-start", stage=work.name, error=f"{type(failed).__name__}: {failed}"[:500])
        worker.shop.slots.close()
        return EXIT_BUG
    say("started", stage=work.name, pid=os.getpid(), health=f"http://127.0.0.1:{port}", seconds=seconds_since(begun))
    ends: list[asyncio.Future[Any]] = [stopped, worker.failed, beating]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    if not stop.is_set():
        error = next(end.exception() for end in ends if end.done())
        warn("bug", stage=work.name, error=f"{type(error).__name__}: {error}"[:500])
        worker.shop.slots.close()
        return EXIT_BUG
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    await worker.stop()
    say("drained", stage=work.name)
    return EXIT_DRAINED


async def _start(worker: Worker) -> None:
    """Start, and try again while the broker does not answer."""
    pause = 0.5
    while True:
        try:
            await worker.start()
        except KafkaError as error:
            warn("no-broker", stage=worker.work.name, error=str(error)[:200])
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)
        else:
            return


def run(work: Work, settings: Settings) -> None:
    """Run the worker and end the process at once: interpreter exit would join the slots' threads past any deadline (A21)."""
    status = EXIT_BUG
    try:
        status = asyncio.run(main(work, settings))
    except BaseException as error:  # noqa: BLE001 - nothing is above us: say what it was and end
        warn("ended", stage=work.name, error=f"{type(error).__name__}: {error}"[:500], where=guard.where(error))
    finally:
        os._exit(status)
