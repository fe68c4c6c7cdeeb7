"""``bench backfill``: what a month of old pages beside live traffic costs the live articles."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from services.cli.speech import Progress
from services.feed.core import item_of
from services.feed.feeding import feed
from services.feed.submission import Submission
from services.workshop.timing.made_pages import OUTLETS, pages, posts
from services.workshop.timing.pipeline import WARM, engine, linked, paced, quantiles, waits_since
from shared.kafka import tallies
from shared.settings import Settings
from shared.wire import topics

RATE, SECONDS, OLD = 20.0, 60.0, 30_000
LIVE = "channel-"
"""How the sources of the live posts begin; the old pages have others."""


def bench(settings: Settings, old: int = OLD) -> dict[str, Any]:
    """Feed posts at 20 a second, first alone, then with *old* pages in the slow lane; return both latencies
    and their ratio.
    """
    count = int(RATE * SECONDS)
    lines = list(posts(WARM + 2 * count))
    with engine(settings) as running:
        asyncio.run(feed(settings, _submitted(lines[:WARM])))
        asyncio.run(linked(settings, WARM, Progress("warming up", WARM), prefix=LIVE))
        begun = time.time()
        asyncio.run(feed(settings, paced(lines[WARM : WARM + count], RATE)))
        asyncio.run(linked(settings, WARM + count, Progress("live alone", WARM + count), prefix=LIVE))
        alone = asyncio.run(waits_since(settings, begun, prefix=LIVE))
        asyncio.run(feed(settings, _submitted(pages(old)), topic=topics.BACKFILL.name))
        before = asyncio.run(_old(settings))
        running.start(["backfill"])
        begun = time.time()
        asyncio.run(feed(settings, paced(lines[WARM + count :], RATE)))
        asyncio.run(
            linked(settings, WARM + 2 * count, Progress("live beside old", WARM + 2 * count), prefix=LIVE)
        )
        both = asyncio.run(waits_since(settings, begun, prefix=LIVE))
        passed = asyncio.run(_old(settings)) - before
    figures = {"live_alone": quantiles(alone), "live_beside_old": quantiles(both)}
    return {
        "rate_per_s": RATE,
        "old_pages": old,
        "old_pages_linked_per_s": round((passed - count) / SECONDS, 2),
        **figures,
        "p95_times": round(figures["live_beside_old"]["p95_s"] / figures["live_alone"]["p95_s"], 2),
        "outlets": OUTLETS,
    }


def _submitted(lines: Any) -> Any:
    return (Submission(f"bench:{at}", line, *item_of(line, "")) for at, line in enumerate(lines))


async def _old(settings: Settings) -> int:
    return (await tallies.of_group(settings, topics.group("link", settings.run))).finished.total()
