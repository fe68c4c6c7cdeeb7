"""Lag as Prometheus sees it, on a real broker: 0 where nothing can be read, rising where nobody reads, and
never of what is deleted.
"""

from __future__ import annotations

import asyncio
import dataclasses
import math
import re
import sys
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import RecordsToDelete
from herd import Herd, shakers
from prometheus_client import CollectorRegistry
from truth import Truth

from services.lag.worker import Lookout
from shared.broker.node import Broker
from shared.kafka import aliases, clients, groups, lag
from shared.settings import Settings
from shared.wire import topics

RECORDS = "khabar_consumer_lag_records"
SECONDS = "khabar_consumer_lag_seconds"


def answer(url: str) -> str:
    """Return what our own worker answers at *url*."""
    with urllib.request.urlopen(url, timeout=5) as found:  # noqa: S310
        return str(found.read().decode())


def scraped(url: str) -> dict[str, float]:
    """Return the lag that a scrape of *url* gives."""
    lines = answer(f"{url}/metrics").splitlines()
    return {
        name: float(value)
        for name, value in (line.rsplit(" ", 1) for line in lines if line.startswith("khabar_consumer_lag"))
    }


async def commit(settings: Settings, group: str, offsets: dict[TopicPartition, int]) -> None:
    """Commit *offsets* as *group*, and leave it without a member."""
    client = AIOKafkaConsumer(bootstrap_servers=settings.kafka, group_id=group, enable_auto_commit=False)
    client.assign(list(offsets))
    await client.start()
    await client.commit(offsets)
    await client.stop()


async def last_read(
    settings: Settings, topic: str
) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int]]:
    """Return the offset after the last committed record of each partition of *topic*, as most consumers
    commit it, and its end.
    """
    async with clients.reader(settings) as client:
        parts = await clients.partitions(client, topic)
        ends = await client.end_offsets(parts)
        after = dict.fromkeys(parts, 0)
        async for records in clients.read_to_end(client, parts):
            for record in records:
                part = TopicPartition(record.topic, record.partition)
                after[part] = record.offset + 1
    return after, ends


class Watcher:
    """Looks by hand, as `khabar run lag` does every 15 seconds."""

    def __init__(self, settings: Settings, observer: lag.GroupObserver, watch: aliases.Watch) -> None:
        self.lookout, self.observer, self.watch = Lookout(settings, CollectorRegistry()), observer, watch

    async def look(self) -> None:
        await self.lookout.look(self.observer, self.watch)

    def records(self, stage: str, run: str = "live") -> list[float]:
        return [
            value
            for labels, value in self._samples(RECORDS)
            if labels["stage"] == stage and labels["run"] == run
        ]

    def seconds(self, stage: str, run: str = "live") -> float:
        (value,) = [
            value
            for labels, value in self._samples(SECONDS)
            if labels["stage"] == stage and labels["run"] == run
        ]
        return value

    def values(self) -> list[float]:
        return [value for name in (RECORDS, SECONDS) for _, value in self._samples(name)]

    def _samples(self, name: str) -> list[tuple[dict[str, str], float]]:
        return [
            (s.labels, s.value)
            for family in self.lookout.metrics.collect()
            for s in family.samples
            if s.name == name
        ]


@asynccontextmanager
async def watching(settings: Settings) -> AsyncIterator[Watcher]:
    async with lag.observing_groups(settings) as observer, aliases.watching(settings) as watch:
        yield Watcher(settings, observer, watch)


async def test_lag_is_what_nobody_has_read(own_broker: Broker, tmp_path: Path) -> None:
    settings = Settings(kafka=own_broker.bootstrap)
    environment = {"KHABAR_KAFKA": settings.kafka}
    truth = Truth(settings, dict.fromkeys(range(130), "plain"))
    workers = shakers(environment, tmp_path)
    (tmp_path / "lag").mkdir()
    exporters = Herd([sys.executable, "-m", "services.cli", "run", "lag"], environment, tmp_path / "lag")
    try:
        await truth.feed(until=120)
        worker = workers.add()
        await truth.settled()
        assert workers.term(worker)[1] == 0
        await idle_is_zero(settings, exporters)
        async with watching(settings) as seen:
            await a_stopped_group_falls_behind(truth, seen)
            await retention_takes_lag_away(settings, seen)
            await an_open_transaction_is_no_lag(settings, seen)
            await runs_are_replays(settings, seen)
    finally:
        workers.close()
        exporters.close()


