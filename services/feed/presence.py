"""Who feeds: each feeder tells every few seconds what it has handed over.

So ``khabar status`` sees feeders that it did not start.
"""

from __future__ import annotations

import socket
from collections import Counter
from uuid import uuid4

import msgspec
from msgspec import Struct

from shared.kafka import clients
from shared.settings import Settings
from shared.wire import codec, topics

EVERY_S = 5.0
GONE_AFTER_S = 3 * EVERY_S
"""A feeder that has said nothing for so long is away: killed, or cut off."""


class Presence(Struct, kw_only=True):
    """One feeder: its *door* (files, http, feeds), its start and last word (ms since 1970), its counts."""

    door: str
    host: str
    begun_ms: int
    seen_ms: int
    accepted: int = 0
    refused: dict[str, int] = {}
    waits_s: float | None = None
    ended: bool = False


class Counts:
    """What one feeder has handed over so far."""

    def __init__(self, door: str, begun_ms: int) -> None:
        self.key = uuid4().hex
        self.door, self.begun_ms = door, begun_ms
        self.accepted, self.refused = 0, Counter[str]()
        self.waits_s: float | None = None
        """The lag of clean in seconds, for which this feeder waits; None while it does not."""

    def record(self, now_ms: int, *, ended: bool = False) -> bytes:
        """Return what the feeder says of itself at *now_ms*."""
        made = Presence(
            door=self.door,
            host=socket.gethostname(),
            begun_ms=self.begun_ms,
            seen_ms=now_ms,
            accepted=self.accepted,
            refused=dict(self.refused),
            waits_s=self.waits_s,
            ended=ended,
        )
        return codec.encode(made)


async def feeders(settings: Settings) -> list[Presence]:
    """Return the feeders of this run that spoke within the topic's retention, each as it last was."""
    last: dict[bytes, Presence] = {}
    for record in await clients.read_all(settings, [topics.spelled(topics.FEEDERS.name, settings.run)]):
        if record.value is not None:
            last[record.key] = msgspec.json.decode(record.value, type=Presence)
    return list(last.values())
