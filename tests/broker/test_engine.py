"""The whole engine on a real broker: bad input, repeats, old charsets.

What faults do to it is in test_chaos.py.
"""

from __future__ import annotations

import asyncio
import base64
import re
import time
import urllib.request
from collections import Counter
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord

from services.cli.worker_processes import Engine
from services.feed.core import item_of, raw_of
from services.feed.feeding import feed
from services.feed.submission import Submission
from services.workshop.streams.short_articles import line
from shared.errors import BadRecord
from shared.kafka import clients, declare, tallies
from shared.settings import Settings
from shared.text import moments
from shared.wire import codec, headers, topics
from shared.wire.tally import Tally
from shared.wire.topics import STAGES


def page(body: bytes, where: str = "test:1") -> Submission:
    return Submission(where, body, *item_of(body, ""))


async def read(settings: Settings, *names: str) -> list[ConsumerRecord]:
    return await clients.read_all(settings, [topics.spelled(name, settings.run) for name in names])


ENDS = (topics.LINKED.name, *(topics.dead(stage) for stage in STAGES))


async def arrived(settings: Settings, expected: int, limit: float, *names: str) -> list[ConsumerRecord]:
    """Wait until *expected* records are on the topics *names* (by default: linked or dead) and return
    them.
    """
    deadline = time.monotonic() + limit
    while len(found := await read(settings, *(names or ENDS))) < expected:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(found)} of {expected}")
        await asyncio.sleep(0.5)
    return found


BAD = {
    "not json": (b"this is no JSON \xff\xfe", "not_json"),
    "a list": (b"[1,2,3]", "not_an_object"),
    "wrong type": (b'{"doc_id": 5}', "wrong_type"),
    "missing fields": (b'{"schema":1,"doc_id":"a"}', "missing_field"),
    "unknown schema": (b'{"schema":99,"doc_id":"a"}', "unknown_schema"),
    "nothing": (b"", "not_json"),
    "lone surrogate": (b'{"doc_id":"\\ud800"}', "not_json"),
    "nul bytes": (b"\x00\x00\x00", "not_json"),
}


@pytest.fixture(scope="module")
def good() -> bytes:
    return codec.encode(raw_of(*item_of(line(1), ""), now="2026-01-01T00:00:00.000Z"))


def edited(good: bytes, **fields: object) -> bytes:
    return orjson.dumps(
        {name: value for name, value in (orjson.loads(good) | fields).items() if value is not None}
    )


async def test_bad_input_ends_in_one_dead_letter_with_its_bytes_and_the_next_goes_through(
    broker: str, run_name: str, tmp_path: Path, good: bytes
) -> None:
    settings = Settings(kafka=broker, run=run_name)
    bad = BAD | {
        "empty text": (edited(good, payload="  \n "), "empty_text"),
        "only nul": (edited(good, payload="\x00"), "empty_text"),
        "nul in the identity": (edited(good, doc_id="\x00"), "wrong_type"),
        "bad base64": (edited(good, payload=None, payload_b64="%%%"), "undecodable"),
        "a page of 2 MB and more": (edited(good, payload="الف " * 400_000), "too_large"),
    }
    await declare.apply(settings)
    producer = AIOKafkaProducer(bootstrap_servers=broker, max_request_size=8 << 20)
    await producer.start()
    topic = topics.spelled(topics.RAW.name, settings.run)
    for value, _ in bad.values():
        await producer.send_and_wait(topic, value, key=b"one source", partition=0)
    await producer.send_and_wait(topic, good, key=b"one source", partition=0)
    await producer.stop()
    engine = Engine(settings, tmp_path / "logs")
    engine.start(STAGES)
    try:
        await arrived(settings, len(bad) + 1, 60)
    finally:
        engine.stop()
    letters = [
        (record.value or b"", headers.get(record.headers, headers.REASON))
        for record in await read(settings, topics.dead("clean"))
    ]
    assert sorted(letters) == sorted(bad.values())
    assert [record.key.decode() for record in await read(settings, topics.LINKED.name)] == [
        orjson.loads(good)["doc_id"]
    ]


