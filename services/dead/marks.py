"""What became of letters: one record a letter in ``dead.marks``, written with whatever became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec
from aiokafka import ConsumerRecord
from msgspec import Struct

from shared.kafka import clients, stretches
from shared.kafka.stretches import Stretch
from shared.settings import Settings
from shared.wire import topics

State = Literal["redriven", "edited", "dropped", "acknowledged"]
"""An acknowledged letter was seen by somebody and is no news any more; it may still be sent back or dropped.
"""


class Mark(Struct, frozen=True, kw_only=True):
    """What became of a letter, by whom, when and why; *to* is its record's topic/partition/offset now."""

    state: State
    by: str
    at: str
    because: str = ""
    to: str = ""


async def seen(settings: Settings) -> dict[str, Mark]:
    """Return the marks, by the place of their letters, as a reader sees them now."""
    return _by_place(
        await clients.read_all(settings, [topics.spelled(topics.LETTER_MARKS.name, settings.run)])
    )


def states(marks: Mapping[str, Mark]) -> dict[str, State]:
    """Return what became of each letter, by its place."""
    return {place: mark.state for place, mark in marks.items()}


async def settled(settings: Settings) -> dict[str, Mark]:
    """Return every mark there is, for somebody who will act on it.

    A reader of committed records stops before the first transaction that is open, whoever's it is, and so may
    not see marks that were committed after its beginning. Here the end is the end of all records, and
    whatever is open before it is waited for. Raises Standstill when that takes longer than 30 s.
    """
    async with clients.reader(settings, committed=False) as client:
        parts = await clients.partitions(client, topics.spelled(topics.LETTER_MARKS.name, settings.run))
        ends = await client.end_offsets(parts) if parts else {}
    found: list[ConsumerRecord] = []
    async with clients.reader(settings) as client:
        if parts:
            starts = await client.beginning_offsets(parts)
            async for records in stretches.read(
                client, [Stretch(part, starts[part], end) for part, end in ends.items()]
            ):
                found += records
    return _by_place(found)


def _by_place(records: list[ConsumerRecord]) -> dict[str, Mark]:
    return {
        one.key.decode(): msgspec.json.decode(one.value, type=Mark)
        for one in records
        if one.value is not None
    }
