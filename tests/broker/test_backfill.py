"""Old pages wait for the live ones: they are let through while the engine rests, each once."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import orjson

from services.cli.worker_processes import Engine
from services.feed.backfill import MARKERS, MOST, Pace, Rest
from services.feed.core import item_of
from services.feed.feeding import feed
from services.feed.submission import Submission
from shared.kafka import clients, declare
from shared.settings import Settings
from shared.wire import topics


def old(number: int) -> Submission:
    body = orjson.dumps(
        {
            "source": f"archive-{number % 3}.example",
            "url": f"https://archive.example/{number}",
            "fetched_at": "2024-01-01T00:00:00Z",
            "text": f"گزارش شماره {number} از بایگانی: شورای شهر درباره بودجه سال آینده تصمیم گرفت.",
        }
    )
    return Submission(f"old:{number}", body, *item_of(body, ""))


def test_the_pace_follows_what_a_burst_costs() -> None:
    pace = Pace()
    for _ in range(40):
        pace.took(0.01)
    assert pace.burst == MOST
    pace.took(2.0)
    assert pace.burst == MOST // 2
    pace.took(0.4)
    assert pace.burst == MOST // 2


def test_markers_are_rest_and_work_is_not() -> None:
    rest = Rest()
    assert rest.sees(0, 0.0)
    assert not any(rest.sees(3, at / 10) for at in range(1, 50)), "three may be records"
    assert rest.sees(3, 6.0), "what never gets less is markers"
    assert not Rest().sees(MARKERS + 1, 0.0)
    busy = Rest()
    assert not any(busy.sees(MARKERS + 100, at / 10) for at in range(200))


async def test_old_pages_come_through_once(broker: str, run_name: str, tmp_path: Path) -> None:
    settings = Settings(kafka=broker, run=run_name)
    await declare.apply(settings)
    await feed(settings, (old(number) for number in range(60)), topic=topics.BACKFILL.name)
    await feed(settings, (old(number) for number in range(40)), topic=topics.BACKFILL.name)
    engine = Engine(settings, tmp_path / "logs")
    engine.start(["clean", "detect", "extract", "link", "backfill"])
    try:
        deadline = time.monotonic() + 120
        while (
            len(found := await clients.read_all(settings, [topics.spelled("articles.linked", run_name)])) < 60
        ):
            assert time.monotonic() < deadline, f"{len(found)} of 60; {engine.dead()}"
            await asyncio.sleep(0.5)
        await asyncio.sleep(2)
    finally:
        engine.stop()
    raw = await clients.read_all(settings, [topics.spelled("articles.raw", run_name)])
    linked = await clients.read_all(settings, [topics.spelled("articles.linked", run_name)])
    assert len(raw) == 100
    assert len({record.key for record in linked}) == len(linked) == 60
