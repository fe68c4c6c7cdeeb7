"""``bench replay``: how fast a run goes beside live traffic, and what that costs the live articles."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from services.cli.replays.run_workers import NICENESS
from services.cli.speech import Progress
from services.cli.worker_processes import Engine
from services.feed.core import item_of
from services.feed.feeding import feed
from services.feed.submission import Submission
from services.replay import changing, planning, progress
from services.replay.hops import hops
from services.stages import all_work
from services.workshop.timing.made_pages import posts
from services.workshop.timing.pipeline import engine, linked, paced, quantiles, waits_since
from shared.kafka import runs
from shared.records.run import Run
from shared.settings import Settings
from shared.wire import topics

RATE, SECONDS, PAST = 1.0, 90, 1_500
"""Live articles a second (86,400 a day), for how long they are watched, and how many lie in the past that is
run again.
"""

BY, AT = "bench", "1970-01-01T00:00:00.000Z"


def bench(settings: Settings, past: int = PAST) -> dict[str, Any]:
    """Work off *past* posts, then feed at the live rate: first alone, then with a run over the past beside
    it.

    Returns both latencies, the pace of the run from its first finished record to its last, and its ratio to
    the live rate. Needs a broker whose live run is the bench's own.
    """
    if settings.run != topics.LIVE:
        raise ValueError("a run reads live's topics: unset KHABAR_KAFKA")
    count = round(RATE * SECONDS)
    lines = list(posts(past + 2 * count))
    with engine(settings), TemporaryDirectory() as logs:
        asyncio.run(
            feed(
                settings,
                (Submission(f"bench:{at}", line, *item_of(line, "")) for at, line in enumerate(lines[:past])),
            )
        )
        asyncio.run(linked(settings, past, Progress("the past", past)))
        begun = time.time()
        asyncio.run(feed(settings, paced(lines[past : past + count], RATE)))
        asyncio.run(linked(settings, past + count, Progress("live alone", past + count)))
        alone = asyncio.run(waits_since(settings, begun))
        run = asyncio.run(_begun(settings, past))
        beside = Engine(dataclasses.replace(settings, run=run.name), Path(logs), NICENESS)
        beside.start(hop.stage for hop in hops(run))
        try:
            seconds = _Clock(settings, run, past + count)
            begun = time.time()
            asyncio.run(feed(settings, paced(lines[past + count :], RATE)))
            asyncio.run(linked(settings, past + 2 * count, Progress("live beside the run", past + 2 * count)))
            both = asyncio.run(waits_since(settings, begun))
            took = seconds.taken()
        finally:
            beside.stop()
    figures = {"live_alone": quantiles(alone), "live_beside_run": quantiles(both)}
    pace = (past + count) / took
    return {
        "live_per_s": RATE,
        "run_per_s": round(pace, 1),
        "run_times_live_pace": round(pace / RATE, 1),
        **figures,
        "p95_times": round(figures["live_beside_run"]["p95_s"] / figures["live_alone"]["p95_s"], 2),
    }


class _Clock:
    """Watches a run from a thread: the seconds from its first finished step to its last."""

    def __init__(self, settings: Settings, run: Run, records: int) -> None:
        self._settings, self._run, self._records = settings, run, records
        self._seconds = 0.0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        begun = 0.0
        while True:
            found = asyncio.run(progress.standing(self._settings, self._run, self._records))
            begun = begun or (time.monotonic() if found.done else 0.0)
            if found.is_done:
                self._seconds = time.monotonic() - begun
                return
            time.sleep(1)

    def taken(self) -> float:
        """Wait for the end of the run, and return the seconds."""
        self._thread.join()
        return self._seconds


async def _begun(settings: Settings, past: int) -> Run:
    wish = planning.Wish(name=f"again-{past}", source=topics.RAW)
    run = (await planning.plan(settings, wish, all_work(), by=BY, at=AT)).run
    await runs.save(settings, run)
    await changing.prepare(settings, run)
    return await changing.put(settings, run, "running", by=BY, at=AT)
