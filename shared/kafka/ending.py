"""The end of what speaks to Kafka: a task, a client.

A number such as (A23) is one of ``shared/worker/HAZARDS.md``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from aiokafka.errors import KafkaError

AGAIN_S = 0.5
"""How long a task that was cancelled may take before it is cancelled once more."""


LET_GO_S = 3.0
"""How long a client may take to say goodbye."""

_left: set[asyncio.Task[Any]] = set()


async def let_go(goodbye: Coroutine[Any, Any, Any]) -> bool:
    """Let a client end by *goodbye*, its own stop or close; return whether it did so within three seconds.

    In a task of its own, which nobody waits for longer: a client whose broker has died flushes what nobody
    takes any more, waits for answers that do not come, may swallow the cancellation that a timeout is, and
    may cancel whoever called it (A25).
    """
    task = asyncio.create_task(goodbye)
    _left.add(task)  # the loop itself holds tasks weakly
    task.add_done_callback(_left.discard)
    await asyncio.wait([task], timeout=LET_GO_S)
    if not task.done():
        task.cancel()
        return False
    if task.cancelled():
        return False
    error = task.exception()
    if error is not None and not isinstance(error, KafkaError):
        raise error
    return error is None


async def end(task: asyncio.Task[None]) -> None:
    """Cancel *task* and return when it has ended; raises what it raised by itself.

    More than once if need be: a client of aiokafka that is being stopped swallows a cancellation that comes
    while it waits for its own tasks, and whoever cancelled once would wait for ever (A23).
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN_S)
    if not task.cancelled():
        task.result()
