"""Reads feeds in a process slot: a stranger's feed may cost a parser time or memory, never the poller."""

from __future__ import annotations

import resource
from typing import Any

import msgspec

from services.feed.polling.parsing import feed_reading
from services.feed.polling.parsing.document import Document
from shared.contract import Folded, Message, Origin, Reject, Work
from shared.errors import BadRecord
from shared.settings import Settings
from shared.version import VERSION
from shared.worker.slots import Slots

MOST_MEMORY_BYTES = 512 << 20
"""Address space of the slot: 9 MB of ordinary entries take 184 MB, 10 MB of opening tags would take all there
is.
"""
SECONDS = 10.0
"""For one document: 9 MB of ordinary entries take 2.4."""


def _extract(message: Message) -> Document:
    content_type, address = msgspec.json.decode(message.key or b"", type=tuple[str, str])
    return feed_reading.read(message.value, content_type, address)


def _fold(_state: Any, _message: Message, _item: Any) -> Folded:
    return Folded(())


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))


WORK = Work(name="feeds", version=VERSION, source="", extract=_extract, fold=_fold, warm_up=_bounded)


class ParsingSlot:
    """The slots that the poller's documents go through."""

    def __init__(self, settings: Settings) -> None:
        self._slots = Slots(WORK, count=settings.slots, record_seconds=SECONDS)

    async def warm_up(self) -> None:
        """Wait until the parsers are loaded."""
        await self._slots.warm_up()

    async def read(self, body: bytes, content_type: str, address: str) -> Document:
        """Return the feed in *body*; raises BadRecord, also when it took too long or too much memory."""
        key = msgspec.json.encode((content_type, address))
        (found,) = await self._slots.run([Message(key, body, Origin("", 0, 0, 0))])
        match found.item:
            case Document():
                return found.item
            case Reject(reason, detail):
                raise BadRecord(reason, detail)
            case other:
                raise BadRecord("bug", f"a parsing slot gave {type(other).__name__}")

    def close(self) -> None:
        """End the processes."""
        self._slots.close()
