"""Pulse on Faust: one agent that notes what each article counts for, in up to a process a partition.

*Why the counts are exact.* Faust delivers at least once, so a count per delivery would drift (1500 became
1709 after two SIGKILLs, measured). Here a record becomes a note under the key of its own place (``core``),
and a batch is acknowledged only after the broker has confirmed its notes: no record is passed over, and one
that comes again writes the same note again. The daybook counts each place once. Nothing depends on who wrote
a note or in which order they came, so processes may come, go, stall and take over from each other.

*Why no Faust table.* A table's values are overwritten, so a process that stalls and wakes would put an old
value over a new one, and at least once has no fencing; and an article with its entities would be some twenty
table records. One note an article needs neither.

*Who publishes*: the process with partition 0 (``publisher``).
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from typing import Any

import faust
from aiokafka.errors import GroupCoordinatorNotAvailableError, GroupLoadInProgressError, KafkaError

from services.pulse import core
from services.pulse.publisher import publish
from services.pulse.safe_agent import CommittedTransport, safe_agent
from services.pulse.source_gauges import SourceGauges
from services.pulse.view import View, shown, switched
from shared import logs
from shared.contract import Origin, Reject
from shared.errors import BadRecord
from shared.kafka import clients, declare, groups
from shared.kafka.access import credentials
from shared.kafka.access.renewal import renewed
from shared.kafka.membership import Membership
from shared.settings import Settings
from shared.version import VERSION
from shared.wire import codec
from shared.wire.headers import Cause, RecordMaker, dead_letter_headers, rfc3339
from shared.wire.topics import BY_NAME, COUNTED, LINKED, PULSE_SOURCES, PULSE_WINDOWS, dead, group, spelled
from shared.worker import health
from shared.worker.metrics import Metrics

NAME = "pulse"
BEGIN_ANEW = -1
ASK_AGAIN_S = 0.5


class Pulse:
    """The Faust app, its notes and its dead letters."""

    def __init__(self, settings: Settings, view: View, folder: str) -> None:
        self.settings, self.view, self.membership = settings, view, Membership(settings)
        instance = settings.instance or socket.gethostname()
        self.maker = RecordMaker(
            stage=NAME, version=VERSION, model_sha256="", run=settings.run, instance=instance
        )
        self.metrics = Metrics.create(NAME, version=VERSION, model="")
        self.gauges = SourceGauges.create()
        self.publishing: asyncio.Task[None] | None = None
        self.app = _app(settings, group(NAME, view.name), folder)
        self.app.transport = CommittedTransport(self.app.conf.broker_consumer, self.app)
        self.notes = self.app.topic(
            spelled(COUNTED.name, view.name), key_serializer="raw", value_serializer="raw"
        )
        self.letters = self.app.topic(
            spelled(dead(NAME), settings.run), key_serializer="raw", value_serializer="raw"
        )
        source = self.app.topic(*view.sources(), key_serializer="raw", value_serializer="raw")
        safe_agent(self.app, source, self.take)
        self.app.on_partitions_assigned.connect(self._assigned)  # type: ignore[arg-type]  # Faust gives the partitions too
        self.app.on_partitions_revoked.connect(self._revoked)  # type: ignore[arg-type]

    async def take(self, events: Sequence[Any]) -> None:
        """Note a batch and return when the broker has it all: the notes, and what could not be read."""
        self.metrics.consumed.labels(NAME).inc(len(events))
        self.metrics.in_flight.labels(NAME).set(len(events))
        writes, reasons, unwanted = [], [], 0
        for event in events:
            if not self.view.counts(event.message):
                unwanted += 1
                continue
            try:
                note = codec.encode(_read(event))
            except BadRecord as error:
                reasons.append(error.reason)
                writes.append(await self._bury(event, Reject(error.reason, error.detail)))
            else:
                writes.append(await self.notes.send(key=self.view.place(event.message).key, value=note))
        await asyncio.gather(*writes)
        self._count(len(events) - unwanted - len(reasons), unwanted, reasons)

    def _count(self, noted: int, unwanted: int, reasons: Sequence[str]) -> None:
        """Enter a batch that is written into the metrics."""
        for outcome, n in (("produced", noted), ("dropped", unwanted), ("dead", len(reasons))):
            self.metrics.finished.labels(NAME, outcome).inc(n)
        self.metrics.dropped.labels(NAME, "unwanted").inc(unwanted)
        for reason in reasons:
            self.metrics.dead.labels(NAME, reason).inc()
        self.metrics.in_flight.labels(NAME).set(0)
        self.metrics.last.labels(NAME).set(time.time())

    async def _bury(self, event: Any, reject: Reject) -> Any:
        """Send the record to the dead letters; returns the future of its write."""
        message = event.message
        origin = Origin(message.topic, message.partition, message.offset, int(message.timestamp * 1000))
        headers = dead_letter_headers(
            reject,
            self.maker,
            Cause(list(message.headers or ()), origin, 0, rfc3339(int(time.time() * 1000))),
            1,
        )
        return await self.letters.send(key=message.key, value=message.value, headers=headers)

    async def _assigned(self, _app: faust.App, assigned: set[Any], **_: Any) -> None:
        parts = sorted(part.partition for part in assigned if part.topic == self.view.sources()[0])
        self.metrics.lanes.labels(NAME, "owned").set(len(assigned))
        logs.say("assigned", stage=NAME, partitions=parts)
        if 0 in parts and self.publishing is None:
            self.publishing = asyncio.create_task(publish(self.settings, self.view, self.gauges))
            self.publishing.add_done_callback(_end_by_bug)

    async def _revoked(self, _app: faust.App, _parts: set[Any], **_: Any) -> None:
        self.metrics.lanes.labels(NAME, "owned").set(0)
        if self.publishing is not None:
            self.publishing.cancel()
            self.publishing = None


def _end_by_bug(task: asyncio.Task[None]) -> None:
    """End the process when its publisher has: its windows would stand still, and nobody would see it."""
    if not task.cancelled() and (error := task.exception()) is not None:
        logs.LOGGER.error("pulse ends", exc_info=error)
        os._exit(1)


def _read(event: Any) -> core.Note:
    """Return what *event* adds; raises BadRecord when it is no article."""
    seen = codec.decode(event.value, core.Seen)
    try:
        return core.note(seen, int(event.message.timestamp))
    except ValueError as error:
        raise BadRecord("wrong_type", f"first_seen_at: {error}") from None


def _app(settings: Settings, name: str, folder: str) -> faust.App:
    return faust.App(
        name,
        broker=[f"kafka://{host}" for host in settings.kafka.split(",")],
        broker_credentials=_login(settings),
        datadir=folder,
        store="memory://",
        broker_session_timeout=settings.session_ms / 1000,
        broker_heartbeat_interval=settings.heartbeat_ms / 1000,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=f"{name}-{settings.instance}"
        if settings.instance
        else None,  # restarts do not rebalance (A9)
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )


def _login(settings: Settings) -> faust.SASLCredentials | faust.SSLCredentials | None:
    """Return how Faust's clients log in; None for plaintext."""
    given = credentials.options(settings)
    if "sasl_mechanism" in given:
        return faust.SASLCredentials(
            username=given["sasl_plain_username"],
            password=given["sasl_plain_password"],
            mechanism=given["sasl_mechanism"],
            ssl_context=given.get("ssl_context"),
        )
    return faust.SSLCredentials(given["ssl_context"]) if given else None


