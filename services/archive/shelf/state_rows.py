"""What topics of states hold beside stories: windows and silences of pulse, marks, runs and what they change.

Each value stands in the place of the last one.
"""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

from shared.records import SourceSilence, Window
from shared.records.mark import BETWEEN_DOCUMENTS, Mark
from shared.records.run import Run
from shared.records.run_diff import RunDiff
from shared.wire import topics


class Shelf(NamedTuple):
    """Where the values of a topic stand: their type of record, their table, and its columns told by the key.

    *between* is what stands between two such columns in the key.
    """

    record: type[Any]
    table: str
    columns: tuple[str, ...]
    between: str = ""

    def of_key(self, key: str) -> tuple[str, ...]:
        """Return what *key* says of each column."""
        if not self.between:
            return (key,)
        first, _, second = key.partition(self.between)
        return first, second


SHELVES = {
    topics.PULSE_WINDOWS.name: Shelf(Window, "windows", ("kind", "start"), between="/"),
    topics.PULSE_SOURCES.name: Shelf(SourceSilence, "silences", ("source",)),
    topics.RUNS.name: Shelf(Run, "runs", ("name",)),
    topics.STORY_MARKS.name: Shelf(Mark, "marks", ("first", "second"), between=BETWEEN_DOCUMENTS),
    topics.DIFFS.name: Shelf(RunDiff, "diffs", ("run", "against"), between="/"),
}
"""By the logical name of the topic."""


def enter_state(connection: sqlite3.Connection, topic: str, key: bytes, value: bytes | None) -> None:
    """Enter a value of *topic* under its *key*, or remove what stands there."""
    shelf = SHELVES[topic]
    names = shelf.of_key(key.decode("utf-8", "replace"))
    if value is None:
        where = " AND ".join(f"{column} = ?" for column in shelf.columns)
        connection.execute(f"DELETE FROM {shelf.table} WHERE {where}", names)
    else:
        connection.execute(
            f"INSERT OR REPLACE INTO {shelf.table} VALUES ({'?, ' * len(names)}?)", (*names, value)
        )
