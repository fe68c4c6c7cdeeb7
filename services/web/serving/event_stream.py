"""Tells browsers that stay what is new: an event a story that changed, each one line of JSON.

A line, because then no title can end a frame.

One look at the archive a second serves all browsers, and what it finds goes to each of them in one piece. Who
does not read is dropped when a hundred events wait, and comes back by itself with the last id it saw. Streams
end when the worker does: a browser that waits must not keep it alive.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import time
from collections import deque

import orjson
from aiohttp import web

from services.archive.reading import front_page
from services.archive.reading.answers import StoriesWanted, StoryCard
from services.archive.reading.opening import NoArchive
from services.web.library import Library
from services.web.serving.page_metrics import PageMetrics
from shared import guard
from shared.logs import warn

LOOK_S, PING_S = 1.0, 15.0
LOOKED_AT = 50
"""So many of the newest stories are compared with those of the look before: more do not change within a
second.
"""

MOST_WAITING, REMEMBERED = 100, 500
MOST_STREAMS = 1_000
BUFFER_BYTES = 32_768
"""What the system and we ourselves may hold for a browser that does not read: by themselves they would hold
some megabytes, and nobody would notice.
"""


class Follower:
    """One browser: the events that wait for it, and the task that writes them."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []
        self.something = asyncio.Event()
        self.task = asyncio.current_task()
        self.dropped = False

    def taken(self) -> bytes:
        """Return all that waits, in one piece."""
        frames, self.waiting = self.waiting, []
        self.something.clear()
        return b"".join(frames)


class EventStream:
    """The streams of one worker."""

    def __init__(self, library: Library, metrics: PageMetrics) -> None:
        self._library, self._metrics = library, metrics
        self._followers: set[Follower] = set()
        self._past: deque[tuple[str, bytes]] = deque(maxlen=REMEMBERED)
        self._begun, self._number = time.time_ns() // 1_000_000, itertools.count(1)
        self._seen: dict[str, int] | None = None
        self._version = ""
        self._ending = False

    async def watch(self) -> None:
        """Look for what is new until cancelled."""
        while True:
            try:
                await self.look()
            except NoArchive:
                self._version = ""
            except Exception as error:  # noqa: BLE001 - a look that fails must not end all later ones
                warn(
                    "bug",
                    door="web",
                    error=f"{type(error).__name__}: {error}"[:500],
                    where=guard.where(error),
                )
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Tell what has changed since the look before; raises NoArchive."""
        version = await self._library.version()
        if version == self._version:
            return
        self._version = version
        newest = (await self._library.ask(front_page.stories, StoriesWanted(limit=LOOKED_AT))).stories
        seen, self._seen = self._seen, {one.story_id: one.version for one in newest}
        if seen is not None:  # the first look has nothing to compare with
            for one in reversed(newest):
                if seen.get(one.story_id) != one.version:
                    self._tell(one)

    def _tell(self, card: StoryCard) -> None:
        name = f"{self._begun}-{next(self._number)}"
        said = {
            "story_id": card.story_id,
            "version": card.version,
            "articles": card.articles,
            "languages": sorted(card.by_lang),
            "headlines": [
                {"lang": one.lang, "dir": one.dir, "text": one.text[:300]} for one in card.headlines[:6]
            ],
        }
        frame = b"id: %s\nevent: story\ndata: %s\n\n" % (name.encode(), orjson.dumps(said))
        self._past.append((name, frame))
        for follower in list(self._followers):
            if len(follower.waiting) >= MOST_WAITING:
                self._drop(follower)
            else:
                follower.waiting.append(frame)
                follower.something.set()

    def _drop(self, follower: Follower) -> None:
        self._followers.discard(follower)
        follower.dropped = True
        self._metrics.dropped.inc()
        if follower.task is not None:
            follower.task.cancel()

    async def end(self) -> None:
        """Let every stream end now."""
        self._ending = True
        for follower in self._followers:
            follower.something.set()

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Answer a browser until it goes, is dropped, or the worker ends."""
        if len(self._followers) >= MOST_STREAMS:
            raise web.HTTPServiceUnavailable
        made = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        made.headers["X-Content-Type-Options"] = "nosniff"
        await made.prepare(request)
        _hold_little(request)
        follower = Follower()
        self._followers.add(follower)
        self._metrics.streams.set(len(self._followers))
        try:
            await made.write(b"retry: 3000\n\n" + self._missed(request.headers.get("Last-Event-ID")))
            await self._write(made, follower)
        except asyncio.CancelledError:
            if not follower.dropped:
                raise
            if request.transport is not None:
                request.transport.abort()  # what waits in its buffer it will never read
        except ConnectionError:
            pass  # it has gone
        finally:
            self._followers.discard(follower)
            self._metrics.streams.set(len(self._followers))
        return made

    def _missed(self, last: str | None) -> bytes:
        """Return the events after *last*; if that is too long ago, the word that reloads the page."""
        if not last:
            return b""
        names = [name for name, _ in self._past]
        if last not in names:
            return b"event: reload\ndata: {}\n\n"
        return b"".join(frame for _, frame in list(self._past)[names.index(last) + 1 :])

    async def _write(self, made: web.StreamResponse, follower: Follower) -> None:
        while not self._ending:
            try:
                async with asyncio.timeout(PING_S):
                    await follower.something.wait()
            except TimeoutError:
                await made.write(b": still here\n\n")
            if frames := follower.taken():
                await made.write(frames)


def _hold_little(request: web.Request) -> None:
    """Let the connection of *request* hold little, so that a browser that does not read is noticed."""
    if request.transport is not None:
        request.transport.set_write_buffer_limits(high=BUFFER_BYTES)
        if (place := request.transport.get_extra_info("socket")) is not None:
            place.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
