"""``bench lost-marker``: what becomes of commits when a lone node goes away under them, by itself and as
``shared.broker`` keeps it.

Lanes commit records over many partitions, a changelog and their offsets; the node is killed or stopped at
seeded moments and started again. Counted per end: commits that the coordinator gave up on its way back
because it found no leader (its log says so; those that it could not write down it takes up again), and
partitions where a transaction stays open that is over for the coordinator. At last the markers that were lost
are written, and every record is read: each confirmed commit must be there once and whole, each other once and
whole or not at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from services.workshop.timing.made_articles import topic
from shared.broker.config import HOST, choose_port
from shared.broker.node import Broker
from shared.kafka import clients, declare
from shared.kafka.transactions import lost_markers
from shared.settings import Settings
from shared.wire.topics import spelled

LANES = 12
OUT, CHANGELOG = "bench.marker.out", "bench.marker.changelog"
PARTITIONS = 48
WIDTH = 8
"""To how many partitions one transaction writes, besides its changelog and the offsets."""

GIVEN_UP = "likely deleted already"
SETTLE_S = 60.0
LIMIT_S = 60.0


def bench(ends: int = 6, seed: int = 7) -> dict[str, Any]:
    """Return the counts of each kind of node under *ends* kills and as many orderly stops; takes 15 minutes
    on a busy machine.
    """
    runs = {
        f"{node}_{'killed' if kill else 'stopped'}": asyncio.run(
            _run(node, ends, random.Random(seed), kill=kill)
        )
        for node in ("ours", "by_itself")
        for kill in (True, False)
    }
    return {"seed": seed, **runs}


def _broker(node: str, folder: Path) -> Broker:
    """Return the lone node as it is kept, or one that takes itself for a node of a cluster and goes and comes
    as Kafka does by itself.
    """
    if node == "ours":
        return Broker(folder)
    port, controller = choose_port(), choose_port()
    listeners = f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller}"
    named = {
        "controller.quorum.voters": f"1@{HOST}:{controller}",
        "listeners": listeners,
        "advertised.listeners": listeners,
    }
    return Broker(folder, port=port, settings=named)


async def _run(node: str, ends: int, chance: random.Random, *, kill: bool) -> dict[str, Any]:
    # clients that are cut off leave failures that nobody asks for
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    given_up, stayed_open, starts = [], [], []
    with tempfile.TemporaryDirectory() as folder, _broker(node, Path(folder)) as broker:
        settings = Settings(kafka=broker.bootstrap, run="bench", transaction_ms=10_000)
        flow = _Flow(settings, chance)
        await declare.apply(settings, [topic(OUT, PARTITIONS), topic(CHANGELOG, LANES, compacted=True)])
        for number in range(ends):
            await flow.until_gone(b"%d" % number, broker.kill if kill else broker.stop)
            begun = time.monotonic()
            await asyncio.to_thread(broker.start)
            starts.append(round(time.monotonic() - begun, 1))
            stayed_open.append(len(await lost_markers.find(settings)))
            given_up.append((broker.folder / "broker.log").read_text(encoding="utf-8").count(GIVEN_UP))
        await lost_markers.write(settings, await lost_markers.find(settings))
        await _settle(settings)
        copies = Counter(
            record.value for record in await clients.read_all(settings, [spelled(OUT, settings.run)])
        )
    return {
        "ends": ends,
        "start_s": starts,
        "given_up": given_up,
        "stayed_open": stayed_open,
        "confirmed": len(flow.confirmed),
        "lost": sum(copies[one] == 0 for one in flow.confirmed),
        "torn_or_repeated": sum(times != WIDTH for times in copies.values()),
    }


@dataclass(frozen=True, slots=True)
class _Flow:
    """Lanes at work, and the commits they were told of."""

    settings: Settings
    chance: random.Random
    confirmed: set[bytes] = field(default_factory=set)

    async def until_gone(self, name: bytes, end: Callable[[], None]) -> None:
        """Let every lane commit about twice, *end* the node within half a second more, and the lanes after
        it.
        """
        before = len(self.confirmed)
        lanes = [
            asyncio.create_task(self._lane(number, b"%s/%d" % (name, number))) for number in range(LANES)
        ]
        deadline = time.monotonic() + LIMIT_S
        while len(self.confirmed) < before + 2 * LANES and time.monotonic() < deadline:  # noqa: ASYNC110 - the lanes work
            await asyncio.sleep(0.02)
        await asyncio.sleep(self.chance.uniform(0, 0.5))
        await asyncio.to_thread(end)
        for lane in lanes:
            lane.cancel()
        await asyncio.wait(lanes, timeout=LIMIT_S)

    async def _lane(self, number: int, name: bytes) -> None:
        producer = clients.transactional(self.settings, transactional_id=f"bench.marker-{number}")
        with contextlib.suppress(KafkaError):
            try:
                await producer.start()
                for count in range(1 << 20):
                    value = b"%s/%d" % (name, count)
                    await self._commit(
                        producer, value, TopicPartition(spelled(CHANGELOG, self.settings.run), number)
                    )
                    self.confirmed.add(value)
            finally:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(producer.stop(), 1)

    async def _commit(self, producer: AIOKafkaProducer, value: bytes, changelog: TopicPartition) -> None:
        await producer.begin_transaction()
        out = spelled(OUT, self.settings.run)
        sent = [
            await producer.send(out, value, partition=one)
            for one in self.chance.sample(range(PARTITIONS), WIDTH)
        ]
        sent.append(await producer.send(changelog.topic, value, key=value, partition=changelog.partition))
        await asyncio.gather(*sent)
        await producer.send_offsets_to_transaction({changelog: 1}, "bench.marker")
        await producer.commit_transaction()


async def _settle(settings: Settings) -> None:
    """Wait until nothing is open: what a killed lane had begun is taken back after its time."""
    deadline = time.monotonic() + SETTLE_S
    while await lost_markers.under_way(settings) and time.monotonic() < deadline:  # noqa: ASYNC110 - the broker works
        await asyncio.sleep(0.5)
