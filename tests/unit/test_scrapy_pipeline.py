"""Scrapy's door: what reaches the engine, what waits on disk, and what a spider is told."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
import scrapy
from khabar_scrapy import KhabarPipeline, article, courier
from khabar_scrapy.engine import Denied, Engine, Unconfirmed
from khabar_scrapy.options import BadSetting, Options
from khabar_scrapy.spool import Spool
from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector

from services.feed import core
from services.feed.reading.job import Job
from services.feed.reading.named import submissions
from tests.unit.engine_stand_in import NOW, StandIn, served

RIGHT, WRONG = "open sesame", "open barley"


class Opened:
    """A spider's engine, as far as the pipeline asks for it."""

    def __init__(self) -> None:
        self.closed_for: list[str] = []

    async def close_spider_async(self, *, reason: str) -> None:
        self.closed_for.append(reason)


class Crawl:
    """A crawler with the pipeline alone: *give* is what the scraper does with an item."""

    def __init__(self, spool: Path, url: str, **settings: Any) -> None:
        self.crawler = Crawler(
            Spider,
            Settings(
                {"KHABAR_URL": url, "KHABAR_SPOOL": str(spool), "KHABAR_BATCH_SECONDS": 0.05} | settings
            ),
        )
        self.crawler.stats = MemoryStatsCollector(self.crawler)
        self.engine = Opened()
        self.crawler.engine = self.engine  # type: ignore[assignment]
        self.pipeline = KhabarPipeline.from_crawler(self.crawler)

    async def give(self, *items: Any) -> None:
        async with asyncio.timeout(20):
            for given, returned in zip(
                items, await asyncio.gather(*map(self.pipeline.process_item, items)), strict=True
            ):
                assert returned is given

    @property
    def counts(self) -> dict[str, int]:
        assert self.crawler.stats
        return {
            name.removeprefix("khabar/"): n
            for name, n in self.crawler.stats.get_stats().items()
            if name.startswith("khabar/")
        }


@asynccontextmanager
async def crawl(spool: Path, url: str, **settings: Any) -> AsyncIterator[Crawl]:
    begun = Crawl(spool, url, **settings)
    await begun.pipeline.open_spider()
    await begun.crawler.signals.send_catch_log_async(signals.spider_opened)
    try:
        yield begun
    finally:
        async with asyncio.timeout(20):
            await begun.pipeline.close_spider()


def item(number: int) -> dict[str, Any]:
    return {"source": "خبر.ir", "url": f"https://x.ir/{number}", "text": f"متن {number}\nسطر دوم"}


def items(count: int) -> list[dict[str, Any]]:
    return [item(number) for number in range(count)]


def waiting_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def ids(line: bytes, source: str = "") -> tuple[str, str]:
    raw = core.raw_of(*core.item_of(line, source), now=NOW)
    return raw.doc_id, raw.rev


def ids_of(given: dict[str, Any]) -> tuple[str, str]:
    return ids(json.dumps(given).encode())


async def test_a_full_batch_leaves_at_once(tmp_path: Path) -> None:
    with served(StandIn()) as engine:
        async with crawl(tmp_path, engine.url, KHABAR_BATCH=5, KHABAR_BATCH_SECONDS=60) as begun:
            await begun.give(*items(10))
    assert [len(request) for request in engine.requests] == [5, 5]
    assert sorted(engine.ids) == sorted(map(ids_of, items(10)))
    assert begun.counts == {"accepted": 10}


async def test_an_item_alone_does_not_wait_for_the_end_of_the_spider(tmp_path: Path) -> None:
    with served(StandIn()) as engine:
        async with crawl(tmp_path, engine.url, KHABAR_BATCH=100) as begun:
            await begun.give(item(1))
            assert engine.ids == [ids_of(item(1))]


async def test_what_is_under_way_is_delivered_when_the_spider_closes(tmp_path: Path) -> None:
    with served(StandIn()) as engine:
        async with crawl(tmp_path, engine.url, KHABAR_BATCH_SECONDS=60) as begun:
            waiting = asyncio.create_task(begun.give(item(1)))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert not engine.ids
        await waiting
    assert engine.ids == [ids_of(item(1))]
    assert not waiting_files(tmp_path)


async def test_no_more_requests_at_once_than_allowed(tmp_path: Path) -> None:
    with served(StandIn(takes_s=0.03)) as engine:
        async with crawl(tmp_path, engine.url, KHABAR_BATCH=1, KHABAR_IN_FLIGHT="2") as begun:
            await begun.give(*items(8))
    assert engine.most_at_once == 2
    assert begun.counts == {"accepted": 8}


