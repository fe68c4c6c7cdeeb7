"""SIGTERM when the broker has died: whoever is told to end does so within 15 s, and says what it could not
do.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import shake
from aiokafka.errors import KafkaError

from shared.broker.node import Broker
from shared.kafka import clients, declare, ending
from shared.settings import Settings

ENDS_WITHIN_S = 15.0
KHABAR = (sys.executable, "-m", "services.cli")
WHO = {  # backfill says nothing when it has joined: the others give it the time
    "backfill": ((*KHABAR, "run", "backfill"), '"event":"started"'),
    "worker": ((sys.executable, shake.__file__), '"event":"lane-open"'),
    "link": ((*KHABAR, "run", "link"), '"event":"lane-open"'),
    "feeds": ((*KHABAR, "run", "feeds"), '"event":"polling"'),
    "ingest": ((*KHABAR, "run", "ingest"), '"event":"started"'),
    "pulse": ((*KHABAR, "run", "pulse"), '"event":"pulse counts"'),
}


def lines(first: int, count: int) -> bytes:
    made = (
        {"source": "x.ir", "url": f"https://x.ir/{n}", "text": f"Article {n} says that tram line {n} opened."}
        for n in range(first, first + count)
    )
    return b"".join(json.dumps(one).encode() + b"\n" for one in made)


class Running:
    """A process of the engine, and what it says."""

    def __init__(self, settings: Settings, command: tuple[str, ...], log: Path, **environment: str) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}
        env |= {"KHABAR_KAFKA": settings.kafka, "KHABAR_RUN": settings.run} | environment
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                command, env=env, stdin=subprocess.PIPE, stdout=out, stderr=out, start_new_session=True
            )

    def says(self, what: str, within: float = 90.0) -> None:
        deadline = time.monotonic() + within
        while what not in self.log.read_text(encoding="utf-8"):
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, self.log.read_text(encoding="utf-8")
            time.sleep(0.1)

    def give(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()


@pytest.fixture
def started() -> Iterator[list[Running]]:
    made: list[Running] = []
    yield made
    for one in made:
        one.process.kill()
        one.process.communicate()


@pytest.mark.parametrize("away_s", [0.2, 8.0], ids=["just gone", "long gone"])
def test_whoever_is_told_to_end_ends_though_the_broker_is_gone(
    own_broker: Broker, tmp_path: Path, started: list[Running], away_s: float
) -> None:
    settings = Settings(kafka=own_broker.bootstrap)
    asyncio.run(declare.apply(settings))
    feeds = tmp_path / "feeds.txt"
    feeds.write_text("http://127.0.0.1:9/feed.xml\n", encoding="utf-8")
    for name, (command, ready) in WHO.items():
        started.append(
            Running(
                settings, command, tmp_path / f"{name}.log", KHABAR_FEEDS=str(feeds), KHABAR_INGEST_PORT="0"
            )
        )
        started[-1].says(ready)
    own_broker.kill()
    time.sleep(away_s)
    for one in started:
        one.process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + ENDS_WITHIN_S
    for one in started:
        one.process.wait(max(0.0, deadline - time.monotonic()))


@pytest.mark.parametrize("away_s", [0.5, 8.0], ids=["in hand", "trying on"])
def test_a_feeder_says_what_was_not_delivered_to_a_broker_that_is_gone(
    own_broker: Broker, tmp_path: Path, started: list[Running], away_s: float
) -> None:
    settings = Settings(kafka=own_broker.bootstrap)
    asyncio.run(declare.apply(settings))
    feeder = Running(settings, (*KHABAR, "feed", "-"), tmp_path / "feed.log")
    started.append(feeder)
    feeder.give(lines(0, 3))
    deadline = time.monotonic() + 60
    while len(asyncio.run(clients.read_all(settings, ["articles.raw"]))) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    own_broker.kill()
    feeder.give(lines(3, 4))
    time.sleep(away_s)
    assert feeder.process.poll() is None, "it tries on"
    feeder.process.send_signal(signal.SIGTERM)
    assert feeder.process.wait(ENDS_WITHIN_S) == 3
    said = feeder.log.read_text(encoding="utf-8")
    assert "did not confirm 4 articles" in said
    assert "3 were accepted before; feed the same again" in said


async def test_a_client_that_does_not_say_goodbye_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """It swallows the cancellation, as clients of aiokafka do."""
    monkeypatch.setattr(ending, "LET_GO_S", 0.1)
    over = asyncio.Event()

    async def goodbye() -> None:
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                continue

    async with asyncio.timeout(10):
        assert not await ending.let_go(goodbye())
    over.set()


async def test_a_client_that_cancels_its_caller_or_fails_hurts_nobody() -> None:
    async def cancels() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    async def fails() -> None:
        raise KafkaError("gone")

    async def wrong() -> None:
        raise KeyError("a bug of ours")

    assert not await ending.let_go(cancels())
    assert not await ending.let_go(fails())
    with pytest.raises(KeyError):
        await ending.let_go(wrong())


async def test_a_client_whose_start_fails_is_closed(broker: str) -> None:
    """Refused by nobody at the port, or cancelled after one turn of the loop more each time."""

    async def opened(kafka: str) -> None:
        async with clients.reader(Settings(kafka=kafka)):
            await asyncio.sleep(60)

    gc.collect()  # what other tests have left is not ours
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with pytest.raises(KafkaError):
            await opened("127.0.0.1:9")
        for turns in range(1, 30, 3):
            opening = asyncio.create_task(opened(broker))
            for _ in range(turns):
                await asyncio.sleep(0)
            with contextlib.suppress(asyncio.CancelledError):
                await ending.end(opening)
        del opening
        gc.collect()
    assert [str(one.message) for one in seen if "Unclosed AIOKafkaConsumer" in str(one.message)] == []
