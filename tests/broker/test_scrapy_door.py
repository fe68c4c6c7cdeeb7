"""A real Scrapy crawl into the real engine: whatever goes away in its middle, every page arrives, and
once.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from doors import TOKEN, opened
from news_site import NewsSite, served

from services.cli.worker_processes import Engine
from services.feed import core
from shared.broker.node import Broker
from shared.kafka import clients, declare, tallies
from shared.settings import Settings
from shared.wire import topics
from shared.wire.tally import Tally

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1] / "deploy" / "scrapy"
PAGES = 240


class Crawl:
    """A running spider; what it leaves is in *folder*."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.process, self.folder = process, folder

    def stats(self) -> dict[str, Any]:
        """Wait for its end, and return what it counted."""
        assert self.process.wait(180) == 0, self.log()
        return dict(json.loads((self.folder / "stats.json").read_text(encoding="utf-8")))

    def spool(self) -> list[Path]:
        """Return the files that wait for the engine."""
        return list((self.folder / ".scrapy").rglob("*.jsonl"))

    def waiting(self) -> int:
        """Return how many lines wait, when no spider is at work."""
        return sum(file.read_bytes().count(b"\n") for file in self.spool())

    def repeat(self) -> int:
        """Let one file wait twice, as if it had been confirmed and not yet deleted when all ended; return its
        lines.
        """
        file = self.spool()[0]
        lines = file.read_bytes()
        file.with_name(f"0-{file.name}").write_bytes(lines)
        return lines.count(b"\n")

    def until(self, *, anything_waits: bool) -> None:
        """Wait until something is in the spool, or nothing."""
        for _ in range(1200):
            if bool(self.spool()) is anything_waits:
                return
            time.sleep(0.05)
        raise TimeoutError(self.log())

    def log(self) -> str:
        return (self.folder / "spider.log").read_text(encoding="utf-8")


@contextmanager
def crawled(site: NewsSite, folder: Path, **settings: object) -> Iterator[Crawl]:
    """Start a spider with *settings* of the pipeline."""
    folder.mkdir(exist_ok=True)
    given = [f"KHABAR_{name}={value}" for name, value in settings.items()] + [
        "CONCURRENT_REQUESTS_PER_DOMAIN=4"
    ]
    spider = [str(HERE / "news_spider.py"), "-a", f"site={site.url}"]
    command = [
        sys.executable,
        "-m",
        "scrapy",
        "runspider",
        *spider,
        *(word for one in given for word in ("-s", one)),
    ]
    with (folder / "spider.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | {"PYTHONPATH": str(PACKAGE)}, stdout=log, stderr=log
        )
    try:
        yield Crawl(process, folder)
    finally:
        process.kill()
        process.wait()


def expected(site: NewsSite) -> set[tuple[str, str]]:
    """Return the ids of the site's pages, made of their bytes and addresses by the engine's own core."""
    found = set()
    for number in range(site.count):
        item = core.Item(source="127.0.0.1", url=f"{site.url}/news/{number}")
        raw = core.raw_of(item, site.page(number)[0], now="2026-01-01T00:00:00.000Z")
        found.add((raw.doc_id, raw.rev))
    return found


async def read(settings: Settings, name: str) -> list[dict[str, Any]]:
    records = await clients.read_all(settings, [topics.spelled(name, settings.run)])
    return [orjson.loads(record.value) for record in records]


