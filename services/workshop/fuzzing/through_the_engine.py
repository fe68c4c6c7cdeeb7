"""``bench hostile``: hostile records through the real workers on a real broker; where each ended, how slow,
and whether memory stays flat.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections import Counter
from contextlib import suppress
from typing import Any

import psutil
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError

from services.cli.speech import Progress
from services.cli.worker_processes import Engine
from services.stages import work
from services.workshop.fuzzing.hostile_records import records
from services.workshop.timing.pipeline import engine
from shared.kafka import clients, tallies
from shared.settings import Settings
from shared.wire import headers, topics
from shared.wire.codec import MAX_VALUE_BYTES
from shared.wire.tally import Tally
from shared.wire.topics import STAGES

SEED, COUNT, WITH_ENCODER = 13, 100_000, 2_000
LIMIT_S, LOOK_S = 120.0, 5.0
"""How long nothing may end, and how often it is looked."""

EARLY = 0.2
"""The share of the records after which memory is looked at first: by then models are loaded and caches have
filled.
"""

SLOW_MS = 1_000
LARGEST = MAX_VALUE_BYTES - 1_000
"""A record that the topic itself refuses is no test of the engine."""


def bench(settings: Settings, count: int = COUNT, with_encoder: int = WITH_ENCODER) -> dict[str, Any]:
    """Send *count* records past the tagger by rules without vectors, then *with_encoder* past the default
    one; return figures of both.
    """
    plain = dataclasses.replace(settings, tagger="rules", encoder="none", degraded="yes")
    return {
        "rules": _measured(plain, count),
        "encoder": _measured(dataclasses.replace(settings, run=f"{settings.run}-encoder"), with_encoder),
    }


def _measured(settings: Settings, count: int) -> dict[str, Any]:
    with engine(settings) as running:
        begun = time.monotonic()
        sent = asyncio.run(_send(settings, count))
        early = asyncio.run(_wait(settings, running, int(sent * EARLY), Progress("memory settles", sent)))
        late = asyncio.run(_wait(settings, running, sent, Progress("ended", sent)))
        wall = time.monotonic() - begun
    return {
        "records": sent,
        "seconds": round(wall),
        **asyncio.run(_ends(settings, sent)),
        "rss_mb": {"early": early, "end": late},
    }


async def _send(settings: Settings, count: int) -> int:
    """Write the records to ``articles.raw``, those that its lanes could not even hold left out; return how
    many.
    """
    name, sent, progress = topics.spelled(topics.RAW.name, settings.run), 0, Progress("sending", count)
    producer = clients.idempotent(settings)
    await producer.start()
    try:
        for value in records(count, SEED):
            if len(value) <= LARGEST:
                await producer.send(name, value, key=b"outlet-%d" % (sent % 40))
                sent += 1
                progress.show(sent)
    finally:
        await producer.stop()
    return sent


async def _wait(
    settings: Settings, running: Engine, expected: int, progress: Progress
) -> dict[str, list[int]]:
    """Wait until *expected* raw records have ended somewhere; return the resident megabytes of each worker
    and its slots.
    """
    ended, moved = 0, time.monotonic()
    while ended < expected:
        await asyncio.sleep(LOOK_S)
        # a broker under such load may leave a question unanswered, and at first has no topic of offsets
        with suppress(KafkaError):
            before, ended = ended, _ended(await _tallies(settings))
            moved = time.monotonic() if ended > before else moved
        progress.show(ended)
        if running.dead() or time.monotonic() - moved > LIMIT_S:
            raise RuntimeError(
                f"{ended} of {expected} records have ended; workers that died: {running.dead()}"
            )
    return {stage: _resident(worker.pid) for stage, worker in running.workers.items()}


def _resident(pid: int) -> list[int]:
    worker = psutil.Process(pid)
    return [round(one.memory_info().rss / 1e6) for one in (worker, *worker.children(recursive=True))]


async def _tallies(settings: Settings) -> dict[str, Tally]:
    return {stage: await tallies.of_group(settings, topics.group(stage, settings.run)) for stage in STAGES}


def _ended(done: dict[str, Tally]) -> int:
    """Return how many records go no further: dropped or dead in any stage, or through the last."""
    return (
        sum(done[stage].finished[how] for stage in STAGES for how in ("dropped", "dead"))
        + done[STAGES[-1]].finished["produced"]
    )


async def _ends(settings: Settings, sent: int) -> dict[str, Any]:
    """Compare origins: every raw record is in ``articles.linked``, in one of the letters, or was dropped as a
    revision that another has.
    """
    done = await _tallies(settings)
    places, reasons, slowest, slow = Counter[str](), Counter[str](), dict[str, int](), Counter[str]()
    async for record in _outputs(
        settings, [work(stage).source for stage in STAGES[1:]] + [topics.LINKED.name]
    ):
        took = int(headers.get(record.headers, "ce_tookms") or 0)
        stage = (headers.get(record.headers, "ce_source") or "").rpartition("/")[2]
        slowest[stage] = max(took, slowest.get(stage, 0))
        slow[stage] += took > SLOW_MS
        if stage == STAGES[-1]:
            places[headers.get(record.headers, headers.ORIGIN) or ""] += 1
    async for record in _outputs(settings, [topics.dead(stage) for stage in STAGES]):
        places[headers.get(record.headers, headers.ORIGIN) or _died(record)] += 1
        reasons[
            f"{headers.get(record.headers, 'khabar-stage')}.{headers.get(record.headers, headers.REASON)}"
        ] += 1
    dropped = sum((one.dropped for one in done.values()), Counter[str]())
    return {
        "linked": done[STAGES[-1]].finished["produced"],
        "dropped": dict(dropped),
        "dead": dict(reasons.most_common()),
        "twice": sum(times > 1 for times in places.values()),
        "missing": sent - len(places) - dropped.total(),
        "slowest_ms": slowest,
        "over_1_s": dict(slow),
    }


def _died(record: ConsumerRecord) -> str:
    return "/".join(
        headers.get(record.headers, f"khabar-{part}") or ""
        for part in ("topic", "partition", "offset", "timestamp")
    )


async def _outputs(settings: Settings, names: list[str]) -> Any:
    """Yield the committed records of topics, one after the other: together they would not fit into memory."""
    for name in names:
        async with clients.reader(settings) as client:
            parts = await clients.partitions(client, topics.spelled(name, settings.run))
            async for found in clients.read_to_end(client, parts):
                for record in found:
                    yield record
