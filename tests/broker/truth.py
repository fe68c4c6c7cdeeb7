"""What went into a shaken stage, and whether exactly that came out: sets of ids read with read_committed,
never counts alone.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import shake
from aiokafka import AIOKafkaProducer

from shared.kafka import clients, declare, lag
from shared.settings import Settings
from shared.wire import headers, topics

KEYS = 20
ENDS_DEAD = {
    "empty": "empty_text",
    "never": "retries_exhausted",
    "bug": "bug",
    "crash": "crash",
    "hang": "timeout",
    "broken": "not_json",
    "huge": "too_large",
}


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known about each id: its kind."""

    settings: Settings
    kinds: dict[int, str]

    async def feed(
        self, first: int = 0, until: int = sys.maxsize, headers: Sequence[tuple[str, bytes]] = ()
    ) -> None:
        """Declare the topics and send every record from id *first* on, up to *until*."""
        await declare.apply(self.settings)
        producer = AIOKafkaProducer(
            bootstrap_servers=self.settings.kafka, enable_idempotence=True, linger_ms=5
        )
        await producer.start()
        topic = topics.spelled(shake.SOURCE, self.settings.run)
        for i, kind in self.kinds.items():
            if first <= i < until:
                value = b"{broken %d" % i if kind == "broken" else orjson.dumps({"i": i, "kind": kind})
                await producer.send(topic, value, key=b"k%d" % (i % KEYS), headers=list(headers))
        await producer.stop()

    async def outputs(self) -> Counter[int]:
        records = await clients.read_all(self.settings, [topics.spelled(shake.SINK, self.settings.run)])
        return Counter(int(record.value) for record in records)

    async def settled(self, limit: float = 240) -> None:
        """Wait until the stage has read all; raises TimeoutError."""
        deadline = time.monotonic() + limit
        while True:
            found = await lag.lag(self.settings, "clean", shake.SOURCE)
            if found.committed and not found.records:
                return
            if time.monotonic() > deadline:
                raise TimeoutError(str(found))
            await asyncio.sleep(0.2)

    async def progressed(self, beyond: int, limit: float = 180) -> int:
        """Wait until more than *beyond* records came out; returns how many."""
        deadline = time.monotonic() + limit
        while (n := len(await self.outputs())) <= beyond:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no output beyond {beyond}")
            await asyncio.sleep(0.2)
        return n

    async def check(self) -> None:
        """Nothing lost, nothing twice, every dead letter right with its bytes, the state exact, each record
        in one place.
        """
        bad = {i: ENDS_DEAD[kind] for i, kind in self.kinds.items() if kind in ENDS_DEAD}
        good = set(self.kinds) - set(bad)
        outputs = await self.outputs()
        assert good - set(outputs) == set(), "lost"
        assert {i: n for i, n in outputs.items() if n > 1} == {}, "duplicated"
        assert set(outputs) - good == set(), "unexpected"
        letters = await clients.read_all(self.settings, [topics.spelled("clean.dead", self.settings.run)])
        assert sorted(
            (_id(letter.value), headers.get(letter.headers, headers.REASON)) for letter in letters
        ) == sorted(bad.items())
        state = shake.Counts()
        for record in await clients.read_all(
            self.settings, [topics.spelled("clean.changelog", self.settings.run)]
        ):
            state.apply(record.key, record.value)
        truth = {
            b"k%d" % key: [len(ids), sum(ids)]
            for key in range(KEYS)
            if (ids := [i for i in good if i % KEYS == key])
        }
        assert state.seen == truth


def _id(value: bytes) -> int:
    return int(bytes(char for char in value if 48 <= char <= 57))
