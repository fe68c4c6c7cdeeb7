"""``bench restore``: how fast a lane reads its state back."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import orjson
from aiokafka import TopicPartition

from services.bench.load import fill, topic
from shared import kafka
from shared.settings import Settings
from shared.topics import spelled

CHANGELOG = "bench.changelog"


def bench(settings: Settings, records: int = 100_000) -> dict[str, Any]:
    """Write *records* state items of 1 kB and restore them; return records per second and core."""
    value = orjson.dumps({"n": 1, "p": "x" * 1000})
    asyncio.run(fill(settings, [topic(CHANGELOG, 1, compacted=True)], (value for _ in range(records))))
    return asyncio.run(_restore(settings, records))


async def _restore(settings: Settings, records: int) -> dict[str, Any]:
    state: dict[bytes, bytes] = {}
    cpu, wall = time.process_time(), time.perf_counter()
    async with kafka.reader(settings) as client:
        async for batch in kafka.read_to_end(client, [TopicPartition(spelled(CHANGELOG, settings.run), 0)]):
            for record in batch:
                state[record.key] = record.value
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"records": records, "keys": len(state), "records_per_s_core": round(records / cpu), "wall_s": round(wall, 2)}
