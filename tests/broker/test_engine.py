"""The whole engine on a real broker: killed workers, a restarted broker, bad input; nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import base64
import random
import re
import time
import urllib.request
from collections import Counter
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord

from services.cli.engine import Engine
from services.feed.core import item_of, raw_of
from services.feed.pages import Page
from services.feed.send import feed
from services.stages import STAGES
from shared import codec, declare, headers, kafka, topics
from shared.broker import Broker
from shared.errors import BadRecord
from shared.settings import Settings

WORDS = {
    "fa": [
        "وزیر",
        "خارجه",
        "امروز",
        "در",
        "تهران",
        "با",
        "همتای",
        "خود",
        "دیدار",
        "کرد",
        "و",
        "درباره",
        "بازرگانی",
        "و",
        "گذرگاه",
        "مرزی",
        "سخن",
        "گفت",
        "مردم",
        "شهر",
        "بازار",
        "باران",
        "برق",
        "آب",
    ],
    "ar": [
        "قال",
        "وزير",
        "الخارجية",
        "اليوم",
        "في",
        "بغداد",
        "إن",
        "المباحثات",
        "مع",
        "نظيره",
        "تناولت",
        "التجارة",
        "والحدود",
        "والمياه",
        "والكهرباء",
        "والمطر",
        "في",
        "المدينة",
    ],
    "en": [
        "the",
        "foreign",
        "minister",
        "said",
        "today",
        "in",
        "Baghdad",
        "that",
        "talks",
        "with",
        "his",
        "colleague",
        "covered",
        "trade",
        "borders",
        "water",
        "power",
        "and",
        "rain",
    ],
}


def line(number: int) -> bytes:
    """Return one short article that no other is like."""
    plan = random.Random(number)
    words = WORDS[plan.choice(sorted(WORDS))]
    text = "\n\n".join(" ".join(plan.choices(words, k=plan.randint(12, 30))) + "." for _ in range(plan.randint(1, 3)))
    return orjson.dumps({"source": f"outlet-{number % 30}", "url": f"https://example.org/{number}", "text": f"{number} {text}"})


def page(body: bytes, where: str = "test:1") -> Page:
    return Page(where, body, *item_of(body, ""))


async def read(settings: Settings, *names: str) -> list[ConsumerRecord]:
    return await kafka.read_all(settings, [topics.spelled(name, settings.run) for name in names])


ENDS = (topics.LINKED.name, *(topics.dead(stage) for stage in STAGES))


async def arrived(settings: Settings, expected: int, limit: float, *names: str) -> list[ConsumerRecord]:
    """Wait until *expected* records are on the topics *names* (by default: linked or dead) and return them."""
    deadline = time.monotonic() + limit
    while len(found := await read(settings, *(names or ENDS))) < expected:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(found)} of {expected}")
        await asyncio.sleep(0.5)
    return found


async def test_3000_articles_through_four_killed_stages_and_a_restarted_broker(own_broker: Broker, run_name: str, tmp_path: Path) -> None:
    settings = Settings(kafka=own_broker.bootstrap, run=run_name, session_ms=6000, heartbeat_ms=1000)
    plan = random.Random(7)
    await declare.apply(settings)
    engine = Engine(settings, tmp_path / "logs")
    engine.start(STAGES)
    try:
        report = await feed(settings, (page(line(number)) for number in range(3000)))
        faults = ["kill"] * 4 + ["broker"]
        plan.shuffle(faults)
        for at, fault in enumerate(faults, 1):
            await arrived(settings, at * 150, 240)
            if fault == "kill":
                stage = plan.choice(STAGES)
                engine.workers[stage].kill()
                engine.workers[stage].wait()
                engine.start([stage])
            else:
                await asyncio.to_thread(own_broker.bounce)
        await arrived(settings, 3000, 240)
    finally:
        engine.stop()
    assert report.accepted == 3000
    fed = set(report.doc_ids)
    for topic in (topics.RAW, topics.CLEAN, topics.DETECTED, topics.EXTRACTED, topics.LINKED):
        seen = Counter(headers.get(record.headers, "ce_subject") for record in await read(settings, topic.name))
        assert set(seen) == fed, topic.name
        assert max(seen.values()) == 1, topic.name
    assert await read(settings, *(topics.dead(stage) for stage in STAGES)) == []
    await _members_match(settings, fed)


async def _members_match(settings: Settings, fed: set[str]) -> None:
    """Every article is in one living story, and the stories count as many members as there are articles."""
    stories = {}
    for record in await read(settings, topics.STORIES.name):
        stories[record.key.decode()] = orjson.loads(record.value)
    living = {name: story for name, story in stories.items() if story["status"] != "merged"}
    assert sum(story["members"]["n"] for story in living.values()) == len(fed)
    for record in await read(settings, topics.LINKED.name):
        story = stories[orjson.loads(record.value)["linked"]["story_id"]]
        while "merged_into" in story:
            story = stories[story["merged_into"]]
        assert story["story_id"] in living


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
    return orjson.dumps({name: value for name, value in (orjson.loads(good) | fields).items() if value is not None})


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
    letters = [(record.value or b"", headers.get(record.headers, headers.REASON)) for record in await read(settings, topics.dead("clean"))]
    assert sorted(letters) == sorted(bad.values())
    assert [record.key.decode() for record in await read(settings, topics.LINKED.name)] == [orjson.loads(good)["doc_id"]]


async def test_feeding_twice_feeds_once_and_refused_lines_are_kept(broker: str, run_name: str) -> None:
    settings = Settings(kafka=broker, run=run_name)
    await declare.apply(settings)
    broken = b'{"source": "x", "text": '
    pages = [page(line(number), f"test:{number}") for number in range(20)]
    refused = Page("test:20", broken, None, b"", _refusal(broken))
    first = await feed(settings, [*pages, refused])
    second = await feed(settings, pages)
    changed = await feed(settings, [page(orjson.dumps(orjson.loads(line(3)) | {"text": "another text"}))])
    assert (first.accepted, first.known, dict(first.refused)) == (20, 0, {"not_json": 1})
    assert (second.accepted, second.known) == (0, 20)
    assert (changed.accepted, changed.known) == (1, 0)
    raws = [orjson.loads(record.value) for record in await read(settings, topics.RAW.name)]
    assert len(raws) == 21
    same = [raw for raw in raws if raw["doc_id"] == changed.doc_ids[0]]
    assert len({raw["first_seen_at"] for raw in same}) == 1, "first seen stays the first time"
    letters = await read(settings, topics.dead("feed"))
    assert [letter.value for letter in letters] == [broken]


def _refusal(body: bytes) -> BadRecord:
    with pytest.raises(BadRecord) as caught:
        item_of(body, "")
    return caught.value


async def test_bytes_of_an_old_charset_come_through(broker: str, run_name: str, tmp_path: Path) -> None:
    settings = Settings(kafka=broker, run=run_name)
    text = "وزیر امور خارجه ایران روز چهارشنبه در تهران با نمایندگان کشورهای منطقه دیدار کرد و درباره اقتصاد گفت‌وگو کرد.\n" * 3
    body = orjson.dumps(
        {"source": "old", "payload_b64": base64.b64encode(text.replace("\u200c", "").replace("ی", "ي").encode("cp1256")).decode()}
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
