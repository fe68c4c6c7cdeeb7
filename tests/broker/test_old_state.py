"""State that another release wrote: the worker says so and ends, and nothing is written."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
import shake
from aiokafka import AIOKafkaProducer
from herd import Herd
from truth import Truth

from shared.kafka import clients
from shared.settings import Settings
from shared.wire import headers, state_version, topics


@pytest.fixture
def settings(broker: str, run_name: str) -> Settings:
    return Settings(kafka=broker, run=run_name)


async def remembered(
    settings: Settings, version: list[tuple[str, bytes]], value: bytes | None = b"[1, 7]"
) -> None:
    """Write a state item into lane 3 of clean."""
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        log = topics.spelled("clean.changelog", settings.run)
        await producer.send_and_wait(log, value, key=b"k7", partition=3, headers=version)


async def held(settings: Settings, topic: str) -> list[tuple[bytes, bytes]]:
    """Return what *topic* holds; in no order, as it has several partitions."""
    return sorted(
        (record.key, record.value or b"")
        for record in await clients.read_all(settings, [topics.spelled(topic, settings.run)])
    )


def ended(settings: Settings, *command: str) -> subprocess.CompletedProcess[bytes]:
    """Run *command* until it ends by itself."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}
    given |= {"KHABAR_KAFKA": settings.kafka, "KHABAR_RUN": settings.run}
    return subprocess.run(
        [sys.executable, "-m", "services.cli", *command],
        env=given,
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("value", [b"[1, 7]", None], ids=["item", "tombstone"])
async def test_a_worker_refuses_the_state_of_another_version(settings: Settings, value: bytes | None) -> None:
    await Truth(settings, {}).feed()
    await remembered(settings, state_version.version_headers(2), value)
    before = await held(settings, "clean.changelog")
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        page = orjson.dumps({"text": "a page in the lane whose state is refused"})
        await producer.send_and_wait(topics.spelled(shake.SOURCE, settings.run), page, key=b"k", partition=3)
    done = await asyncio.to_thread(ended, settings, "run", "clean")
    assert done.returncode == 1
    said = [orjson.loads(line) for line in done.stderr.splitlines()]
    (refusal,) = [line for line in said if line["event"] == "refused"]
    for part in (
        "clean, lane 3,",
        "version 2,",
        "version 1:",
        "khabar replay plan articles.raw",
        "topics forget clean",
    ):
        assert part in refusal["error"]
    assert b"Traceback" not in done.stderr
    assert await held(settings, "clean.changelog") == before
    assert await held(settings, "articles.clean") == await held(settings, "clean.dead") == []


async def test_items_of_releases_that_wrote_no_version_are_read_and_new_ones_have_it(
    settings: Settings, tmp_path: Path
) -> None:
    truth = Truth(settings, {7: "plain"})
    await truth.feed(until=0)
    for partition in range(12):  # whichever lane the key falls into
        async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
            log = topics.spelled("clean.changelog", settings.run)
            await producer.send_and_wait(log, b"[4, 100]", key=b"k7", partition=partition)
    herd = Herd(
        [sys.executable, str(Path(shake.__file__))],
        {"KHABAR_KAFKA": settings.kafka, "KHABAR_RUN": settings.run},
        tmp_path,
    )
    try:
        herd.add()
        await truth.feed()
        await truth.settled()
    finally:
        herd.close()
    records = await clients.read_all(settings, [topics.spelled("clean.changelog", settings.run)])
    (new,) = [record for record in records if record.value != b"[4, 100]"]
    assert orjson.loads(new.value) == [5, 107], "it went on from what was there"
    assert headers.get(new.headers, state_version.HEADER) == "1"


async def test_a_stage_that_is_to_forget_goes_on_from_where_it_stands(
    settings: Settings, tmp_path: Path
) -> None:
    """Not while it runs; then the state of the other version is gone, and what was read before is not read
    again.
    """
    truth = Truth(settings, dict.fromkeys(range(10), "plain"))
    await truth.feed(until=5)
    herd = Herd(
        [sys.executable, str(Path(shake.__file__))],
        {"KHABAR_KAFKA": settings.kafka, "KHABAR_RUN": settings.run},
        tmp_path,
    )
    try:
        worker = herd.add()
        await truth.settled()
        refused = await asyncio.to_thread(ended, settings, "topics", "forget", "clean", "--go")
        assert (refused.returncode, b"1 workers of clean run" in refused.stderr) == (1, True), refused
        herd.term(worker)
        before = await held(settings, "clean.changelog")
        asked = await asyncio.to_thread(ended, settings, "topics", "forget", "clean")
        assert (asked.returncode, await held(settings, "clean.changelog")) == (0, before)
        await remembered(settings, state_version.version_headers(2))
        done = await asyncio.to_thread(ended, settings, "topics", "forget", "clean", "--go")
        assert done.returncode == 0, done
        assert await held(settings, "clean.changelog") == []
        herd.add()
        await truth.feed(first=5)
        await truth.settled()
    finally:
        herd.close()
    assert await truth.outputs() == dict.fromkeys(range(10), 1)
