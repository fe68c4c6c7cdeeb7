"""Feeds through the real door: ``khabar run feeds`` and clean on a real broker, and a restart in between."""

from __future__ import annotations

import asyncio
import re
import sys
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import msgspec
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from herd import Herd
from msgspec.structs import replace

from services.feed.delivery import delivery
from services.feed.polling import feed_states
from services.feed.presence import feeders
from shared.kafka import clients, declare, tallies
from shared.records import Article, Raw
from shared.settings import Settings
from shared.wire import topics

BODY = "<p>{} شهرداری تهران روز دوشنبه خط تازهٔ اتوبوس برقی را گشود. به گفتهٔ شهردار، روزی چهل هزار نفر با آن جابه‌جا می‌شوند.</p>"


class Sites:
    """Two feeds of one site: an RSS and an Atom one, of which an article stands in both."""

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, int]] = Counter()
        self.rss = [(1, "گشایش خط تازهٔ اتوبوس برقی تهران"), (2, "بارش برف در گردنه‌های البرز")]
        self.atom = [(1, "گشایش خط تازهٔ اتوبوس برقی تهران"), (3, "افزایش بهای نان در تبریز")]
        app = web.Application()
        app.router.add_get("/rss", self._rss)
        app.router.add_get("/atom", self._atom)
        self.server = TestServer(app)

    async def _rss(self, request: web.Request) -> web.Response:
        items = "".join(
            f"<item><title>{title}</title><link>https://www.example.ir/{n}?utm_source=rss</link><guid>{n}</guid>"
            f"<pubDate>Tue, 24 Nov 2026 13:21:00 +0330</pubDate><description><![CDATA[{BODY.format(n)}]]></description></item>"
            for n, title in self.rss
        )
        return self._answer(
            request,
            f"<rss version='2.0'><channel><title>t</title><language>fa</language>{items}</channel></rss>",
        )

    async def _atom(self, request: web.Request) -> web.Response:
        items = "".join(
            f"<entry><id>{n}</id><title>{title}</title><link href='https://www.example.ir/{n}'/>"
            f"<content type='html'><![CDATA[{BODY.format(n)}]]></content></entry>"
            for n, title in self.atom
        )
        return self._answer(
            request, f"<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title>{items}</feed>"
        )

    def _answer(self, request: web.Request, body: str) -> web.Response:
        etag = f'"{hash(body)}"'
        status = 304 if request.headers.get("If-None-Match") == etag else 200
        self.answers[request.path, status] += 1
        return web.Response(status=status, text=body if status == 200 else None, headers={"ETag": etag})


@pytest.fixture
async def sites() -> AsyncIterator[Sites]:
    made = Sites()
    await made.server.start_server()
    yield made
    await made.server.close()


@pytest.fixture
async def settings(broker: str, run_name: str) -> Settings:
    made = Settings(kafka=broker, run=run_name)
    await declare.apply(made)
    return made


@pytest.fixture
def herds() -> Iterator[list[Herd]]:
    made: list[Herd] = []
    yield made
    for herd in made:
        herd.close()


def worker(herds: list[Herd], settings: Settings, stage: str, folder: Path, **environment: str) -> Herd:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "services.cli", "run", stage]
    herds.append(
        Herd(command, {"KHABAR_KAFKA": settings.kafka, "KHABAR_RUN": settings.run} | environment, folder)
    )
    herds[-1].add()
    return herds[-1]


