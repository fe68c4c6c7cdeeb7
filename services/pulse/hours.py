"""The table of hours: takes readings in, forgets old windows, and says when the broker has it all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from services.pulse.core import HOUR_S, Hour, Key, Reading, is_forgotten


class Hours:
    """A Faust table in tumbling windows of an hour.

    Faust's own expiry goes by the wall clock and would empty a replay's windows under it; ``_forget`` goes by the news.
    """

    def __init__(self, table: Any) -> None:
        self._table = table
        self._windows = table.tumbling(HOUR_S)
        self._newest: dict[int, int] = {}

    async def add(self, readings: Sequence[Reading]) -> None:
        """Take *readings* in and return when the changed windows are written; raises what a write raised."""
        before = {partition: self._newest_of(partition) for partition in {reading.key.partition for reading in readings}}
        touched: dict[tuple[Key, Any], Hour] = {}
        for reading in readings:
            newest = max(self._newest[reading.key.partition], reading.begin)
            self._newest[reading.key.partition] = newest
            if is_forgotten(reading.begin, newest):
                continue
            place = (reading.key, self._table.window.current(reading.at))
            hour = touched.get(place) or msgspec.convert(self._windows[place[0]][place[1]], Hour)
            touched[place] = hour.add(reading.offset, reading.at)
        for (key, window), hour in touched.items():
            self._windows[key][window] = msgspec.to_builtins(hour)
        await self._table.confirm()  # before any tombstone: what made windows old must outlast them
        for partition, newest in before.items():
            if self._newest[partition] > newest:
                self._forget(partition)
        await self._table.confirm()

    def _newest_of(self, partition: int) -> int:
        """Return when the newest window of *partition* began; after a restart, the restored table tells."""
        if partition not in self._newest:
            self._newest[partition] = max((int(begin) for (key, (begin, _)) in self._table.data if key[0] == partition), default=0)
        return self._newest[partition]

    def _forget(self, partition: int) -> None:
        """Delete the windows of *partition* that are too old; each leaves a tombstone in the changelog."""
        newest = self._newest[partition]
        for place in [place for place in self._table.data if place[0][0] == partition and is_forgotten(int(place[1][0]), newest)]:
            del self._table[place]
