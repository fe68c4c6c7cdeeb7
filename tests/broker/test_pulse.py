"""Pulse on a real broker: its counts equal a count over the topic, whatever is killed, aborted or unreadable."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import orjson
from aiokafka import AIOKafkaProducer

from services.pulse.app import NAME
from services.pulse.read import read_counts
from shared import declare, kafka
from shared.broker import Broker
from shared.settings import Settings
from shared.topics import LINKED, dead, group, spelled

ROOT = Path(__file__).parents[2]
WORKER = "from services.pulse import app; from shared.settings import Settings; app.main(Settings.from_env())"
RECORDS, CHUNK, SEED = 3000, 150, 20

Truth = Counter[tuple[str, str, str]]


def worker(settings: Settings, log: Path) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}
    environment |= {"KHABAR_KAFKA": settings.kafka, "KHABAR_RUN": settings.run, "KHABAR_DRAIN_SECONDS": str(settings.drain_seconds)}
    with log.open("ab") as out:
        return subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=environment, stdout=out, stderr=out)


@asynccontextmanager
async def writer(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    producer = kafka.transactional(settings, transactional_id=f"writer-{settings.run}")
    await producer.start()
    yield producer
    await producer.stop()


async def write(producer: AIOKafkaProducer, topic: str, values: list[bytes], *, commit: bool = True) -> None:
    await producer.begin_transaction()
    await asyncio.gather(*[await producer.send(topic, value, key=b"%d" % number) for number, value in enumerate(values)])
    await (producer.commit_transaction() if commit else producer.abort_transaction())


def articles(plan: random.Random, n: int, truth: Truth) -> list[bytes]:
    made = []
    for _ in range(n):
        lang, source = plan.choice(["fa", "ar", "en"]), plan.choice(["a", "b", "c", "d"])
        at = datetime.fromtimestamp(time.time() - plan.randrange(7200), UTC)
        truth["hour", f"{at:%Y-%m-%dT%H:00:00Z}", f"{lang} {source}"] += 1
        truth["minute", f"{at:%Y-%m-%dT%H:%M:00Z}", f"{lang} {source}"] += 1
        made.append(orjson.dumps({"schema": 1, "first_seen_at": at.isoformat(), "source": {"id": source}, "language": {"lang": lang}}))
    return made


async def counted(settings: Settings) -> Truth:
    rows = await read_counts(settings.kafka, settings.run)
    return Counter({(row.window, row.start, f"{row.lang} {row.source}"): row.n for row in rows})


def articles_in(counts: Truth) -> int:
    return sum(n for (window, *_), n in counts.items() if window == "hour")


async def until(settings: Settings, n: int, seconds: float = 60) -> Truth:
    deadline = time.monotonic() + seconds
    while articles_in(counts := await counted(settings)) < n and time.monotonic() < deadline:  # noqa: ASYNC110 - another process counts
        await asyncio.sleep(0.1)
    return counts


async def until_equal(settings: Settings, truth: Truth, seconds: float = 60) -> Truth:
    deadline = time.monotonic() + seconds
    while (counts := await counted(settings)) != truth and time.monotonic() < deadline:  # noqa: ASYNC110 - another process counts
        await asyncio.sleep(0.1)
    return counts


async def acknowledged(settings: Settings) -> int:
    async with kafka.reader(settings, group=group(NAME, settings.run)) as client:
        parts = await kafka.partitions(client, spelled(LINKED.name, settings.run))
        return sum([await client.committed(part) or 0 for part in parts])


async def test_counts_are_exact_after_two_kills(broker: str, run_name: str, tmp_path: Path) -> None:
    settings = Settings(kafka=broker, run=run_name)
    await declare.apply(settings, (LINKED,))
    plan, truth, topic = random.Random(SEED), Counter[tuple[str, str, str]](), spelled(LINKED.name, run_name)
    pulse, redelivered = worker(settings, tmp_path / "log"), 0
    try:
        async with writer(settings) as producer:
            for chunk in range(RECORDS // CHUNK):
                await write(producer, topic, articles(plan, CHUNK, truth))
                await write(producer, topic, articles(plan, 5, Counter()), commit=False)
                if chunk in (5, 12):
                    found = await until(settings, articles_in(truth) - CHUNK)
                    pulse.kill()
                    pulse.wait()
                    redelivered += articles_in(found) > await acknowledged(settings)
                    pulse = worker(settings, tmp_path / "log")
        assert redelivered, "no kill fell between a count and its acknowledgement: the test proved nothing"
        assert await until(settings, RECORDS) == truth
    finally:
        pulse.terminate()
        assert pulse.wait(15) == 0, (tmp_path / "log").read_text()
    assert await counted(settings) == truth


async def test_an_unreadable_record_is_buried_whole(broker: str, run_name: str, tmp_path: Path) -> None:
    settings = Settings(kafka=broker, run=run_name)
    await declare.apply(settings, (LINKED,))
    bad, truth = [b"{broken", b"[]", b'{"first_seen_at": "soon", "source": {"id": "a"}}'], Counter[tuple[str, str, str]]()
    async with writer(settings) as producer:
        await write(producer, spelled(LINKED.name, run_name), [*bad, *articles(random.Random(SEED), 20, truth)])
    pulse = worker(settings, tmp_path / "log")
    try:
        assert await until(settings, 20) == truth
    finally:
        pulse.terminate()
        assert pulse.wait(15) == 0, (tmp_path / "log").read_text()
    letters = await kafka.read_all(settings, [spelled(dead(NAME), run_name)])
    assert sorted(letter.value for letter in letters) == sorted(bad)
    assert {dict(letter.headers)["khabar-reason"] for letter in letters} == {b"not_json", b"not_an_object", b"wrong_type"}


async def test_windows_are_forgotten_by_the_news_and_not_by_the_wall_clock(broker: str, run_name: str, tmp_path: Path) -> None:
    settings = Settings(kafka=broker, run=run_name)
    await declare.apply(settings, (LINKED,))

    def at(*days: int) -> list[bytes]:
        moments = [f"2024-03-{day:02d}T10:00:00Z" for day in days]
        return [orjson.dumps({"schema": 1, "first_seen_at": moment, "source": {"id": "a"}}) for moment in moments]

    pulse = worker(settings, tmp_path / "log")
    try:
        async with writer(settings) as producer:
            await one_by_one(producer, spelled(LINKED.name, run_name), at(1, 5))
            assert articles_in(await until(settings, 2)) == 2
            await one_by_one(producer, spelled(LINKED.name, run_name), at(10, 1, 10))
            kept = {(window, f"2024-03-{day}T10:00:00Z", "und a"): n for window in ("hour", "minute") for day, n in (("05", 1), ("10", 2))}
            assert await until_equal(settings, Counter(kept)) == kept
    finally:
        pulse.terminate()
        assert pulse.wait(15) == 0, (tmp_path / "log").read_text()


async def test_it_goes_on_after_the_broker_was_away(own_broker: Broker, run_name: str, tmp_path: Path) -> None:
    settings, truth, plan = Settings(kafka=own_broker.bootstrap, run=run_name), Counter[tuple[str, str, str]](), random.Random(SEED)
    await declare.apply(settings, (LINKED,))
    topic = spelled(LINKED.name, run_name)
    pulse = worker(settings, tmp_path / "log")
    try:
        async with writer(settings) as producer:
            await write(producer, topic, articles(plan, 20, truth))
        assert await until_equal(settings, truth) == truth
        own_broker.bounce(kill=True)
        async with writer(settings) as producer:
            await write(producer, topic, articles(plan, 20, truth))
        assert await until_equal(settings, truth) == truth
    finally:
        pulse.terminate()
        assert pulse.wait(15) == 0, (tmp_path / "log").read_text()


async def test_it_ends_while_the_broker_is_gone(own_broker: Broker, run_name: str, tmp_path: Path) -> None:
    settings, truth = Settings(kafka=own_broker.bootstrap, run=run_name, drain_seconds=2), Counter[tuple[str, str, str]]()
    await declare.apply(settings, (LINKED,))
    async with writer(settings) as producer:
        await write(producer, spelled(LINKED.name, run_name), articles(random.Random(SEED), 20, truth))
    pulse = worker(settings, tmp_path / "log")
    try:
        assert await until(settings, 20) == truth
        own_broker.kill()
        pulse.terminate()
        assert pulse.wait(15) in (0, 1)
    finally:
        pulse.kill()


async def one_by_one(producer: AIOKafkaProducer, topic: str, values: list[bytes]) -> None:
    for value in values:
        async with producer.transaction():
            await producer.send_and_wait(topic, value, partition=0)