async def test_whatever_is_fed_again_is_known_and_counted(broker: str, run_name: str, tmp_path: Path) -> None:
    settings = Settings(kafka=broker, run=run_name)
    await declare.apply(settings)
    broken = b'{"source": "x", "text": '
    pages = [page(line(number), f"test:{number}") for number in range(20)]
    refused = Submission("test:20", broken, None, b"", _refusal(broken))
    changed = page(orjson.dumps(orjson.loads(line(3)) | {"text": "another text"}))
    engine = Engine(settings, tmp_path / "logs")
    engine.start(["clean"])
    try:
        # two feeders at once
        first, other = await asyncio.gather(feed(settings, [*pages, refused]), feed(settings, pages))
        third = await feed(settings, [*pages, changed])
        await arrived(settings, 21, 30, topics.CLEAN.name)
        tally = await _finished(settings, 61)
    finally:
        engine.stop()
    assert (first.accepted, dict(first.refused), other.accepted, third.accepted) == (
        20,
        {"not_json": 1},
        20,
        21,
    )
    articles = [orjson.loads(record.value) for record in await read(settings, topics.CLEAN.name)]
    assert Counter(article["rev_no"] for article in articles) == {1: 20, 2: 1}
    same = [article for article in articles if article["doc_id"] == third.doc_ids[-1]]
    first_seen = {moments.milliseconds(article["first_seen_at"]) for article in same}
    assert len(first_seen) == 1, "first seen stays the first time"
    assert (tally.finished, tally.dropped) == ({"produced": 21, "dropped": 40}, {"known": 40})
    assert [letter.value for letter in await read(settings, topics.dead("feed"))] == [broken]


async def _finished(settings: Settings, expected: int, stage: str = "clean") -> Tally:
    """Wait until the committed offsets of *stage* say that so many records are finished."""
    for _ in range(150):
        tally = await tallies.of_group(settings, topics.group(stage, settings.run))
        if tally.finished.total() >= expected:
            return tally
        await asyncio.sleep(0.2)
    raise TimeoutError(f"{tally}")


def _refusal(body: bytes) -> BadRecord:
    with pytest.raises(BadRecord) as caught:
        item_of(body, "")
    return caught.value


async def test_bytes_of_an_old_charset_come_through(broker: str, run_name: str, tmp_path: Path) -> None:
    settings = Settings(kafka=broker, run=run_name)
    text = (
        "وزیر امور خارجه ایران روز چهارشنبه در تهران با نمایندگان کشورهای منطقه دیدار کرد و درباره اقتصاد گفت‌وگو کرد.\n"
        * 3
    )
    body = orjson.dumps(
        {
            "source": "old",
            "payload_b64": base64.b64encode(
                text.replace("\u200c", "").replace("ی", "ي").encode("cp1256")
            ).decode(),
        }
    )
    await declare.apply(settings)
    engine = Engine(settings, tmp_path / "logs")
    engine.start(["clean", "detect"])
    try:
        await feed(settings, [page(body)])
        found = await arrived(settings, 1, 30, topics.DETECTED.name)
        log = (tmp_path / "logs" / "detect.log").read_text(encoding="utf-8")
        health = re.search(r'"health":"([^"]+)"', log)
        assert health is not None
        with await asyncio.to_thread(urllib.request.urlopen, f"{health[1]}/metrics", timeout=5) as answer:
            assert 'khabar_articles_total{confidence_band="high",lang="fa"} 1.0' in answer.read().decode()
    finally:
        engine.stop()
    article = orjson.loads(found[0].value)
    assert article["clean"]["text"].startswith("وزیر امور خارجه ایران")
    assert article["language"]["lang"] == "fa"
