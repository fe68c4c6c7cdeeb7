"""The life of a worker: the signals that end it, a deadline for the drain, the status it ends with."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from shared import guard
from shared.kafka.ending import end
from shared.logs import say, seconds_since, set_up, warn
from shared.settings import Settings
from shared.worker import health

EXIT_DRAINED, EXIT_LATE, EXIT_BUG = 0, 1, 1

Job = Callable[[asyncio.Event], Awaitable[None]]
"""What the worker does: it goes on until the event is set, and then finishes what it has begun."""


def run(settings: Settings, name: str, work: Job, ready: health.Check) -> None:
    """Run *work*, which has no lanes, until SIGTERM or SIGINT, and end the process (`live_and_end`)."""
    set_up()
    live_and_end(_lived(settings, name, work, ready), door=name)


async def _lived(settings: Settings, name: str, work: Job, ready: health.Check) -> int:
    begun = turned_at = time.monotonic()

    async def turn() -> None:
        nonlocal turned_at
        while True:
            turned_at = time.monotonic()
            await asyncio.sleep(1)

    drain = Drain(settings, door=name)
    port = health.serve(
        settings.metrics_port,
        host=settings.metrics_host,
        live=lambda: health.loop_turns(turned_at),
        ready=ready,
    )
    say(
        "started", door=name, pid=os.getpid(), health=f"http://127.0.0.1:{port}", seconds=seconds_since(begun)
    )
    turning = asyncio.create_task(turn())
    await work(drain.asked)
    turning.cancel()
    say("drained", door=name)
    return EXIT_DRAINED


class Drain:
    """The end of a worker, as SIGTERM or SIGINT asks for it: *asked* is set, and what is begun is finished.

    The process ends with status 1 at the deadline of the drain, or at once when it is asked again. *named*
    says in the log who drains.
    """

    def __init__(self, settings: Settings, **named: str) -> None:
        self.asked = asyncio.Event()
        self._settings, self._named, self._loop = settings, named, asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self.ask)

    def ask(self) -> None:
        """Begin to drain."""
        if self.asked.is_set():
            os._exit(EXIT_LATE)
        say("draining", **self._named)
        self.asked.set()
        self._loop.call_later(self._settings.drain_seconds, os._exit, EXIT_LATE)


def live_and_end(life: Coroutine[Any, Any, int], **named: str) -> None:
    """Run *life* and end the process at once, with the status that it returns; 1 after a fault.

    Interpreter exit would join the slots' threads past any deadline (A21).
    """
    status = EXIT_BUG
    try:
        status = asyncio.run(life)
    except BaseException as error:  # noqa: BLE001 - nothing is above us: say what it was and end
        warn("ended", **named, error=f"{type(error).__name__}: {error}"[:500], where=guard.where(error))
    finally:
        os._exit(status)


async def until_stopped(job: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """Do *job* to its end, or end it when *stop* is set; raises what it raised by itself."""
    doing, stopped = asyncio.create_task(job), asyncio.create_task(stop.wait())
    await asyncio.wait([doing, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    await end(doing)
