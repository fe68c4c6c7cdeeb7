"""All doors lead to the same place: the same article has the same ids through each, and README's ten lines a
door are true.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import gzip
import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest
from http_door import LINES, ask, free_port, ingest

from services.cli.worker_processes import Engine, environment
from shared.broker.node import Broker
from shared.kafka import clients, declare, tallies
from shared.settings import Settings
from shared.wire import topics

ROOT = Path(__file__).resolve().parents[2]
ARTICLES = 200
NOW = "2026-01-02T03:04:05Z"
WORDS = {
    "fa": "شورای شهر تهران امروز درباره بودجه سال آینده تصمیم گرفت و گزارش شماره {} را منتشر کرد",
    "ar": "قرر مجلس المدينة اليوم ميزانية العام المقبل ونشر التقرير رقم {} في بغداد",
    "en": "The city council decided on next year's budget today and published report number {}",
}


def headline(number: int) -> str:
    return WORDS[list(WORDS)[number % 3]].format(number)


def item(number: int) -> dict[str, str]:
    body = f"<h1>{escape(headline(number), quote=False)}</h1>\n<p>{escape(headline(number), quote=False)}. {'Further words. ' * 5}</p>"
    return {
        "source": "paper.example",
        "url": f"https://paper.example/news/{number}",
        "html": body,
        "fetched_at": NOW,
    }


ITEMS = [item(number) for number in range(ARTICLES)]


def rss(items: list[dict[str, str]], text: str = "html") -> bytes:
    entries = "".join(
        f"<item><title>{escape(headline(at))}</title><link>{one['url']}</link><guid>{one['url']}</guid>"
        f"<content:encoded><![CDATA[{one[text]}]]></content:encoded></item>"
        for at, one in enumerate(items)
    )  # fmt: skip
    head = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>t</title><link>https://paper.example</link>'
    return f'<?xml version="1.0" encoding="utf-8"?>{head}{entries}</channel></rss>'.encode()


def warc(items: list[dict[str, str]]) -> bytes:
    packed = b""
    for at, one in enumerate(items):
        page = one["html"].encode()
        http = (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
            % len(page)
            + page
        )
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{at:032x}>\r\nWARC-Date: {NOW}\r\n"
            f"WARC-Target-URI: {one['url']}\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
        )
        packed += gzip.compress(head.encode() + http + b"\r\n\r\n")
    return packed


@contextmanager
def served(body: bytes) -> Iterator[str]:
    """A feed on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/rss"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def running(
    command: list[str], env: dict[str, str], log: Path, folder: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own group, gone afterwards with all its children."""
    with log.open("ab") as file:
        made = subprocess.Popen(
            command, env=env, cwd=folder, stdout=file, stderr=file, start_new_session=True
        )
    try:
        yield made
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(made.pid, signal.SIGKILL)
        made.wait()


def khabar(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "services.cli", *arguments]


async def until(reached: Callable[[int], bool], settings: Settings, topic: str, limit_s: float = 120) -> int:
    """Wait until the number of records in *topic* satisfies *reached*, and return it."""
    deadline = time.monotonic() + limit_s
    while not reached(n := len(await clients.read_all(settings, [topic]))):
        assert time.monotonic() < deadline, f"{n} records in {topic}"
        await asyncio.sleep(0.3)
    return n


def write_all(folder: Path) -> list[Path]:
    """The same articles in files of every kind."""
    table = io.StringIO()
    rows = csv.DictWriter(table, list(ITEMS[0]))
    rows.writeheader()
    rows.writerows(ITEMS)
    lines = b"\n".join(map(orjson.dumps, ITEMS))
    bodies = {
        "a.jsonl": lines,
        "b.json": orjson.dumps(ITEMS),
        "c.csv": table.getvalue().encode(),
        "d.warc.gz": warc(ITEMS),
    }
    for name, body in bodies.items():
        (folder / name).write_bytes(body)
    return [folder / name for name in bodies]


def post(settings: Settings) -> None:
    """Send all articles over HTTP, again whenever the answer is not 200, as a client should."""
    for at in range(0, ARTICLES, 20):
        body, deadline = b"\n".join(map(orjson.dumps, ITEMS[at : at + 20])), time.monotonic() + 90
        while True:
            with contextlib.suppress(OSError):
                if ask(settings, "POST", "/v1/articles", body)[0] == 200:
                    break
            assert time.monotonic() < deadline
            time.sleep(0.3)


def feed(files: list[Path], env: dict[str, str]) -> None:
    """Feed *files*, and the same again when that ended badly, as an operator should."""
    deadline = time.monotonic() + 90
    while subprocess.run(
        khabar("feed", *map(str, files)), env=env, check=False, cwd=ROOT, capture_output=True
    ).returncode:
        assert time.monotonic() < deadline


async def test_the_same_articles_through_every_door_twice_are_200_articles(
    own_broker: Broker, tmp_path: Path
) -> None:
    settings = Settings(kafka=own_broker.bootstrap, ingest_port=free_port(), instance="one")
    await declare.apply(settings)
    files, env = write_all(tmp_path), environment(settings)
    with served(rss(ITEMS)) as address, contextlib.ExitStack() as stack:
        (tmp_path / "feeds.txt").write_text(address, encoding="utf-8")
        polling = env | {"KHABAR_FEEDS": str(tmp_path / "feeds.txt"), "KHABAR_FEEDS_PRIVATE": "yes"}
        door = stack.enter_context(ingest(settings, tmp_path / "ingest.log"))
        with running(khabar("feed", *map(str, files)), env, tmp_path / "killed.log"):
            await until(lambda n: n > 0, settings, "articles.raw")  # killed in the middle, somewhere
        posting = asyncio.create_task(asyncio.to_thread(post, settings))
        feeding = asyncio.create_task(asyncio.to_thread(feed, files, env))
        await asyncio.sleep(1)
        door.kill()
        await asyncio.to_thread(own_broker.bounce)
        stack.enter_context(ingest(settings, tmp_path / "ingest.log"))
        await asyncio.gather(posting, feeding)
        await asyncio.to_thread(post, settings)
        before = await until(lambda n: n >= 6 * ARTICLES, settings, "articles.raw")
        with running(khabar("run", "feeds"), polling, tmp_path / "feeds.log"):
            raws = await until(lambda n: n >= before + ARTICLES, settings, "articles.raw")
    engine = Engine(settings, tmp_path / "logs")
    engine.start(["clean"])
    try:
        deadline = time.monotonic() + 120
        while (tally := await tallies.of_group(settings, topics.group("clean"))).finished.total() < raws:
            assert time.monotonic() < deadline, tally
            await asyncio.sleep(0.5)
    finally:
        engine.stop()
    ids = {
        (one["doc_id"], one["rev"])
        for one in (
            orjson.loads(record.value) for record in await clients.read_all(settings, ["articles.raw"])
        )
    }
    articles = [orjson.loads(record.value) for record in await clients.read_all(settings, ["articles.clean"])]
    assert len(ids) == ARTICLES, "every door gives the same ids"
    assert {(one["doc_id"], one["rev"]) for one in articles} == ids
    assert len(articles) == ARTICLES
    assert tally.dropped == {"known": raws - ARTICLES}


@pytest.fixture(scope="module")
def blocks() -> list[tuple[str, str]]:
    """README's code blocks of «Connect your scraper», in order: language and text."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition("## Connect your scraper\n")[2].partition("\n## ")[0]
    return re.findall(r"```(\w+)\n(.*?)```", section, flags=re.DOTALL)


