"""The HTTP door when things go wrong: clients that lose answers, dawdle or say nothing, a broker that goes
away, a worker that is stopped.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
import pytest
from doors import JSON, LINES, Answer, Door, answer_on, head, opened, packed

from services.cli.worker_processes import Engine
from shared.broker.node import Broker
from shared.kafka import clients, declare, tallies
from shared.settings import Settings
from shared.wire import topics
from shared.wire.tally import Tally

MIB = 1 << 20


@pytest.fixture(scope="module")
def settings(broker: str) -> Settings:
    made = Settings(kafka=broker, run=f"ingest-faults-{os.getpid()}")
    asyncio.run(declare.apply(made))
    return made


@pytest.fixture
def door(settings: Settings, tmp_path: Path) -> Iterator[Door]:
    with opened(settings, tmp_path / "door", FEED_LAG_SECONDS="100000") as made:
        yield made


def article(number: int) -> bytes:
    return orjson.dumps(
        {"source": f"outlet-{number % 7}", "url": f"https://example.org/{number}", "text": f"متن {number}"}
    )


async def raws(settings: Settings) -> Counter[str]:
    found = await clients.read_all(settings, [topics.spelled(topics.RAW.name, settings.run)])
    return Counter(orjson.loads(record.value)["doc_id"] for record in found)


async def test_a_client_that_loses_answers_sends_again_and_every_article_is_there_once(
    broker: str, run_name: str, tmp_path: Path
) -> None:
    settings = Settings(kafka=broker, run=run_name)
    await declare.apply(settings)
    engine = Engine(settings, tmp_path / "logs")
    engine.start(["clean"])
    batches = [b"\n".join(article(at) for at in range(start, start + 10)) for start in range(0, 60, 10)]
    try:
        with opened(settings, tmp_path / "door") as door:

            def hang_up(body: bytes) -> None:
                with door.socket() as one:
                    one.sendall(head(len(body)) + body)

            for body in batches[:4]:
                await asyncio.to_thread(hang_up, body)
            for body in [*batches, batches[5]]:
                assert (await asyncio.to_thread(door.post, body, LINES)).said["accepted"] == 10
            tally = await _finished(settings, 110)
    finally:
        engine.stop()
    fed = await raws(settings)
    cleaned = await clients.read_all(settings, [topics.spelled(topics.CLEAN.name, settings.run)])
    assert Counter(orjson.loads(record.value)["doc_id"] for record in cleaned) == dict.fromkeys(fed, 1)
    assert (len(fed), fed.total()) == (60, 110)
    assert tally.dropped == {"known": 50}


async def _finished(settings: Settings, expected: int) -> Tally:
    async with asyncio.timeout(60):
        while (  # noqa: ASYNC110
            found := await tallies.of_group(settings, topics.group("clean", settings.run))
        ).finished.total() < expected:
            await asyncio.sleep(0.2)
    return found


def test_silent_and_slow_clients_hurt_nobody(door: Door) -> None:
    with ExitStack() as stack:
        slow = []
        for at in range(700):  # there are places for 512: those that idle longest make room
            one = stack.enter_context(door.socket())
            if at % 100 == 99:
                one.sendall(head(1000)[: 40 if at < 300 else None])
                slow.append(one)
        begun, waits = time.monotonic(), []
        for number in range(60):
            sent = time.monotonic()
            assert door.post(article(number)).status == 200
            waits.append(time.monotonic() - sent)
            for one in slow[3:]:
                one.sendall(b" ")
            time.sleep(0.1)
        assert sorted(waits)[30] < 1
        assert answer_on(slow[-1]).status == 408
        assert slow[-1].recv(1) == b"", "a slow client is hung up on"
        slow[2].settimeout(60)
        assert slow[2].recv(1) == b"", "so is one that does not end its head"
        assert time.monotonic() - begun < 60
    assert door.post(article(1)).status == 200


def test_only_so_much_may_be_on_its_way(door: Door) -> None:
    part = b" " * MIB
    with ExitStack() as stack:
        for _ in range(4):
            one = stack.enter_context(door.socket())
            one.sendall(head(16 * MIB))
            for _ in range(15):
                one.sendall(part)
        late = door.post(article(1) + b"\n" + part * 6, LINES)
        assert (late.status, late.headers["retry-after"]) == (429, "1")
        assert door.post(article(2)).status == 200, "there is room for a small one"
    _until(lambda: door.post(article(1) + b"\n" + part * 6, LINES).status == 200, 30)


def test_it_waits_while_clean_is_too_far_behind(settings: Settings, tmp_path: Path) -> None:
    with opened(settings, tmp_path / "door", FEED_LAG_SECONDS="1") as door:
        door.post(article(1))
        _until(lambda: door.post(article(2)).status == 503, 30)
        answer = door.post(article(2))
        assert int(answer.headers["retry-after"]) > 0
        assert "clean is" in answer.said["detail"]


def _until(holds: Any, limit: float) -> None:
    deadline = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_broker_that_goes_away_costs_answers_and_no_article(
    own_broker: Broker, run_name: str, tmp_path: Path
) -> None:
    settings = Settings(kafka=own_broker.bootstrap, run=run_name)
    asyncio.run(declare.apply(settings))
    acknowledged: set[str] = set()
    statuses: list[tuple[int, float]] = []
    over = threading.Event()

    def scrape(door: Door, first: int) -> None:
        number = first
        while not over.is_set():
            begun = time.monotonic()
            answer = door.post(article(number))
            statuses.append((answer.status, time.monotonic() - begun))
            if answer.status == 200:
                acknowledged.add(answer.said["results"][0]["doc_id"])
                number += 1
            else:
                assert answer.status == 503, answer
                assert int(answer.headers["retry-after"]) > 0
                time.sleep(0.2)

    with opened(settings, tmp_path / "door", FEED_LAG_SECONDS="100000") as door:
        scrapers = [threading.Thread(target=scrape, args=(door, 100_000 * at)) for at in range(4)]
        for one in scrapers:
            one.start()
        try:
            _until(lambda: len(acknowledged) > 50, 60)
            own_broker.stop()
            _until(lambda: any(status == 503 for status, _ in statuses), 30)
            away = len(statuses)
            _until(lambda: len(statuses) > away + 20, 60)
            own_broker.start()
            before = len(acknowledged)
            _until(lambda: len(acknowledged) > before + 50, 90)
            own_broker.bounce(kill=True)
            before = len(acknowledged)
            _until(lambda: len(acknowledged) > before + 50, 90)
        finally:
            over.set()
            for one in scrapers:
                one.join(60)
        assert sorted(wait for _, wait in statuses[away : away + 20])[10] < 1, (
            "it knows that the broker is away"
        )
        assert max(wait for status, wait in statuses if status == 503) < 20
        assert [line["event"] for line in door.log() if line["event"].startswith("broker")][:2] == [
            "broker-away",
            "broker-back",
        ]
    assert acknowledged <= set(asyncio.run(raws(settings)))


@pytest.mark.parametrize("broker_is", ["there", "away"])
def test_it_drains_when_it_is_told_to_end(
    own_broker: Broker, run_name: str, tmp_path: Path, broker_is: str
) -> None:
    settings = Settings(kafka=own_broker.bootstrap, run=run_name)
    asyncio.run(declare.apply(settings))
    body = article(1)
    with opened(settings, tmp_path / "door") as door, door.socket() as begun, door.socket() as idle:
        assert door.post(body).status == 200
        begun.sendall(head(len(body), JSON) + body[:20])
        time.sleep(0.5)  # it is in hand now
        if broker_is == "away":
            own_broker.stop()
        door.process.terminate()
        assert idle.recv(1) == b"", "who idles is let go"
        with pytest.raises(ConnectionRefusedError):
            _refused(door.port)
        if broker_is == "there":
            begun.sendall(body[20:])
            answer: Answer = answer_on(begun)
            assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert door.process.wait(20) == 0


def _refused(port: int) -> None:
    """Connect until nobody listens; who comes between signal and drain is let go unanswered."""
    for _ in range(50):
        socket.create_connection(("127.0.0.1", port), 5).close()
        time.sleep(0.1)


def test_a_large_body_holds_nobody_up(door: Door) -> None:
    many = packed(
        b"\n".join(orjson.dumps({"source": "large", "text": f"{at} " + "متن " * 400}) for at in range(5_000))
    )
    found: list[Answer] = []
    giver = threading.Thread(target=lambda: found.append(door.post(many, LINES, Content_Encoding="gzip")))
    giver.start()
    waits = []
    while giver.is_alive():
        begun = time.monotonic()
        assert door.post(article(1)).status == 200
        waits.append(time.monotonic() - begun)
    giver.join()
    assert (found[0].status, found[0].said["accepted"]) == (200, 5_000)
    assert sorted(waits)[len(waits) // 2] < 1
