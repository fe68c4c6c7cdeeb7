"""Pulse on Faust: one agent, one windowed table, articles by language and source and hour and minute.

*Which time.* An article belongs to the minute it was ``first_seen_at``, not to the time of its Kafka record: a backlog worked off
or a replay gives the same counts, and the counts say when news came in, not when we got to it.

*Why the counts are exact.* Faust delivers at least once, so a count per delivery would drift (1500 became 1709 after two SIGKILLs,
measured). Here a window's value holds the offset of the last record in it (``core.Hour``), so a record that comes again changes
nothing; and a batch is acknowledged only after the broker has confirmed its windows, so no record is passed over. The partition is
part of the key: what one partition did lies in one changelog partition, in order. This holds for one process at a time, which the
static membership sees to: a second one with the same name shuts the first one out.

*Why hours.* One tumbling window an hour with its minutes inside is one changelog record where two tables would write two.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import tempfile
import threading
import time
from collections.abc import Sequence
from typing import Any

import faust

from services.pulse import core
from services.pulse.hours import Hours
from services.pulse.safe_agent import CommittedTransport, ConfirmedTable, safe_agent
from shared import codec, declare, health, logs
from shared.contract import Origin, Reject
from shared.errors import BadRecord
from shared.headers import Cause, Maker, letter, rfc3339
from shared.settings import Settings
from shared.topics import BY_NAME, LINKED, PULSE_COUNTS, dead, group, spelled
from shared.version import VERSION

NAME = "pulse"


class Pulse:
    """The Faust app, its table of hours and its dead letters."""

    def __init__(self, settings: Settings, folder: str) -> None:
        self.maker = Maker(stage=NAME, version=VERSION, model_sha256="", run=settings.run, instance=settings.instance)
        self.app = _app(settings, folder)
        self.app.transport = CommittedTransport(self.app.conf.broker_consumer, self.app)
        ConfirmedTable.changelog = spelled(PULSE_COUNTS.name, settings.run)
        self.hours = Hours(self.app.Table("counts", default=dict, partitions=LINKED.partitions))
        self.letters = self.app.topic(spelled(dead(NAME), settings.run), key_serializer="raw", value_serializer="raw")
        source = self.app.topic(spelled(LINKED.name, settings.run), key_serializer="raw", value_serializer="raw")
        safe_agent(self.app, source, self.take)

    async def take(self, events: Sequence[Any]) -> None:
        """Count a batch and return when the broker has it all: the windows it changed, and what could not be read."""
        readings, letters = [], []
        for event in events:
            try:
                readings.append(_read(event))
            except BadRecord as error:
                letters.append(await self._bury(event, Reject(error.reason, error.detail)))
        await self.hours.add(readings)
        await asyncio.gather(*letters)

    async def _bury(self, event: Any, reject: Reject) -> Any:
        """Send the record to the dead letters; returns the future of its write."""
        message = event.message
        origin = Origin(message.topic, message.partition, message.offset, int(message.timestamp * 1000))
        headers = letter(reject, self.maker, Cause(list(message.headers or ()), origin, 0, rfc3339(int(time.time() * 1000))), 1)
        return await self.letters.send(key=message.key, value=message.value, headers=headers)


def _read(event: Any) -> core.Reading:
    """Return what *event* adds; raises BadRecord when it is no article."""
    seen, message = codec.decode(event.value, core.Seen), event.message
    try:
        return core.read(seen, message.partition, message.offset, int(message.timestamp))
    except ValueError as error:
        raise BadRecord("wrong_type", f"first_seen_at: {error}") from None


def _app(settings: Settings, folder: str) -> faust.App:
    name = group(NAME, settings.run)
    return faust.App(
        name,
        broker=[f"kafka://{host}" for host in settings.kafka.split(",")],
        datadir=folder,
        store="memory://",
        Table=ConfirmedTable,
        broker_session_timeout=settings.session_ms / 1000,
        broker_heartbeat_interval=settings.heartbeat_ms / 1000,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=name,  # a restart takes its place at once, a second process shuts the first one out
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=LINKED.partitions,
        web_enabled=False,
    )


def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; never returns. Ends with 0 after an orderly stop, with 1 after a failure or a late one."""
    logs.set_up()
    for name in ("faust", "mode", "aiokafka"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        status = asyncio.run(_serve(settings, folder))
    os._exit(status)  # Faust's threads would keep the interpreter while the broker is away (F8)


async def _serve(settings: Settings, folder: str) -> int:
    """Count until asked to stop or until Faust ends by itself; return the exit status."""
    await declare.apply(settings, (LINKED, PULSE_COUNTS, BY_NAME[dead(NAME)]))
    pulse, ready, asked = Pulse(settings, folder), threading.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    health.serve(
        settings.metrics_port,
        live=lambda: (not pulse.app.crashed, "Faust runs" if not pulse.app.crashed else "Faust has crashed"),
        ready=lambda: (ready.is_set(), "counting" if ready.is_set() else "restoring the table, or stopping"),
    )
    stop = asyncio.ensure_future(asked.wait())
    counting = asyncio.ensure_future(_count(pulse, ready))
    await asyncio.wait({counting, stop}, return_when=asyncio.FIRST_COMPLETED)
    ready.clear()
    late = threading.Timer(settings.drain_seconds, os._exit, (1,))
    late.daemon = True
    late.start()
    if not asked.is_set():
        logs.warn("pulse ended by itself", error=repr(counting.exception()))
    await pulse.app.stop()
    return 0 if asked.is_set() else 1


async def _count(pulse: Pulse, ready: threading.Event) -> None:
    """Run Faust until it ends; *ready* is set when its table is restored."""
    await pulse.app.start()
    ready.set()
    logs.say("pulse counts", group=pulse.app.conf.id)
    await pulse.app.wait_until_stopped()