async def test_while_the_engine_is_away_items_wait_on_disk_as_khabar_feed_takes_them(tmp_path: Path) -> None:
    with served(StandIn()) as engine:
        pass
    away = Crawl(tmp_path, engine.url, KHABAR_BATCH=4, KHABAR_SOURCE="a source/of ours")
    await away.pipeline.open_spider()
    await away.give(*items(10), {"text": "بی‌منبع"})
    closing = asyncio.create_task(away.pipeline.close_spider())
    fed = [ids(page.original, "a source/of ours") for page in submissions([str(tmp_path)], Job())]
    expected = sorted([*map(ids_of, items(10)), ids_of({"source": "a source/of ours", "text": "بی‌منبع"})])
    assert sorted(fed) == expected
    assert away.counts == {"spooled": 11}
    with served(engine):  # back in the last moment
        await closing
    assert sorted(engine.ids) == expected
    assert away.counts == {"spooled": 11, "accepted": 11, "resent": 11}
    assert not waiting_files(tmp_path)


async def test_the_next_crawl_sends_what_an_earlier_one_left(tmp_path: Path) -> None:
    with served(StandIn()) as engine:
        engine.prepared.append((503, {"Retry-After": "3000"}))
        begun_s = time.monotonic()
        async with crawl(tmp_path, engine.url) as first:
            await first.give(*items(3))
            await first.give(*items(2))
        assert time.monotonic() - begun_s < 9, "an engine that will be away for an hour is not waited for"
        assert (first.counts, len(engine.asked)) == ({"spooled": 5}, 1)
        async with crawl(tmp_path, engine.url) as second:
            pass
    assert second.counts == {"accepted": 5, "resent": 5}
    assert sorted(set(engine.ids)) == sorted(map(ids_of, items(3)))
    assert not waiting_files(tmp_path)


async def test_a_closing_spider_stays_while_the_engine_takes_what_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "CLOSING_S", 0.05)
    for number in range(12):
        Spool(tmp_path).keep([json.dumps(item(number)).encode()])
    with served(StandIn(takes_s=0.03)) as engine:
        async with crawl(tmp_path, engine.url):
            pass
    assert engine.ids == list(map(ids_of, items(12))), "the oldest first"
    assert not waiting_files(tmp_path)


@pytest.mark.parametrize("status", [429, 503])
async def test_nobody_asks_before_the_engine_wants_to_be_asked(tmp_path: Path, status: int) -> None:
    with served(StandIn()) as engine:
        engine.prepared.append((status, {"Retry-After": "1"}))
        async with crawl(tmp_path, engine.url, KHABAR_BATCH=1) as begun:
            await begun.give(item(0))
            await begun.give(*items(5))
    assert engine.asked[1] - engine.asked[0] >= 1 - 0.02
    assert begun.counts == {"spooled": 6, "resent": 6, "accepted": 6}
    assert not waiting_files(tmp_path)


def test_the_engine_may_name_a_date() -> None:
    with served(StandIn()) as engine:
        engine.prepared.append(
            (503, {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)})
        )
        with pytest.raises(Unconfirmed) as caught:
            Engine(engine.url).hand_over([b"{}"])
    assert 3000 < (caught.value.after_s or 0) <= 3600


async def test_after_an_absence_items_go_straight_to_the_engine_again(tmp_path: Path) -> None:
    with served(StandIn()) as engine:
        engine.prepared.append((503, {"Retry-After": "0"}))
        async with crawl(tmp_path, engine.url) as begun:
            await begun.give(item(0))
            for _ in range(1000):
                if begun.counts.get("resent"):
                    break
                await asyncio.sleep(0.01)
            await begun.give(item(1))
            assert begun.counts == {"spooled": 1, "resent": 1, "accepted": 2}


NO_CONFIRMATION = [
    (200, {}),
    (404, {}),
    (302, {"Location": "http://elsewhere.example/"}),
    (500, {}),
    (415, {}),
    (503, {"Retry-After": "soon"}),
]


async def test_an_answer_that_confirms_nothing_loses_nothing(tmp_path: Path) -> None:
    await asyncio.gather(*(_twice_given(tmp_path / str(answer[0]), answer) for answer in NO_CONFIRMATION))


async def _twice_given(spool: Path, answer: tuple[int, dict[str, str]]) -> None:
    with served(StandIn()) as engine:
        engine.prepared.append(answer)
        async with crawl(spool, engine.url) as begun:
            await begun.give(item(0))
            assert begun.counts == {"spooled": 1}, answer
        assert engine.ids == [ids_of(item(0))], answer


