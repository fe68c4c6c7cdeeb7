"""A small world of news sites on loopback whose hours pass in seconds: what they publish, how they fail, and
who asked them when.
"""

from __future__ import annotations

import asyncio
import gzip
import random
import socket
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Literal

import msgspec
import orjson
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from services.feed.brake import Brake
from services.feed.core import raw_of
from services.feed.delivery import Receipt, Undelivered
from services.feed.polling.asking import Asker
from services.feed.polling.feed_list import ListedFeed
from services.feed.polling.fetching import Fetcher, session
from services.feed.polling.host_gates import HostGates
from services.feed.polling.parsing import feed_reading
from services.feed.polling.parsing.document import Document
from services.feed.polling.poller import Around, Poller
from services.feed.polling.schedule import FeedState
from services.feed.submission import Submission

START = 1_800_000_000.0
WINDOW = 40
"""Entries in a feed."""

Kind = Literal["rss", "atom", "json", "sitemap", "index"]
Flaw = Literal[
    "",
    "500",
    "sick",
    "slow",
    "half",
    "sometimes half",
    "busy",
    "moved",
    "loop",
    "bomb",
    "entities",
    "gone",
    "page",
    "aged",
]
HEALTHY = frozenset({"", "sick", "sometimes half", "busy", "moved", "aged"})
"""Flaws that cost a reader nothing in the end."""


class FastClock:
    """A clock that runs *speed* times as fast as the one on the wall."""

    def __init__(self, speed: float) -> None:
        self.speed, self._begun = speed, time.monotonic()

    def now(self) -> float:
        return START + (time.monotonic() - self._begun) * self.speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)


