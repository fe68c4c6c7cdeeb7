"""Reads what pulse has published, without Faust: for ``khabar status`` and the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer
from msgspec import UnsetType

from shared.kafka import clients
from shared.records.pulse_window import Window
from shared.settings import Settings
from shared.wire import codec
from shared.wire.topics import PULSE_WINDOWS, spelled


@dataclass(frozen=True, slots=True)
class Count:
    """How many articles of a language and source were first seen in the hour from *start* (RFC 3339, UTC).

    *growth* is that of the source, None in the first hour there is.
    """

    start: str
    lang: str
    source: str
    n: int
    growth: float | None


async def read_windows(settings: Settings) -> list[Window]:
    """Return the windows of the last day, in the order of time and kind; none when pulse never ran.

    Of live: what readers see.
    """
    async with clients.reader(settings) as client:
        found = await newest(client, spelled(PULSE_WINDOWS.name, settings.run))
    return sorted(
        (codec.decode(value, Window) for value in found.values()), key=lambda one: (one.start, one.kind)
    )


async def read_counts(settings: Settings) -> list[Count]:
    """Return the articles of the last day by hour, language and source.

    When there are more than 500 sources, only those that have most are counted.
    """
    return counts(await read_windows(settings))


def counts(windows: Iterable[Window]) -> list[Count]:
    """Return the articles of *windows* by hour, language and source."""
    return [
        Count(window.start, lang, row.id, n, None if isinstance(row.growth, UnsetType) else row.growth)
        for window in windows
        for row in window.rows
        if not isinstance(row.langs, UnsetType)
        for lang, n in row.langs.items()
    ]


async def newest(client: AIOKafkaConsumer, topic: str) -> dict[bytes, bytes]:
    """Return the newest value of each key of *topic*."""
    found: dict[bytes, bytes] = {}
    async for records in clients.read_to_end(client, await clients.partitions(client, topic)):
        for record in records:
            if record.value is None:
                found.pop(record.key, None)
            else:
                found[record.key] = record.value
    return found
