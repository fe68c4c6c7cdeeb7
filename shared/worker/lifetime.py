"""The life of a worker without lanes: signals, health, a deadline for the drain, the end."""

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
LOOP_SECONDS = 5.0
"""The loop must have turned within this time for ``/livez``."""

Job = Callable[[asyncio.Event], Awaitable[None]]
"""What the worker does: it goes on until the event is set, and then finishes what it has begun."""


async def until_stopped(job: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """Do *job* to its end, or end it when *stop* is set; raises what it raised by itself."""
    doing, stopped = asyncio.create_task(job), asyncio.create_task(stop.wait())
    await asyncio.wait([doing, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    await end(doing)


def run(settings: Settings, name: str, work: Job, ready: health.Check) -> None:
    """Run *work* until SIGTERM or SIGINT and end the process.

    The status is 0 when it has drained, 1 after a fault or a late drain; a second signal ends it at once.
    """
    set_up()
    status = EXIT_BUG
    try:
        status = asyncio.run(_lived(settings, name, work, ready))
    except BaseException as error:  # noqa: BLE001 - nothing is above us: say what it was and end
        warn("ended", door=name, error=f"{type(error).__name__}: {error}"[:500], where=guard.where(error))
    finally:
        os._exit(status)


async def _lived(settings: Settings, name: str, work: Job, ready: health.Check) -> int:
    loop = asyncio.get_running_loop()
    begun = time.monotonic()
    stop = asyncio.Event()
    seen_at = [time.monotonic()]

    def on_signal() -> None:
        if stop.is_set():
            os._exit(EXIT_LATE)
        say("draining", door=name)
        stop.set()
        loop.call_later(settings.drain_seconds, os._exit, EXIT_LATE)

    async def turn() -> None:
        while True:
            seen_at[0] = time.monotonic()
            await asyncio.sleep(1)

    def live() -> tuple[bool, str]:
        silent = time.monotonic() - seen_at[0]
        return (
            silent <= LOOP_SECONDS,
            "ok" if silent <= LOOP_SECONDS else f"the event loop has not turned for {silent:.0f} s",
        )

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    port = health.serve(settings.metrics_port, host=settings.metrics_host, live=live, ready=ready)
    say(
        "started", door=name, pid=os.getpid(), health=f"http://127.0.0.1:{port}", seconds=seconds_since(begun)
    )
    turning = asyncio.create_task(turn())
    await work(stop)
    turning.cancel()
    say("drained", door=name)
    return EXIT_DRAINED