def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; never returns.

    Ends with 0 after an orderly stop, with 1 after a failure or a late one.

    After a promotion, a rollback or a renewed certificate the process begins anew in its own place, with the
    view and the login of now.
    """
    logs.set_up()
    for name in ("faust", "mode", "aiokafka"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        status = asyncio.run(_serve(settings, folder))
    if status == BEGIN_ANEW:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves; Faust cannot be started twice
    os._exit(status)  # Faust's threads would keep the interpreter while the broker is away (F8)


async def _begin(settings: Settings) -> View:
    """Return the view of now, with its topics; while the broker does not answer, it is asked again."""
    while True:
        try:
            view = await shown(settings)
            await _declare(settings, view)
        except KafkaError as error:
            logs.warn("no-broker", stage=NAME, error=f"{type(error).__name__}: {error}"[:200])
            await asyncio.sleep(ASK_AGAIN_S)
        else:
            return view


async def _declare(settings: Settings, view: View) -> None:
    """Create the topics that are missing.

    Where there are no notes yet, the group begins at the beginning, whatever it has read before.

    So a view is rebuilt by stopping pulse and deleting its notes.
    """
    notes = spelled(COUNTED.name, view.name)
    async with clients.reader(settings) as client, clients.admin(settings) as admin:
        if not await clients.partitions(client, notes) and not await groups.members(
            admin, group(NAME, view.name)
        ):
            await groups.forget(admin, [group(NAME, view.name)])
    await declare.apply(settings, (LINKED, PULSE_WINDOWS, PULSE_SOURCES, BY_NAME[dead(NAME)]))
    await declare.apply(dataclasses.replace(settings, run=view.name), (COUNTED,))


async def _serve(settings: Settings, folder: str) -> int:
    """Count until asked to stop, readers see another view or Faust ends by itself; return the exit status."""
    view = await _begin(settings)
    await _admitted(settings, group(NAME, view.name))
    pulse, ready, asked = Pulse(settings, view, folder), threading.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    port = health.serve(
        settings.metrics_port,
        host=settings.metrics_host,
        live=lambda: (not pulse.app.crashed, "Faust runs" if not pulse.app.crashed else "Faust has crashed"),
        ready=lambda: pulse.membership.check() if ready.is_set() else (False, "starting, or stopping"),
    )
    logs.say("started", stage=NAME, pid=os.getpid(), health=f"http://{settings.metrics_host}:{port}")
    stop = asyncio.ensure_future(asked.wait())
    counting = asyncio.ensure_future(_count(pulse, ready))
    other_view = asyncio.ensure_future(switched(settings, view))
    other_login = asyncio.ensure_future(renewed(settings))
    await asyncio.wait({counting, stop, other_view, other_login}, return_when=asyncio.FIRST_COMPLETED)
    ready.clear()
    late = threading.Timer(settings.drain_seconds, os._exit, (1,))
    late.daemon = True
    late.start()
    anew = (other_view.done() or other_login.done()) and not asked.is_set() and not counting.done()
    if not asked.is_set() and not anew:
        logs.warn("pulse ended by itself", error=repr(counting.exception()))
    other_view.cancel()
    other_login.cancel()
    if pulse.publishing is not None:
        pulse.publishing.cancel()
    await pulse.app.stop()
    return BEGIN_ANEW if anew else 0 if asked.is_set() else 1


async def _admitted(settings: Settings, name: str) -> None:
    """Raise what Kafka says of a group that we may not be in: Faust would try for ever, and say nothing."""
    # a broker that has seen no group yet
    with contextlib.suppress(GroupCoordinatorNotAvailableError, GroupLoadInProgressError):
        async with clients.admin(settings) as admin:
            await admin.list_consumer_group_offsets(name)


async def _count(pulse: Pulse, ready: threading.Event) -> None:
    """Run Faust until it ends; *ready* is set when it has started."""
    await pulse.app.start()
    pulse.membership.watch(pulse.app.consumer._thread._ensure_consumer())  # type: ignore[attr-defined]  # noqa: SLF001 - Faust hides it
    ready.set()
    logs.say("pulse counts", group=pulse.app.conf.id)
    await pulse.app.wait_until_stopped()
