"""Reads pulse's counts from its changelog, without Faust: for ``khabar status`` and the page."""

from __future__ import annotations

import msgspec
import orjson

from services.pulse.core import Count, Hour, Key, rows
from shared import kafka
from shared.settings import Settings
from shared.topics import PULSE_COUNTS, spelled

__all__ = ["Count", "read_counts"]


async def read_counts(bootstrap: str, run: str) -> list[Count]:
    """Return the counts of *run* as they stand, by hour and by minute; none when pulse never ran."""
    newest: dict[bytes, bytes | None] = {}
    for record in await kafka.read_all(Settings(kafka=bootstrap, run=run), [spelled(PULSE_COUNTS.name, run)]):
        newest[record.key] = record.value
    return rows(unspell(key, value) for key, value in newest.items() if value is not None)


def unspell(key: bytes, value: bytes) -> tuple[Key, int, Hour]:
    """Return whose window a changelog record holds, when it began (Unix seconds), and the window."""
    (partition, lang, source), (begin, _end) = orjson.loads(key)
    return Key(partition, lang, source), int(begin), msgspec.convert(orjson.loads(value), Hour)