@pytest.mark.parametrize(
    "results", [[], [{"line": 1, "status": "accepted"}], [{"status": "accepted"}] * 2, None]
)
def test_an_answer_about_other_lines_than_were_sent_confirms_none(
    results: list[dict[str, Any]] | None,
) -> None:
    with served(StandIn(prepared_body=json.dumps({"results": results}).encode())) as engine:
        engine.prepared.append((200, {}))
        with pytest.raises(Unconfirmed):
            Engine(engine.url).hand_over([b"{}", b"{}"])


async def test_a_proxy_of_the_crawl_does_not_see_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with served(StandIn(token=RIGHT)) as engine:
        async with crawl(tmp_path, engine.url, KHABAR_TOKEN=RIGHT) as begun:
            await begun.give(item(0))
    assert begun.counts == {"accepted": 1}


async def test_a_wrong_token_closes_the_spider_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with served(StandIn(token=RIGHT)) as engine:
        async with crawl(tmp_path / "spool", engine.url, KHABAR_TOKEN=WRONG, KHABAR_BATCH=1) as begun:
            await begun.give(*items(5))
            await begun.give(item(5))
    assert begun.engine.closed_for == ["khabar_unauthorized"]
    assert "does not take KHABAR_TOKEN" in caplog.text
    assert WRONG not in caplog.text.replace("wrong_type", "")
    assert begun.counts == {"spooled": 6}
    secret = tmp_path / "token"
    secret.write_text(f"{RIGHT}\n", encoding="utf-8")
    with served(engine):
        async with crawl(
            tmp_path / "spool", engine.url, KHABAR_TOKEN=WRONG, KHABAR_TOKEN_FILE=str(secret)
        ) as begun:
            pass
    assert sorted(engine.ids) == sorted(map(ids_of, items(6)))


def test_an_engine_that_denies_before_it_has_read_is_understood() -> None:
    line = json.dumps({"text": os.urandom(3_000_000).hex()}).encode()
    with served(StandIn(token=RIGHT)) as engine, pytest.raises(Denied):
        Engine(engine.url, WRONG).hand_over([line])


async def test_a_refused_item_is_counted_with_its_reason_and_not_sent_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = [item(0), {"source": "x.ir", "url": "https://x.ir/empty"}, {"text": "متن"}, item(1)]
    with served(StandIn()) as engine:
        async with crawl(tmp_path, engine.url) as begun:
            await begun.give(*given)
    assert begun.counts == {"accepted": 2, "refused/empty_text": 1, "refused/no_identity": 1}
    assert len(engine.lines) == 4
    assert "https://x.ir/empty: empty_text: no page" in caplog.text


async def test_too_much_for_one_request_goes_in_smaller_ones(tmp_path: Path) -> None:
    given = [*items(9), item(9) | {"text": "م" * 2000}]
    with served(StandIn(most_bytes=700)) as engine:
        async with crawl(tmp_path, engine.url) as begun:
            await begun.give(*given)
    assert sorted(engine.ids) == sorted(map(ids_of, items(9)))
    assert begun.counts == {"accepted": 9, "refused/too_large": 1}


