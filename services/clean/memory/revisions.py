"""The newest revision of every document that a lane remembers: repeats are dropped, changes numbered.

A million documents a lane, 36 bytes each: rows lie in segments of 256, a segment is one changelog item, and
the ring of segments overwrites the oldest. A document that is seen again late in the ring is written anew, so
what a scraper keeps sending is never forgotten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

SEGMENT = 256
"""Rows of one changelog item: 9 KiB when it is full."""
SEGMENTS = 4096
ROW = np.dtype(
    [("key", "<u8"), ("rev", "<u8"), ("fetched_ms", "<i8"), ("first_seen_ms", "<i8"), ("rev_no", "<u4")]
)
NUMBER_BYTES = 8
"""Bytes before the rows of a segment: its number since the lane began."""
LEAST_NEW = 16_384
"""New rows that wait in a dictionary, at least, before they are sorted into the index."""
NEW_SHARE = 16
"""They wait, too, until there is one for so many rows of the index."""

Rows = NDArray[np.void]
Standing = Literal["first", "changed", "known", "outdated"]


class ComparedRevision(NamedTuple):
    """How a revision stands to what is known of its document, and the *updates* of the lane's state.

    *rev_no*: its number among the document's revisions. *first_seen_ms*: when the document was first seen;
    None when that is the revision's own time.
    """

    standing: Standing
    rev_no: int
    first_seen_ms: int | None
    updates: Mapping[bytes, bytes | None]


class ArrivingRevision(NamedTuple):
    """A revision of a document as it comes to the lane; times in milliseconds since 1970."""

    doc_id: str
    rev: str
    fetched_ms: int
    first_seen_ms: int


class Revisions:
    """The lane's table of documents, a ring of so many *segments*. Changed through `apply` alone."""

    def __init__(self, segments: int = SEGMENTS) -> None:
        self._segments = segments
        self._rows: Rows = np.zeros(0, ROW)
        self._number = np.full(segments, -1, np.int64)  # of the segment in each slot of the ring, −1: none
        self._filled = np.zeros(segments, np.int64)
        self._open_number = 0
        self._new_rows: dict[int, int] = {}  # key → row, not yet in the index
        self._keys: NDArray[np.uint64] = np.zeros(0, np.uint64)  # sorted
        self._rows_of_keys: NDArray[np.uint32] = np.zeros(0, np.uint32)

    def __len__(self) -> int:
        """Return how many rows are filled; a document with several revisions may fill several."""
        return int(self._filled.sum())

    def compare_revision(self, revision: ArrivingRevision) -> ComparedRevision:
        """Tell whether *revision* is new, and what to remember of it; nothing changes yet.

        The same words as the newest revision's are known. Other words of a later fetch, or of the same
        moment, are a change, even when the page said so before. What was fetched before the newest revision
        is a retry or an old copy: known or outdated, never the newest.
        """
        key, rev = keyed(revision.doc_id), keyed(revision.rev)
        row_of_newest = self._find(key)
        if row_of_newest is None:
            first = (key, rev, revision.fetched_ms, revision.first_seen_ms, 1)
            return ComparedRevision("first", 1, None, self._appended(first))
        newest = self._rows[row_of_newest]
        number, first_seen_ms = int(newest["rev_no"]), int(newest["first_seen_ms"])
        if int(newest["rev"]) == rev:
            refreshed = self._appended(newest.item()) if self._is_old(row_of_newest) else {}
            return ComparedRevision("known", number, first_seen_ms, refreshed)
        came_before = self._find(_former(key, rev)) is not None
        if revision.fetched_ms < int(newest["fetched_ms"]):
            return ComparedRevision("known" if came_before else "outdated", number, first_seen_ms, {})
        if revision.fetched_ms == int(newest["fetched_ms"]) and came_before:
            return ComparedRevision("known", number, first_seen_ms, {})
        former = (_former(key, int(newest["rev"])), *newest.item()[1:])
        return ComparedRevision(
            "changed",
            number + 1,
            first_seen_ms,
            self._appended(former, (key, rev, revision.fetched_ms, first_seen_ms, number + 1)),
        )

    def _find(self, key: int) -> int | None:
        """Return the row of *key*; a row that the ring has overwritten bears another key by now."""
        row = self._new_rows.get(key)
        if row is None and len(self._keys):
            place = int(np.searchsorted(self._keys, np.uint64(key)))
            if place < len(self._keys) and int(self._keys[place]) == key:
                row = int(self._rows_of_keys[place])
        return row if row is not None and int(self._rows[row]["key"]) == key else None

    def _is_old(self, row: int) -> bool:
        """Tell whether *row* lies in the older half of the ring."""
        return self._open_number - int(self._number[row // SEGMENT]) > self._segments // 2

    def _appended(self, *rows: tuple[int, ...]) -> dict[bytes, bytes | None]:
        """Return the changelog item with *rows* behind the open segment's, or alone where it is full."""
        number, slot = self._open_number, self._open_number % self._segments
        filled = int(self._filled[slot]) if int(self._number[slot]) == number else 0
        before = self._rows[slot * SEGMENT : slot * SEGMENT + filled]
        if filled + len(rows) > SEGMENT:
            number, before = number + 1, before[:0]
        value = (
            number.to_bytes(NUMBER_BYTES, "little") + before.tobytes() + np.array(list(rows), ROW).tobytes()
        )
        return {f"known/{number % self._segments}".encode(): value}

    def apply(self, slot: int, value: bytes | None) -> None:
        """Take one segment in.

        Items come in the order in which they were written, so a later row of a document wins.
        """
        number = -1 if value is None else int.from_bytes(value[:NUMBER_BYTES], "little")
        rows = np.zeros(0, ROW) if value is None else np.frombuffer(value, ROW, offset=NUMBER_BYTES)
        known_rows = int(self._filled[slot]) if int(self._number[slot]) == number else 0
        start = slot * SEGMENT
        self._make_room(start + SEGMENT)
        self._rows[start + known_rows : start + len(rows)] = rows[known_rows:]
        self._rows[start + len(rows) : start + SEGMENT] = 0
        self._number[slot], self._filled[slot] = number, len(rows)
        self._open_number = max(self._open_number, number)
        self._new_rows.update(
            zip(rows["key"][known_rows:].tolist(), range(start + known_rows, start + len(rows)), strict=True)
        )
        if len(self._new_rows) > max(LEAST_NEW, len(self._keys) // NEW_SHARE):
            self._sort_in()

    def _make_room(self, rows: int) -> None:
        if rows > len(self._rows):
            grown = np.zeros(min(self._segments * SEGMENT, max(rows, 2 * len(self._rows), 4 * SEGMENT)), ROW)
            grown[: len(self._rows)] = self._rows
            self._rows = grown

    def _sort_in(self) -> None:
        """Bring the new rows into the sorted index; what is replaced or overwritten leaves it."""
        keys = np.fromiter(self._new_rows.keys(), np.uint64, len(self._new_rows))
        rows = np.fromiter(self._new_rows.values(), np.uint32, len(self._new_rows))
        order = np.argsort(keys)
        keys, rows = keys[order], rows[order]
        kept = self._rows["key"][self._rows_of_keys] == self._keys
        places = np.searchsorted(self._keys, keys)
        places = places[places < len(self._keys)]
        kept[places[self._keys[places] == keys[: len(places)]]] = False
        kept_keys, kept_rows = self._keys[kept], self._rows_of_keys[kept]
        places = np.searchsorted(kept_keys, keys)
        self._keys, self._rows_of_keys = (
            np.insert(kept_keys, places, keys),
            np.insert(kept_rows, places, rows),
        )
        self._new_rows.clear()


def keyed(text: str) -> int:
    """Return 64 bits of *text*: two of ten million documents share them once in 370,000 times."""
    return int.from_bytes(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little"
    )


def _former(key: int, rev: int) -> int:
    """Return the key under which a revision that was replaced is remembered."""
    return keyed(f"{key:x}\x1f{rev:x}")
