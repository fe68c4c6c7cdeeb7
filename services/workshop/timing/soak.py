"""``bench soak``: half an hour of real posts at twenty times their pace, a run over the same days beside, and
what grows meanwhile.

The posts keep their times of arrival, so the windows of link and the memory of clean move on as they would in
ten hours of news. Before it a day and a half of posts are worked off at once: what is watched is an engine
whose windows are full. Only counts leave this module.
"""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import psutil

from services.cli.replays.run_workers import NICENESS
from services.cli.speech import Progress
from services.cli.worker_processes import Engine
from services.feed.core import item_of
from services.feed.feeding import feed
from services.feed.submission import Submission
from services.replay import changing, planning
from services.replay.hops import hops
from services.stages import all_work
from services.workshop.timing.pipeline import engine, quantiles, waits_since
from shared.kafka import clients, lag, runs, tallies
from shared.settings import Settings
from shared.wire import topics
from shared.wire.topics import STAGES

MINUTES, TIMES = 30.0, 20.0
FULL_S, BEGIN_AT = 1.5 * 86_400.0, 10 * 86_400.0
"""How much news is worked off before (a story ends after thirty hours), and how far into the stream the
watching begins (s of news time).
"""

LOOK_S, LIMIT_S = 10.0, 3_600.0
BY, AT = "bench", "1970-01-01T00:00:00.000Z"


def bench(settings: Settings, data: Path) -> dict[str, Any]:
    """Feed the stream of *data* (``stream.jsonl.gz``) by its own clock, twenty times as fast, for 30 minutes,
    a following run beside.

    Returns for each worker, for live's lag and for the state of each stage the medians of the first and the
    last third of the time.
    """
    if settings.run != topics.LIVE:
        raise ValueError("a run reads live's topics: unset KHABAR_KAFKA")
    before, watched = _posts(data)
    with engine(settings) as live, TemporaryDirectory() as logs:
        asyncio.run(feed(settings, (_submission(row) for row in before)))
        asyncio.run(_worked_off(settings))
        run = asyncio.run(_following(settings))
        beside = Engine(dataclasses.replace(settings, run=run), Path(logs), NICENESS)
        beside.start(hop.stage for hop in hops(asyncio.run(changing.known(settings, run))))
        sight = Sight(settings, {"live": live, "run": beside})
        try:
            sight.begin()
            begun = time.time()
            asyncio.run(feed(settings, _by_the_clock(watched)))
            series = sight.end()
            asyncio.run(_worked_off(settings))
            waits = asyncio.run(waits_since(settings, begun))
        finally:
            beside.stop()
    return {
        "minutes": MINUTES,
        "posts_before": len(before),
        "posts": len(watched),
        **quantiles(waits),
        **_flat(series),
    }


def _posts(data: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the posts of the day and a half before, and those of the hours that are watched, in the order of
    arrival.
    """
    with gzip.open(data / "stream.jsonl.gz", "rb") as file:
        rows = sorted(map(orjson.loads, file), key=_seen)
    begin = _seen(rows[0]) + BEGIN_AT
    end = begin + MINUTES * 60 * TIMES
    return [row for row in rows if begin - FULL_S <= _seen(row) < begin], [
        row for row in rows if begin <= _seen(row) < end
    ]


def _seen(row: dict[str, Any]) -> float:
    return datetime.fromisoformat(row["first_seen_at"]).timestamp()


def _submission(row: dict[str, Any]) -> Submission:
    given = {
        "source": row["source"],
        "url": row["url"],
        "text": row["text"],
        "published": row["published_at"],
    }
    line = orjson.dumps(given | {"fetched_at": row["first_seen_at"]})
    return Submission(f"soak:{row['id']}", line, *item_of(line, ""))


def _by_the_clock(rows: Sequence[dict[str, Any]]) -> Iterator[Submission]:
    begun, progress = time.monotonic(), Progress("half an hour", len(rows))
    for at, row in enumerate(rows):
        due = begun + (_seen(row) - _seen(rows[0])) / TIMES
        time.sleep(max(0.0, due - time.monotonic()))
        progress.show(at + 1)
        yield _submission(row)


async def _worked_off(settings: Settings) -> None:
    """Wait until every stage in the order of the flow has read all there is for it; raises TimeoutError."""
    progress, deadline = Progress("stories"), time.monotonic() + LIMIT_S
    for stage, source in zip(STAGES, topics.FLOW, strict=False):
        while (found := await lag.lag(settings, stage, source.name)).seconds:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{stage} is {found.records} records behind after {LIMIT_S:.0f} s")
            progress.show(
                (await tallies.of_group(settings, topics.group(STAGES[-1], settings.run))).finished.total()
            )
            await asyncio.sleep(1)


async def _following(settings: Settings) -> str:
    """Plan a run over all that came, which follows the live head, and let it go."""
    run = (
        await planning.plan(
            settings, planning.Wish(name="soak", source=topics.RAW, follow=True), all_work(), by=BY, at=AT
        )
    ).run
    await runs.save(settings, run)
    await changing.prepare(settings, run)
    await changing.put(settings, run, "running", by=BY, at=AT)
    return run.name


class Sight:
    """Looks at the engines every ten seconds, from a thread: resident memory, descriptors, lag, and the state
    in Kafka.
    """

    def __init__(self, settings: Settings, engines: dict[str, Engine]) -> None:
        self._settings, self._engines = settings, engines
        self._series: defaultdict[str, list[float]] = defaultdict(list)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def begin(self) -> None:
        """Look from now on."""
        self._thread.start()

    def end(self) -> dict[str, list[float]]:
        """Stop looking and return what was seen, by name, in the order of time."""
        self._stop.set()
        self._thread.join()
        return dict(self._series)

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_S):
            for whose, running in self._engines.items():
                for stage, worker in running.workers.items():
                    tree = [psutil.Process(worker.pid), *psutil.Process(worker.pid).children(recursive=True)]
                    self._saw(f"{whose}.{stage}.rss_mb", sum(one.memory_info().rss for one in tree) / 1e6)
                    self._saw(f"{whose}.{stage}.descriptors", sum(one.num_fds() for one in tree))
            asyncio.run(self._in_kafka())

    async def _in_kafka(self) -> None:
        for stage, source in zip(STAGES, topics.FLOW, strict=False):
            found = await lag.lag(self._settings, stage, source.name)
            self._saw(f"live.{stage}.lag_s", found.seconds)
        for stage in ("clean", "link"):
            newest = {
                record.key: record.value
                for record in await clients.read_all(self._settings, [topics.changelog(stage)])
            }
            self._saw(f"live.{stage}.state_items", sum(value is not None for value in newest.values()))

    def _saw(self, name: str, value: float) -> None:
        self._series[name].append(value)


def _flat(series: dict[str, list[float]]) -> dict[str, Any]:
    """Return the median of the first and of the last third of each series, and its largest value."""
    found: dict[str, Any] = {}
    for name, values in sorted(series.items()):
        third = max(1, len(values) // 3)
        first, last = statistics.median(values[:third]), statistics.median(values[-third:])
        found[name] = {"first": round(first, 1), "last": round(last, 1), "most": round(max(values), 1)}
    return found