SPIDER = """
import json
import scrapy


class Pages(scrapy.Spider):
    name = "pages"
    custom_settings = {settings}

    async def start(self):
        for line in open("pages.jsonl", encoding="utf-8"):
            yield json.loads(line)
"""


async def test_readme_connects_five_scrapers_as_it_says(
    own_broker: Broker, blocks: list[tuple[str, str]], tmp_path: Path
) -> None:
    settings = Settings(kafka=own_broker.bootstrap, instance="one")
    await declare.apply(settings)
    given: list[dict[str, Any]] = [
        {**{key: one[key] for key in ("source", "url", "fetched_at")}, "text": headline(at)}
        for at, one in enumerate(ITEMS[:10])
    ]
    (tmp_path / "pages.jsonl").write_bytes(b"\n".join(map(orjson.dumps, given)) + b"\n")
    (tmp_path / "khabar").write_text(
        f'#!/bin/sh\ncd "{tmp_path}" && exec "{sys.executable}" -m services.cli "$@"\n', encoding="utf-8"
    )
    (tmp_path / "khabar").chmod(0o755)
    env = (
        os.environ
        | environment(settings)
        | {"PYTHONPATH": f"{ROOT}:{ROOT / 'deploy' / 'scrapy'}", "KHABAR_FEEDS_PRIVATE": "yes"}
    )
    files, http, scrapy, feeds, kafka = (text for _, text in blocks)
    custom: dict[str, Any] = {}
    exec(scrapy, custom)  # noqa: S102 - README's own lines
    plain = {name: value for name, value in custom.items() if name.isupper()}
    (tmp_path / "spider.py").write_text(SPIDER.replace("{settings}", repr(plain)), encoding="utf-8")
    (tmp_path / "producer.py").write_text(kafka, encoding="utf-8")

    def shell(text: str) -> list[str]:
        return ["/bin/sh", "-ec", text]

    log = tmp_path / "log"
    with running(shell(files), env, log, tmp_path):
        assert await until(lambda n: n >= 20, settings, "articles.raw") == 20
    with running(shell(f"{http}\nwait"), env, log, tmp_path):
        assert await until(lambda n: n >= 30, settings, "articles.raw") == 30, log.read_text(encoding="utf-8")
        with running([sys.executable, "-m", "scrapy", "runspider", "spider.py"], env, log, tmp_path) as crawl:
            assert await until(lambda n: n >= 40, settings, "articles.raw") == 40
            assert await asyncio.to_thread(crawl.wait, 60) == 0
    with served(rss(given, "text")) as address:
        (tmp_path / "feeds.txt").write_text(address, encoding="utf-8")
        with running(shell(feeds), env, log, tmp_path):
            await until(lambda n: n >= 50, settings, "articles.raw")
    with running([sys.executable, "producer.py"], env, log, tmp_path) as producing:
        assert await asyncio.to_thread(producing.wait, 60) == 0, log.read_text(encoding="utf-8")
    raws = [orjson.loads(record.value) for record in await clients.read_all(settings, ["articles.raw"])]
    assert len(raws) == 60
    assert len({raw["doc_id"] for raw in raws}) == 10
    assert LINES in http
