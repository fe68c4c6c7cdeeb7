"""``bench overhead``: CPU an article of the engine that is scraped, logs and traces, and of one that does
none of it, in turn on one broker.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, override

from services.cli.speech import Progress
from services.cli.worker_processes import Engine
from services.workshop.timing.made_pages import posts
from services.workshop.timing.pipeline import spent, started, through
from shared.broker.config import choose_port
from shared.settings import Settings
from shared.wire.topics import STAGES

ROUNDS, WARM, COUNT = 4, 100, 1_000
SCRAPE_EVERY_S = 5.0
"""Three times as often as deploy/prometheus does."""


def bench(settings: Settings) -> dict[str, Any]:
    """Run *COUNT* posts through either engine, *ROUNDS* times, the order turned each time.

    Posts, because an article takes six times their work while it is seen for the same price. Returns CPU
    milliseconds an article of each round, and by how many percent the seen engine's median is above the
    other's; ``spread_percent`` is what rounds of one kind differ by.
    """
    found: dict[str, list[float]] = {"seen": [], "unseen": []}
    lines = list(posts(WARM + COUNT))
    with _collector() as address:
        for number in range(ROUNDS):
            for kind in sorted(found, reverse=bool(number % 2)):
                own = replace(
                    settings, run=f"{kind}-{number}-{os.getpid()}", otlp=address if kind == "seen" else ""
                )
                found[kind].append(
                    _cpu_ms(
                        own,
                        Seen if kind == "seen" else Unseen,
                        lines,
                        f"round {number + 1} of {ROUNDS}, {kind}",
                    )
                )
    middle = {kind: statistics.median(each) for kind, each in found.items()}
    return {
        "cpu_ms_per_article": {kind: [round(one, 2) for one in each] for kind, each in found.items()},
        "overhead_percent": round(100 * (middle["seen"] / middle["unseen"] - 1), 2),
        "spread_percent": {
            kind: round(100 * (max(each) - min(each)) / middle[kind], 2) for kind, each in found.items()
        },
    }


@dataclass(slots=True)
class Seen(Engine):
    """Workers as they are, their metrics scraped."""

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Scrape every worker by the clock."""
        done = threading.Event()
        scraping = threading.Thread(target=self._scrape, args=(done,))
        scraping.start()
        try:
            yield
        finally:
            done.set()
            scraping.join()

    def _scrape(self, done: threading.Event) -> None:
        while not done.wait(SCRAPE_EVERY_S):
            for port in self.ports.values():
                with (
                    suppress(OSError),
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer,
                ):
                    answer.read()


@dataclass(slots=True)
class Unseen(Engine):
    """Workers that nobody sees."""

    @override
    def command(self, stage: str) -> list[str]:
        return [sys.executable, "-m", "services.workshop.timing.unseen_worker", stage, str(os.getpid())]

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look away."""
        yield


def _cpu_ms(settings: Settings, kind: type[Seen | Unseen], lines: Sequence[bytes], what: str) -> float:
    """Return the CPU milliseconds an article that the workers of *kind* spend on *lines* after the first
    *WARM*.
    """
    ports = {stage: choose_port() for stage in STAGES}
    with (
        TemporaryDirectory() as logs,
        started(kind(settings, Path(logs), ports=ports)) as running,
        running.watched(),
    ):
        asyncio.run(through(settings, lines[:WARM], 0, Progress(f"{what}: warming up", WARM)))
        before = _cpu_s(running)
        asyncio.run(through(settings, lines[WARM:], WARM, Progress(what, len(lines))))
        return (_cpu_s(running) - before) / COUNT * 1000


def _cpu_s(running: Engine) -> float:
    return sum(cpu_s for cpu_s, _ in spent(running).values())


class _Taker(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of a request."""


@contextmanager
def _collector() -> Iterator[str]:
    """Give the address of a collector of spans that takes all and keeps none."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Taker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
