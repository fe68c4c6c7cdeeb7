"""The workers of one machine as child processes: started together, ended together, none left behind."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from shared.settings import PREFIX, Settings

DRAIN_SECONDS = 12.0
"""Longer than a worker's own deadline of 10 s."""


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment that gives a child *settings*."""
    ours = {f"{PREFIX}{field.name.upper()}": str(getattr(settings, field.name)) for field in dataclasses.fields(settings)}
    theirs = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX) or name == "KHABAR_JAVA"}
    return theirs | {name: value for name, value in ours.items() if value}


@dataclass(slots=True)
class Engine:
    """Workers of *settings*; their logs go to *logs* (a file a stage), or to this process's stderr."""

    settings: Settings
    logs: Path | None = None
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, stages: Iterable[str]) -> None:
        """Start a worker a stage; each dies with this process."""
        for stage in stages:
            own = dataclasses.replace(self.settings, instance=self.settings.instance or "0")
            command = [sys.executable, "-m", "services.cli", "run", stage, "--parent", str(os.getpid())]
            with self._log(stage) as log:
                self.workers[stage] = subprocess.Popen(  # noqa: S603 - our own command
                    command, env=environment(own), stdout=subprocess.DEVNULL, stderr=log, start_new_session=True
                )

    def _log(self, stage: str) -> AbstractContextManager[IO[bytes] | None]:
        if self.logs is None:
            return nullcontext()
        self.logs.mkdir(parents=True, exist_ok=True)
        return (self.logs / f"{stage}.log").open("ab")

    def dead(self) -> dict[str, int]:
        """Return the workers that ended by themselves, with their exit status."""
        return {stage: code for stage, worker in self.workers.items() if (code := worker.poll()) is not None}

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
