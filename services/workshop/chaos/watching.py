"""What is looked at while faults happen: how much a stage has finished, which transactions are open, whether
all is done.

The broker may be away at any look: it is asked again until a deadline.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.replay import unread
from services.replay.hops import Hop
from services.stages import work
from shared.kafka import clients, lag, tallies
from shared.records.run import Run
from shared.settings import Settings
from shared.wire import topics

LOOK_S = 0.4
ONE_LOOK_S = 20.0
LIMIT_S = 300.0
"""How long anything may take on a busy machine, with the broker away meanwhile, before the plan has failed.
"""


class Stuck(Exception):
    """Something that had to happen did not."""


class Unfelt(Exception):
    """A fault that nothing shows a trace of: the plan proves nothing."""


async def until[Seen](
    look: Callable[[], Awaitable[Seen]], what: str, limit_s: float = LIMIT_S, *, every_s: float = LOOK_S
) -> Seen:
    """Look until something true is seen, and return it; raises Stuck."""
    deadline, last = time.monotonic() + limit_s, ""
    while time.monotonic() < deadline:
        try:
            async with asyncio.timeout(ONE_LOOK_S):
                if seen := await look():
                    return seen
        except (KafkaError, OSError, TimeoutError) as error:
            last = f" ({type(error).__name__})"
        await asyncio.sleep(every_s)
    raise Stuck(f"waited {limit_s:.0f} s: {what}{last}")


async def answer[Seen](look: Callable[[], Awaitable[Seen]], what: str) -> Seen:
    """Look until the broker answers, and return what is seen, whatever it is; raises Stuck."""

    async def answered() -> tuple[Seen]:
        return (await look(),)

    (seen,) = await until(answered, f"{what} can be read")
    return seen


async def finished(settings: Settings, stage: str) -> int:
    """Return how many records *stage* has committed."""
    return (await tallies.of_group(settings, topics.group(stage, settings.run))).finished.total()


async def progress(settings: Settings, stage: str) -> None:
    """Wait until *stage* has committed more than it has now."""
    before = await answer(partial(finished, settings, stage), f"what {stage} has committed")

    async def more() -> bool:
        return await finished(settings, stage) > before

    await until(more, f"{stage} commits more than {before} records")


@asynccontextmanager
async def transactions(
    settings: Settings, topic: str
) -> AsyncIterator[Callable[[], Awaitable[dict[TopicPartition, int]]]]:
    """Give a quick look at where the oldest open transaction of each partition of *topic* begins, over
    connections that stay.

    The ends of all records are read before those of committed ones: what lies between them is in an open
    transaction for certain.
    """
    name = topics.spelled(topic, settings.run)
    async with clients.reader(settings, committed=False) as everything, clients.reader(settings) as committed:
        parts = await clients.partitions(everything, name)

        async def look() -> dict[TopicPartition, int]:
            ends = await everything.end_offsets(parts)
            stable = await committed.end_offsets(parts)
            return {part: stable[part] for part in parts if stable[part] < ends[part]}

        yield look


async def open_transactions(settings: Settings, topic: str) -> dict[TopicPartition, int]:
    """Return where the oldest open transaction of each partition of *topic* begins."""
    async with transactions(settings, topic) as look:
        return await look()


async def settled(settings: Settings) -> None:
    """Wait until every stage of live in the order of the flow has read all of its input, with no transaction
    open on it.
    """
    for stage in topics.STAGES:
        source = work(stage).source

        async def done(stage: str = stage, source: str = source) -> bool:
            if await open_transactions(settings, source):
                return False
            found = await lag.lag(settings, stage, source)
            return found.committed > 0 and not found.records

        await until(done, f"{stage} finishes {source}")


async def rests(settings: Settings, run: Run, hop: Hop) -> bool:
    """Say whether *hop* of *run* has read all there is for it now, with no transaction open on it; *settings*
    are live's.
    """
    return (
        not await open_transactions(settings, hop.source)
        and not (await unread.before(settings, run, hop)).records
    )
