"""``bench restore``: how long a lane reads its state back, in a process of its own, from a broker that has
just come up and from a warm one.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import batched
from pathlib import Path
from typing import Any

import orjson
from prometheus_client import CollectorRegistry

from services import stages
from services.cli.worker_processes import environment
from services.workshop.timing.made_articles import topic
from services.workshop.timing.recovery.state_items import STATES, Item
from shared.broker.node import Broker
from shared.contract import Work
from shared.kafka import clients, declare
from shared.settings import Settings
from shared.wire import headers, state_version, topics
from shared.worker.batch import OutgoingRecord
from shared.worker.metrics import Metrics
from shared.worker.orders import Orders
from shared.worker.outbox import send_all
from shared.worker.slots import Slots
from shared.worker.state_restore import restore
from shared.worker.threads import collect_seldom
from shared.worker.worker_tools import WorkerTools

A_TRANSACTION = 200
WARM = 3
"""Warm restores, of which the median counts."""


class Plain:
    """A state that keeps its items and does nothing with them."""

    def __init__(self) -> None:
        self.items: dict[bytes, bytes] = {}

    def apply(self, key: bytes, value: bytes | None) -> None:
        """Keep an item."""
        if value is None:
            self.items.pop(key, None)
        else:
            self.items[key] = value


def works() -> dict[str, Work]:
    """Return whose state can be restored: 300,000 items that nobody looks into, and the stages with a
    state.
    """
    plain = stages.work("clean")
    return {
        "plain": Work(
            name="plain",
            version="1",
            source="plain",
            extract=plain.extract,
            fold=plain.fold,
            state=Plain,
            keeps_state=True,
        ),
        "clean": plain,
        "link": stages.work("link"),
    }


def bench() -> dict[str, Any]:
    """Fill the changelog of a lane each, and return the seconds of a cold and of a warm restore; on a broker
    of its own, since it is bounced.
    """
    settings = Settings.from_env()
    folder = settings.folder / "bench" / str(os.getpid())
    folder.mkdir(parents=True)
    try:
        with Broker(folder, home=settings.folder) as broker:
            return {name: _measured(broker, name, list(items())) for name, items in STATES.items()}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measured(broker: Broker, name: str, items: list[Item]) -> dict[str, Any]:
    settings = Settings(kafka=broker.bootstrap, run="bench")
    asyncio.run(write(settings, name, items))
    broker.stop()
    for path in _files(broker.folder):
        forget(path)
    broker.start()
    cold, *warm = [_in_a_process(settings, name) for _ in range(1 + WARM)]
    if {one["records"] for one in (cold, *warm)} != {len(items)}:
        raise ValueError(f"{len(items)} items were written, and read: {cold}, {warm}")
    return {
        "items": len(items),
        "bytes_an_item": round(sum(len(key) + len(value) for key, value in items) / len(items)),
        "cold_s": cold["wall_s"],
        "warm_s": statistics.median(one["wall_s"] for one in warm),
        "warm_cpu_s": statistics.median(one["cpu_s"] for one in warm),
        "rss_mb": round(max(one["rss_mb"] for one in warm)),
    }


async def write(settings: Settings, stage: str, items: Iterable[Item]) -> None:
    """Write *items* to lane 0 of the changelog of *stage*, in transactions, as a lane does."""
    log = topics.changelog(stage)
    await declare.apply(settings, [topics.BY_NAME.get(log) or topic(log, 1, compacted=True)])
    name, made = (
        topics.spelled(log, settings.run),
        state_version.version_headers(works()[stage].state_version),
    )
    producer = clients.transactional(settings, transactional_id=f"bench-{stage}")
    await producer.start()
    try:
        for some in batched(items, A_TRANSACTION):
            await producer.begin_transaction()
            await send_all(
                producer, [OutgoingRecord(name, key, value, made, partition=0) for key, value in some]
            )
            await producer.commit_transaction()
    finally:
        await producer.stop()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def forget(path: Path) -> None:
    """Drop what the kernel holds of *path* in memory."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(file)


def _in_a_process(settings: Settings, name: str) -> dict[str, float]:
    command = [sys.executable, "-m", "services.workshop.timing.recovery.restore", name]
    done = subprocess.run(command, env=environment(settings), stdout=subprocess.PIPE, check=True, timeout=300)  # noqa: S603 - our own
    found: dict[str, float] = orjson.loads(done.stdout)
    return found


class Counted:
    """A state that counts what it is given."""

    def __init__(self, work: Work) -> None:
        self.state, self.records = work.state(), 0

    def apply(self, key: bytes, value: bytes | None) -> None:
        """Pass an item on."""
        self.records += 1
        self.state.apply(key, value)


def _restored(settings: Settings, work: Work) -> dict[str, float]:
    """Restore lane 0 as a worker does."""
    counted = Counted(work)
    work = dataclasses.replace(work, state=lambda: counted)
    metrics = Metrics.create(work.name, version="bench", model="", registry=CollectorRegistry())
    maker = headers.RecordMaker.of(work, run=settings.run, instance="bench")
    tools = WorkerTools(
        work, settings, Slots(work, count=0, record_seconds=1), metrics, maker, Orders(work, settings)
    )

    collect_seldom()

    async def run() -> dict[str, float]:
        wall, cpu = time.perf_counter(), time.process_time()
        await restore(tools, 0)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        return {"records": counted.records, "wall_s": round(wall, 2), "cpu_s": round(cpu, 2), "rss_mb": rss}

    return asyncio.run(run())


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(_restored(Settings.from_env(), works()[sys.argv[1]])))
