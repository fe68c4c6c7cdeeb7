"""Feeds: how they are asked for, where a request never goes, and what no answer may cost.

Against a server on loopback.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from services.feed.polling import public_sockets
from services.feed.polling.clock import WallClock
from services.feed.polling.fetching import Answer, Fetcher, Unreachable, session
from services.feed.polling.host_gates import HostGates
from services.feed.polling.parsing.body_text import MOST_BYTES
from services.feed.polling.public_sockets import is_public
from services.feed.polling.schedule import FeedState

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MOVES = {
    "/moved": (301, "/moved-again"),
    "/moved-again": (308, "/feed"),
    "/moved-then-elsewhere": (301, "/elsewhere"),
    "/elsewhere": (302, "/feed"),
    "/elsewhere-then-moved": (307, "/moved-again"),
    "/loop": (301, "/loop2"),
    "/loop2": (302, "/loop"),
    "/file": (302, "file:///etc/passwd"),
    "/nowhere": (302, "http://[bad"),
}


class Site:
    """A server on loopback, and who came."""

    def __init__(self) -> None:
        self.hits: Counter[str] = Counter()
        self.asked: list[dict[str, str]] = []
        app = web.Application()
        app.router.add_route("GET", "/{path:.*}", self.answer)
        self.server = TestServer(app, host="0.0.0.0")  # noqa: S104 - 127.0.0.2 must reach it, too

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server.port}{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:  # noqa: PLR0911 - a table of cases
        self.hits[request.path] += 1
        self.asked.append(dict(request.headers))
        if request.path in MOVES:
            status, location = MOVES[request.path]
            return web.Response(status=status, headers={"Location": location})
        match request.path:
            case "/inside":
                return web.Response(status=302, headers={"Location": self.at("/secret", "127.0.0.2")})
            case "/conditional" if request.headers.get("If-None-Match") == '"1"':
                return web.Response(status=304)
            case "/slow":
                await asyncio.sleep(30)
            case "/bomb":
                return web.Response(
                    body=gzip.compress(b" " * (60 << 20), 9), headers={"Content-Encoding": "gzip"}
                )
            case "/huge":
                return await self._huge(request)
            case "/half":
                return await self._half(request)
        return web.Response(
            text="<rss/>",
            headers={"ETag": '"1"', "Last-Modified": "Tue, 24 Nov 2026 13:21:00 GMT", "Set-Cookie": "a=b"},
        )

    async def _half(self, request: web.Request) -> web.StreamResponse:
        """Break off."""
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"<rss>")
        assert request.transport is not None
        request.transport.close()
        return response

    async def _huge(self, request: web.Request) -> web.StreamResponse:
        """Go on for ever."""
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * (1 << 20))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    await made.server.start_server()
    yield made
    await made.server.close()


@pytest.fixture
async def fetch(site: Site) -> AsyncIterator[Callable[..., Awaitable[Answer]]]:
    clock = WallClock()
    async with session(private=True, patience_s=10) as client:
        fetcher = Fetcher(client, HostGates(clock, lambda: 0.0, pause_s=0.0), clock)

        async def ask(path: str, **known: str) -> Answer:
            return await fetcher.fetch(FeedState(address=site.at(path), **known))  # type: ignore[arg-type]

        yield ask


async def test_a_conditional_request_costs_the_site_nothing(
    site: Site, fetch: Callable[..., Awaitable[Answer]]
) -> None:
    first = await fetch("/conditional")
    assert (first.status, first.body) == (200, b"<rss/>")
    again = await fetch(
        "/conditional", etag=first.headers["etag"], last_modified=first.headers["last-modified"]
    )
    assert (again.status, again.body) == (304, b"")
    assert site.asked[1]["If-Modified-Since"] == "Tue, 24 Nov 2026 13:21:00 GMT"
    assert "If-None-Match" not in site.asked[0]
    assert all("Cookie" not in asked and "Khabar/" in asked["User-Agent"] for asked in site.asked)


@pytest.mark.parametrize(
    ("path", "moved_to"),
    [
        ("/feed", ""),
        ("/moved", "/feed"),
        ("/moved-then-elsewhere", "/elsewhere"),
        ("/elsewhere-then-moved", ""),
    ],
)
async def test_only_permanent_redirects_are_remembered(
    site: Site, fetch: Callable[..., Awaitable[Answer]], path: str, moved_to: str
) -> None:
    answer = await fetch(path)
    assert (answer.status, answer.address) == (200, site.at("/feed"))
    assert answer.moved_to == (site.at(moved_to) if moved_to else "")


@pytest.mark.parametrize(
    ("path", "why"),
    [("/loop", "redirects"), ("/file", "forbidden"), ("/nowhere", "redirects"), ("/half", "network")],
)
async def test_what_does_not_come_to_an_end_is_named(
    site: Site, fetch: Callable[..., Awaitable[Answer]], path: str, why: str
) -> None:
    with pytest.raises(Unreachable) as caught:
        await fetch(path)
    assert caught.value.why == why
    assert sum(site.hits.values()) <= 6


@pytest.mark.parametrize("path", ["/bomb", "/huge"])
async def test_a_body_is_given_up_as_soon_as_it_is_too_large(
    fetch: Callable[..., Awaitable[Answer]], path: str
) -> None:
    with pytest.raises(Unreachable) as caught:
        await fetch(path)
    assert caught.value.why == "too_large"
    assert str(MOST_BYTES) in caught.value.detail


async def test_a_site_that_does_not_answer_is_left(site: Site) -> None:
    clock = WallClock()
    async with session(private=True, patience_s=0.3) as client:
        fetcher = Fetcher(client, HostGates(clock, lambda: 0.0, pause_s=0.0), clock)
        for address, why in (
            (site.at("/slow"), "timeout"),
            ("http://127.0.0.1:9/", "network"),
            ("ftp://x.ir/", "forbidden"),
        ):
            with pytest.raises(Unreachable) as caught:
                await fetcher.fetch(FeedState(address=address))
            assert caught.value.why == why


class Answers(AbstractResolver):
    """A name server that gives the next of its answers each time: a rebinding one."""

    def __init__(self, *hosts: str) -> None:
        self.hosts = list(hosts)

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002
    ) -> list[ResolveResult]:
        found = self.hosts.pop(0)
        kind = socket.AF_INET6 if ":" in found else socket.AF_INET
        return [
            ResolveResult(
                hostname=host, host=found, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST
            )
        ]

    async def close(self) -> None:
        self.hosts.clear()


async def refused(fetcher: Fetcher, address: str) -> bool:
    with pytest.raises(Unreachable) as caught:
        await fetcher.fetch(FeedState(address=address))
    return caught.value.why == "forbidden" and "KHABAR_FEEDS_PRIVATE" in caught.value.detail


async def test_private_networks_are_never_asked(site: Site) -> None:
    clock = WallClock()
    async with session(
        resolver=Answers("127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "169.254.169.254")
    ) as client:
        fetcher = Fetcher(client, HostGates(clock, lambda: 0.0, pause_s=0.0), clock)
        for _ in range(5):
            assert await refused(fetcher, f"http://news.example:{site.server.port}/feed")
        for host in ("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"):
            assert await refused(fetcher, f"http://{host}:{site.server.port}/feed")
    assert not site.hits


async def test_neither_a_redirect_nor_a_new_answer_of_dns_gets_around_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 127.0.0.2 plays the inside
    monkeypatch.setattr(public_sockets, "is_public", lambda address: address == "127.0.0.1")
    clock = WallClock()
    async with session(resolver=Answers("127.0.0.1", "127.0.0.2")) as client:
        fetcher = Fetcher(client, HostGates(clock, lambda: 0.0, pause_s=0.0), clock)
        rebound = f"http://news.example:{site.server.port}/feed"
        assert (await fetcher.fetch(FeedState(address=rebound))).status == 200
        assert await refused(fetcher, rebound)
        assert await refused(fetcher, site.at("/inside"))
    assert site.hits == {"/feed": 1, "/inside": 1}


PRIVATE = """0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 169.254.169.254 172.16.0.1 192.168.1.1 198.18.0.1 224.0.0.1 255.255.255.255
:: ::1 fe80::1%eth0 fd00::1 fec0::1 ff0e::1 ::ffff:10.0.0.1 ::10.0.0.1 64:ff9b::a00:1 2002:a00:1::1
2001:0:4136:e378:8000:63bf:3fff:fdd2 x"""


@pytest.mark.parametrize("address", PRIVATE.split())
def test_addresses_of_private_networks(address: str) -> None:
    assert not is_public(address)


def test_addresses_of_the_internet() -> None:
    assert all(map(is_public, ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"]))
