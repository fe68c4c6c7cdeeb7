"""``bench ingest``: articles a second over HTTP into Kafka, beside a bare producer that sends the same
records in the same run.
"""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import resource
import socket
import time
from collections.abc import Sequence
from itertools import batched
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import psutil

from services.cli.worker_processes import Engine
from services.feed.delivery import emitted
from services.feed.submission import Submission
from services.workshop.timing.made_articles import article
from shared.contract import Origin
from shared.kafka import clients, declare
from shared.settings import Settings
from shared.wire import headers, topics

ARTICLES, SOURCES = 8_000, 30
CLIENTS, LINES = 32, 50
WINDOW = 500
BOMB_BYTES = 300_000_000
HEAD = "POST /v1/articles HTTP/1.1\r\nHost: bench\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n{more}\r\n"


def bench(settings: Settings) -> dict[str, Any]:
    """Return rate, waits and CPU of the door for single articles and for JSON lines, of a bare producer, and
    what a bomb does.
    """
    asyncio.run(declare.apply(settings))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    made = [_article(number) for number in range(ARTICLES)]
    with TemporaryDirectory() as logs:
        engine = Engine(dataclasses.replace(settings, ingest_port=port), Path(logs))
        engine.start(["ingest"])
        try:
            _await_door(port)
            server = psutil.Process(engine.workers["ingest"].pid)
            asyncio.run(_give(port, _single(made[:500]), 8))  # every partition is known by then
            single = _measured(server, port, _single(made), clients=CLIENTS)
            lines = _measured(server, port, _lines(made), clients=CLIENTS // 8)
            bomb = _bomb(server, port)
        finally:
            engine.stop()
    bare = asyncio.run(_bare(settings, made))
    for one in (single, lines):
        one["times_bare_cpu"] = round(one["cpu_us_per_article"] / bare["cpu_us_per_article"], 2)
    return {
        "articles": ARTICLES,
        "bytes": round(sum(map(len, made)) / len(made)),
        "single": single,
        "lines": lines,
        "bare": bare,
        "bomb": bomb,
    }


def _article(number: int) -> bytes:
    text = orjson.loads(article(number % 200))["text"]
    return orjson.dumps(
        {
            "source": f"outlet-{number % SOURCES}",
            "url": f"https://example.org/{number}",
            "text": f"{number} {text}",
        }
    )


def _request(body: bytes, kind: str, more: str = "") -> bytes:
    return HEAD.format(kind=kind, size=len(body), more=more).encode() + body


def _single(made: Sequence[bytes]) -> list[bytes]:
    return [_request(one, "application/json") for one in made]


def _lines(made: Sequence[bytes]) -> list[bytes]:
    return [_request(b"\n".join(some), "application/x-ndjson") for some in batched(made, LINES)]


def _await_door(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _measured(
    server: psutil.Process, port: int, requests: Sequence[bytes], *, clients: int
) -> dict[str, Any]:
    """Return what it takes to have *requests* accepted, from so many *clients* that each wait for their
    answer.
    """
    before, begun = sum(server.cpu_times()[:2]), time.perf_counter()
    waits = sorted(asyncio.run(_give(port, requests, clients)))
    wall, cpu = time.perf_counter() - begun, sum(server.cpu_times()[:2]) - before
    return {
        "clients": clients,
        "articles_per_s": round(ARTICLES / wall),
        "articles_per_cpu_s": round(ARTICLES / cpu),
        "cpu_us_per_article": round(cpu / ARTICLES * 1e6),
        "p50_ms": round(waits[len(waits) // 2] * 1000, 1),
        "p95_ms": round(waits[int(len(waits) * 0.95)] * 1000, 1),
        "rss_mb": round(server.memory_info().rss / 1e6),
    }


async def _give(port: int, requests: Sequence[bytes], clients: int) -> list[float]:
    """Send *requests* over kept connections; return the seconds that each waited for its 200."""
    waits: list[float] = []
    rest = iter(requests)

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in rest:
            begun = time.perf_counter()
            writer.write(request)
            status, _ = await _answer(reader)
            waits.append(time.perf_counter() - begun)
            if status != b"200":
                raise RuntimeError(f"the door said {status.decode()}")
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return waits


async def _answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    return head.split(b" ", 2)[1], await reader.readexactly(size)


async def _bare(settings: Settings, made: Sequence[bytes]) -> dict[str, Any]:
    """Return what it costs a bare producer to send the records that *made* become."""
    now_ms = time.time_ns() // 1_000_000
    topic = topics.spelled(topics.RAW.name, settings.run)
    maker = headers.RecordMaker(stage="feed", version="bench", model_sha256="", run=settings.run, instance="")
    records = []
    for at, one in enumerate(made):
        emit = emitted(Submission.of_line(one, f"bench:{at}", ""), topics.RAW.name, now_ms=now_ms)
        records.append(
            (
                emit,
                headers.output_headers(emit, maker, headers.Cause((), Origin("bench", 0, at, now_ms), 0, "")),
            )
        )
    producer = clients.idempotent(settings)
    await producer.start()
    await producer.send_and_wait(topic, records[0][0].value, key=records[0][0].key)
    before, begun = _spent(), time.perf_counter()
    for some in batched(records, WINDOW):
        await asyncio.gather(
            *[await producer.send(topic, emit.value, key=emit.key, headers=pairs) for emit, pairs in some]
        )
    wall, cpu = time.perf_counter() - begun, _spent() - before
    await producer.stop()
    return {"articles_per_s": round(ARTICLES / wall), "cpu_us_per_article": round(cpu / ARTICLES * 1e6)}


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _bomb(server: psutil.Process, port: int, times: int = 5) -> dict[str, Any]:
    """Return how long a body that unpacks to 300 MB takes to be refused, and what it leaves in memory."""
    packed = gzip.compress(bytes(BOMB_BYTES))
    before = server.memory_info().rss
    waits = sorted(
        asyncio.run(_throw(port, _request(packed, "application/x-ndjson", "Content-Encoding: gzip\r\n")))
        for _ in range(times)
    )
    grown = server.memory_info().rss - before
    return {
        "packed_bytes": len(packed),
        "median_ms": round(waits[times // 2] * 1000, 1),
        "rss_grown_mb": round(grown / 1e6, 1),
    }


async def _throw(port: int, request: bytes) -> float:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    begun = time.perf_counter()
    writer.write(request)
    status, _ = await _answer(reader)
    waited = time.perf_counter() - begun
    writer.close()
    if status != b"413":
        raise RuntimeError(f"the door said {status.decode()} to a bomb")
    return waited