async def test_an_item_that_is_safe_nowhere_is_an_error_of_the_item(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("no folder", encoding="utf-8")
    with served(StandIn()) as engine:
        engine.prepared.append((503, {}))
        async with crawl(tmp_path / "spool", engine.url) as begun:
            with pytest.raises(OSError, match="spool"):
                await begun.give(item(0))
            await begun.give(item(1))
    assert begun.counts == {"accepted": 1}


class Declared(scrapy.Item):  # type: ignore[misc]
    source = scrapy.Field()
    url = scrapy.Field()
    text = scrapy.Field()
    fetched_at = scrapy.Field()
    declared = scrapy.Field()


@dataclass
class Flat:
    source: str
    url: str
    text: str
    fetched_at: datetime


@attrs.define
class Defined:
    source: str
    url: str
    text: bytes
    fetched_at: str


async def test_items_of_every_kind_that_scrapy_knows_are_the_same_article(tmp_path: Path) -> None:
    fields = {"source": "x.ir", "url": "https://x.ir/a", "text": "متن\r\n\ufeffدوم"}
    at = datetime(2026, 1, 31, 12, tzinfo=UTC)
    given = [
        fields | {"fetched_at": at.isoformat()},
        Declared(**fields, fetched_at=at, declared={"title": "عنوان", "author": "x"}),
        Flat(**fields, fetched_at=at),
        Defined(**(fields | {"text": fields["text"].encode()}), fetched_at=at.isoformat()),  # type: ignore[arg-type]
    ]
    with served(StandIn()) as engine:
        async with crawl(tmp_path, engine.url) as begun:
            await begun.give(*given)
    assert engine.ids == [ids_of(fields)] * 4
    assert [json.loads(line)["fetched_at"] for line in engine.lines] == ["2026-01-31T12:00:00+00:00"] * 4


async def test_what_json_cannot_hold_costs_its_field_and_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = [
        item(0) | {"raw": {"response": [Response("https://x.ir")]}},
        item(1) | {"logo": b"\x89PNG"},
        "no item",
        item(2),
    ]
    with served(StandIn()) as engine:
        async with crawl(tmp_path, engine.url) as begun:
            await begun.give(*given)
    assert begun.counts == {"refused/wrong_type": 1, "accepted": 3, "fields_left_out": 2}
    assert [sorted(json.loads(line)) for line in engine.lines[:2]] == [sorted(item(0)), sorted(item(1))]
    assert "raw.response[0] is a Response" in caplog.text
    assert "logo holds bytes that are not UTF-8" in caplog.text


async def test_half_a_letter_reaches_the_engine_as_it_is(tmp_path: Path) -> None:
    with served(StandIn()) as engine:
        async with crawl(tmp_path, engine.url) as begun:
            await begun.give(item(0) | {"text": "\ud83d"}, item(1))
    assert begun.counts == {"accepted": 2}, "the engine mends it, and notes so"
    assert rb"\ud83d" in engine.lines[0]


PAGE = "<!doctype html><meta charset=windows-1256>\r\n<h1>خبر</h1>\n<p>وزير الخارجية قال اليوم</p>\n"


@pytest.mark.parametrize(
    ("body", "header", "declared"),
    [
        (PAGE.encode(), "text/html; charset=utf-8", "utf-8"),
        (b"\xef\xbb\xbf" + PAGE.encode(), "text/html", None),
        (PAGE.encode("cp1256"), 'text/html; charset="Windows-1256"', "Windows-1256"),
        (PAGE.encode("cp1256"), None, None),
        (PAGE.encode("utf-16"), "text/html; charset=utf-16", "utf-16"),
        (PAGE.encode() + b"\xff", "application/xhtml+xml; charset=utf-8", "utf-8"),
    ],
)
async def test_a_response_is_the_article_that_its_bytes_are(
    tmp_path: Path, body: bytes, header: str | None, declared: str | None
) -> None:
    response = HtmlResponse(
        "https://www.News.Example.ir:8443/a?b=1",
        body=body,
        headers={"Content-Type": header} if header else None,
    )
    file = tmp_path / "news.example.ir" / "a.html"
    file.parent.mkdir()
    file.write_bytes(body)
    with served(StandIn()) as engine:
        async with crawl(tmp_path / "spool", engine.url) as begun:
            await begun.give(article(response, title="خبر", published=None))
            await begun.give({"source": "news.example.ir", "url": response.url, "html": body})
    (fed,) = submissions([str(file)], Job())
    assert fed.item
    as_file = core.raw_of(fed.item, fed.payload, now=NOW)
    line = json.loads(engine.lines[0])
    raw = core.raw_of(*core.item_of(engine.lines[0], ""), now=NOW)
    assert raw.content_sha256 == as_file.content_sha256
    assert (
        engine.ids[0]
        == engine.ids[1]
        == (
            core.doc_id("news.example.ir", "canonical_url", "https://www.news.example.ir:8443/a?b=1"),
            as_file.rev,
        )
    )
    assert line.get("encoding") == declared
    assert "html" in raw.media_type
    assert (line["title"], "published" in line) == ("خبر", False)


def test_a_text_page_is_said_to_be_one() -> None:
    made = article(
        TextResponse("https://x.ir/a.txt", body="متن".encode(), headers={"Content-Type": "text/plain"}),
        source="ours",
    )
    assert (made["media_type"], made["source"]) == ("text/plain", "ours")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, "KHABAR_URL"),
        ({"KHABAR_URL": "localhost:8117"}, "localhost:8117"),
        ({"KHABAR_URL": "http://x", "KHABAR_BATCH": "many"}, "KHABAR_BATCH='many'"),
        ({"KHABAR_URL": "http://x", "KHABAR_IN_FLIGHT": 0}, "KHABAR_IN_FLIGHT=0"),
        ({"KHABAR_URL": "http://x", "KHABAR_TOKN": "a"}, "KHABAR_TOKN is not a setting; known are"),
        ({"KHABAR_URL": "http://x", "KHABAR_TOKEN_FILE": "/nowhere/at/all"}, "/nowhere/at/all"),
        ({"KHABAR_URL": "http://x", "KHABAR_TOKEN": "a\r\nb"}, "KHABAR_TOKEN"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(BadSetting, match=named.replace("?", r"\?")):
        Options.of(Settings(settings))


def test_a_token_is_never_shown() -> None:
    assert "hush" not in repr(Options.of(Settings({"KHABAR_URL": "https://x/y/", "KHABAR_TOKEN": "hush"})))


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "khabar_scrapy")
