"""Readers over promotion and rollback on a real broker, while both runs make articles and the reader is
killed: nothing lost, nothing twice.
"""

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
from pathlib import Path

import orjson
from aiokafka import AIOKafkaProducer, ConsumerRecord
from msgspec import structs

from shared.broker.node import Broker
from shared.kafka import clients, declare
from shared.kafka.following import follower
from shared.records.alias import Alias, Segment
from shared.settings import Settings
from shared.wire import codec, headers, topics

ROOT = Path(__file__).parents[2]
STORY = "57000000-0000-4000-8000-000000000001"
RUN, RAWS = "better-names", topics.RAW.partitions
SEED = int(os.environ.get("FOLLOWING_SEED", "13"))
READER = "keeper"
"""The group and the transactional id of the reader, and the topic that it copies what it is given to."""


class Runs:
    """Makes raw records, and of each of them one article in every run, except for those that only one of them
    makes.
    """

    def __init__(self, settings: Settings, producer: AIOKafkaProducer) -> None:
        self.settings, self.producer = settings, producer
        self.raw = [0] * RAWS
        self.backlog: dict[str, list[tuple[str, str, bytes]]] = {topics.LIVE: [], RUN: []}

    async def feed(self, n: int) -> None:
        async with self.producer.transaction():
            for _ in range(n):
                number = sum(self.raw)
                partition = number % RAWS
                sent = await self.producer.send_and_wait(topics.RAW.name, b"{}", partition=partition)
                self.raw[partition] += 1
                origin = f"{topics.RAW.name}/{partition}/{sent.offset}/{sent.timestamp}".encode()
                for run, left_out in ((topics.LIVE, 7), (RUN, 11)):
                    if number % left_out:
                        self.backlog[run].append((f"{number:032x}", "rev-1", origin))

    async def make(self, run: str, n: int, *, commit: bool = True) -> None:
        """Write the next *n* articles of *run*; or try to."""
        todo = self.backlog[run][:n]
        if not todo:
            return
        await self.producer.begin_transaction()
        for doc, rev, origin in todo:
            value = orjson.dumps(
                {"doc_id": doc, "rev": rev, "run": run, "linked": {"story_id": STORY, "run": run}}
            )
            await self.producer.send(
                topics.spelled("articles.linked", run),
                value,
                key=doc.encode(),
                headers=[(headers.ORIGIN, origin)],
            )
        if commit:
            await self.producer.commit_transaction()
            del self.backlog[run][:n]
        else:
            await self.producer.abort_transaction()


async def switch(settings: Settings, alias: Alias) -> None:
    operator = clients.transactional(settings, transactional_id="operator")
    await operator.start()
    async with operator.transaction():
        await operator.send_and_wait(topics.ALIASES.name, codec.encode(alias), key=str(alias.epoch).encode())
    await operator.stop()


@asynccontextmanager
async def runs(settings: Settings) -> AsyncIterator[Runs]:
    await declare.apply(settings, [topics.RAW, topics.LINKED, topics.ALIASES])
    await declare.apply(Settings(kafka=settings.kafka, run=RUN), [topics.LINKED])
    await declare.apply(Settings(kafka=settings.kafka, run=READER), [topics.LINKED])
    producer = clients.transactional(settings, transactional_id="makers")
    await producer.start()
    try:
        yield Runs(settings, producer)
    finally:
        await producer.stop()


def said(record: ConsumerRecord) -> tuple[str, str]:
    value = orjson.loads(record.value)
    return value["doc_id"], value["rev"]


async def held(settings: Settings, run: str) -> dict[tuple[str, str], tuple[int, int]]:
    """Return what a run holds, with the raw place of each."""
    found = {}
    for record in await clients.read_all(settings, [topics.spelled("articles.linked", run)]):
        _, partition, offset, _ = (headers.get(record.headers, headers.ORIGIN) or "").split("/")
        found[said(record)] = (int(partition), int(offset))
    return found


async def fresh(settings: Settings) -> list[tuple[str, str]]:
    """Return what a new reader is given up to where it finds nothing more for a while."""
    found: list[tuple[str, str]] = []
    async with follower.following(settings, topics.LINKED) as reader:
        idle = 0
        while idle < 5:
            before = reader.positions
            batch = await reader.take()
            found += map(said, batch.records)
            idle = 0 if batch.positions != before else idle + 1
    return found


async def copied(settings: Settings) -> list[tuple[str, str, str]]:
    records = await clients.read_all(settings, [topics.spelled("articles.linked", READER)])
    return [(*said(record), orjson.loads(record.value)["run"]) for record in records]


async def copy(settings: Settings, hold_s: float) -> None:
    """What the reader's process does: copy what is due, with the positions in the same transaction."""
    producer = clients.transactional(settings, transactional_id=READER)
    await producer.start()  # shuts a former one out before the positions are read
    positions = await follower.committed_positions(settings, topics.LINKED, READER)
    async with follower.following(settings, topics.LINKED, positions) as reader:
        while True:
            batch = await reader.take(at_most=20)
            async with producer.transaction():
                for record in batch.records:
                    await producer.send(
                        topics.spelled("articles.linked", READER), record.value, key=record.key
                    )
                await producer.send_offsets_to_transaction(batch.positions.offsets(topics.LINKED), READER)
                await asyncio.sleep(hold_s)


