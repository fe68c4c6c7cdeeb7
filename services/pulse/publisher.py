"""The one publisher among pulse's processes: reads every note, publishes windows and sources' silences.

The process that has partition 0 is the publisher. It keeps a daybook of all notes, whoever wrote them, and
writes what is new of the windows in one transaction, so that a reader of committed records sees either the
former state or the next. A former publisher that does not know that it is one is shut out by its
transactional id.

Nothing is published until all that was there when it began has been counted: after a promotion or a long
standstill the former windows stay until the new ones are whole.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import NoReturn

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from services.pulse.core import Note, place_of, seconds
from services.pulse.daybook import Daybook
from services.pulse.growth import KINDS, WindowKey, shown_hours, stale, windows
from services.pulse.read import newest
from services.pulse.source_gauges import SourceGauges
from services.pulse.source_silence import MOST_SOURCES, KnownSources
from services.pulse.view import View
from shared import logs
from shared.kafka import clients, lag, stretches
from shared.kafka.stretches import Stretch
from shared.records.pulse_window import SourceSilence
from shared.settings import Settings
from shared.wire import codec
from shared.wire.topics import COUNTED, PULSE_SOURCES, PULSE_WINDOWS, group, spelled

EVERY_S = 3.0
LOOK_EVERY_S = 1.0
"""How often it is asked whether all is counted that was there at the beginning."""

BLOCKS_AT_ONCE = 40
"""At most so many blocks of notes are deleted in one transaction: ten thousand records."""

NOTES = msgspec.json.Decoder(Note)
Sends = list[tuple[str, bytes, bytes | None]]
"""Topic, key and value of records; None deletes the key."""


async def publish(settings: Settings, view: View, gauges: SourceGauges) -> NoReturn:
    """Publish until cancelled.

    After a fault, two heartbeats later, all is read anew: by then a process that was shut out knows it.
    """
    try:
        while True:
            try:
                await _edition(settings, view, gauges)
            except KafkaError as error:
                logs.warn("windows are not published for now", error=f"{type(error).__name__}: {error}"[:200])
            await asyncio.sleep(2 * settings.heartbeat_ms / 1000)
    finally:
        gauges.clear()


async def _edition(settings: Settings, view: View, gauges: SourceGauges) -> NoReturn:
    began, name = time.time(), group("pulse", view.name)
    shut_out = f"{group('pulse', settings.run)}-windows"
    async with (
        clients.transacting(settings, transactional_id=shut_out) as producer,
        clients.reader(settings) as client,
    ):
        journal = _Journal(client, await clients.partitions(client, spelled(COUNTED.name, view.name)))
        desk = _Desk(settings, view, gauges)
        await desk.recall(client)
        is_whole = False
        while True:
            if not is_whole and await _is_counted(settings, view, name, began):
                is_whole = True
                logs.say("pulse publishes", view=view.name, seconds=round(time.time() - began, 3))
            await journal.read_on(desk.book)  # after the look: what is counted is noted
            if is_whole:
                await _send(producer, await desk.news())
            await asyncio.sleep(EVERY_S if is_whole else LOOK_EVERY_S)


async def _is_counted(settings: Settings, view: View, name: str, until: float) -> bool:
    """Say whether all that was there at *until* (Unix seconds) is counted."""
    for topic in view.sources():
        behind = await lag.of_group(settings, "pulse", name, topic)
        if behind.seconds and not behind.blocked and time.time() - behind.seconds < until:
            return False
    return True


async def _send(producer: AIOKafkaProducer, sends: Sends) -> None:
    if sends:
        async with producer.transaction():
            await asyncio.gather(*[await producer.send(topic, value, key=key) for topic, key, value in sends])


class _Journal:
    """Follows the notes of all processes."""

    def __init__(self, client: AIOKafkaConsumer, parts: Sequence[TopicPartition]) -> None:
        self._client, self._parts = client, parts
        self._read: dict[TopicPartition, int] = {}

    async def read_on(self, book: Daybook) -> None:
        """Take what is new into *book*, up to the end as it is at the call."""
        there = await stretches.whole(self._client, self._parts)
        fresh = [Stretch(one.part, max(one.start, self._read.get(one.part, 0)), one.end) for one in there]
        async for records in stretches.read(self._client, fresh):
            for record in records:
                book.take(place_of(record.key), None if record.value is None else NOTES.decode(record.value))
            await asyncio.sleep(0)  # heartbeats go by the same loop
        # the next look would wait behind a fetch that waits for more
        self._client.pause(*self._client.assignment())
        self._read = {one.part: one.end for one in there}


class _Desk:
    """What is to be published of a daybook, and what has been."""

    def __init__(self, settings: Settings, view: View, gauges: SourceGauges) -> None:
        self.book = Daybook()
        self._windows, self._silences = (
            spelled(topic.name, settings.run) for topic in (PULSE_WINDOWS, PULSE_SOURCES)
        )
        self._notes = spelled(COUNTED.name, view.name)
        self._gauges = gauges
        self._told: dict[bytes, bytes] = {}
        self._sources = KnownSources([])
        self._shown = False
        self._warned = False

    async def recall(self, client: AIOKafkaConsumer) -> None:
        """Learn what was published before, by whichever process."""
        self._told = await newest(client, self._windows)
        self._sources = KnownSources(
            codec.decode(value, SourceSilence) for value in (await newest(client, self._silences)).values()
        )

    async def news(self) -> Sends:
        """Return what differs from what was published: windows, sources, and notes that nobody needs now."""
        changed, self.book.changed = self.book.changed, set()
        sends: Sends = []
        for begin in stale(self.book, changed):
            for key, window in windows(self.book, [begin]).items():
                value = codec.encode(window)
                if self._told.get(key.key) != value:
                    self._told[key.key] = value
                    sends.append((self._windows, key.key, value))
            await asyncio.sleep(0)
        shown = {WindowKey(kind, begin).key for begin in shown_hours(self.book) for kind in KINDS}
        for old in self._told.keys() - shown:
            del self._told[old]
            sends.append((self._windows, old, None))
        sends += self._heard()
        return sends + [(self._notes, place.key, None) for place in self.book.give_up(BLOCKS_AT_ONCE)]

    def _heard(self) -> Sends:
        heard, self.book.heard = self.book.heard, {}
        made = [
            one
            for source, last in heard.items()
            if (one := self._sources.hear(self.book, source, last)) is not None
        ]
        gone = self._sources.forget(self.book.newest)
        for one in made if self._shown else self._sources.known.values():
            self._gauges.show(one.source, seconds(one.last_at), one.limit_s)
        for source in gone if self._shown else []:
            self._gauges.forget(source)
        self._shown = True
        if self._sources.left_out and not self._warned:
            self._warned = True
            logs.warn("not every source is watched for silence", most=MOST_SOURCES)
        sends: Sends = [(self._silences, one.source.encode(), codec.encode(one)) for one in made]
        return sends + [(self._silences, source.encode(), None) for source in gone]
