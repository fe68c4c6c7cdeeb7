"""Politeness: one request at a time to a host, a pause between two, and none before it says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.feed.polling.clock import Clock

PAUSE_S = 2.0
LONGEST_HOLD_S = 3_600.0
"""A host that answers 429 or 503 is left alone as long as it says, up to an hour; the feed that got the
answer, up to a day.
"""
MOST_GATES = 1_000
"""Above this, gates that nobody needs are forgotten: redirects may lead to ever new hosts."""


@dataclass(slots=True)
class _Gate:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    guests: int = 0
    open_at: float = 0.0


class HostGates:
    """A gate a host."""

    def __init__(self, clock: Clock, chance: Callable[[], float], pause_s: float = PAUSE_S) -> None:
        self._clock, self._chance, self._pause_s = clock, chance, pause_s
        self._gates: dict[str, _Gate] = {}

    @asynccontextmanager
    async def entered(self, host: str) -> AsyncIterator[None]:
        """Wait for one's turn at *host*; the next one's comes a pause after this one has left."""
        if len(self._gates) > MOST_GATES:
            now = self._clock.now()
            self._gates = {
                name: gate for name, gate in self._gates.items() if gate.guests or gate.open_at > now
            }
        gate = self._gates.setdefault(host, _Gate())
        gate.guests += 1
        try:
            async with gate.lock:
                while (wait_s := gate.open_at - self._clock.now()) > 0:
                    await self._clock.sleep(wait_s)
                try:
                    yield
                finally:
                    gate.open_at = max(gate.open_at, self._clock.now() + self._pause_s * (1 + self._chance()))
        finally:
            gate.guests -= 1

    def hold(self, host: str, seconds: float) -> None:
        """Let nobody in for *seconds*, because the host said so."""
        if gate := self._gates.get(host):
            gate.open_at = max(gate.open_at, self._clock.now() + min(seconds, LONGEST_HOLD_S))
