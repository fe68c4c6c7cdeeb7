"""The worker of a run between extract and link: writes ``articles.ordered``, its articles in live's order.

A run that ends waits until all before it are done and arranges everything once. A run that follows asks every
second what can still come (a barrier: what lay before its first stage at one moment has passed all stages)
and arranges what is settled; what live does not have waits ten seconds for live. A promoted run has nobody to
follow: its own order is the order.

Each record once: what is written says from which offset it came, and only the newest owner of the
transactional id writes.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from services.replay import unread
from services.replay.arrangement import arranged
from services.replay.hops import ORDER, hops
from services.replay.spool import Spool
from shared.contract import Origin
from shared.kafka import clients, runs, stretches
from shared.kafka.access.refusals import refusal
from shared.kafka.access.renewal import until_renewed
from shared.kafka.stretches import Stretch
from shared.logs import say, warn
from shared.records.run import Run
from shared.settings import Settings
from shared.wire import headers, topics
from shared.wire.tally import Tally
from shared.worker import lifetime

LOOK_S, PROMOTED_LOOK_S = 1.0, 0.2
PATIENCE_S = 10.0
AT_ONCE = 500
SKEW_MS = 3_600_000
"""So much may the clocks of who feeds and of the engine differ."""

GONE = frozenset({"stopped", "dropped"})


class Ordering:
    """Puts the articles of *run* into order; made anew after any error of the broker."""

    def __init__(
        self, settings: Settings, run: Run, client: AIOKafkaConsumer, producer: AIOKafkaProducer
    ) -> None:
        self.settings, self.run, self.client, self.producer = settings, run, client, producer
        self.before = [hop for hop in hops(run) if hop.stage in topics.STAGES[:-1]]
        self.source = TopicPartition(topics.spelled(topics.EXTRACTED.name, run.name), 0)
        self.sink = TopicPartition(topics.spelled(topics.ORDERED.name, run.name), 0)
        self.spool, self.sent, self.read_to = Spool(), set[int](), 0
        self.schedule, self.live_read_to = list[str](), 0
        self.written_to = -1
        self.waiting_since: dict[int, float] = {}

    async def go_on(self) -> None:
        """Go on until the run is stopped."""
        await self._remember()
        while self.run.state not in GONE:
            if self.run.state == "paused" or not await self._settled():
                await asyncio.sleep(LOOK_S)
            else:
                await self._send(await self._order())
                await asyncio.sleep(PROMOTED_LOOK_S if self.run.state == "promoted" else LOOK_S)
            self.run = await runs.load(self.settings, self.run.name) or self.run

    async def _remember(self) -> None:
        """Learn what was written already, by whoever had this place before."""
        async for records in clients.read_to_end(self.client, [self.sink]):
            places = [headers.get(record.headers, headers.CAUSE) for record in records]
            self.sent.update(Origin.parse(place).offset for place in places if place)

    async def _settled(self) -> bool:
        """Take in what has come, and say whether something can be arranged."""
        if self.run.state == "promoted":
            await self._take_in()
            return True
        if self.run.ends is None:
            return await self._barrier()
        for hop in self.before:
            if (await unread.before(self.settings, self.run, hop)).records:
                return False
        await self._take_in()
        await self._look_at_live()
        return True

    async def _barrier(self) -> bool:
        """Wait until what now lies before the first stage has come through, one stage after the other."""
        live_end = await self._live_end()
        for hop in self.before:
            parts = await clients.partitions(self.client, hop.source)
            targets = await self.client.end_offsets(parts)
            while not await unread.passed(self.settings, hop.group, targets):  # noqa: ASYNC110 - the broker sends no event for it
                await asyncio.sleep(LOOK_S)
        await self._take_in()
        await self._look_at_live(live_end)
        return True

    async def _take_in(self) -> None:
        stretch = (await stretches.whole(self.client, [self.source]))[0].from_offset(self.read_to)
        async for records in stretches.read(self.client, [stretch]):
            for record in records:
                if record.offset not in self.sent:
                    self.spool.put(record)
                    self.waiting_since[record.offset] = time.monotonic()
        self.read_to = stretch.end

    async def _live_end(self) -> int:
        part = TopicPartition(topics.EXTRACTED.name, 0)
        return int((await self.client.end_offsets([part]))[part])

    async def _look_at_live(self, live_end: int | None = None) -> None:
        """Read which origins live's link had before it, in order, on from where this was left."""
        part = TopicPartition(topics.EXTRACTED.name, 0)
        oldest_ms = min((origin.timestamp_ms for origin in self.spool.origins.values()), default=0) - SKEW_MS
        whole = (await stretches.whole(self.client, [part], since_ms=max(0, oldest_ms)))[0].from_offset(
            self.live_read_to
        )
        stretch = whole if live_end is None else Stretch(part, whole.start, min(whole.end, live_end))
        async for records in stretches.read(self.client, [stretch]):
            self.schedule += [headers.get(record.headers, headers.ORIGIN) or "" for record in records]
        self.live_read_to = max(stretch.end, self.live_read_to)

    async def _order(self) -> list[int]:
        """Return the offsets that can be written now, in order."""
        if self.run.state == "promoted":
            return sorted(self.spool.origins)
        found = arranged(self.schedule, self.spool.origins)
        if self.run.ends is not None:
            return found
        scheduled, now = set(self.schedule), time.monotonic()
        self.schedule.clear()
        return [
            offset
            for offset in found
            if str(self.spool.origins[offset]) in scheduled or now - self.waiting_since[offset] > PATIENCE_S
        ]  # fmt: skip

    async def _send(self, offsets: Sequence[int]) -> None:
        """Write the records at *offsets*, and up to where all is written, a transaction for some hundred."""
        for at in range(0, len(offsets), AT_ONCE):
            batch = offsets[at : at + AT_ONCE]
            async with self.producer.transaction():
                await asyncio.gather(*[await self._written(offset) for offset in batch])
                self.sent.update(batch)
                await self._committed()
            if (
                self.run.ends is not None
                and (found := await runs.load(self.settings, self.run.name))
                and found.state in {*GONE, "paused"}
            ):
                return
        if self.written_to < self.read_to and not self.spool:
            async with self.producer.transaction():
                await self._committed()

    async def _written(self, offset: int) -> asyncio.Future[object]:
        key, value, given = self.spool.take(offset)
        self.waiting_since.pop(offset, None)
        place = str(Origin(self.source.topic, 0, offset, 0)).encode()
        made = [(name, content) for name, content in given if name != headers.CAUSE] + [
            (headers.CAUSE, place)
        ]
        sent: asyncio.Future[object] = await self.producer.send(
            self.sink.topic, value, key=key, headers=made, partition=0
        )
        return sent

    async def _committed(self) -> None:
        lowest = self.spool.lowest()
        self.written_to = self.read_to if lowest is None else lowest
        done = OffsetAndMetadata(self.written_to, Tally(Counter(produced=len(self.sent))).encoded())
        await self.producer.send_offsets_to_transaction(
            {self.source: done}, topics.group(ORDER, self.run.name)
        )


def main(settings: Settings) -> None:
    """Order until SIGTERM or SIGINT, or until the run is stopped, and end the process."""
    running = threading.Event()

    lifetime.run(
        settings,
        ORDER,
        lambda stop: lifetime.until_stopped(_ordered(settings, running), stop),
        lambda: (running.is_set(), "ok" if running.is_set() else "the broker does not answer"),
    )


async def _ordered(settings: Settings, running: threading.Event) -> None:
    """Order, and begin again from the committed offset when the broker fails or the certificate changes."""
    while True:
        try:
            run = await runs.load(settings, settings.run)
            if run is None or run.state in GONE:
                say("no-run", run=settings.run)
                return
            name = topics.transactional_id(ORDER, topics.EXTRACTED.name, 0, settings.run)
            async with (
                clients.transacting(settings, transactional_id=name) as producer,
                clients.reader(settings, fetch_bytes=clients.SEARCH_BYTES) as client,
            ):
                running.set()
                if not await until_renewed(settings, Ordering(settings, run, client, producer).go_on()):
                    return
        except KafkaError as error:
            running.clear()
            warn("no-broker", stage=ORDER, error=refusal(error, settings) or repr(error)[:200])
            await asyncio.sleep(LOOK_S)
