"""``khabar run feeds``: the process that polls feeds, until SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Sequence
from typing import Any

from aiokafka.errors import KafkaError

from services.feed.brake import Brake, brake
from services.feed.delivery import CountingDoor, Delivery, Receipt, delivery
from services.feed.polling import feed_states
from services.feed.polling.asking import Asker, Outcome
from services.feed.polling.clock import WallClock
from services.feed.polling.feed_list import ListedFeed, listed
from services.feed.polling.fetching import Fetcher, session
from services.feed.polling.host_gates import HostGates
from services.feed.polling.parsing_slot import ParsingSlot
from services.feed.polling.poller import Around, Poller
from shared.logs import say, warn
from shared.settings import Settings
from shared.version import VERSION
from shared.worker import lifetime
from shared.worker.door_metrics import FEED_STATES, DoorMetrics, FeedMetrics

DOOR = "feeds"
MINUTE = 60.0


class FeedWorker:
    """One process that polls *feeds*."""

    def __init__(self, settings: Settings, feeds: Sequence[ListedFeed]) -> None:
        self.settings, self.feeds = settings, feeds
        self.stop = asyncio.Event()
        self.poller: Poller | None = None
        self.delivery: Delivery | None = None
        self.polls = self.accepted = 0
        self.door_metrics = DoorMetrics.create(DOOR, version=VERSION)
        self.metrics = FeedMetrics.create()

    async def run(self) -> None:
        """Poll until told to stop; begin again when the broker cannot be reached at the start."""
        slot = ParsingSlot(self.settings)
        try:
            await slot.warm_up()
            while not self.stop.is_set():
                try:
                    await self._open(slot)
                except KafkaError as error:
                    warn("no-broker", door=DOOR, error=str(error)[:200])
                    await self._pause()
        finally:
            slot.close()

    async def _open(self, slot: ParsingSlot) -> None:
        clock, chance = WallClock(), random.SystemRandom().random
        private = self.settings.feeds_private == "yes"
        async with (
            delivery(self.settings, DOOR) as door,
            brake(self.settings) as hold,
            session(private=private) as client,
        ):
            around = Around(
                door=CountingDoor(door, self.door_metrics),
                asker=Asker(Fetcher(client, HostGates(clock, chance), clock), slot.read, chance),
                hold=hold,
                clock=clock,
                polled=self._count,
            )
            self.poller, self.delivery = Poller(around, await feed_states.load(self.settings)), door
            say("polling", door=DOOR, feeds=len(self.feeds))
            self.poller.begin(self.feeds)
            await self._until_stopped(self.poller, door, hold)

    async def _until_stopped(self, poller: Poller, door: Delivery, hold: Brake) -> None:
        beating = asyncio.create_task(self._beat(poller, door, hold))
        ends: list[asyncio.Future[Any]] = [asyncio.create_task(self.stop.wait()), beating, poller.failed]
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        await poller.stop()
        for end in ends:
            end.cancel()
        for end in done:
            end.result()  # raises what ended it

    async def _beat(self, poller: Poller, door: Delivery, hold: Brake) -> None:
        """Turn the gauges once a second and say once a minute what was done."""
        said = time.monotonic()
        while True:
            standings = [state.standing for state in poller.states.values()]
            for standing in FEED_STATES:
                self.metrics.feeds.labels(standing).set(standings.count(standing))
            self.metrics.oldest.set(poller.overdue_s())
            door.counts.waits_s = hold.behind_s if hold.waits else None
            self.door_metrics.wait.labels(DOOR).set(door.counts.waits_s or 0.0)
            if time.monotonic() - said >= MINUTE:
                said = time.monotonic()
                counts = {standing: standings.count(standing) for standing in FEED_STATES}
                say("minute", door=DOOR, polls=self.polls, accepted=self.accepted, **counts)
            await asyncio.sleep(1)

    def _count(self, outcome: Outcome, receipts: Sequence[Receipt]) -> None:
        self.metrics.polls.labels(outcome).inc()
        self.polls += 1
        self.accepted += sum(receipt.refused is None for receipt in receipts)

    async def _pause(self) -> None:
        """Wait two seconds, or until told to stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), 2)

    def ready(self) -> tuple[bool, str]:
        """Say whether feeds are being polled, and the broker confirms what they bring."""
        if self.delivery is None:
            return False, "the broker has not told yet what is known of the feeds"
        return not self.delivery.away, "Kafka does not confirm" if self.delivery.away else "ok"


def main(settings: Settings) -> None:
    """Poll the feeds of KHABAR_FEEDS until a signal, and end the process.

    Raises BadSetting when the list cannot be used.
    """
    worker = FeedWorker(settings, listed(settings.feeds))

    async def work(stop: asyncio.Event) -> None:
        worker.stop = stop
        await worker.run()

    lifetime.run(settings, DOOR, work, worker.ready)
