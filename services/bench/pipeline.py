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

from services.bench.pages import pages
from services.cli.engine import Engine
from services.cli.show import Progress
from services.feed.core import item_of
from services.feed.pages import Page
from services.feed.send import feed
from services.stages import STAGES
from shared import declare, headers, kafka, topics
from shared.lag import lag
from shared.settings import Settings

LIMIT_S = 600.0


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
        asyncio.run(_through(settings, 20, Progress("warming up", 20)))
        before, begun = spent(running), time.perf_counter()
        asyncio.run(_through(settings, count, Progress("pages to stories", count), first=20))
        wall, after = time.perf_counter() - begun, spent(running)
    cpu = {stage: round((after[stage][0] - before[stage][0]) / count * 1000, 2) for stage in STAGES}
    rss = {stage: round(after[stage][1]) for stage in STAGES}
    return {"articles": count, "articles_per_s": round(count / wall, 1), "cpu_ms_per_article": cpu, "rss_mb": rss}


async def _through(settings: Settings, count: int, progress: Progress, first: int = 0) -> None:
    """Feed *count* pages and wait until every stage has read all."""
    lines = list(pages(first + count))[first:]
    await feed(settings, (Page(f"bench:{at}", line, *item_of(line, "")) for at, line in enumerate(lines)))
    deadline = time.monotonic() + LIMIT_S
    while (done := await _linked(settings)) < first + count:
        progress.show(max(0, done - first))
        if time.monotonic() > deadline:
            raise TimeoutError(f"{done} of {first + count} pages were linked within {LIMIT_S:.0f} s")
        await asyncio.sleep(0.5)
    progress.show(count)


async def _linked(settings: Settings) -> int:
    return (await lag(settings, "link", topics.EXTRACTED.name)).committed and len(await kafka.read_all(settings, [_linked_topic(settings)]))


def _linked_topic(settings: Settings) -> str:
    return topics.spelled(topics.LINKED.name, settings.run)


def latency(settings: Settings, rate: float = 20.0, seconds: float = 30.0) -> dict[str, Any]:
    """Feed *rate* pages a second whatever comes out (open loop); return seconds from page to story."""
    with engine(settings) as running:
        asyncio.run(_through(settings, 20, Progress("warming up", 20)))
        count = int(rate * seconds)
        asyncio.run(_paced(settings, rate, count))
        asyncio.run(_through(settings, 0, Progress("waiting"), first=20 + count))
        if running.dead():
            raise RuntimeError(f"a worker ended by itself: {running.dead()}")
    waits = sorted(asyncio.run(_waits(settings)))[: 20 + count]
    last = waits[-count:] if len(waits) >= count else waits
    return {
        "rate_per_s": rate,
        "articles": count,
        "p50_s": round(last[len(last) // 2], 3),
        "p95_s": round(last[int(len(last) * 0.95)], 3),
        "p99_s": round(last[int(len(last) * 0.99)], 3),
    }


async def _paced(settings: Settings, rate: float, count: int) -> None:
    """Feed by the clock, in steps of a fifth of a second."""
    step = max(1, int(rate / 5))
    lines = list(pages(20 + count))[20:]
    begun, progress = time.monotonic(), Progress("feeding", count)
    for at in range(0, count, step):
        await asyncio.sleep(max(0.0, begun + at / rate - time.monotonic()))
        await feed(settings, [Page(f"bench:{at}", line, *item_of(line, "")) for line in lines[at : at + step]])
        progress.show(at + step)


async def _waits(settings: Settings) -> list[float]:
    """Return for each linked article the seconds between its raw record and its link."""
    found = []
    for record in await kafka.read_all(settings, [_linked_topic(settings)]):
        origin = headers.get(record.headers, headers.ORIGIN)
        if origin:
            found.append((record.timestamp - int(origin.rpartition("/")[2])) / 1000)
    return found
