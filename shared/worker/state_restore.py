"""A lane's state, built again from its changelog."""

from __future__ import annotations

import asyncio
import time

from aiokafka import TopicPartition

from shared.contract import State
from shared.kafka import clients
from shared.wire import state_version, topics
from shared.worker.worker_tools import WorkerTools

LONGEST_TURN_S = 0.02
"""Neither folding nor restoring holds the event loop longer than this at a time: heartbeats share it (A10).
"""


async def restore(tools: WorkerTools, partition: int) -> State:
    """Return the lane's state, built from its changelog up to the last stable offset.

    Raises OtherState on an item of another version.
    """
    work, state = tools.work, tools.work.state()
    if not work.keeps_state:
        return state
    part = TopicPartition(tools.spelled(topics.changelog(work.name)), partition)
    gauge, usual = (
        tools.metrics.restore.labels(work.name),
        tuple(state_version.version_headers(work.state_version)),
    )
    yielded_at = time.perf_counter()
    async with clients.reader(tools.settings, fetch_bytes=clients.SEARCH_BYTES) as client:
        async for records in clients.read_to_end(client, [part], gauge.set):
            for record in records:
                if record.headers != usual:
                    state_version.check(record.headers, work, partition)
                state.apply(record.key, record.value)
                if time.perf_counter() - yielded_at > LONGEST_TURN_S:
                    await asyncio.sleep(0)
                    yielded_at = time.perf_counter()
    return state
