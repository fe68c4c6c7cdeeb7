"""``bench sse``: what two hundred browsers that follow twenty events a second cost the page, and how it ends
with them.

One client more never reads: it must be dropped. At the end the worker is told to go while all streams are
open.
"""

from __future__ import annotations

import asyncio
import dataclasses
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.request import urlopen

import orjson
import psutil

from services.archive.shelf.file_places import Places
from services.archive.shelf.keeper import Keeper, Load
from services.archive.shelving import Shelving
from services.cli.worker_processes import Engine
from services.web.serving import page_socket
from services.workshop.streams.made_news import News
from shared.settings import Settings
from shared.wire import headers, topics

CLIENTS, EVENTS_S, SECONDS = 200, 20, 30.0
STORIES = 400
WRITES_S = 4
"""So many transactions a second bring the events, as articles come in small lots."""

DROPPED_WITHIN_S = 120.0
STUCK_BYTES = 4_096
REQUEST = b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def bench() -> dict[str, Any]:
    """Return the share of a core, events that arrived of those that were told, seconds to drop a client that
    is stuck, and seconds to the end.
    """
    with tempfile.TemporaryDirectory(prefix="sse-") as home:
        settings = dataclasses.replace(Settings(home=Path(home)), web_port=_free_port())
        news = _Changing(settings)
        engine = Engine(settings, Path(home) / "logs")
        try:
            engine.start(["web"])
            _answers(settings.web_port)
            return asyncio.run(_measured(settings.web_port, engine, news))
        finally:
            engine.stop()
            news.keeper.close()


def _free_port() -> int:
    with page_socket.claimed(Settings(web_port=0)) as place:
        return int(place.getsockname()[1])


def _answers(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urlopen(f"http://127.0.0.1:{port}/ops.json", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the page does not answer")


class _Changing:
    """An archive whose stories change in turn."""

    def __init__(self, settings: Settings) -> None:
        places = Places.of(settings)
        self.keeper, self._shelving, self._turn = Keeper(places.file(0)), Shelving(), 0
        made = News(STORIES * 5, until_ms=time.time_ns() // 1_000_000).records()
        newest = {one.key: orjson.loads(one.value) for one in made if one.topic == topics.STORIES.name}
        self._stories = list(newest.values())
        self._write(self._stories)
        places.swap(places.file(0))
        places.touch(time.time())

    def change(self, n: int) -> None:
        """Change the *n* stories whose turn it is."""
        self._write([self._changed() for _ in range(n)])

    def _changed(self) -> dict[str, Any]:
        self._turn += 1
        story: dict[str, Any] = self._stories[self._turn % len(self._stories)]
        story |= {"version": story["version"] + 1, "last_at": headers.now()}
        return story

    def _write(self, stories: list[dict[str, Any]]) -> None:
        load = Load(positions={"states": b"%d" % time.time_ns()})
        self._shelving.stories(load, list(self._records(stories)))
        self.keeper.write(load)

    def _records(self, stories: list[dict[str, Any]]) -> Iterator[Any]:
        for story in stories:
            value, key = orjson.dumps(story), story["story_id"].encode()
            yield SimpleNamespace(
                topic=topics.STORIES.name,
                partition=0,
                offset=0,
                timestamp=0,
                headers=[],
                key=key,
                value=value,
            )


class _Client:
    """A browser that counts what it hears."""

    def __init__(self) -> None:
        self.events = 0

    async def follow(self, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        try:
            while some := await reader.read(1 << 16):
                self.events += some.count(b"event: story")
        finally:
            writer.close()


async def _measured(port: int, engine: Engine, news: _Changing) -> dict[str, Any]:
    server = psutil.Process(engine.workers["web"].pid)
    clients = [_Client() for _ in range(CLIENTS)]
    following = [asyncio.create_task(one.follow(port)) for one in clients]
    await asyncio.sleep(3)
    idle = await _share(server, 5.0)
    enough = asyncio.Event()
    feeder = asyncio.create_task(_fed(news, enough))
    await asyncio.sleep(2)
    before = [one.events for one in clients]
    busy = await _share(server, SECONDS)
    heard = [one.events - first for one, first in zip(clients, before, strict=True)]
    stuck, size = await _stuck(port), server.memory_info().rss
    enough.set()
    await feeder
    begun = time.monotonic()
    engine.workers["web"].send_signal(signal.SIGTERM)
    await asyncio.gather(*following)
    status = await asyncio.to_thread(engine.workers["web"].wait, 30)
    return {
        "clients": CLIENTS,
        "events_s": EVENTS_S,
        "heard_s": {"least": round(min(heard) / SECONDS, 1), "most": round(max(heard) / SECONDS, 1)},
        "core_share": round(busy, 3),
        "core_share_idle": round(idle, 3),
        "server_mb": round(size / 1e6),
        "stuck_dropped_after_s": stuck,
        "ended_after_s": round(time.monotonic() - begun, 2),
        "exit_status": status,
    }


async def _share(server: psutil.Process, seconds: float) -> float:
    """Return the share of a core that the server takes for so long."""
    first, begun = sum(server.cpu_times()[:2]), time.monotonic()
    await asyncio.sleep(seconds)
    return float(sum(server.cpu_times()[:2]) - first) / (time.monotonic() - begun)


async def _fed(news: _Changing, stop: asyncio.Event) -> None:
    due = time.monotonic()
    while not stop.is_set():
        await asyncio.to_thread(news.change, EVENTS_S // WRITES_S)
        due += 1 / WRITES_S
        await asyncio.sleep(max(0.0, due - time.monotonic()))


async def _stuck(port: int) -> float | None:
    """Open a stream, never read, and return after how many seconds the server has given it up; None: not at
    all.
    """
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, STUCK_BYTES)
    place.connect(("127.0.0.1", port))
    place.sendall(REQUEST)
    begun, own = time.monotonic(), place.getsockname()[1]
    try:
        while time.monotonic() - begun < DROPPED_WITHIN_S:
            await asyncio.sleep(0.5)
            held = [
                one
                for one in psutil.net_connections("tcp")
                if one.laddr and one.laddr.port == port and one.raddr and one.raddr.port == own
            ]
            if not any(one.status == psutil.CONN_ESTABLISHED for one in held):
                return round(time.monotonic() - begun, 1)
        return None
    finally:
        place.close()
