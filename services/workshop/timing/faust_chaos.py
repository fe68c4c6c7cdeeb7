"""``bench faust-chaos``: what becomes of records on Faust agents under SIGKILL, as a reader can check: why
the stages do not run on them.

Four runs, each with topics and a group of its own; outputs are compared by id and read with read_committed.
``exactly_once`` and ``at_least_once`` are Faust's own two guarantees; ``concurrent`` has one slow record and
four agents; ``raising`` has an agent that raises on four records and nothing is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import faust

from services.workshop.timing.made_articles import fill, topic
from shared.kafka import clients
from shared.settings import Settings
from shared.worker.orphans import die_with

PARTITIONS = 4
WORK_S = 0.001
"""Pretended work a record, so that a kill falls between records."""

SESSION_S = 6.0
SLOW_S = 600.0
QUIET_S = 4.0
COMMIT_S = 20.0
"""Faust commits every 2.8 s."""

LIMIT_S = 120.0
RAISES = frozenset({50, 150, 250, 350})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run: Faust's guarantee, how many agents, how many kills, whether record 0 is slow until the first
    kill, which ids raise.
    """

    records: int
    kills: int
    guarantee: str = "at_least_once"
    concurrency: int = 1
    slow: bool = False
    raises: bool = False


def plans(records: int) -> dict[str, Plan]:
    """Return the four runs; the last two take 400 records, as one is enough to see."""
    return {
        "exactly_once": Plan(records=records, kills=2, guarantee="exactly_once"),
        "at_least_once": Plan(records=records, kills=2),
        "concurrent": Plan(records=400, kills=1, concurrency=4, slow=True),
        "raising": Plan(records=400, kills=0, raises=True),
    }


def bench(settings: Settings, records: int = 3000, seed: int = 7) -> dict[str, Any]:
    """Return per run what was sent, lost and duplicated; takes about two minutes."""
    chance = random.Random(seed)
    found = {name: asyncio.run(_shake(settings, name, plan, chance)) for name, plan in plans(records).items()}
    return {"faust": faust.__version__, "seed": seed, "runs": found}


async def _shake(settings: Settings, name: str, plan: Plan, chance: random.Random) -> dict[str, Any]:
    group = f"bench.faust.{name}.{os.getpid()}-{time.time_ns()}"
    source, sink = f"{group}.in", f"{group}.out"
    await fill(
        settings,
        [topic(source, PARTITIONS), topic(sink, PARTITIONS)],
        (b"%d" % number for number in range(plan.records)),
    )
    struck = 0
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        worker = stack.enter_context(_worker(settings, group, plan, folder))
        for kill in range(plan.kills):
            await _await_moment(settings, group, plan, (kill + chance.uniform(0.6, 1.0)) / (plan.kills + 1))
            struck += worker.poll() is None
            worker.kill()
            worker.wait()
            again = Plan(**asdict(plan) | {"slow": False})
            worker = stack.enter_context(_worker(settings, group, again, folder))
        await _await_end(settings, group, plan.records)
    ids = Counter(int(record.value) for record in await clients.read_all(settings, [sink]))
    lost = set(range(plan.records)) - set(ids)
    return {
        "records": plan.records,
        "kills": struck,
        "lost": len(lost),
        "duplicated": sum(ids.values()) - len(ids),
    }


async def _await_moment(settings: Settings, group: str, plan: Plan, share: float) -> None:
    """Wait until *share* of the records is out; with a slow record, until all others are and Faust has had
    its time to commit.
    """
    wanted = plan.records - 1 if plan.slow else int(plan.records * share)
    deadline = time.monotonic() + LIMIT_S
    while len(set(await _ids(settings, group))) < wanted and time.monotonic() < deadline:  # noqa: ASYNC110 - another process works
        await asyncio.sleep(0.1)
    deadline = time.monotonic() + COMMIT_S
    while plan.slow and not await _at_end(settings, group) and time.monotonic() < deadline:  # noqa: ASYNC110 - another process works
        await asyncio.sleep(0.1)


async def _await_end(settings: Settings, group: str, records: int) -> None:
    """Wait until every id is out, or the group is at the end of its topic and nothing comes any more."""
    deadline, before, since = time.monotonic() + LIMIT_S, -1, time.monotonic()
    while time.monotonic() < deadline:
        ids = await _ids(settings, group)
        if len(ids) != before:
            before, since = len(ids), time.monotonic()
        quiet = time.monotonic() - since > QUIET_S
        if quiet and (len(set(ids)) == records or await _at_end(settings, group)):
            return
        await asyncio.sleep(0.2)


async def _ids(settings: Settings, group: str) -> list[bytes]:
    return [record.value for record in await clients.read_all(settings, [f"{group}.out"])]


async def _at_end(settings: Settings, group: str) -> bool:
    async with clients.reader(settings, group=group) as client:
        parts = await clients.partitions(client, f"{group}.in")
        ends = await client.end_offsets(parts)
        return all([(await client.committed(part) or 0) >= ends[part] for part in parts])


@contextlib.contextmanager
def _worker(settings: Settings, group: str, plan: Plan, folder: str) -> Iterator[subprocess.Popen[bytes]]:
    numbers = [str(plan.concurrency), str(int(plan.slow)), str(int(plan.raises))]
    command = [
        sys.executable,
        "-m",
        "services.workshop.timing.faust_chaos",
        settings.kafka,
        group,
        folder,
        plan.guarantee,
        *numbers,
    ]
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def work(bootstrap: str, group: str, folder: str, plan: Plan) -> None:
    """Run a Faust worker as its manual shows it: an agent that sends what it reads."""
    app = faust.App(
        group,
        broker=f"kafka://{bootstrap}",
        datadir=folder,
        processing_guarantee=plan.guarantee,
        broker_session_timeout=SESSION_S,
        broker_heartbeat_interval=SESSION_S / 3,
        consumer_auto_offset_reset="earliest",
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=PARTITIONS,
        worker_redirect_stdouts=False,
    )
    source = app.topic(f"{group}.in", value_serializer="raw", key_serializer="raw")
    sink = app.topic(f"{group}.out", value_serializer="raw", key_serializer="raw")

    async def copy(stream: Any) -> None:
        async for event in stream.events():
            number = int(event.value)
            if plan.raises and number in RAISES:
                raise ValueError(number)
            await asyncio.sleep(SLOW_S if plan.slow and number == 0 else WORK_S)
            await sink.send(key=event.key, value=event.value)

    app.agent(source, concurrency=plan.concurrency)(copy)
    app.on_worker_init.connect(_quiet, weak=False)
    sys.argv = ["faust", "worker", "-l", "error", "--without-web"]
    app.main()


def _quiet(*_: object, **__: object) -> None:
    logging.getLogger().setLevel(logging.ERROR)  # Faust leaves the root logger at DEBUG (F10)


if __name__ == "__main__":
    die_with(os.getppid())
    broker, name, home, kind, agents, is_slow, does_raise = sys.argv[1:]
    given = Plan(
        records=0,
        kills=0,
        guarantee=kind,
        concurrency=int(agents),
        slow=is_slow == "1",
        raises=does_raise == "1",
    )
    work(broker, name, home, given)
