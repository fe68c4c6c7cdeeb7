"""What the HTTP door promises its clients, on a real socket and without a broker: it judges lines with feed's
own core.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from services.feed import core
from shared.errors import BadRecord

NOW = "2030-01-01T00:00:00.000Z"


@dataclass
class StandIn:
    """The door of one test: *prepared* answers come first (status, headers), then its own."""

    token: str = ""
    most_bytes: int = 1 << 30
    takes_s: float = 0.0
    prepared: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    prepared_body: bytes = b"<p>no engine"
    asked: list[float] = field(default_factory=list)
    requests: list[list[bytes]] = field(default_factory=list)
    ids: list[tuple[str, str]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def lines(self) -> list[bytes]:
        return [line for request in self.requests for line in request]

    def judged(self, lines: list[bytes], source: str) -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = []
        for number, line in enumerate(lines, 1):
            try:
                raw = core.raw_of(*core.item_of(line, source), now=NOW)
            except BadRecord as error:
                results.append(
                    {"line": number, "status": "refused", "reason": error.reason, "detail": error.detail}
                )
            else:
                results.append({"line": number, "status": "accepted", "doc_id": raw.doc_id, "rev": raw.rev})
                self.ids.append((raw.doc_id, raw.rev))
        return results


class _Handler(BaseHTTPRequestHandler):
    engine: StandIn

    def do_POST(self) -> None:
        engine = self.engine
        with engine.lock:
            engine.asked.append(time.monotonic())
            engine.at_once += 1
            engine.most_at_once = max(engine.most_at_once, engine.at_once)
        time.sleep(engine.takes_s)
        with engine.lock:
            engine.at_once -= (
                1  # before the answer: a client that has it may ask again before this thread goes on
            )
        if engine.token and self.headers["Authorization"] != f"Bearer {engine.token}":
            self._say(401, {}, b"")  # before the body has been read
            return
        assert self.headers["Content-Type"] == "application/x-ndjson"
        body = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"])))
        if len(body) > engine.most_bytes:
            self._say(413, {}, b"")
            return
        with engine.lock:
            if engine.prepared:
                self._say(*engine.prepared.popleft(), engine.prepared_body)
                return
            address = urlsplit(self.path)
            assert address.path == "/v1/articles"
            lines = body.splitlines()
            engine.requests.append(lines)
            results = engine.judged(lines, parse_qs(address.query).get("source", [""])[0])
        self._say(200, {}, json.dumps({"results": results}).encode())

    def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@contextlib.contextmanager
def served(engine: StandIn) -> Iterator[StandIn]:
    """Let *engine* listen, on the port that it had before."""
    handler = type("Handler", (_Handler,), {"engine": engine})
    server = ThreadingHTTPServer(("127.0.0.1", engine.port), handler)
    engine.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield engine
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
