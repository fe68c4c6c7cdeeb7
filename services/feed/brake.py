"""Back-pressure: whoever feeds stops while clean is too far behind.

In seconds, because a record may be a line or a book.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.errors import KafkaError

from shared.kafka import lag
from shared.kafka.ending import end
from shared.settings import Settings
from shared.wire import topics

LOOK_EVERY_S = 2.0
RELEASED_AT = 0.5
"""Feeding goes on when the lag has fallen to this part of the limit, so that feeders do not start and stop at
every record.
"""


class Brake:
    """Knows whether clean is more than the limit behind; made by `brake`, which looks every two seconds."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self.behind_s = 0.0
        self._free = asyncio.Event()
        self._free.set()

    @property
    def waits(self) -> bool:
        """Whether nothing more should be fed now."""
        return not self._free.is_set()

    def see(self, behind_s: float) -> None:
        """Take in how far behind clean is."""
        self.behind_s = behind_s
        if behind_s > self.limit_s:
            self._free.clear()
        elif behind_s <= RELEASED_AT * self.limit_s:
            self._free.set()

    async def released(self) -> None:
        """Wait until feeding may go on."""
        await self._free.wait()


@asynccontextmanager
async def brake(settings: Settings) -> AsyncIterator[Brake]:
    """Give a brake on the lag of clean in this run; while the broker is away it keeps its last position."""
    made = Brake(settings.feed_lag_seconds)
    watch = asyncio.create_task(_watch(settings, made))
    try:
        yield made
    finally:
        await end(watch)


async def _watch(settings: Settings, made: Brake) -> None:
    while True:
        with contextlib.suppress(KafkaError):
            made.see((await lag.lag(settings, "clean", topics.RAW.name)).seconds)
        await asyncio.sleep(LOOK_EVERY_S)
