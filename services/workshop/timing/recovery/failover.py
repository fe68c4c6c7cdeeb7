"""``bench failover``: from a SIGKILL of a worker to the next output that is committed, over the real stages
clean and link.

Pages come in by the clock. A supervisor starts the worker again at once: under the name it had
(KHABAR_INSTANCE, its place in the group is kept), or without one, when the group must first find out that a
member is dead; and a second worker without a name may stand by.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import psutil

from services.cli.speech import Progress
from services.cli.worker_processes import Engine, environment
from services.feed.core import item_of
from services.feed.feeding import feed
from services.feed.submission import Submission
from services.workshop.timing.made_pages import posts
from services.workshop.timing.recovery.restore import write
from services.workshop.timing.recovery.state_items import link
from shared.kafka import clients, declare
from shared.settings import Settings
from shared.wire import topics

KILLS = 3
LIVE = 4_000
"""Articles in the window of link when its worker is killed: nearly twice what 800 outlets publish in three
days.
"""

RATE = 10.0
"""Posts a second that are fed: few enough that all workers keep up, enough that every lane of clean is soon
asked for more.
"""

LIMIT_S = 240.0
QUIET_S = 3.0
"""Between two kills, so that the worker that came back is at work."""

SINKS = {"clean": topics.CLEAN.name, "link": topics.LINKED.name}
BEFORE = {"clean": (), "link": ("clean", "detect", "extract")}
WAYS = ("named", "unnamed", "stand-by")


def bench(settings: Settings) -> dict[str, Any]:
    """Kill the worker of each stage three times in each way; return seconds to its next committed output, and
    to that of all its lanes.

    Beside them the load of the machine and the CPU seconds that a worker takes from its start to its first
    lane, slots included: on a busy machine the rest is waiting.
    """
    asyncio.run(declare.apply(settings))
    asyncio.run(write(settings, "link", link(LIVE)))  # a lane that has something to restore
    with TemporaryDirectory() as logs, ExitStack() as stack:
        running = stack.enter_context(_engine(settings, Path(logs)))
        stack.enter_context(_fed(settings))
        found = {}
        for stage in SINKS:
            running.start([before for before in BEFORE[stage] if before not in running.workers])
            found[stage] = {way: _killed(settings, stage, way, Path(logs)) for way in WAYS}
        return found


@contextmanager
def _engine(settings: Settings, logs: Path) -> Iterator[Engine]:
    made = Engine(settings, logs)
    try:
        yield made
    finally:
        made.stop()


@contextmanager
def _fed(settings: Settings) -> Iterator[None]:
    """Feed posts by the clock, in a thread, until left."""
    stop = threading.Event()

    def paced() -> Iterator[Submission]:
        begun = time.monotonic()
        for at, line in enumerate(posts(1_000_000)):
            if stop.wait(max(0.0, begun + at / RATE - time.monotonic())):
                return
            yield Submission(f"bench:{at}", line, *item_of(line, ""))

    feeding = threading.Thread(target=lambda: asyncio.run(feed(settings, paced())), daemon=True)
    feeding.start()
    try:
        yield
    finally:
        stop.set()
        feeding.join(30)


def _killed(settings: Settings, stage: str, way: str, logs: Path) -> dict[str, Any]:
    numbers = count()
    with ExitStack() as stack:

        def start() -> Worker:
            return stack.enter_context(
                worker(
                    settings,
                    stage,
                    "bench" if way == "named" else "",
                    logs / f"{stage}-{way}-{next(numbers)}.log",
                )
            )

        progress = Progress(f"{stage}, {way}: killed", KILLS)
        workers = [start() for _ in range(2 if way == "stand-by" else 1)]
        asyncio.run(_outputs(settings, stage, time.time()))
        first, every, cpu = list[float](), list[float](), list[float]()
        for _ in range(KILLS):
            time.sleep(QUIET_S)
            victim = next(one for one in workers if one.lanes())
            lanes, killed = victim.lanes(), time.time()
            victim.process.kill()
            workers.remove(victim)
            workers.append(start())
            seconds = asyncio.run(
                _outputs(settings, stage, killed, lanes if stage == "clean" else frozenset())
            )
            first.append(seconds[0])
            every.append(seconds[-1])
            cpu.append(workers[-1].cpu_s())
            progress.show(len(first))
    waits = (
        {"next_output_s": _summed(first), "all_lanes_s": _summed(every)}
        if stage == "clean"
        else {"next_output_s": _summed(first)}
    )
    return waits | {"worker_cpu_s": round(statistics.median(cpu), 2), "load": round(os.getloadavg()[0], 1)}


def _summed(seconds: list[float]) -> dict[str, float]:
    return {"median": round(statistics.median(seconds), 2), "worst": round(max(seconds), 2)}


@dataclasses.dataclass(frozen=True)
class Worker:
    """A worker process and its log."""

    process: subprocess.Popen[bytes]
    log: Path

    def lanes(self) -> frozenset[int]:
        """Return the lanes it was given last."""
        said = [orjson.loads(line) for line in self.log.read_bytes().splitlines() if b'"assigned"' in line]
        return frozenset(said[-1]["lanes"]) if said else frozenset()

    def cpu_s(self) -> float:
        """Return the CPU seconds of the process and its slots so far."""
        tree = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children()]
        return float(sum(sum(one.cpu_times()[:2]) for one in tree))


@contextmanager
def worker(settings: Settings, stage: str, instance: str, log: Path) -> Iterator[Worker]:
    """Give a worker of *stage* that is killed at the end."""
    command = [sys.executable, "-m", "services.cli", "run", stage, "--parent", str(os.getpid())]
    given = environment(dataclasses.replace(settings, instance=instance))
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own
            command, env=given, stdout=subprocess.DEVNULL, stderr=out, start_new_session=True
        )
    try:
        yield Worker(process, log)
    finally:
        process.kill()
        process.wait()


async def _outputs(
    settings: Settings, stage: str, since: float, lanes: frozenset[int] = frozenset()
) -> list[float]:
    """Return how many seconds after *since* the first output written after it could be read, and the first of
    the last of *lanes*.

    Outputs of clean are in the partitions of their documents, so a lane is known by the raw record an output
    names.
    """
    topic, waits, missing = topics.spelled(SINKS[stage], settings.run), list[float](), set(lanes)
    async with clients.reader(settings) as client:
        parts = await clients.partitions(client, topic)
        ends = await client.end_offsets(parts)
        client.assign(parts)
        for part in parts:
            client.seek(part, max(0, ends[part] - 100))
        while not waits or missing:
            if time.time() - since > LIMIT_S:
                raise TimeoutError(
                    f"{stage}: no output of {sorted(missing) or 'any lane'} within {LIMIT_S:.0f} s"
                )
            for records in (await client.getmany(timeout_ms=50)).values():
                for record in records:
                    if record.timestamp / 1000 > since:
                        waits.append(time.time() - since)
                        missing.discard(_lane(record))
    return waits


def _lane(record: Any) -> int:
    origin = next(value for name, value in record.headers if name == "khabar-origin")
    return int(origin.split(b"/")[1])
