"""A worker behind the HTTP door, and a client that asks it."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from services.cli.worker_processes import environment
from shared.settings import Settings

LINES = "application/x-ndjson"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def ingest(settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of its own, answering."""
    with log.open("ab") as file:
        command = [sys.executable, "-m", "services.cli", "run", "ingest"]
        worker = subprocess.Popen(command, env=environment(settings), stderr=file, stdout=file)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                if ask(settings, "GET", "/v1/openapi.json")[0] == 200:
                    break
            except OSError:
                assert worker.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.1)
        yield worker
    finally:
        worker.kill()
        worker.wait()


def ask(
    settings: Settings, method: str, path: str, body: bytes = b"", *, kind: str = LINES, **more: str
) -> tuple[int, dict[str, Any], http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", settings.ingest_port, timeout=30)
    try:
        given = {"Content-Type": kind} | {name.replace("_", "-"): value for name, value in more.items()}
        connection.request(method, path, body, given)
        answer = connection.getresponse()
        found = orjson.loads(answer.read() or b"{}")
        return answer.status, found, answer.headers
    finally:
        connection.close()