async def idle_is_zero(settings: Settings, exporters: Herd) -> None:
    """After transactions, with groups that commit the last record + 1 and never see the marker behind it."""
    after, ends = await last_read(settings, topics.CLEAN.name)
    assert 1 in {ends[part] - offset for part, offset in after.items()}, (
        "no marker is in the way, so this proves nothing"
    )
    await commit(settings, topics.group("detect"), after)
    exporter = exporters.add()
    deadline = time.monotonic() + 30
    while not (said := re.search(r'"health":"([^"]+)"', exporters.logs())) or not await asyncio.to_thread(
        scraped, said[1]
    ):
        assert time.monotonic() < deadline, exporters.logs()
        await asyncio.sleep(0.2)
    found = await asyncio.to_thread(scraped, said[1])
    assert {name for name, value in found.items() if value} == set()
    lanes = {"clean": 12, "detect": 12, "extract": 12, "link": 1, "pulse": 12}
    for stage, count in lanes.items():
        assert (
            len([name for name in found if name.startswith(RECORDS) and f'stage="{stage}"' in name]) == count
        )
    assert (
        'khabar_consumer_lag_records{partition="0",run="live",stage="link",topic="articles.extracted"}'
        in found
    )
    assert 'khabar_consumer_lag_seconds{run="live",stage="detect",topic="articles.clean"}' in found
    assert await asyncio.to_thread(answer, f"{said[1]}/readyz") == "ok\n"
    assert exporters.term(exporter)[1] == 0


async def a_stopped_group_falls_behind(truth: Truth, seen: Watcher) -> None:
    async with clients.admin(truth.settings) as admin:
        assert await groups.members(admin, topics.group("clean")) == 0, "it is dead"
    await truth.feed(first=120)
    fed = time.time()
    await seen.look()
    assert sum(seen.records("clean")) == 10
    first = seen.seconds("clean")
    assert first <= time.time() - fed + 5
    await asyncio.sleep(1.5)
    await seen.look()
    assert seen.seconds("clean") == pytest.approx(first + 1.5, abs=1.0)
    assert sum(seen.records("detect")) == seen.seconds("detect") == 0


async def retention_takes_lag_away(settings: Settings, seen: Watcher) -> None:
    async with clients.reader(settings) as client:
        ends = await client.end_offsets(await clients.partitions(client, topics.RAW.name))
    async with clients.admin(settings) as admin:
        committed = await groups.committed(admin, topics.group("clean"))
        behind = {
            part: end for part, end in ends.items() if part in committed and end > committed[part].offset
        }
        one, *others = behind
        left = sum(behind[part] - committed[part].offset for part in others)
        await admin.delete_records({one: RecordsToDelete(ends[one])})
        await seen.look()
        assert sum(seen.records("clean")) == left, "what is deleted is no lag"
        await admin.delete_records({part: RecordsToDelete(end) for part, end in ends.items()})
    await seen.look()
    assert sum(seen.records("clean")) == seen.seconds("clean") == 0
    assert not any(math.isnan(value) for value in seen.values())


async def an_open_transaction_is_no_lag(settings: Settings, seen: Watcher) -> None:
    async with clients.transacting(settings, transactional_id="held open") as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(topics.DETECTED.name, b"{}", key=b"k")
        await seen.look()
        assert sum(seen.records("extract")) == seen.seconds("extract") == 0, (
            "upstream works on, downstream has nothing to read"
        )
        await asyncio.sleep(0.3)
        async with watching(dataclasses.replace(settings, transaction_ms=100)) as impatient:
            await impatient.look()
            assert sum(impatient.records("extract")) == 1, "open for too long, it holds up whoever reads"
            assert impatient.seconds("extract") >= 0.2
            await producer.abort_transaction()
            await impatient.look()
            assert sum(impatient.records("extract")) == impatient.seconds("extract") == 0, (
                "what was aborted nobody reads, however old"
            )


async def runs_are_replays(settings: Settings, seen: Watcher) -> None:
    async with clients.reader(settings) as client:
        parts = await clients.partitions(client, topics.CLEAN.name)
        there = sum((await client.end_offsets(parts)).values())
    assert seen.records("detect", "replay") == []
    for run in ("old-day", "older-day"):
        await commit(settings, topics.group("detect", run), dict.fromkeys(parts, 0))
    await seen.look()
    waiting = sum(seen.records("detect", "replay"))
    assert 0.5 * there < waiting / 2 <= there, "two runs that read nothing yet, under the labels of one"
    assert seen.seconds("detect", "replay") > 0
    assert sum(seen.records("detect")) == seen.seconds("detect") == 0
