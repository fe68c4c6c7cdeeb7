"""The worker of the HTTP door: opens, answers, drains on SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from contextlib import AsyncExitStack
from typing import NoReturn

import aiohttp.web
from aiokafka.errors import KafkaError

from services.feed.brake import Brake, brake
from services.feed.delivery import Delivery, delivery
from services.feed.ingest.client_connections import MOST, Connections
from services.feed.ingest.http_door import NAME, HttpDoor
from services.feed.ingest.listening_address import SETTING, claimed
from shared import logs
from shared.kafka.ending import end
from shared.logs import say, warn
from shared.settings import Settings
from shared.version import VERSION
from shared.worker import health, listening
from shared.worker.door_metrics import DoorMetrics, IngestMetrics
from shared.worker.lifetime import EXIT_DRAINED, Drain
from shared.worker.threads import collect_seldom

MINUTE = 60.0
LONGEST_PAUSE_S = 5.0
"""The longest wait before a broker that has not answered is asked again."""

FOR_REQUESTS = 0.5
"""The part of the drain that requests in hand may take; the rest is for the last words to Kafka."""

LINGER_S = 5.0
"""How long the rest of a refused body is read and dropped, so that its sender gets to read the answer."""


class Ingest:
    """One worker: its delivery is None until the broker has answered for the first time."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = DoorMetrics.create(NAME, version=VERSION)
        self.answers = IngestMetrics.create()
        self.turned = time.monotonic()
        self.delivery: Delivery | None = None
        self.connections: Connections | None = None
        self.listening: asyncio.Server | None = None

    def ready(self) -> tuple[bool, str]:
        """Say whether the broker confirms what comes in."""
        if self.delivery is None:
            return False, "Kafka has not answered yet"
        return not self.delivery.away, "Kafka does not confirm" if self.delivery.away else "ok"

    async def open(self, stack: AsyncExitStack, place: socket.socket) -> None:
        """Begin to answer at *place*, as soon as the broker does."""
        self.delivery = await self._delivery(stack)
        hold = await stack.enter_async_context(brake(self.settings))
        door = HttpDoor(self.delivery, hold, self.metrics, self.answers, token=self.settings.ingest_token)
        server = aiohttp.web.Server(
            lambda request: door.answer(request, connections),
            auto_decompress=False,
            access_log=None,
            lingering_time=LINGER_S,
        )
        self.connections = connections = Connections(server)
        try:
            self.listening = await asyncio.get_running_loop().create_server(
                connections.protocol, sock=place, backlog=MOST
            )
        except OSError as error:
            raise health.refused(error, self.settings.ingest_port, SETTING) from None
        beating = asyncio.create_task(self._beat(self.delivery, hold, connections))
        stack.callback(beating.cancel)

    async def _delivery(self, stack: AsyncExitStack) -> Delivery:
        pause_s = 0.5
        while True:
            try:
                return await stack.enter_async_context(delivery(self.settings, NAME))
            except KafkaError as error:
                warn("no-broker", door=NAME, error=str(error)[:200])
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def drain(self) -> None:
        """Accept nobody any more, and let the requests in hand end."""
        if self.listening is None or self.connections is None:
            return
        self.listening.close()
        if late := await self.connections.drain(FOR_REQUESTS * self.settings.drain_seconds):
            warn("cut-off", door=NAME, requests=late)

    async def _beat(self, given: Delivery, hold: Brake, connections: Connections) -> None:
        """Once a second: close silent connections; once a minute: say what was done."""
        said, away = time.monotonic(), False
        while True:
            self.turned = time.monotonic()
            given.counts.waits_s = hold.behind_s if hold.waits else None
            self.metrics.wait.labels(NAME).set(given.counts.waits_s or 0.0)
            connections.sweep()
            if given.away != away:
                away = given.away
                (warn if away else say)("broker-away" if away else "broker-back", door=NAME)
            if self.turned - said >= MINUTE:
                said = self.turned
                say("minute", door=NAME, accepted=given.counts.accepted, refused=given.counts.refused.total())
            await asyncio.sleep(1)


async def _serve(settings: Settings, place: socket.socket) -> int:
    """Answer until SIGTERM or SIGINT; returns the exit status.

    A second signal, or the drain's deadline, ends the process.
    """
    ingest, drain = Ingest(settings), Drain(settings, door=NAME)
    port = health.serve(
        settings.metrics_port,
        host=settings.metrics_host,
        live=lambda: health.loop_turns(ingest.turned),
        ready=ingest.ready,
    )
    async with AsyncExitStack() as stack:
        opening = asyncio.create_task(ingest.open(stack, place))
        stopped = asyncio.create_task(drain.asked.wait())
        await asyncio.wait([opening, stopped], return_when=asyncio.FIRST_COMPLETED)
        if not stopped.done():
            opening.result()
            address = listening.address(place)
            say(
                "started",
                door=NAME,
                pid=os.getpid(),
                address=address,
                health=f"http://127.0.0.1:{port}",
                token=bool(settings.ingest_token),
            )
            collect_seldom()
            await stopped
        await end(opening)
        await ingest.drain()
    say("drained", door=NAME)
    return EXIT_DRAINED


def main(settings: Settings) -> NoReturn:
    """Run the door until SIGTERM or SIGINT.

    Raises BadSetting or OSError when it may not or cannot listen where it is told to.
    """
    place = claimed(settings)
    logs.set_up()
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # what a client got wrong it hears itself
    os._exit(asyncio.run(_serve(settings, place)))