class Loopback(AbstractResolver):
    """Every name is 127.0.0.1."""

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Hold nothing."""


@dataclass(slots=True)
class Feed:
    """One feed: what it is, what is wrong with it, and its articles by the second in which they appear."""

    path: str
    host: str
    kind: Kind
    flaw: Flaw
    articles: list[tuple[float, int]]
    max_age_s: int = 0
    ttl_minutes: int = 0
    sitemaps: list[str] = field(default_factory=list)

    def shown_at(self, now: float) -> list[int]:
        return [number for at, number in self.articles if at <= now][-WINDOW:][::-1]


@dataclass(slots=True)
class Visits:
    """Requests to one host: how many at once at the most, and the shortest pause between two."""

    inside: int = 0
    most_inside: int = 0
    ended_at: float = 0.0
    shortest_pause_s: float = 1e9
    closed_until: float = 0.0
    came_too_early: list[str] = field(default_factory=list)


class World:
    """The sites, and a notebook of who asked them."""

    def __init__(self, clock: FastClock, feeds: Sequence[Feed]) -> None:
        self.clock, self.feeds = clock, {(feed.host, feed.path): feed for feed in feeds}
        self.visits: defaultdict[str, Visits] = defaultdict(Visits)
        self.asked: defaultdict[str, int] = defaultdict(int)
        self.allowed_at: dict[str, float] = {}
        self.not_modified = 0
        self.outcomes: Counter[str] = Counter()
        self.hold = Brake(300.0)
        app = web.Application()
        app.router.add_route("GET", "/{path:.*}", self._visited)
        self.server = TestServer(app)

    def address(self, feed: Feed) -> str:
        return f"http://{feed.host}:{self.server.port}{feed.path}"

    async def _visited(self, request: web.Request) -> web.StreamResponse:
        host, now = request.url.host or "", self.clock.now()
        visits = self.visits[host]
        visits.inside += 1
        visits.most_inside = max(visits.most_inside, visits.inside)
        if visits.ended_at:
            visits.shortest_pause_s = min(visits.shortest_pause_s, now - visits.ended_at)
        if now < max(visits.closed_until, self.allowed_at.get(f"{host}{request.path}", 0.0)):
            visits.came_too_early.append(request.path)
        self.asked[f"{host}{request.path}"] += 1
        try:
            return await self._answered(request, self.feeds[host, request.path], visits)
        finally:
            visits.inside -= 1
            visits.ended_at = self.clock.now()

    async def _answered(self, request: web.Request, feed: Feed, visits: Visits) -> web.StreamResponse:  # noqa: C901, PLR0911, PLR0912 - a table of flaws
        now, times = self.clock.now(), self.asked[f"{feed.host}{feed.path}"]
        match feed.flaw:
            case "500":
                return web.Response(status=500)
            case "sick" if times % 3 == 1 and times < 9:
                return web.Response(status=502)
            case "slow":
                await asyncio.sleep(30)
            case "half":
                return await self._half(request, feed)
            case "sometimes half" if times in (1, 3):
                return await self._half(request, feed)
            case "busy" if times in (2, 4):
                visits.closed_until = now + 240
                until = "240" if times == 2 else formatdate(now + 241, usegmt=True)
                return web.Response(status=429 if times == 2 else 503, headers={"Retry-After": until})
            case "moved" if not feed.path.endswith("-new"):
                return web.Response(status=301, headers={"Location": f"{feed.path}-new"})
            case "loop":
                return web.Response(status=302, headers={"Location": feed.path})
            case "bomb":
                return web.Response(
                    body=BOMB, headers={"Content-Encoding": "gzip", "Content-Type": "text/xml"}
                )
            case "entities":
                return web.Response(text=LAUGHS, content_type="text/xml")
            case "gone":
                return web.Response(status=410)
            case "page":
                return web.Response(
                    text="<!doctype html><html><body>Just a moment…</body></html>", content_type="text/html"
                )
        shown = feed.shown_at(now)
        etag = f'"{shown[0] if shown else 0}-{len(feed.sitemaps)}"'
        self.allowed_at[f"{feed.host}{feed.path}"] = now + max(feed.max_age_s, 60 * feed.ttl_minutes)
        headers = {"ETag": etag} | ({"Cache-Control": f"max-age={feed.max_age_s}"} if feed.max_age_s else {})
        if request.headers.get("If-None-Match") == etag:
            self.not_modified += 1
            return web.Response(status=304, headers=headers)
        return web.Response(
            body=rendered(feed, shown).encode(), headers=headers | {"Content-Type": "application/xml"}
        )

    async def _half(self, request: web.Request, feed: Feed) -> web.StreamResponse:
        body = rendered(feed, feed.shown_at(self.clock.now())).encode()
        response = web.StreamResponse(headers={"Content-Length": str(len(body))})
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        assert request.transport is not None
        request.transport.close()
        return response


BOMB = gzip.compress(b"<rss>" + b" " * (30 << 20), 9)
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "lol">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    + "]><rss><channel><item><title>&l9;</title></item></channel></rss>"
)
DATES = ("Mon, 01 Jan 2170 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "فردا", "")


def link(feed: Feed, number: int) -> str:
    return f"https://{feed.host}{feed.path.removesuffix('-new')}/{number}"


def rendered(feed: Feed, numbers: Sequence[int]) -> str:
    """Return the feed with the articles *numbers* in it."""
    rows = [
        (number, link(feed, number), f"خبر شمارهٔ {number}", DATES[number % len(DATES)]) for number in numbers
    ]
    match feed.kind:
        case "rss":
            ttl = f"<ttl>{feed.ttl_minutes}</ttl>" if feed.ttl_minutes else ""
            items = "".join(
                f"<item><title>{title}</title><link>{url}</link><guid>{url}</guid><pubDate>{date}</pubDate>"
                f"<description><![CDATA[<p>متن {title}</p>]]></description></item>"
                for _, url, title, date in rows
            )
            return f"<?xml version='1.0'?><rss version='2.0'><channel><title>t</title>{ttl}{items}</channel></rss>"
        case "atom":
            items = "".join(
                f"<entry><id>{url}</id><title>{title}</title><link href='{url}'/><updated>{date}</updated><content type='html'>"
                f"&lt;p&gt;متن {title}</content></entry>"
                for _, url, title, date in rows
            )
            return f"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>t</title>{items}</feed>"
        case "json":
            entries = [
                {"id": n, "url": url, "title": title, "content_text": f"متن {title}", "date_published": date}
                for n, url, title, date in rows
            ]
            return orjson.dumps(
                {"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": entries}
            ).decode()
        case "sitemap":
            items = "".join(
                f"<url><loc>{url}</loc><news:news><news:publication_date>{date}</news:publication_date>"
                f"<news:title>{title}</news:title></news:news></url>"
                for _, url, title, date in rows
            )
            return f"<urlset xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>{items}</urlset>"
        case "index":
            return f"<sitemapindex>{''.join(f'<sitemap><loc>{url}</loc></sitemap>' for url in feed.sitemaps)}</sitemapindex>"


class FakeDoor:
    """A delivery into memory that refuses at times, before it has taken anything; *gives_up* is how often of
    a hundred.
    """

    def __init__(self, gives_up: int = 0) -> None:
        self.taken: list[tuple[str, str, str]] = []
        self.notes: dict[str, FeedState] = {}
        self._chance, self._gives_up = random.Random(5), gives_up

    async def hand_over(self, submissions: Sequence[Submission]) -> list[Receipt]:
        await asyncio.sleep(0)
        if self._chance.random() * 100 < self._gives_up:
            raise Undelivered("not now")
        receipts = []
        for one in submissions:
            assert one.item is not None
            raw = raw_of(one.item, one.payload, now="2040-01-01T00:00:00.000Z")
            assert raw.fetched_at.startswith("2027-01-15"), "the time of fetching is ours"
            self.taken.append((str(one.item.url), raw.doc_id, raw.rev))
            receipts.append(Receipt(one.where, raw.doc_id, raw.rev))
        return receipts

    async def note(self, topic: str, key: bytes, value: bytes | None) -> None:
        assert topic == "control.feeds"
        await asyncio.sleep(0)
        if value is None:
            self.notes.pop(key.decode(), None)
        else:
            self.notes[key.decode()] = msgspec.json.decode(value, type=FeedState)


@asynccontextmanager
async def opened(world: World) -> AsyncIterator[World]:
    """Let *world* listen; a visitor who leaves ends what was being made for him."""
    await world.server.start_server()
    try:
        yield world
    finally:
        await world.server.close()


async def read(body: bytes, content_type: str, address: str) -> Document:
    return feed_reading.read(body, content_type, address)


@asynccontextmanager
async def polling(
    world: World, door: FakeDoor, states: dict[str, FeedState] | None = None
) -> AsyncIterator[Poller]:
    clock, chance = world.clock, random.Random(11)
    async with session(private=True, patience_s=1.5, resolver=Loopback()) as client:
        gates = HostGates(clock, chance.random)
        around = Around(
            door=door,
            asker=Asker(Fetcher(client, gates, clock), read, chance.random),
            hold=world.hold,
            clock=clock,
            polled=lambda outcome, _receipts: world.outcomes.update([outcome]),
        )
        made = Poller(around, states or {})
        made.begin(
            ListedFeed(world.address(feed)) for feed in world.feeds.values() if not feed.path.endswith("-new")
        )
        try:
            yield made
        finally:
            await made.stop()
        assert not made.failed.done()
