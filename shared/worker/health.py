"""``/metrics``, ``/livez`` and ``/readyz``, served from a thread, so that a busy event loop cannot hide.

Served by the loop an answer took 4.22 s, by a thread .33 s.
"""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import override

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest

Check = Callable[[], tuple[bool, str]]
"""Tells whether all is well, and if not, why."""

PORT_SETTING = "KHABAR_METRICS_PORT, --metrics-port"
LOOP_SECONDS = 5.0
"""The event loop must have turned within this time for ``/livez``."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], checks: dict[str, Check], registry: CollectorRegistry
    ) -> None:
        self.checks, self.registry = checks, registry
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._answer(200, generate_latest(self.server.registry), CONTENT_TYPE_LATEST)
        elif path in self.server.checks:
            good, why = self.server.checks[path]()
            self._answer(200 if good else 503, f"{why}\n".encode(), "text/plain; charset=utf-8")
        else:
            self._answer(404, b"/metrics /livez /readyz\n", "text/plain")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: a scrape every few seconds is no news."""


def serve(
    port: int, *, live: Check, ready: Check, registry: CollectorRegistry = REGISTRY, host: str = "127.0.0.1"
) -> int:
    """Serve on *port* (0 = any free one) from a daemon thread; returns the port.

    Raises OSError, which names it, when it cannot be had.
    """
    try:
        server = _Server((host, port), {"/livez": live, "/readyz": ready}, registry)
    except OSError as error:
        raise refused(error, port, PORT_SETTING) from None
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return int(server.server_address[1])


def require_free(port: int, host: str = "127.0.0.1") -> None:
    """Raise OSError, which names *port*, when nobody could listen there: before anything else is begun."""
    try:
        _Server((host, port), {}, REGISTRY).server_close()
    except OSError as error:
        raise refused(error, port, PORT_SETTING) from None


def refused(error: OSError, port: int, setting: str) -> OSError:
    """Return *error* with the port and the setting that names it."""
    why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be had ({error.strerror})"
    return OSError(error.errno, f"port {port} {why}: end what has it, or set another ({setting})")


def loop_turns(turned_at: float) -> tuple[bool, str]:
    """Tell whether the event loop, which last turned at *turned_at* (``time.monotonic()``), is well."""
    silent = time.monotonic() - turned_at
    turns = silent <= LOOP_SECONDS
    return turns, "ok" if turns else f"the event loop has not turned for {silent:.0f} s"
