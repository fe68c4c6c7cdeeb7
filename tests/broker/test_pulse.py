"""Pulse on a real broker: its counts equal a count over the topic, whatever is killed, aborted or
unreadable.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import random
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer, ConsumerRecord
from msgspec import structs
from prometheus_client.parser import text_string_to_metric_families

from services.pulse.app import NAME
from services.pulse.read import read_windows
from shared.broker.node import Broker
from shared.kafka import clients, declare
from shared.records.alias import Alias, Segment
from shared.settings import Settings
from shared.wire import codec
from shared.wire.topics import ALIASES, COUNTED, LINKED, dead, spelled

ROOT = Path(__file__).parents[2]
WORKER = "from services.pulse import app; from shared.settings import Settings; app.main(Settings.from_env())"
RECORDS, CHUNK, SEED = 2400, 120, 20

Truth = Counter[tuple[str, str, str]]


def worker(settings: Settings, log: Path, name: str = "") -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}
    environment |= {
        "KHABAR_KAFKA": settings.kafka,
        "KHABAR_RUN": settings.run,
        "KHABAR_DRAIN_SECONDS": str(settings.drain_seconds),
    }
    environment |= {"KHABAR_SESSION_MS": "6000", "KHABAR_HEARTBEAT_MS": "1000"} | (
        {"KHABAR_INSTANCE": name} if name else {}
    )
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-c", WORKER], cwd=ROOT, env=environment, stdout=out, stderr=out
        )


def said(log: Path, event: str) -> list[dict[str, Any]]:
    lines = [orjson.loads(line) for line in log.read_bytes().splitlines() if line.startswith(b"{")]
    return [line for line in lines if line["event"] == event]


def metrics(log: Path) -> dict[str, float]:
    """What the process that writes *log* serves where it says that it listens."""
    with urllib.request.urlopen(said(log, "started")[-1]["health"] + "/metrics", timeout=10) as answer:  # noqa: S310 - our own address
        families = text_string_to_metric_families(answer.read().decode())
    return {
        " ".join([one.name, *one.labels.values()]): one.value for family in families for one in family.samples
    }


@asynccontextmanager
async def writer(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    producer = clients.transactional(settings, transactional_id=f"writer-{settings.run}")
    await producer.start()
    yield producer
    await producer.stop()


async def write(producer: AIOKafkaProducer, topic: str, values: list[bytes], *, commit: bool = True) -> None:
    await producer.begin_transaction()
    await asyncio.gather(
        *[await producer.send(topic, value, key=b"%d" % number) for number, value in enumerate(values)]
    )
    await (producer.commit_transaction() if commit else producer.abort_transaction())


def articles(plan: random.Random, n: int, truth: Truth) -> list[bytes]:
    """Return *n* articles of the last two hours; *truth* counts them by everything that pulse counts by."""
    made = []
    for _ in range(n):
        lang = plan.choice(["fa", "ar", "en"])
        source = plan.choice(["a", "b", "c", "d"])
        story = f"s{plan.randrange(30)}"
        entities = [f"e:{one}" for one in plan.sample(range(60), 4)]
        at = datetime.fromtimestamp(time.time() - plan.randrange(7200), UTC)
        hour = f"{at:%Y-%m-%dT%H:00:00Z}"
        truth.update([("language", hour, lang), ("source", hour, source), ("story", hour, story)])
        truth.update(
            [
                ("minute", f"{at:%Y-%m-%dT%H:%M:00Z}", lang),
                ("source in", hour, f"{source} {lang}"),
                ("all", hour, ""),
            ]
        )
        truth.update(("entity", hour, one) for one in entities)
        named = {"entities": [{"entity_id": one, "salience": 0.5} for one in entities]}
        blocks = {"language": {"lang": lang}, "entities": named, "linked": {"story_id": story}}
        made.append(
            orjson.dumps({"schema": 1, "first_seen_at": at.isoformat(), "source": {"id": source}} | blocks)
        )
    return made


async def counted(settings: Settings) -> Truth:
    """Return what the published windows say, in the words of ``articles``."""
    found: Truth = Counter()
    for window in await read_windows(settings):
        assert window.ids == len(window.rows), "too few for any to be left out"
        for row in window.rows:
            found[window.kind, window.start, row.id] = row.n
            for number, n in enumerate(row.minutes or ()):
                found["minute", f"{window.start[:14]}{number:02d}:00Z", row.id] = n
            found.update(
                {("source in", window.start, f"{row.id} {lang}"): n for lang, n in (row.langs or {}).items()}
            )
        found["all", window.start, ""] = window.articles
    return +found


def articles_in(counts: Truth) -> int:
    return sum(n for (what, *_), n in counts.items() if what == "all")


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


async def notes(settings: Settings) -> list[ConsumerRecord]:
    return await clients.read_all(settings, [spelled(COUNTED.name, settings.run)])


async def until_noted(settings: Settings, n: int) -> None:
    deadline = time.monotonic() + 60
    while len({note.key for note in await notes(settings)}) < n and time.monotonic() < deadline:  # noqa: ASYNC110 - another process notes
        await asyncio.sleep(0.1)


async def test_every_window_equals_a_count_over_the_topic_after_two_kills_and_a_rebalance(
    broker: str, run_name: str, tmp_path: Path
) -> None:
    settings, logs = Settings(kafka=broker, run=run_name), {name: tmp_path / name for name in "abc"}
    await declare.apply(settings, (LINKED,))
    plan, truth, topic = random.Random(SEED), Counter[tuple[str, str, str]](), spelled(LINKED.name, run_name)
    at_work = {name: worker(settings, logs[name], name) for name in "ab"}
    try:
        async with writer(settings) as producer:
            for chunk in range(RECORDS // CHUNK):
                await write(producer, topic, articles(plan, CHUNK, truth))
                await write(producer, topic, articles(plan, 5, Counter()), commit=False)
                if chunk == 5:
                    await until_noted(settings, articles_in(truth) - CHUNK)
                    publisher = "a" if said(logs["a"], "pulse publishes") else "b"
                    at_work[publisher].kill()  # comes back under its name
                    at_work[publisher].wait()
                    at_work[publisher] = worker(settings, logs[publisher], publisher)
                if chunk == 12:
                    await until_noted(settings, articles_in(truth) - CHUNK)
                    at_work[publisher].kill()  # for good: the other one must take over
                    at_work["c"] = worker(settings, logs["c"], "c")
        assert await until_equal(settings, truth) == truth, "".join(log.read_text() for log in logs.values())
        keys = [note.key for note in await notes(settings)]
        assert len(keys) > len(set(keys)) == RECORDS, "no record was delivered twice: the test proved nothing"
        here = [name for name in "abc" if name != publisher]
        for name in here:
            assert {tuple(one["partitions"]) for one in said(logs[name], "assigned")} - {
                (),
                tuple(range(LINKED.partitions)),
            }, "no work was shared"
        served = {name: metrics(logs[name]) for name in here}
        sources = [{key for key in one if key.startswith("khabar_source_last")} for one in served.values()]
        assert sorted(map(len, sources)) == [0, 4], "one process alone publishes"
        for one in served.values():
            assert (
                one["khabar_records_finished_total produced pulse"]
                == one["khabar_records_consumed_total pulse"]
                > 0
            )
            assert time.time() - one["khabar_last_record_timestamp_seconds pulse"] < 120
            assert any(key.startswith("khabar_build_info") for key in one)
            assert all(
                value >= 3600 for key, value in one.items() if key.startswith("khabar_source_silence_limit")
            )
    finally:
        for process in at_work.values():
            process.terminate()
        ends = {name: process.wait(15) for name, process in at_work.items()}
    assert [end for name, end in ends.items() if name != publisher] == [0, 0], "".join(
        log.read_text() for log in logs.values()
    )
    assert await counted(settings) == truth


async def test_an_unreadable_record_is_buried_whole(broker: str, run_name: str, tmp_path: Path) -> None:
    settings = Settings(kafka=broker, run=run_name)
    await declare.apply(settings, (LINKED,))
    bad = [b"{broken", b"[]", b'{"first_seen_at": "soon", "source": {"id": "a"}}']
    truth = Counter[tuple[str, str, str]]()
    async with writer(settings) as producer:
        await write(
            producer, spelled(LINKED.name, run_name), [*bad, *articles(random.Random(SEED), 20, truth)]
        )
    pulse = worker(settings, tmp_path / "log")
    try:
        assert await until(settings, 20) == truth
        served = metrics(tmp_path / "log")
        assert served["khabar_records_finished_total dead pulse"] == 3
        assert served["khabar_records_dead_lettered_total wrong_type pulse"] == 1
    finally:
        pulse.terminate()
        assert pulse.wait(15) == 0, (tmp_path / "log").read_text()
    letters = await clients.read_all(settings, [spelled(dead(NAME), run_name)])
    assert sorted(letter.value for letter in letters) == sorted(bad)
    assert {dict(letter.headers)["khabar-reason"] for letter in letters} == {
        b"not_json",
        b"not_an_object",
        b"wrong_type",
    }


async def test_windows_are_forgotten_by_the_news_and_not_by_the_wall_clock(
    broker: str, run_name: str, tmp_path: Path
) -> None:
    settings = Settings(kafka=broker, run=run_name)
    await declare.apply(settings, (LINKED,))

    def at(*days: int) -> list[bytes]:
        moments = [f"2024-03-{day:02d}T10:00:00Z" for day in days]
        return [
            orjson.dumps({"schema": 1, "first_seen_at": moment, "source": {"id": "a"}}) for moment in moments
        ]

    async def until_shown(start: str, n: int) -> bool:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = {
                (begun, there)
                for (what, begun, _), there in (await counted(settings)).items()
                if what == "all"
            }
            if found == {(start, n)}:
                return True
            await asyncio.sleep(0.1)
        return False

    pulse = worker(settings, tmp_path / "log")
    try:
        async with writer(settings) as producer:
            await one_by_one(producer, spelled(LINKED.name, run_name), at(1), partition=1)
            await one_by_one(producer, spelled(LINKED.name, run_name), at(5))
            assert await until_shown("2024-03-05T10:00:00Z", 1)
            await one_by_one(producer, spelled(LINKED.name, run_name), at(6, 6))
            await one_by_one(producer, spelled(LINKED.name, run_name), at(1), partition=1)
            assert await until_shown("2024-03-06T10:00:00Z", 2)
            left = {note.key: note.value for note in await until_deleted(settings, 2)}
            gone = sorted(key for key, value in left.items() if value is None)
            assert gone == [f"{run_name}/1/{offset}".encode() for offset in (0, 2)], "notes of the first day"
    finally:
        pulse.terminate()
        assert pulse.wait(15) == 0, (tmp_path / "log").read_text()


async def until_deleted(settings: Settings, n: int) -> list[ConsumerRecord]:
    deadline = time.monotonic() + 30
    while True:
        found = await notes(settings)
        if sum(note.value is None for note in found) >= n or time.monotonic() > deadline:
            return found
        await asyncio.sleep(0.1)


async def test_it_goes_on_after_the_broker_was_away(
    own_broker: Broker, run_name: str, tmp_path: Path
) -> None:
    settings = Settings(kafka=own_broker.bootstrap, run=run_name)
    truth = Counter[tuple[str, str, str]]()
    plan = random.Random(SEED)
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


async def test_it_counts_what_readers_see_over_promotion_and_rollback(
    own_broker: Broker, tmp_path: Path
) -> None:
    """Of 60 origins live has all and the run has those from the tenth on, but for every third; it has those
    from the thirtieth on.
    """
    settings, plan, log = Settings(kafka=own_broker.bootstrap), random.Random(SEED), tmp_path / "log"
    ours = dataclasses.replace(settings, run="better")
    alias = Alias(segments=[Segment(run="live"), Segment(run="better", cut=[30])])
    counts: dict[str, list[Truth]] = {"live": [], "better": []}
    await declare.apply(settings, (LINKED, ALIASES))
    await declare.apply(ours, (LINKED,))

    async def made(first: int, last: int) -> None:
        for run, numbers in (
            ("live", range(first, last)),
            ("better", [n for n in range(max(10, first), last) if n % 3]),
        ):
            for number in numbers:
                truth: Truth = Counter()
                (value,) = articles(plan, 1, truth)
                counts[run].append(truth if alias.owner((0, number)) == run else Counter())
                everything[run] += truth
                where = {
                    "key": b"%d" % number,
                    "headers": [("khabar-origin", b"articles.raw/0/%d/1" % number)],
                }
                await producer.send_and_wait(spelled(LINKED.name, run), value, **where)

    def owned() -> Truth:
        return sum((truth for some in counts.values() for truth in some), Counter[tuple[str, str, str]]())

    async def switch(epoch: int, segments: int) -> None:
        record = codec.encode(structs.replace(alias, epoch=epoch, segments=alias.segments[:segments]))
        await producer.send_and_wait(ALIASES.name, record, key=b"%d" % epoch)

    everything: dict[str, Truth] = {"live": Counter(), "better": Counter()}
    producer = clients.idempotent(settings)
    await producer.start()
    pulse = worker(settings, log)
    try:
        await made(0, 40)
        assert await until_equal(settings, everything["live"]) == everything["live"]
        await switch(1, 2)
        before, whole = everything["live"].copy(), owned()
        deadline = time.monotonic() + 60
        while (shown := await counted(settings)) != whole and time.monotonic() < deadline:
            assert shown == before, "what is published stays until the new view is whole"
        assert shown == whole, log.read_text()
        await made(40, 60)
        assert articles_in(owned()) == 30 + 20
        assert await until_equal(settings, owned()) == owned()
        pulse.kill()
        pulse.wait()
        pulse = worker(settings, log)
        await switch(2, 1)
        assert await until_equal(settings, everything["live"]) == everything["live"], log.read_text()
        await switch(3, 2)
        await made(60, 66)
        assert await until_equal(settings, owned()) == owned(), log.read_text()
    finally:
        pulse.terminate()
        assert pulse.wait(15) == 0, log.read_text()
        await producer.stop()


async def test_it_ends_while_the_broker_is_gone(own_broker: Broker, run_name: str, tmp_path: Path) -> None:
    settings = Settings(kafka=own_broker.bootstrap, run=run_name, drain_seconds=2)
    truth = Counter[tuple[str, str, str]]()
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


async def one_by_one(producer: AIOKafkaProducer, topic: str, values: list[bytes], partition: int = 0) -> None:
    for value in values:
        async with producer.transaction():
            await producer.send_and_wait(topic, value, partition=partition)
