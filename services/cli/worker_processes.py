"""The workers of one machine as child processes: started together, kept at work, ended, none left behind."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from services.cli.speech import FOUND_WRONG, WRONG_USE, Failure
from shared.logs import say, warn
from shared.settings import PREFIX, Settings

DRAIN_SECONDS = 12.0
"""Longer than a worker's own deadline of 10 s."""

MOST_ENDS, WITHIN_S = 5, 300.0
"""So many ends of one worker within so many seconds, and all is given up: what starts it over and over mends
nothing.
"""

FIRST_PAUSE_S = 1.0
"""Before a worker is started again; each further end within the time doubles it."""


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment that gives a child *settings*."""
    ours = {
        f"{PREFIX}{field.name.upper()}": str(getattr(settings, field.name))
        for field in dataclasses.fields(settings)
    }
    theirs = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(PREFIX) or name == "KHABAR_JAVA"
    }
    return theirs | {name: value for name, value in ours.items() if value}


def ending(stage: str, status: int) -> str:
    """Return in words how the worker of *stage* ended: by exit *status*, or by a signal if negative."""
    if status < 0:
        number = signal.Signals(-status)
        who = ": by hand, or by the system because memory ran out" if number == signal.SIGKILL else ""
        return f"{stage} was killed by {number.name}{who}"
    return (
        f"{stage} ended by itself with exit status {status}{': its last log line says why' if status else ''}"
    )


@dataclass(slots=True)
class Engine:
    """Workers of *settings*; their logs go to *logs* (a file a stage), or to this process's stderr."""

    settings: Settings
    logs: Path | None = None
    niceness: int = 0
    """By how much the workers give way to others on this machine (0–19)."""

    ports: Mapping[str, int] = field(default_factory=dict)
    """Where each serves its metrics and its health; one without a port takes any free one."""

    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, stages: Iterable[str]) -> None:
        """Start a worker a stage; each dies with this process."""
        for stage in stages:
            own = dataclasses.replace(
                self.settings, instance=self.settings.instance or "0", metrics_port=self.ports.get(stage, 0)
            )
            with self._log(stage) as log:
                self.workers[stage] = subprocess.Popen(  # noqa: S603 - our own command
                    self.command(stage),
                    env=environment(own),
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    start_new_session=True,
                )

    def command(self, stage: str) -> list[str]:
        """Return what is run for *stage*."""
        gives_way = ["nice", "-n", str(self.niceness)] if self.niceness else []
        return [*gives_way, sys.executable, "-m", "services.cli", "run", stage, "--parent", str(os.getpid())]

    def _log(self, stage: str) -> AbstractContextManager[IO[bytes] | None]:
        if self.logs is None:
            return nullcontext()
        self.logs.mkdir(parents=True, exist_ok=True)
        return (self.logs / f"{stage}.log").open("ab")

    def dead(self) -> dict[str, int]:
        """Return the workers that ended by themselves, with their exit status."""
        return {stage: code for stage, worker in self.workers.items() if (code := worker.poll()) is not None}

    def endings(self) -> str:
        """Return in words who ended by itself, and how; nothing when all are at work."""
        return "; ".join(ending(stage, status) for stage, status in self.dead().items())

    def stop(self) -> None:
        """Let every worker drain, then kill what is left."""
        for worker in self.workers.values():
            if worker.poll() is None:
                worker.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + DRAIN_SECONDS
        for worker in self.workers.values():
            try:
                worker.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        self.workers.clear()


class Supervisor:
    """Watches *engine*.

    *ends_in_order*: a worker that ends with status 0 was told to, by the record of its run, and is not
    started again.
    """

    def __init__(
        self, engine: Engine, *, ends_in_order: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine, self._ends_in_order, self._clock = engine, ends_in_order, clock
        self._ends: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=MOST_ENDS))
        self._due: dict[str, float] = {}

    def look(self) -> bool:
        """Start again who is due; return whether anybody is left to watch.

        Raises Failure when one is given up.
        """
        dead = self._engine.dead()
        for stage, status in dead.items():
            if status == 0 and self._ends_in_order:
                continue
            if stage not in self._due:
                self._due[stage] = self._clock() + self._pause_s(stage, status)
            elif self._clock() >= self._due[stage]:
                del self._due[stage]
                self._engine.start([stage])
                say("worker-started-again", stage=stage)
        return not self._ends_in_order or len(dead) < len(self._engine.workers) or any(dead.values())

    def _pause_s(self, stage: str, status: int) -> float:
        """Return how long to wait before *stage*, ended with *status*, starts again, or raise Failure."""
        why, now = ending(stage, status), self._clock()
        if status == WRONG_USE:
            raise Failure(why, "it would end so again: mend what that says, then start anew", code=WRONG_USE)
        ends = self._ends[stage]
        ends.append(now)
        recent = sum(now - at <= WITHIN_S for at in ends)
        if recent >= MOST_ENDS:
            raise Failure(
                f"{why}; that was the {MOST_ENDS}th time within {WITHIN_S:.0f} s",
                "all workers end: mend it, then start anew",
                code=FOUND_WRONG,
            )
        pause_s = FIRST_PAUSE_S * 2 ** (recent - 1)
        warn("worker-ended", stage=stage, why=why, again_in_s=pause_s)
        return float(pause_s)
