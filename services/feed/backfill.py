"""The slow lane: moves old pages from ``articles.raw.backfill`` to ``articles.raw`` while live lanes rest.

It works in bursts. When nothing waits before any stage, it lets through as many pages as the engine needs
about half a second for: a live article never waits longer. Earlier bursts show how many pages that is.
Delivery is at least once, as from everything that feeds: clean drops what it already has.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import KafkaError

from shared import logs
from shared.kafka import clients, lag
from shared.kafka.access.refusals import refusal, start_client
from shared.kafka.access.renewal import until_renewed
from shared.kafka.ending import let_go
from shared.settings import Settings
from shared.version import VERSION
from shared.wire import topics
from shared.worker import lifetime
from shared.worker.door_metrics import DoorMetrics

NAME = "backfill"
FLOW = (
    ("clean", topics.RAW),
    ("detect", topics.CLEAN),
    ("extract", topics.DETECTED),
    ("link", topics.EXTRACTED),
)
TARGET_S = 0.5
"""How long the engine may need for one burst."""
MOST, LOOK_EVERY_S = 64, 0.05
MARKERS, SETTLED_S = 24, 5.0


@dataclass(slots=True)
class Pace:
    """How many pages the next burst holds."""

    burst: int = 1

    def took(self, seconds: float) -> None:
        """Learn from a burst that the engine had finished after *seconds*."""
        if seconds > TARGET_S:
            self.burst = max(1, self.burst // 2)
        elif seconds < TARGET_S / 2:
            self.burst = min(MOST, self.burst + max(1, self.burst // 4))


class Rest:
    """Whether the engine rests, by the offsets between what is written and what is finished.

    Commit markers take offsets too, so a resting engine may stand at a few instead of at 0: what has been the
    least for five seconds, if it is that few, counts as rest.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def sees(self, waiting: int, now: float) -> bool:
        """Take in that *waiting* offsets lie unread at *now* (seconds), and say whether this is rest."""
        self._seen.append((now, waiting))
        while now - self._seen[0][0] > SETTLED_S:
            self._seen.popleft()
        return waiting == 0 or (
            waiting <= MARKERS
            and waiting <= min(count for _, count in self._seen)
            and now - self._seen[0][0] > SETTLED_S / 2
        )


class Relay:
    """Lets old pages through, burst by burst."""

    def __init__(
        self, settings: Settings, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, metrics: DoorMetrics
    ) -> None:
        self.settings, self.consumer, self.producer, self.metrics = settings, consumer, producer, metrics
        self.pace, self.rest = Pace(), Rest()

    async def run(self, waiting: Callable[[], Awaitable[int]]) -> None:
        """Go on until cancelled; *waiting* counts what no stage has finished yet."""
        while True:
            await self._rest(waiting)
            records = [
                record
                for part in (
                    await self.consumer.getmany(timeout_ms=1000, max_records=self.pace.burst)
                ).values()
                for record in part
            ]
            if not records:
                continue
            begun = time.monotonic()
            await asyncio.gather(*[await self._pass_on(record) for record in records])
            await self.consumer.commit()
            self.metrics.accepted.labels(NAME).inc(len(records))
            await self._rest(waiting)
            self.pace.took(time.monotonic() - begun)

    async def _rest(self, waiting: Callable[[], Awaitable[int]]) -> None:
        """Wait until nothing waits before any stage."""
        while not self.rest.sees(await waiting(), time.monotonic()):  # noqa: ASYNC110 - the broker sends no event for it
            await asyncio.sleep(LOOK_EVERY_S)

    async def _pass_on(self, record: ConsumerRecord) -> asyncio.Future[object]:
        topic = topics.spelled(topics.RAW.name, self.settings.run)
        sent: asyncio.Future[object] = await self.producer.send(
            topic, record.value, key=record.key, headers=list(record.headers)
        )
        return sent


def main(settings: Settings) -> None:
    """Relay until SIGTERM or SIGINT, and end the process."""
    metrics, running = DoorMetrics.create(NAME, version=VERSION), threading.Event()

    lifetime.run(
        settings,
        NAME,
        lambda stop: lifetime.until_stopped(_relayed(settings, metrics, running), stop),
        lambda: (running.is_set(), "ok" if running.is_set() else "the broker does not answer"),
    )


async def _relayed(settings: Settings, metrics: DoorMetrics, running: threading.Event) -> None:
    """Relay, and begin again from the committed offset when the broker fails or the certificate changes."""
    while True:
        try:
            async with (
                _clients(settings) as (consumer, producer),
                lag.counting_unfinished(settings, FLOW) as waiting,
            ):
                running.set()
                await until_renewed(settings, Relay(settings, consumer, producer, metrics).run(waiting))
        except KafkaError as error:
            running.clear()
            logs.warn("no-broker", stage=NAME, error=refusal(error, settings) or repr(error)[:200])
            await asyncio.sleep(1)


@asynccontextmanager
async def _clients(settings: Settings) -> AsyncIterator[tuple[AIOKafkaConsumer, AIOKafkaProducer]]:
    consumer = clients.consumer(settings, group=topics.group(NAME, settings.run))
    producer = clients.idempotent(settings)
    consumer.subscribe([topics.spelled(topics.BACKFILL.name, settings.run)])
    try:
        await start_client(consumer, settings)
        await start_client(producer, settings)
        yield consumer, producer
    finally:
        await asyncio.gather(let_go(consumer.stop()), let_go(producer.stop()))
