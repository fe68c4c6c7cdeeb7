"""Works a run off on this machine: its workers, at low priority, under a progress line, until it is done."""

from __future__ import annotations

import asyncio
import dataclasses
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.cli import speech
from services.cli.worker_processes import Engine
from services.replay.hops import hops
from services.replay.progress import Standing, standing
from shared.kafka import runs
from shared.records.run import Run
from shared.settings import Settings

NICENESS = 10
LOOK_S = 1.0


def work_off(settings: Settings, run: Run, records: int, logs: Path) -> Standing | None:
    """Run the workers of *run* until all is done, or until a signal or an order ends them: then None.

    A run that follows does not end.

    Raises Failure when a worker ends by itself.
    """
    engine = Engine(dataclasses.replace(settings, run=run.name, metrics_port=0), logs, NICENESS)
    stages = [hop.stage for hop in hops(run)]
    progress, found = speech.Progress(f"{run.name}, steps"), None
    with _stopped() as stop:
        engine.start(stages)
        try:
            while not stop.wait(LOOK_S):
                now = asyncio.run(runs.load(settings, run.name)) or run
                if now.state in ("stopped", "dropped"):
                    return None
                if ended := engine.endings():
                    raise speech.Failure(f"run {run.name}: {ended}", f"the workers' logs: {logs}")
                found = asyncio.run(standing(settings, now, records))
                progress.total = found.expected
                progress.show(found.done)
                if found.is_done and now.ends is not None:
                    return found
        finally:
            progress.end()
            engine.stop()
    return None


@contextmanager
def _stopped() -> Iterator[threading.Event]:
    """Give an event that SIGTERM and SIGINT set."""
    stop = threading.Event()

    def on_signal(*_: Any) -> None:
        stop.set()

    former = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
