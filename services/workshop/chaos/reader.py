"""A reader of live's articles over promotions and rollbacks: a process that copies what it is given, and is
killed over it.

It is the consumer that ARCHITECTURE promises exactly once to: the copies and how far it has read commit in
one transaction.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiokafka import AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import IllegalOperation, KafkaError

from services.cli.worker_processes import environment
from services.workshop.chaos.watching import LIMIT_S, Stuck, answer, until
from services.workshop.chaos.world import World
from shared.kafka import clients
from shared.kafka.following import follower
from shared.logs import warn
from shared.settings import Settings
from shared.wire import headers, topics
from shared.worker.orphans import die_with

NAME = "reader"
"""Its group, its transactional id, and the run whose topics its copies go to."""

FROM = "from"
"""The header of a copy that names the run it was read from."""

AT_MOST, RESTS_S = 20, 2.0


@dataclass(slots=True)
class Reader:
    """The process, started again whenever it was killed."""

    settings: Settings
    log: Path
    process: subprocess.Popen[bytes]
    kills: int = 0

    @classmethod
    async def begun(cls, there: World) -> Reader:
        """Make the topic for the copies and start to read."""
        await there.declare([topics.LINKED], NAME)
        log = there.crew.folder / f"{NAME}.log"
        return cls(there.settings, log, _started(there.settings, log))

    async def killed(self) -> None:
        """Kill it after it has copied more, and start it again."""
        await self._more_than(len(await self._copied()))
        self.kill()
        self.kills += 1
        self.process = _started(self.settings, self.log)

    async def given_of(self, run: str) -> None:
        """Wait until it has copied something more of *run*."""
        before = _of(await self._copied(), run)

        async def more() -> bool:
            return _of(await copied(self.settings), run) > before

        await until(more, f"the reader is given articles of {run}")

    async def rested(self, topic: str) -> None:
        """Wait until it has copied as much as live has of *topic*, and nothing more for a while."""
        live = await answer(partial(clients.read_all, self.settings, [topic]), topic)
        n = await self._more_than(len({one.key for one in live}) - 1)
        deadline = time.monotonic() + LIMIT_S
        while True:
            await asyncio.sleep(RESTS_S)
            if (now := len(await self._copied())) == n:
                return
            n = now
            if time.monotonic() > deadline:
                raise Stuck("the reader does not come to rest")

    async def _copied(self) -> list[ConsumerRecord]:
        return await answer(partial(copied, self.settings), "what the reader has copied")

    async def _more_than(self, least: int) -> int:
        async def more() -> int:
            if self.process.poll() is not None:
                raise Stuck(f"the reader has ended with {self.process.returncode}: {self.log}")
            n = len(await copied(self.settings))
            return n if n > least else 0

        return await until(more, f"the reader is given more than {least} articles")

    def kill(self) -> None:
        """End it by SIGKILL."""
        self.process.kill()
        self.process.wait()


async def copied(settings: Settings) -> list[ConsumerRecord]:
    """Return all copies."""
    return await clients.read_all(settings, [topics.spelled(topics.LINKED.name, NAME)])


def _of(copies: Sequence[ConsumerRecord], run: str) -> int:
    return sum(headers.get(one.headers, FROM) == run for one in copies)


def _started(settings: Settings, log: Path) -> subprocess.Popen[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "services.workshop.chaos.reader", str(os.getpid())]
    with log.open("ab") as out:
        return subprocess.Popen(command, env=environment(settings), stdout=out, stderr=out)  # noqa: S603 - our own command


async def _copy(settings: Settings) -> None:
    """Copy what is due, for ever; after any error of the broker begin again from what is committed."""
    while True:
        try:
            async with clients.transacting(
                settings, transactional_id=NAME
            ) as producer:  # (A2): whoever was before is shut out
                positions = await follower.committed_positions(settings, topics.LINKED, NAME)
                async with follower.following(settings, topics.LINKED, positions) as reader:
                    while True:
                        await _write(settings, producer, await reader.take(at_most=AT_MOST))
        except (KafkaError, IllegalOperation) as error:
            warn("no-broker", stage=NAME, error=repr(error)[:200])
            await asyncio.sleep(1)


async def _write(settings: Settings, producer: AIOKafkaProducer, batch: follower.DueRecords) -> None:
    """Commit copies of the records and where they end together."""
    sink = topics.spelled(topics.LINKED.name, NAME)
    async with producer.transaction():
        sent = [
            await producer.send(sink, one.value, key=one.key, headers=[(FROM, _run(one))])
            for one in batch.records
        ]
        await asyncio.gather(*sent)
        await producer.send_offsets_to_transaction(batch.positions.offsets(topics.LINKED), NAME)
        await asyncio.sleep(settings.hold_ms / 1000 if batch.records else 0)


def _run(record: ConsumerRecord) -> bytes:
    return topics.run_of(record.topic, topics.LINKED.name).encode()


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    asyncio.run(_copy(Settings.from_env()))
