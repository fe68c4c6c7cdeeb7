"""``bench pipeline`` and ``bench latency``: pages in, stories out, on a real broker with all workers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from aiokafka import ConsumerRecord

from services.bench.pages import pages
from services.cli.engine import Engine
from services.cli.show import Progress
from services.feed.core import item_of
from services.feed.pages import Page
from services.feed.send import feed
from services.stages import STAGES
from shared import declare, headers, kafka, topics
from shared.settings import Settings

LIMIT_S = 600.0
WARM = 40
"""Pages before the measurement: every lane is open and every model loaded by then."""


@contextmanager
def engine(settings: Settings) -> Iterator[Engine]:
    """Give a running engine on *settings*."""
    asyncio.run(declare.apply(settings))
    with TemporaryDirectory() as logs:
        made = Engine(settings, Path(logs))
        made.start(STAGES)
        try:
            yield made
        finally:
            made.stop()


def spent(running: Engine) -> dict[str, tuple[float, float]]:
    """Return CPU seconds and resident megabytes of each worker, its slots included."""
    found = {}
    for stage, worker in running.workers.items():
        tree = [psutil.Process(worker.pid), *psutil.Process(worker.pid).children(recursive=True)]
        cpu = sum(sum(one.cpu_times()[:2]) for one in tree)
        found[stage] = (cpu, sum(one.memory_info().rss for one in tree) / 1e6)
    return found


def pipeline(settings: Settings, count: int = 1_000) -> dict[str, Any]:
    """Feed *count* pages at once; return articles per second of wall time and CPU milliseconds per article and stage."""
    with engine(settings) as running:
        asyncio.run(_through(settings, WARM, Progress("warming up", WARM)))
        before, begun = spent(running), time.perf_counter()
        asyncio.run(_through(settings, count, Progress("pages to stories", count), first=WARM))
        wall, after = time.perf_counter() - begun, spent(running)
    cpu = {stage: round((after[stage][0] - before[stage][0]) / count * 1000, 2) for stage in STAGES}
    rss = {stage: round(after[stage][1]) for stage in STAGES}
    return {"articles": count, "articles_per_s": round(count / wall, 1), "cpu_ms_per_article": cpu, "rss_mb": rss}


async def _through(settings: Settings, count: int, progress: Progress, first: int = 0) -> None:
    """Feed *count* pages and wait until they are linked, with the *first* that went before."""
    lines = list(pages(first + count))[first:]
    await feed(settings, (Page(f"bench:{at}", line, *item_of(line, "")) for at, line in enumerate(lines)))
    await _linked(settings, first + count, progress)


async def _linked(settings: Settings, expected: int, progress: Progress) -> list[float]:
    """Follow ``articles.linked`` to *expected* records; return for each the seconds from its raw record to its link."""
    waits: list[float] = []
    deadline = time.monotonic() + LIMIT_S
    async with kafka.reader(settings) as client:
        parts = await kafka.partitions(client, topics.spelled(topics.LINKED.name, settings.run))
        client.assign(parts)
        for part in parts:
            client.seek(part, 0)
        while len(waits) < expected:
            for records in (await client.getmany(timeout_ms=300)).values():
                waits += [_wait(record) for record in records]
            progress.show(len(waits))
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(waits)} of {expected} pages were linked within {LIMIT_S:.0f} s")
    return waits


def _wait(record: ConsumerRecord) -> float:
    origin = headers.get(record.headers, headers.ORIGIN) or ""
    return float(record.timestamp - int(origin.rpartition("/")[2])) / 1000


def latency(settings: Settings, rate: float = 20.0, seconds: float = 30.0) -> dict[str, Any]:
    """Feed *rate* pages a second whatever comes out (open loop); return seconds from page to story."""
    count = int(rate * seconds)
    with engine(settings):
        asyncio.run(_through(settings, WARM, Progress("warming up", WARM)))
        asyncio.run(feed(settings, _paced(rate, count)))
        waits = asyncio.run(_linked(settings, WARM + count, Progress("linked", WARM + count)))
    last = sorted(waits[WARM:])
    at = {name: round(last[int(len(last) * share)], 3) for name, share in (("p50_s", 0.5), ("p95_s", 0.95), ("p99_s", 0.99))}
    return {"rate_per_s": rate, "articles": count} | at


def _paced(rate: float, count: int) -> Iterator[Page]:
    """Yield pages by the clock."""
    lines = list(pages(WARM + count))[WARM:]
    begun, progress = time.monotonic(), Progress("feeding", count)
    for at, line in enumerate(lines):
        time.sleep(max(0.0, begun + at / rate - time.monotonic()))
        progress.show(at + 1)
        yield Page(f"bench:{at}", line, *item_of(line, ""))