async def settled(settings: Settings) -> tuple[list[dict[str, Any]], Tally]:
    """Return the raw records, and what clean has made of them once it is through."""
    raws = await read(settings, topics.RAW.name)
    for _ in range(300):
        tally = await tallies.of_group(settings, topics.group("clean", settings.run))
        if tally.finished.total() >= len(raws):
            return raws, tally
        await asyncio.sleep(0.2)
    raise TimeoutError(f"{tally} of {len(raws)}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


async def test_a_crawl_during_which_door_and_broker_go_away_arrives_whole_and_once(
    own_broker: Broker, run_name: str, tmp_path: Path
) -> None:
    settings = Settings(
        kafka=own_broker.bootstrap,
        run=run_name,
        ingest_port=free_port(),
        ingest_token=TOKEN,
        feed_lag_seconds=100_000,
    )
    await declare.apply(settings)
    engine = Engine(settings, tmp_path / "logs")
    how = {"URL": f"http://127.0.0.1:{settings.ingest_port}", "TOKEN": TOKEN, "BATCH": 20}
    try:
        engine.start(["clean", "ingest"])
        with served(NewsSite(PAGES)) as site:
            site.allowed = 0
            with crawled(site, tmp_path / "spider", **how) as crawl:
                await asyncio.to_thread(site.allow, 60)
                engine.workers["ingest"].kill()
                engine.workers["ingest"].wait()
                await asyncio.to_thread(site.allow, 110)
                await asyncio.to_thread(crawl.until, anything_waits=True)
                repeated = crawl.repeat()
                engine.start(["ingest"])
                await asyncio.to_thread(crawl.until, anything_waits=False)
                await asyncio.to_thread(site.allow, 150)
                await asyncio.to_thread(own_broker.stop)
                await asyncio.to_thread(site.allow, 200)
                await asyncio.to_thread(crawl.until, anything_waits=True)
                await asyncio.to_thread(own_broker.start)
                await asyncio.to_thread(crawl.until, anything_waits=False)
                await asyncio.to_thread(site.allow, PAGES)
                stats = await asyncio.to_thread(crawl.stats)
                assert crawl.waiting() == 0
            site.allowed = math.inf
            raws, tally = await settled(settings)
            articles = await read(settings, topics.CLEAN.name)
            letters = await read(settings, topics.dead("clean")) + await read(settings, topics.dead("feed"))
            with crawled(site, tmp_path / "again", **how) as again:
                assert (await asyncio.to_thread(again.stats))["khabar/accepted"] == PAGES
            raws_again, tally_again = await settled(settings)
    finally:
        engine.stop()
    assert (stats["reason"], stats["item_scraped_count"]) == ("finished", PAGES)
    assert stats["khabar/spooled"] == stats["khabar/resent"] - repeated > 0
    assert stats["khabar/accepted"] == PAGES + repeated
    seen = Counter((article["doc_id"], article["rev"]) for article in articles)
    assert set(seen) == expected(site)
    assert max(seen.values()) == 1
    assert letters == []
    assert tally.dropped["known"] == len(raws) - PAGES >= repeated > 0, "what came twice is known"
    assert tally_again.dropped["known"] == len(raws_again) - PAGES >= PAGES + repeated, (
        "and so is the whole site, the next time"
    )


def test_a_wrong_token_ends_the_crawl_and_the_next_one_delivers_what_it_had(
    broker: str, run_name: str, tmp_path: Path
) -> None:
    settings = Settings(kafka=broker, run=run_name)
    asyncio.run(declare.apply(settings))
    with (
        opened(settings, tmp_path / "door", FEED_LAG_SECONDS="100000") as door,
        served(NewsSite(PAGES)) as site,
    ):
        address = f"http://127.0.0.1:{door.port}"
        scraped = 0
        for _ in range(2):  # the second finds a spool as it opens
            with crawled(site, tmp_path / "spider", URL=address, TOKEN=TOKEN[::-1], BATCH=1) as crawl:
                stats = crawl.stats()
                scraped += stats.get("khabar/spooled", 0)
                assert stats["reason"] == "khabar_unauthorized"
                assert stats.get("item_scraped_count", 0) == stats.get("khabar/spooled", 0) < PAGES
                assert "does not take KHABAR_TOKEN" in crawl.log()
                assert crawl.waiting() == scraped > 0
        with crawled(site, tmp_path / "spider", URL=address, TOKEN=TOKEN) as crawl:
            stats = crawl.stats()
            assert (stats["khabar/resent"], stats["khabar/accepted"]) == (scraped, scraped + PAGES)
            assert crawl.waiting() == 0
    raws = asyncio.run(read(settings, topics.RAW.name))
    assert {(raw["doc_id"], raw["rev"]) for raw in raws} == expected(site)