def started(settings: Settings, log: Path) -> subprocess.Popen[bytes]:
    code = f"""
import asyncio, sys
sys.path[:0] = [{str(ROOT)!r}, {str(Path(__file__).parent)!r}]
from shared.settings import Settings
import test_following
asyncio.run(test_following.copy(Settings(kafka={settings.kafka!r}, transaction_ms=10_000), .05))
"""
    with log.open("ab") as out:
        return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=out, stderr=out)


class Victim:
    """The reader's process, killed again and again after it has done something."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self.settings, self.log, self.kills = settings, log, 0
        self.process = started(settings, log)

    async def progressed(self, least: int) -> int:
        """Wait until it has copied more than *least*; returns how many it has."""
        deadline = time.monotonic() + 90
        while (n := len(await copied(self.settings))) <= least:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, f"no more than {n}: {self.log.read_text()[-2000:]}"
            await asyncio.sleep(0.1)
        return n

    async def rested(self, wanted: set[tuple[str, str]]) -> None:
        """Wait until all *wanted* are copied and nothing has been added for two seconds."""
        n = await self.progressed(len(wanted) - 1)
        while await self._more_than(n):
            n = len(await copied(self.settings))
        missing = wanted - {one[:2] for one in await copied(self.settings)}
        assert missing == set(), "it rests, and this is not there"

    async def _more_than(self, n: int) -> bool:
        await asyncio.sleep(2)
        return len(await copied(self.settings)) > n

    def kill(self) -> None:
        assert self.process.poll() is None, self.log.read_text()
        self.process.kill()
        self.process.wait()
        self.kills += 1

    def start(self) -> None:
        self.process = started(self.settings, self.log)


async def flow(world: Runs, plan: random.Random, stop: asyncio.Event) -> None:
    """Articles go on being made in both runs, each at its own pace, until *stop*; then all that is left."""
    while not stop.is_set():
        await world.feed(4)
        for run in (topics.LIVE, RUN):
            await world.make(run, plan.randrange(9))
        await world.make(RUN, 3, commit=False)
        await asyncio.sleep(0.1)
    for run in (topics.LIVE, RUN):
        await world.make(run, 10_000)


async def test_a_reader_killed_over_promotion_and_rollback_loses_and_repeats_nothing(
    own_broker: Broker, tmp_path: Path
) -> None:
    settings, plan = Settings(kafka=own_broker.bootstrap, transaction_ms=10_000), random.Random(SEED)
    async with runs(settings) as world:
        await world.feed(60)
        alias = Alias(
            segments=[Segment(run=topics.LIVE), Segment(run=RUN, cut=[offset // 2 for offset in world.raw])]
        )
        stop = asyncio.Event()
        making = asyncio.create_task(flow(world, plan, stop))
        reader, n, at_switch = Victim(settings, tmp_path / "log"), 0, list[int]()
        try:
            for epoch in range(1, 6):
                for _ in range(2):
                    n = await reader.progressed(n)
                    await asyncio.sleep(plan.uniform(0, 0.5))
                    reader.kill()
                    reader.start()
                await switch(
                    settings, structs.replace(alias, epoch=epoch, segments=alias.segments[: 1 + epoch % 2])
                )
                n = len(await copied(settings))
                at_switch.append(n)
                await asyncio.sleep(plan.uniform(0, 1))
            stop.set()
            await making
            of_live, of_ours = await held(settings, topics.LIVE), await held(settings, RUN)
            owned = {one for one, raw in of_live.items() if alias.owner(raw) == topics.LIVE}
            owned |= {one for one, raw in of_ours.items() if alias.owner(raw) == RUN}
            await reader.rested(owned)
        finally:
            making.cancel()
            reader.process.kill()
            reader.process.wait()
        given = await copied(settings)
        print(
            f"\nkilled {reader.kills} times; {at_switch} at the switches, {len(given)} given: {Counter(run for *_, run in given)}"
        )
        assert max(Counter(one[:2] for one in given).values()) == 1, "nothing twice"
        got = {one[:2]: one[2] for one in given}
        assert owned - got.keys() == set(), "nothing of what belongs to a run now is lost"
        others = got.keys() - owned
        assert all(alias.owner(of_live[one]) == RUN and got[one] == topics.LIVE for one in others), (
            "what live alone has, told before"
        )
        assert at_switch == sorted(set(at_switch)), (
            "it did not go on between the switches: this proved nothing"
        )
        assert Counter(await fresh(settings)) == Counter(dict.fromkeys(owned, 1)), (
            "a fresh reader sees each once: that of the owner"
        )
        await switch(settings, Alias(epoch=6))
        assert Counter(await fresh(settings)) == Counter(dict.fromkeys(of_live, 1)), "after a rollback too"
