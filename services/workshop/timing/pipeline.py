"""``bench pipeline`` and ``bench latency``: pages in, stories out, on a real broker with all workers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import psutil
from aiokafka import ConsumerRecord

from services.cli.speech import Progress
from services.cli.worker_processes import Engine
from services.feed.core import item_of
from services.feed.feeding import feed
from services.feed.submission import Submission
from services.workshop.timing.bare_encoder import reading_once_ms
from services.workshop.timing.made_pages import mixed, pages, posts
from shared.kafka import clients, declare
from shared.settings import Settings
from shared.wire import headers, topics
from shared.wire.topics import STAGES

LIMIT_S = 600.0
READ = 100
"""Texts of each kind that the bare encoder reads."""
WARM = 40
"""Pages before the measurement: every lane is open and every model loaded by then."""


@contextmanager
def engine(settings: Settings) -> Iterator[Engine]:
    """Give a running engine on *settings*."""
    with TemporaryDirectory() as logs, started(Engine(settings, Path(logs))) as running:
        yield running


@contextmanager
def started[Some: Engine](made: Some) -> Iterator[Some]:
    """Give *made* with all stages at work on topics that are there, and stop it."""
    asyncio.run(declare.apply(made.settings))
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
    """Feed *count* pages at once, then *count* posts, then both with copies among them.

    Return articles a second of wall time, CPU milliseconds an article and stage, and how often the encoder
    alone, reading every token through all layers once, would fit into that.
    """
    made = list(pages(WARM + count))
    kinds = {"pages": made[WARM:], "posts": list(posts(count)), "mixed": list(mixed(count))}
    figures, before = {}, WARM
    with engine(settings) as running:
        asyncio.run(through(settings, made[:WARM], 0, Progress("warming up", WARM)))
        for kind, lines in kinds.items():
            figures[kind] = _measured(settings, running, lines, before)
            before += count
    texts = asyncio.run(cleaned(settings))
    for at, figure in enumerate(figures.values()):
        begin = WARM + at * count
        bare = reading_once_ms(texts[begin : begin + count : max(1, count // READ)])
        figure |= {
            "bare_encoder_ms": round(bare, 2),
            "cpu_to_bare": round(sum(figure["cpu_ms_per_article"].values()) / bare, 3),
        }
    return figures


async def cleaned(settings: Settings) -> list[str]:
    """Return the texts that clean left, in the order in which they were fed."""
    records = await clients.read_all(settings, [topics.spelled(topics.CLEAN.name, settings.run)])
    return [orjson.loads(record.value)["clean"]["text"] for record in sorted(records, key=_fed_ms)]


def _measured(settings: Settings, running: Engine, lines: Sequence[bytes], before: int) -> dict[str, Any]:
    """Return what the articles of *lines* cost, *before* articles having gone before."""
    was, begun = spent(running), time.perf_counter()
    asyncio.run(through(settings, lines, before, Progress("articles to stories", before + len(lines))))
    wall, now = time.perf_counter() - begun, spent(running)
    cpu = {stage: round((now[stage][0] - was[stage][0]) / len(lines) * 1000, 2) for stage in STAGES}
    rss = {stage: round(now[stage][1]) for stage in STAGES}
    return {
        "articles": len(lines),
        "articles_per_s": round(len(lines) / wall, 1),
        "cpu_ms_per_article": cpu,
        "rss_mb": rss,
    }


async def through(settings: Settings, lines: Sequence[bytes], before: int, progress: Progress) -> None:
    """Feed *lines* and wait until they are linked, *before* articles having gone before."""
    await feed(
        settings,
        (Submission(f"bench:{before + at}", line, *item_of(line, "")) for at, line in enumerate(lines)),
    )
    await linked(settings, before + len(lines), progress)


async def linked(settings: Settings, expected: int, progress: Progress, *, prefix: str = "") -> None:
    """Follow ``articles.linked`` to *expected* records of sources that begin with *prefix*; raises
    TimeoutError.
    """
    found = 0
    deadline = time.monotonic() + LIMIT_S
    async with clients.reader(settings) as client:
        parts = await clients.partitions(client, topics.spelled(topics.LINKED.name, settings.run))
        client.assign(parts)
        for part in parts:
            client.seek(part, 0)
        while found < expected:
            for records in (await client.getmany(timeout_ms=300)).values():
                found += (
                    sum(_source(record).startswith(prefix) for record in records) if prefix else len(records)
                )
            progress.show(found)
            if time.monotonic() > deadline:
                raise TimeoutError(f"{found} of {expected} pages were linked within {LIMIT_S:.0f} s")


async def waits_since(settings: Settings, since: float, *, prefix: str = "") -> list[float]:
    """Return the seconds from raw record to story of all that was fed *since* (Unix s), of sources that begin
    with *prefix*.
    """
    records = await clients.read_all(settings, [topics.spelled(topics.LINKED.name, settings.run)])
    ours = [record for record in records if not prefix or _source(record).startswith(prefix)]
    return [(record.timestamp - _fed_ms(record)) / 1000 for record in ours if _fed_ms(record) >= since * 1000]


def _fed_ms(record: ConsumerRecord) -> int:
    return int((headers.get(record.headers, headers.ORIGIN) or "").rpartition("/")[2])


def _source(record: ConsumerRecord) -> str:
    return str(orjson.loads(record.value)["source"]["id"])


def latency(settings: Settings, rate: float = 20.0, seconds: float = 30.0) -> dict[str, Any]:
    """Feed *rate* pages a second whatever comes out (open loop); return seconds from page to story."""
    count = int(rate * seconds)
    with engine(settings):
        asyncio.run(through(settings, list(pages(WARM)), 0, Progress("warming up", WARM)))
        begun = time.time()
        asyncio.run(feed(settings, paced(list(pages(WARM + count))[WARM:], rate)))
        asyncio.run(linked(settings, WARM + count, Progress("linked", WARM + count)))
        waits = asyncio.run(waits_since(settings, begun))
    return {"rate_per_s": rate, "articles": count} | quantiles(waits)


def quantiles(waits: Sequence[float]) -> dict[str, float]:
    """Return the median and the slow ends of *waits*, in seconds."""
    last = sorted(waits)
    return {
        name: round(last[int(len(last) * share)], 3)
        for name, share in (("p50_s", 0.5), ("p95_s", 0.95), ("p99_s", 0.99))
    }


def paced(lines: Sequence[bytes], rate: float) -> Iterator[Submission]:
    """Yield *lines* by the clock, *rate* a second."""
    begun, progress = time.monotonic(), Progress("feeding", len(lines))
    for at, line in enumerate(lines):
        time.sleep(max(0.0, begun + at / rate - time.monotonic()))
        progress.show(at + 1)
        yield Submission(f"bench:{at}", line, *item_of(line, ""))
