"""``bench known``: a lane of clean that knows a million revisions, and how long ``khabar feed`` takes to
begin beside it.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import orjson
from aiokafka import AIOKafkaProducer

from services.clean.memory.lane_memory import Memory
from services.clean.memory.revisions import NUMBER_BYTES, ROW, SEGMENT, SEGMENTS, ArrivingRevision, keyed
from services.cli.worker_processes import environment
from services.workshop.timing.made_pages import pages
from shared.kafka import clients, declare
from shared.settings import Settings
from shared.wire import topics


def bench(settings: Settings) -> dict[str, Any]:
    """Fill a lane's changelog with a million revisions; return the restore of one lane and the start of a
    feeder, whole processes each.
    """
    asyncio.run(_filled(settings))
    command = [sys.executable, "-m", "services.workshop.timing.known_revisions"]
    done = subprocess.run(command, env=environment(settings), stdout=subprocess.PIPE, check=True, timeout=120)  # noqa: S603 - our own
    with TemporaryDirectory() as folder:
        page = Path(folder) / "page.jsonl"
        page.write_bytes(next(pages(1)))
        feeding, begun = [sys.executable, "-m", "services.cli", "feed", str(page)], time.perf_counter()
        subprocess.run(feeding, env=environment(settings), stdout=subprocess.DEVNULL, check=True, timeout=120)  # noqa: S603 - our own
        seconds = time.perf_counter() - begun
    return {
        "known": SEGMENT * SEGMENTS,
        "lane": orjson.loads(done.stdout),
        "feed_one_page_s": round(seconds, 2),
    }


def _items() -> Iterator[tuple[bytes, bytes]]:
    """Yield the changelog items of a full ring: document n, revision n, fetched at n."""
    for number in range(SEGMENTS):
        rows = np.zeros(SEGMENT, ROW)
        names = range(number * SEGMENT, (number + 1) * SEGMENT)
        rows["key"] = [keyed(f"doc{n}") for n in names]
        rows["rev"] = [keyed(f"rev{n}") for n in names]
        rows["fetched_ms"], rows["rev_no"] = list(names), 1
        yield f"known/{number}".encode(), number.to_bytes(NUMBER_BYTES, "little") + rows.tobytes()


async def _filled(settings: Settings) -> None:
    await declare.apply(settings)
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, linger_ms=20, max_batch_size=1 << 19)
    await producer.start()
    log = topics.spelled(topics.changelog("clean"), settings.run)
    await asyncio.gather(*[await producer.send(log, value, key=key, partition=0) for key, value in _items()])
    await producer.stop()


def _rss_mb() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) * 4096 / 1e6


async def _restored(settings: Settings) -> dict[str, Any]:
    """Restore lane 0 as a worker does."""
    memory, before = Memory(), _rss_mb()
    wall, cpu = time.perf_counter(), time.process_time()
    async with clients.reader(settings) as client:
        parts = await clients.partitions(client, topics.spelled(topics.changelog("clean"), settings.run))
        async for records in clients.read_to_end(client, parts[:1]):
            for record in records:
                memory.apply(record.key, record.value)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    revisions = memory.revisions
    asked = [ArrivingRevision(f"doc{n}", f"rev{n}", n, n) for n in range(0, SEGMENT * SEGMENTS, 1009)]
    known = sum(revisions.compare_revision(one).standing == "known" for one in asked)
    return {
        "restore_s": round(wall, 2),
        "restore_cpu_s": round(cpu, 2),
        "memory_mb": round(_rss_mb() - before),
        "asked": len(asked),
        "known": known,
    }


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(asyncio.run(_restored(Settings.from_env()))))
