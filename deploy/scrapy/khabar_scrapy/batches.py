"""Lines on their way in requests: full ones, or those of half a second, so that an item never waits for the
spider's end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

MOST_BYTES = 4 << 20
"""A request is sent before it has more; a line that has more alone travels alone."""


class _Batch:
    """Lines that travel together, and the moment when they have arrived."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.size = 0
        self.arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.timer: asyncio.TimerHandle | None = None


class Batches:
    """Gathers lines into batches of *most* or of *within_s* seconds and gives them to *send*, at most
    *in_flight* at a time.
    """

    def __init__(
        self, send: Callable[[list[bytes]], Awaitable[None]], *, most: int, within_s: float, in_flight: int
    ) -> None:
        self._send, self._most, self._within_s = send, most, within_s
        self._slots = asyncio.Semaphore(in_flight)
        self._open: _Batch | None = None
        self._travelling: set[asyncio.Task[None]] = set()

    async def put(self, line: bytes) -> None:
        """Return when the batch of *line* was sent; raises what sending it raised."""
        if self._open is not None and self._open.size + len(line) > MOST_BYTES:
            self._depart()
        batch = self._open = self._open or self._begun()
        batch.lines.append(line)
        batch.size += len(line)
        if len(batch.lines) >= self._most:
            self._depart()
        await asyncio.shield(batch.arrived)

    async def flush(self) -> None:
        """Send what has been gathered, and return when everything has arrived, or failed."""
        self._depart()
        while self._travelling:
            await asyncio.wait(self._travelling)

    def _begun(self) -> _Batch:
        batch = _Batch()
        batch.timer = asyncio.get_running_loop().call_later(self._within_s, self._depart)
        return batch

    def _depart(self) -> None:
        batch, self._open = self._open, None
        if batch is None:
            return
        if batch.timer:
            batch.timer.cancel()
        task = asyncio.create_task(self._carry(batch))
        self._travelling.add(task)
        task.add_done_callback(self._travelling.discard)

    async def _carry(self, batch: _Batch) -> None:
        try:
            async with self._slots:
                await self._send(batch.lines)
        except Exception as error:  # noqa: BLE001 - it is raised again where each item waits
            batch.arrived.set_exception(error)
        else:
            batch.arrived.set_result(None)
