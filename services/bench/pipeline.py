"""``bench pipeline`` and ``bench latency``: pages in, stories out, on a real broker with all workers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from aiokafka import ConsumerRecord

from services.bench.pages import pages, posts
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
    """Feed *count* pages at once, then *count* posts; return articles a second of wall time and CPU milliseconds an article and stage."""
    made = list(pages(WARM + count))
    with engine(settings) as running:
        asyncio.run(_through(settings, made[:WARM], 0, Progress("warming up", WARM)))
        return {
            "pages": _measured(settings, running, made[WARM:], WARM),
            "posts": _measured(settings, running, list(posts(count)), WARM + count),
        }


def _measured(settings: Settings, running: Engine, lines: Sequence[bytes], before: int) -> dict[str, Any]:
    """Return what the articles of *lines* cost, *before* articles having gone before."""
    was, begun = spent(running), time.perf_counter()
    asyncio.run(_through(settings, lines, before, Progress("articles to stories", before + len(lines))))
    wall, now = time.perf_counter() - begun, spent(running)
    cpu = {stage: round((now[stage][0] - was[stage][0]) / len(lines) * 1000, 2) for stage in STAGES}
    rss = {stage: round(now[stage][1]) for stage in STAGES}
    return {"articles": len(lines), "articles_per_s": round(len(lines) / wall, 1), "cpu_ms_per_article": cpu, "rss_mb": rss}


async def _through(settings: Settings, lines: Sequence[bytes], before: int, progress: Progress) -> None:
    """Feed *lines* and wait until they are linked, *before* articles having gone before."""
    await feed(settings, (Page(f"bench:{before + at}", line, *item_of(line, "")) for at, line in enumerate(lines)))
    await _linked(settings, before + len(lines), progress)


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
        asyncio.run(_through(settings, list(pages(WARM)), 0, Progress("warming up", WARM)))
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
