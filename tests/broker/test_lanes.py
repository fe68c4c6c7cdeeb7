"""Lanes on a real broker: whatever is done to the workers, every record ends in exactly one place, once."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import orjson
import psutil
import pytest
from herd import Herd, shakers
from truth import Truth

from shared.broker.node import Broker
from shared.kafka import declare
from shared.settings import Settings

QUICK = {"KHABAR_SESSION_MS": "6000", "KHABAR_HEARTBEAT_MS": "1000", "KHABAR_RECORD_SECONDS": "2"}


@pytest.fixture
def settings(broker: str, run_name: str) -> Settings:
    return Settings(kafka=broker, run=run_name)


@pytest.fixture
def herds() -> Iterator[list[Herd]]:
    made: list[Herd] = []
    yield made
    for herd in made:
        herd.close()


def herd_of(herds: list[Herd], settings: Settings, folder: Path, **environment: str) -> Herd:
    herd = shakers({"KHABAR_KAFKA": settings.kafka, "KHABAR_RUN": settings.run} | QUICK | environment, folder)
    herds.append(herd)
    return herd


def got(url: str) -> tuple[int, set[str]]:
    """Return the status and the lines of an answer."""
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own worker
        return answer.status, set(answer.read().decode().splitlines())


async def test_poison_hang_crash_and_bugs_cost_one_dead_letter_each(
    settings: Settings, herds: list[Herd], tmp_path: Path
) -> None:
    odd = {
        3: "empty",
        17: "flaky",
        41: "bug",
        59: "noise",
        99: "broken",
        150: "never",
        250: "crash",
        251: "crash",
        330: "hang",
        331: "huge",
    }
    truth = Truth(
        settings,
        {i: odd.get(i, odd.get(i % 100, "plain") if i % 100 in (3, 17, 99) else "plain") for i in range(400)},
    )
    await truth.feed()
    herd = herd_of(herds, settings, tmp_path)
    worker = herd.add()
    await truth.settled()
    await truth.check()
    await asyncio.sleep(1.5)  # the gauges turn once a second
    health = re.search(r'"health":"([^"]+)"', herd.logs())
    assert health is not None
    _, metrics = await asyncio.to_thread(got, f"{health[1]}/metrics")
    assert metrics >= {
        'khabar_records_finished_total{outcome="dead",stage="clean"} 14.0',
        'khabar_records_finished_total{outcome="produced",stage="clean"} 386.0',
        'khabar_records_dead_lettered_total{reason="crash",stage="clean"} 2.0',
        'khabar_records_dead_lettered_total{reason="redriven_too_often",stage="clean"} 0.0',
        'khabar_records_in_flight{stage="clean"} 0.0',
        'khabar_identity_gap_records{stage="clean"} 0.0',
        'khabar_lanes{stage="clean",state="owned"} 12.0',
    }
    for path in ("/livez", "/readyz"):
        assert (await asyncio.to_thread(got, health[1] + path))[0] == 200
    seconds, code = herd.term(worker)
    assert code == 0, "drained in order"
    assert seconds < 10
    assert herd.orphans() == []


async def test_killed_in_the_middle_of_transactions(
    settings: Settings, herds: list[Herd], tmp_path: Path
) -> None:
    plan = random.Random(11)
    truth = Truth(settings, dict.fromkeys(range(1500), "plain"))
    await truth.feed()
    herd = herd_of(
        herds, settings, tmp_path, KHABAR_HOLD_MS="200", KHABAR_BATCH_RECORDS="20", SHAKE_WORK_MS="4"
    )
    herd.add()
    herd.add()
    n = 0
    for _ in range(4):
        n = await truth.progressed(n)
        await asyncio.sleep(plan.uniform(0.1, 0.8))
        herd.kill(plan.choice(herd.workers))
        herd.add()
    await truth.settled()
    await truth.check()


async def test_fenced_by_another_owner_after_a_stall(
    settings: Settings, herds: list[Herd], tmp_path: Path
) -> None:
    truth = Truth(settings, dict.fromkeys(range(2400), "plain"))
    await truth.feed()
    # nearly always in a transaction
    held = {"KHABAR_HOLD_MS": "1000", "KHABAR_BATCH_RECORDS": "15", "SHAKE_WORK_MS": "1"}
    herd = herd_of(herds, settings, tmp_path, **held)
    first, _ = herd.add(), herd.add()
    await truth.progressed(0)
    await asyncio.sleep(1)
    first.send_signal(signal.SIGSTOP)
    await asyncio.sleep(10)  # longer than its session: the other takes over while a transaction is open
    first.send_signal(signal.SIGCONT)
    await truth.settled()
    await truth.check()
    assert '"event":"fenced"' in herd.logs(), "a stall without a fencing proves nothing: " + herd.logs()


async def test_goes_on_by_itself_after_its_own_transaction_timed_out(
    settings: Settings, herds: list[Herd], tmp_path: Path
) -> None:
    truth = Truth(settings, dict.fromkeys(range(2400), "plain"))
    await truth.feed()
    slow = {
        "KHABAR_SESSION_MS": "30000",
        "KHABAR_TRANSACTION_MS": "3000",
        "KHABAR_HOLD_MS": "1000",
        "KHABAR_BATCH_RECORDS": "10",
    }
    herd = herd_of(herds, settings, tmp_path, **slow)
    worker = herd.add()
    n = 0
    for _ in range(4):  # a stall between two transactions fences nobody
        n = await truth.progressed(n)
        await asyncio.sleep(0.3)
        worker.send_signal(signal.SIGSTOP)
        # longer than the transaction timeout, shorter than the session: nobody else will come
        await asyncio.sleep(9)
        worker.send_signal(signal.SIGCONT)
        await asyncio.sleep(2)
        if '"event":"fenced"' in herd.logs():
            break
    await truth.settled()
    await truth.check()
    assert '"event":"fenced"' in herd.logs(), "a stall without a fencing proves nothing: " + herd.logs()


async def test_drains_within_its_deadline_even_when_a_record_hangs(
    settings: Settings, herds: list[Herd], tmp_path: Path
) -> None:
    truth = Truth(settings, {i: "hang" if i % 5 == 0 else "plain" for i in range(40)})
    await truth.feed()
    herd = herd_of(herds, settings, tmp_path, KHABAR_RECORD_SECONDS="30")
    worker = herd.add()
    async with asyncio.timeout(20):
        while '"event":"lane-open"' not in herd.logs():  # noqa: ASYNC110 - a log is read
            await asyncio.sleep(0.1)
    await asyncio.sleep(1)  # by now it has a hanging record
    seconds, code = herd.term(worker)
    assert '"event":"lane-open"' in herd.logs()
    assert seconds < 11, "SIGTERM ends a worker whose slot hangs"
    assert code in (0, 1)
    assert herd.orphans() == []


async def test_two_workers_with_one_name_do_no_harm(
    settings: Settings, herds: list[Herd], tmp_path: Path
) -> None:
    """They take each other's place, fenced between two sends; if they go on for long one of them ends and
    says why.

    Now and then both do within a second: whoever keeps workers starts one again.
    """
    truth = Truth(settings, dict.fromkeys(range(600), "plain"))
    await truth.feed()
    herd = herd_of(
        herds, settings, tmp_path, KHABAR_INSTANCE="0", KHABAR_HOLD_MS="1000", KHABAR_BATCH_RECORDS="10"
    )
    herd.add()
    herd.add()
    keeper = asyncio.create_task(_one_kept(herd))
    await truth.settled()
    keeper.cancel()
    await truth.check()
    assert herd.logs().count('"event":"revoked"') + herd.logs().count('"event":"fenced"') > 0, "they met"
    ended = [worker for worker in herd.workers if worker.poll() is not None]
    assert not ended or "another clean worker runs with KHABAR_INSTANCE=0" in herd.logs(), (
        "a fencing is no bug"
    )


async def _one_kept(herd: Herd) -> None:
    while True:
        if all(worker.poll() is not None for worker in herd.workers):
            herd.add()
        await asyncio.sleep(0.5)


async def test_an_idle_slot_that_dies_costs_no_record(
    settings: Settings, herds: list[Herd], tmp_path: Path
) -> None:
    truth = Truth(settings, dict.fromkeys(range(40), "plain"))
    await truth.feed(until=20)
    herd = herd_of(herds, settings, tmp_path)
    worker = herd.add()
    await truth.settled()
    for child in psutil.Process(worker.pid).children():
        if "spawn_main" in " ".join(child.cmdline()):
            child.kill()
    await truth.feed(first=20)
    await truth.settled()
    await truth.check()


async def test_headers_of_a_foreign_producer_stop_no_lane(
    settings: Settings, herds: list[Herd], tmp_path: Path
) -> None:
    odd = [
        ("khabar-origin", b"garbage"),
        ("khabar-history", b"not json"),
        ("traceparent", b"\xff"),
        ("ce_id", b"\xff\xfe"),
    ]
    truth = Truth(settings, {0: "plain", 1: "empty", 2: "plain"})
    await truth.feed(headers=odd)
    herd = herd_of(herds, settings, tmp_path)
    herd.add()
    await truth.settled()
    await truth.check()


async def test_a_machine_that_stood_still_costs_no_record(
    settings: Settings, herds: list[Herd], tmp_path: Path
) -> None:
    """The time in which the worker itself did not run says nothing of its slot."""
    truth = Truth(settings, dict.fromkeys(range(10), "plain"))
    await truth.feed()
    herd = herd_of(herds, settings, tmp_path, SHAKE_WORK_MS="1500")
    worker = herd.add()
    await truth.progressed(0)
    for _ in range(3):  # a record is in work now, as nearly always
        os.killpg(worker.pid, signal.SIGSTOP)
        await asyncio.sleep(3)  # longer than a record may take
        os.killpg(worker.pid, signal.SIGCONT)
        await asyncio.sleep(0.7)
    await truth.settled()
    await truth.check()


async def test_a_worker_that_cannot_start_says_why_and_ends(settings: Settings) -> None:
    await declare.apply(settings)
    command = [sys.executable, "-m", "services.cli", "run", "extract"]
    given = {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}
    given |= {"KHABAR_KAFKA": settings.kafka, "KHABAR_RUN": settings.run, "KHABAR_ENCODER": "/not/there"}
    done = await asyncio.to_thread(
        subprocess.run, command, env=given, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 2
    (said,) = map(orjson.loads, done.stderr.splitlines())
    assert said["event"] == "cannot-start"
    assert "the model in /not/there lacks" in said["error"]
    assert "KHABAR_DEGRADED=yes" in said["error"]


async def test_a_killed_worker_leaves_no_process(
    settings: Settings, herds: list[Herd], tmp_path: Path
) -> None:
    """A slot at work does not look at the pipe whose other end is gone."""
    truth = Truth(settings, dict.fromkeys(range(200), "hang"))
    await truth.feed()
    herd = herd_of(herds, settings, tmp_path, KHABAR_RECORD_SECONDS="600")
    worker = herd.add()
    async with asyncio.timeout(60):
        while '"event":"lane-open"' not in herd.logs():  # noqa: ASYNC110 - a log is read
            await asyncio.sleep(0.1)
    await asyncio.sleep(1)  # by now it has a hanging record
    herd.kill(worker)
    assert herd.orphans() == []


async def test_the_broker_goes_and_comes_back(
    own_broker: Broker, run_name: str, herds: list[Herd], tmp_path: Path
) -> None:
    """Restarted under load, killed at rest: Kafka itself may lose a prepared commit when a lone node is
    killed (see ARCHITECTURE.md).
    """
    settings = Settings(kafka=own_broker.bootstrap, run=run_name)
    truth = Truth(settings, dict.fromkeys(range(1000), "plain"))
    await truth.feed(until=800)
    herd = herd_of(herds, settings, tmp_path, SHAKE_WORK_MS="4", KHABAR_BATCH_RECORDS="20")
    worker = herd.add()
    await truth.progressed(0)
    await asyncio.to_thread(own_broker.bounce)
    await truth.settled()
    await asyncio.to_thread(own_broker.bounce, kill=True)
    await truth.feed(first=800)
    await truth.settled()
    await truth.check()
    await asyncio.to_thread(own_broker.kill)
    await asyncio.sleep(1)
    seconds, _ = await asyncio.to_thread(herd.term, worker)
    assert seconds < 15, "SIGTERM ends a worker whose broker is gone"