async def soon(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await true():  # noqa: ASYNC110 - others are watched from outside
            await asyncio.sleep(0.3)


async def read(settings: Settings, topic: str, expected: int) -> list[bytes]:
    """Return the values on *topic* as soon as there are as many as *expected*."""
    found: list[bytes] = []

    async def enough() -> bool:
        found[:] = [
            record.value for record in await clients.read_all(settings, [topics.spelled(topic, settings.run)])
        ]
        return len(found) >= expected

    await soon(enough)
    return found


async def all_due(settings: Settings) -> None:
    """Make every feed due, as two minutes would."""
    states = await feed_states.load(settings)
    async with delivery(settings, "feeds") as door:
        for state in states.values():
            await door.note(
                feed_states.TOPIC, state.address.encode(), feed_states.encoded(replace(state, due_ms=0))
            )


def metrics_of(herd: Herd) -> set[str]:
    health = re.search(r'"health":"([^"]+)"', herd.logs())
    assert health is not None
    with urllib.request.urlopen(f"{health[1]}/metrics", timeout=5) as answer:  # noqa: S310 - our own worker
        return set(answer.read().decode().splitlines())


async def test_feeds_come_in_once_a_new_headline_is_a_revision_and_a_restart_sends_nothing_again(
    settings: Settings, sites: Sites, herds: list[Herd], tmp_path: Path
) -> None:
    addresses = [str(sites.server.make_url(path)) for path in ("/rss", "/atom")]
    feeds = tmp_path / "feeds.txt"
    feeds.write_text("\n".join(addresses), encoding="utf-8")
    worker(herds, settings, "clean", tmp_path / "clean")
    polling = worker(
        herds, settings, "feeds", tmp_path / "first", KHABAR_FEEDS=str(feeds), KHABAR_FEEDS_PRIVATE="yes"
    )

    raws = [msgspec.json.decode(value, type=Raw) for value in await read(settings, topics.RAW.name, 4)]
    assert {raw.source.id for raw in raws} == {"example.ir"}
    assert {str(raw.declared.published) for raw in raws if isinstance(raw.declared.published, str)} == {
        "Tue, 24 Nov 2026 13:21:00 +0330"
    }
    assert all(
        raw.fetched_at < "2100" and isinstance(raw.extra, dict) and raw.extra["feed"] in addresses
        for raw in raws
    )
    clean = {article.doc_id: article for article in map(_article, await read(settings, topics.CLEAN.name, 3))}
    assert len(clean) == 3
    assert {
        article.clean.title.text for article in clean.values() if article.clean and article.clean.title
    } == {title for _, title in sites.rss + sites.atom}

    async def settled() -> bool:
        known = (await tallies.of_group(settings, topics.group("clean", settings.run))).dropped["known"]
        return known == 1 and len(await feed_states.load(settings)) == 2

    await soon(settled)
    await asyncio.sleep(1.5)  # the gauges turn once a second
    assert await asyncio.to_thread(metrics_of, polling) >= {
        'khabar_feeds{state="fresh"} 2.0',
        'khabar_feeds{state="failing"} 0.0',
        'khabar_feed_polls_total{outcome="news"} 2.0',
        'khabar_door_accepted_total{door="feeds"} 4.0',
    }

    async def spoken() -> bool:
        (seen,) = await feeders(settings)
        return (seen.door, seen.accepted) == ("feeds", 4)

    await soon(spoken)
    took_s, code = await asyncio.to_thread(polling.term, polling.workers[0])
    assert (code, took_s < settings.drain_seconds) == (0, True), polling.logs()

    sites.rss = [(4, "زلزله‌ای کرمان را لرزاند"), (2, "بارش سنگین برف راه‌های البرز را بست")]
    await all_due(settings)
    worker(herds, settings, "feeds", tmp_path / "second", KHABAR_FEEDS=str(feeds), KHABAR_FEEDS_PRIVATE="yes")
    articles = [_article(value) for value in await read(settings, topics.CLEAN.name, 5)]
    retitled = [article for article in articles if article.rev_no == 2]
    assert [
        (one.canonical_url, one.clean.title.text if one.clean and one.clean.title else "") for one in retitled
    ] == [("https://www.example.ir/2", "بارش سنگین برف راه‌های البرز را بست")]
    assert retitled[0].doc_id in clean

    async def both_asked_again() -> bool:
        return sites.answers.total() == 4

    await soon(both_asked_again)
    assert sites.answers == {("/rss", 200): 2, ("/atom", 200): 1, ("/atom", 304): 1}
    assert len(await read(settings, topics.RAW.name, 6)) == 6, "what was delivered before is not sent again"


async def test_a_feed_in_a_private_network_is_not_asked_unless_it_may_be(
    settings: Settings, sites: Sites, herds: list[Herd], tmp_path: Path
) -> None:
    feeds = tmp_path / "feeds.txt"
    feeds.write_text(str(sites.server.make_url("/rss")), encoding="utf-8")
    polling = worker(herds, settings, "feeds", tmp_path / "log", KHABAR_FEEDS=str(feeds))

    async def said_so() -> bool:
        return "feed-failing" in polling.logs()

    await soon(said_so)
    (said,) = [
        found
        for line in polling.logs().splitlines()
        if (found := orjson.loads(line))["event"] == "feed-failing"
    ]
    assert (said["why"], "KHABAR_FEEDS_PRIVATE=yes" in said["detail"]) == ("forbidden", True)
    assert not sites.answers


def _article(value: bytes) -> Article:
    return msgspec.json.decode(value, type=Article)
