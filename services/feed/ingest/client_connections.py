"""The connections of the HTTP door: how many there may be, and for how long one may say nothing.

aiohttp answers requests; it has no limit of connections and lets a client take an hour over its first header.
So each of its protocols stands behind one of ours that watches the clock. Who idles longest makes room for
whoever comes when all places are taken: silent connections can never shut a client out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast, override

from aiohttp.web import BaseRequest, RequestHandler, StreamResponse

from services.feed.ingest.request_body import HalfSent

MOST = 512
HEAD_S = 10.0
"""From connecting, or from the first byte of a further request, to the end of its headers."""

KEPT_S = 75.0
"""A connection that has been answered may wait so long for its next request."""


class Connections:
    """The open connections; `make` gives aiohttp's protocol for one."""

    def __init__(self, make: Callable[[], RequestHandler], most: int = MOST) -> None:
        self._make, self._most = make, most
        self._open: dict[RequestHandler, Connection] = {}
        self._free = asyncio.Event()
        self.draining = False

    def protocol(self) -> Connection:
        """Return the protocol of a connection that comes in."""
        return Connection(self, self._make())

    def admit(self, one: Connection) -> bool:
        """Let *one* in; False when all places are taken and all of them are at work.

        When all places are taken and some idle, it takes that of the longest idle.
        """
        if len(self._open) >= self._most:
            idle = [other for other in self._open.values() if other.request is None]
            if not idle:
                return False
            self.leave(eldest := min(idle, key=lambda other: other.since))
            eldest.abort()
        self._open[one.inner] = one
        return True

    def leave(self, one: Connection) -> None:
        """Forget *one*."""
        self._open.pop(one.inner, None)

    @contextmanager
    def at_work(self, request: BaseRequest) -> Iterator[Connection]:
        """Say that *request* is being answered: its connection is no longer idle."""
        one = self._open.get(request.protocol) or Connection(self, request.protocol)  # it may be gone already
        one.request = request
        try:
            yield one
        finally:
            one.request, one.since, one.heads, one.served = None, time.monotonic(), False, True
            self._free.set()

    def sweep(self) -> None:
        """Close the connections that have said nothing for too long."""
        now = time.monotonic()
        for one in list(self._open.values()):
            if one.request is None and now - one.since > (KEPT_S if one.served and not one.heads else HEAD_S):
                one.abort()  # it may be one that does not read its answer

    async def drain(self, seconds: float) -> int:
        """Close what idles and give the rest *seconds* to end; return how many requests did not."""
        self.draining = True
        await asyncio.sleep(0)  # what has come in whole is at work after this
        try:
            async with asyncio.timeout(seconds):
                while self._close_idle():
                    self._free.clear()
                    await self._free.wait()
        except TimeoutError:
            pass
        late = self._close_idle()
        for one in list(self._open.values()):
            one.close()
        return late

    def _close_idle(self) -> int:
        """Close every connection that is not at work; return how many are."""
        for one in list(self._open.values()):
            if one.request is None:
                one.close()
        return sum(one.request is not None for one in self._open.values())


class Connection(asyncio.Protocol):
    """One connection: passes everything to aiohttp's protocol, and knows since when nothing has happened."""

    def __init__(self, all_of_them: Connections, inner: RequestHandler) -> None:
        self._all, self.inner = all_of_them, inner
        self._transport: asyncio.Transport | None = None
        self.request: BaseRequest | None = None
        self.since = time.monotonic()
        self.heads = self.served = self.half_closed = False

    def close(self) -> None:
        """Close it, once what was written to it is sent."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close it at once."""
        if self._transport is not None:
            self._transport.abort()

    def finish(self, response: StreamResponse) -> None:
        """Let *response* be the last one, when the client sends nothing more or the door closes."""
        if self.half_closed or self._all.draining:
            response.force_close()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if not self._all.admit(self):
            self.abort()
            return
        self.inner.connection_made(transport)

    @override
    def data_received(self, data: bytes) -> None:
        if self.request is None and not self.heads:
            self.heads, self.since = True, time.monotonic()
        if self._transport is not None:
            self.inner.data_received(data)

    @override
    def eof_received(self) -> bool:
        """Keep the way back open for the answer when there is one to come."""
        self.half_closed = True
        if self.request is not None and not self.request.content.is_eof():
            self.request.content.set_exception(HalfSent())
        return self.request is not None or self.heads

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._all.leave(self)
        if self._transport is not None:
            self._transport = None
            self.inner.connection_lost(exc)

    @override
    def pause_writing(self) -> None:
        self.inner.pause_writing()

    @override
    def resume_writing(self) -> None:
        self.inner.resume_writing()
