"""The HTTP door of a test: a worker process, and a client that speaks to it over sockets as clumsily as a
test wants.
"""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from herd import Herd

from shared.settings import Settings

TOKEN = "open sesame"  # noqa: S105 - it opens the door of a test
JSON, LINES = "application/json", "application/x-ndjson"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    said: Any


class Door:
    """One running worker and how to speak to it."""

    def __init__(self, herd: Herd, port: int, health: str) -> None:
        self.herd, self.port, self.health = herd, port, health
        self.process = herd.workers[0]

    def post(
        self,
        body: bytes,
        kind: str | None = JSON,
        path: str = "/v1/articles",
        limit: float = 60,
        **headers: str | None,
    ) -> Answer:
        """Send one request; a header of None is left out."""
        given = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind} | {
            k.replace("_", "-"): v for k, v in headers.items()
        }
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=limit)
        try:
            client.request(
                "POST", path, body, {name: value for name, value in given.items() if value is not None}
            )
            return answered(client.getresponse())
        finally:
            client.close()

    def socket(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 60)

    def resident(self) -> int:
        """Return the resident bytes of the worker."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) << 10

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.herd.logs().splitlines() if line.startswith("{")]


def answered(response: http.client.HTTPResponse) -> Answer:
    body = response.read()
    return Answer(
        response.status,
        {name.lower(): value for name, value in response.getheaders()},
        json.loads(body) if body else None,
    )


def answer_on(one: socket.socket) -> Answer:
    """Read an answer off a socket."""
    response = http.client.HTTPResponse(one)
    response.begin()
    return answered(response)


def head(size: int | None, kind: str = LINES, **headers: str) -> bytes:
    """Return the head of a request whose body the test sends by itself; *size* None: in chunks."""
    length = {"Transfer-Encoding": "chunked"} if size is None else {"Content-Length": str(size)}
    given = {"Host": "door", "Authorization": f"Bearer {TOKEN}", "Content-Type": kind} | length
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in (given | headers).items()]
    return "\r\n".join(["POST /v1/articles HTTP/1.1", *lines, "", ""]).encode()


def packed(body: bytes) -> bytes:
    return gzip.compress(body, 9)


def environment(settings: Settings, **more: str) -> dict[str, str]:
    given = {"KAFKA": settings.kafka, "RUN": settings.run, "INGEST_PORT": "0", "INGEST_TOKEN": TOKEN} | more
    return {f"KHABAR_{name}": value for name, value in given.items()}


COMMAND = [sys.executable, "-m", "services.cli", "run", "ingest"]


@contextmanager
def opened(settings: Settings, folder: Path, **more: str) -> Iterator[Door]:
    """Give an open door; *more* are further settings. No process stays behind."""
    folder.mkdir(parents=True, exist_ok=True)
    herd = Herd(COMMAND, environment(settings, **more), folder)
    try:
        worker = herd.add()
        started = _started(herd)
        yield Door(herd, int(started["address"].rpartition(":")[2]), started["health"])
        assert worker.poll() is None or worker.returncode == 0, herd.logs()
        assert not [line for line in herd.logs().splitlines() if '"event":"bug"' in line]
    finally:
        herd.close()
        assert herd.orphans() == []


def _started(herd: Herd, limit: float = 60) -> dict[str, Any]:
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        for line in herd.logs().splitlines():
            if (
                line.startswith("{")
                and line.endswith("}")
                and (found := json.loads(line))["event"] == "started"
            ):
                return dict(found)
        if herd.workers[0].poll() is not None:
            break
        time.sleep(0.1)
    raise TimeoutError(herd.logs())
