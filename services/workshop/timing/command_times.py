"""What a command of ours takes, start and all: wall and CPU seconds."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

from services.cli.worker_processes import environment
from shared.settings import Settings


def took(settings: Settings, command: Sequence[str], *, answers: int = 0, runs: int = 3) -> dict[str, float]:
    """Return what a command takes, as medians; *answers* is how many JSON objects it must give, 0 for any
    text.
    """
    walls, cpus = [], []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), children_s()
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "services.cli", *command],
            env=environment(settings),
            capture_output=True,
            check=True,
            timeout=300,
        )
        walls.append(time.perf_counter() - wall)
        cpus.append(children_s() - cpu)
        if answers and len(done.stdout.splitlines()) != answers:
            raise RuntimeError(
                f"{' '.join(command)} gave {len(done.stdout.splitlines())} answers and not {answers}"
            )
    return {"s": round(statistics.median(walls), 2), "cpu_s": round(statistics.median(cpus), 2)}


def children_s() -> float:
    """Return the CPU seconds of the child processes that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime
