"""The workers of a plan: processes by stage and name, each in a process group of its own, and what can be
done to them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import psutil

from services.cli.worker_processes import DRAIN_SECONDS, environment
from shared.settings import Settings

FIRST, SECOND = "0", "1"
BUG = re.compile(r'^Traceback|"event":"(bug|ended|halted)"')
"""A line of a log that no fault excuses.

What the client says of its own abandoned futures is no such line, though it has a trace in it.
"""

GARBAGE = "Exception ignored in: <_io.BytesIO"
"""The line before a trace that is none of ours: the interpreter frees a batch that the client gave up while
it was being sent.
"""

GONE_S = 3.0
"""How long what a dead worker leaves may live on: its slots look for it twice a second."""


@dataclass(slots=True, eq=False)
class Worker:
    """One worker process; its log is that of its stage and name, over all restarts."""

    stage: str
    name: str
    process: subprocess.Popen[bytes]
    log: Path
    silent_at: int
    """Bytes of the log before it was hired."""

    @property
    def began(self) -> bool:
        """Say whether it has said anything: before that it has no part in anything, and a signal ends it like
        any process.
        """
        return self.log.stat().st_size > self.silent_at

    def signal(self, number: int) -> None:
        """Send a signal to the worker and its slots, as a machine that stands still strikes all of them."""
        os.killpg(self.process.pid, number)

    def slots(self) -> list[psutil.Process]:
        """Return its process slots that live."""
        return [child for child in psutil.Process(self.process.pid).children() if _is_slot(child)]

    def said(self, event: str) -> int:
        """Return how often its log has *event*."""
        return self.log.read_text(encoding="utf-8", errors="replace").count(f'"event":"{event}"')


@dataclass(slots=True)
class Crew:
    """All workers of *settings*; *wrong* is what should not have happened to one."""

    settings: Settings
    folder: Path
    workers: dict[tuple[str, str], Worker] = field(default_factory=dict)
    groups: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def hire(self, stage: str, name: str = FIRST) -> Worker:
        """Start a worker of *stage*; it dies with this process."""
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / f"{stage}-{name}.log"
        own = environment(dataclasses.replace(self.settings, instance=name))
        command = [sys.executable, "-m", "services.cli", "run", stage, "--parent", str(os.getpid())]
        with log.open("ab") as out:
            silent_at = out.tell()
            started = subprocess.Popen(command, env=own, stdout=out, stderr=out, start_new_session=True)  # noqa: S603 - our own command
        self.groups.append(started.pid)
        worker = self.workers[stage, name] = Worker(stage, name, started, log, silent_at)
        return worker

    def kill(self, worker: Worker) -> None:
        """End *worker* by SIGKILL."""
        self._let_go(worker)
        worker.process.kill()
        worker.process.wait()

    def drain(self, *workers: Worker) -> None:
        """End *workers* by SIGTERM: anything but status 0 within the deadline is wrong, once they have
        begun.
        """
        for worker in workers:
            self._let_go(worker)
            worker.process.terminate()
        for worker in workers:
            try:
                status = worker.process.wait(DRAIN_SECONDS)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                status = worker.process.wait()
            if status and (worker.began or status != -signal.SIGTERM):
                self.wrong.append(f"a worker of {worker.stage} was to drain and ended with {status}")

    def _let_go(self, worker: Worker) -> None:
        if worker.process.poll() is not None:
            self.wrong.append(f"a worker of {worker.stage} ended by itself with {worker.process.returncode}")
        del self.workers[worker.stage, worker.name]

    def close(self) -> None:
        """Drain every worker, then look for what should not be there: bugs in a log, processes without a
        worker.
        """
        self.drain(*self.workers.values())
        for log in sorted(self.folder.glob("*.log")):
            text = log.read_text(encoding="utf-8", errors="replace")
            lines = ["", *text.splitlines()]
            found = [
                line
                for before, line in pairwise(lines)
                if BUG.search(line) and not before.startswith(GARBAGE)
            ]
            self.wrong += [f"{log.name}: {line[:300]}" for line in found]
        if left := end_all(self.groups, within_s=GONE_S):
            self.wrong.append(f"{len(left)} process groups outlived their workers")

    def abandon(self) -> None:
        """Kill every process there is, whatever it does."""
        end_all(self.groups, within_s=0.0)
        for worker in self.workers.values():
            worker.process.wait()


def _is_slot(process: psutil.Process) -> bool:
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # a dead one too, whose status nobody has asked for yet
        return False


def end_all(groups: list[int], *, within_s: float) -> list[int]:
    """Return the process *groups* that live on after *within_s* seconds, and kill them."""
    deadline = time.monotonic() + within_s
    while (alive := [group for group in groups if _alive(group)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    for group in alive:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    return alive


def _alive(group: int) -> bool:
    """Whether a process of the group still runs; one that has ended may stay a zombie for as long as init
    likes.
    """
    for process in psutil.process_iter(["status"]):
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(process.pid) == group and process.info["status"] != psutil.STATUS_ZOMBIE:
                return True
    return False
