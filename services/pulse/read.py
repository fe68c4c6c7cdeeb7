"""Reads pulse's counts from its changelog, without Faust: for ``khabar status`` and the page."""

from __future__ import annotations

from services.pulse.core import Count, rows
from services.pulse.place import COUNTS, unspell
from shared import kafka
from shared.settings import Settings
from shared.topics import spelled

__all__ = ["Count", "read_counts"]


async def read_counts(bootstrap: str, run: str) -> list[Count]:
    """Return the counts of *run* as they stand, by hour and by minute; none when pulse never ran."""
    newest: dict[bytes, bytes | None] = {}
    for record in await kafka.read_all(Settings(kafka=bootstrap, run=run), [spelled(COUNTS.name, run)]):
        newest[record.key] = record.value
    return rows(unspell(key, value) for key, value in newest.items() if value is not None)
