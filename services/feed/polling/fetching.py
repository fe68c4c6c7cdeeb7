"""Sends one conditional request for a feed.

Redirects are followed with care, bodies are bounded, and every failure is named by a closed list.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver
from multidict import CIMultiDict

from services.feed.polling.clock import Clock
from services.feed.polling.host_gates import HostGates
from services.feed.polling.parsing.body_text import MOST_BYTES
from services.feed.polling.public_sockets import REFUSED, PrivateAddress, public_socket
from services.feed.polling.schedule import FeedState
from shared.version import VERSION

AT_ONCE = 16
"""Requests under way at a time, over all hosts: each may hold a body of the largest size."""
PATIENCE_S = 30.0
"""How long one request may take, from the look-up of its name to its last byte."""
MOST_REDIRECTS = 5
PERMANENT, TEMPORARY = frozenset({301, 308}), frozenset({302, 303, 307})
ACCEPTED = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"

Failure = Literal["timeout", "network", "forbidden", "redirects", "too_large"]


class Unreachable(Exception):
    """There is no answer; *why* is a metric label, *detail* for the log."""

    def __init__(self, why: Failure, detail: str) -> None:
        super().__init__(why, detail)
        self.why, self.detail = why, detail


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from *address*.

    *moved_to* is where permanent redirects alone have led. *body* stays empty unless all is well.
    """

    status: int
    address: str
    moved_to: str
    headers: Mapping[str, str]
    body: bytes


@asynccontextmanager
async def session(
    *, private: bool = False, patience_s: float = PATIENCE_S, resolver: AbstractResolver | None = None
) -> AsyncIterator[aiohttp.ClientSession]:
    """Give a client that keeps nothing: no cookies, no connections, no names.

    Into private networks only when *private*.
    """
    connector = aiohttp.TCPConnector(
        limit=0,
        force_close=True,
        use_dns_cache=False,
        resolver=resolver,
        socket_factory=None if private else public_socket,
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=patience_s),
        headers={"User-Agent": f"Khabar/{VERSION} (feed reader)", "Accept": ACCEPTED},
    ) as made:
        yield made


class Fetcher:
    """Asks for feeds through the gates of their hosts."""

    def __init__(self, client: aiohttp.ClientSession, gates: HostGates, clock: Clock) -> None:
        self.gates, self.clock = gates, clock
        self._client, self._sockets = client, asyncio.Semaphore(AT_ONCE)

    async def fetch(self, state: FeedState) -> Answer:
        """Return the last answer on the way from the feed's address; raises Unreachable."""
        conditions = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
        headers = {name: value for name, value in conditions.items() if value}
        address, moved_to, permanent = state.asked, state.moved_to, True
        for _ in range(MOST_REDIRECTS + 1):
            answer = await self._one(address, moved_to, headers)
            if answer.status not in PERMANENT | TEMPORARY or "Location" not in answer.headers:
                return answer
            permanent = permanent and answer.status in PERMANENT
            address = _target(address, answer.headers["Location"])
            moved_to = address if permanent else moved_to
        raise Unreachable("redirects", f"more than {MOST_REDIRECTS} redirects")

    async def _one(self, address: str, moved_to: str, headers: Mapping[str, str]) -> Answer:
        """Make one request; the gate is open to the next only after the last byte."""
        async with self.gates.entered(host_of(address)), self._sockets:
            try:
                async with self._client.get(address, headers=headers, allow_redirects=False) as response:
                    body = await _bounded(response) if response.status == 200 else b""
                    return Answer(response.status, address, moved_to, CIMultiDict(response.headers), body)
            except TimeoutError as error:
                raise Unreachable("timeout", type(error).__name__) from error
            except (aiohttp.ClientConnectorError, PrivateAddress) as error:
                forbidden = isinstance(getattr(error, "os_error", error), PrivateAddress)
                raise Unreachable(
                    "forbidden" if forbidden else "network", REFUSED if forbidden else str(error)
                ) from error
            except (aiohttp.ClientError, OSError, ValueError) as error:
                raise Unreachable("network", f"{type(error).__name__}: {error}") from error


def host_of(address: str) -> str:
    """Return the host of *address*; raises Unreachable (forbidden) when it is none of the web."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise Unreachable("forbidden", "only http:// and https:// are asked")
    return host


def _target(address: str, location: str) -> str:
    try:
        return urljoin(address, location.strip()).partition("#")[0]
    except ValueError:
        raise Unreachable("redirects", "a redirect that leads nowhere") from None


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """Return the body, unpacked as it comes and given up as soon as it is too large."""
    if (response.content_length or 0) > MOST_BYTES:
        raise Unreachable("too_large", f"{response.content_length} bytes, at most {MOST_BYTES} are read")
    body = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > MOST_BYTES:
            raise Unreachable("too_large", f"more than {MOST_BYTES} bytes when it is unpacked")
    return bytes(body)
