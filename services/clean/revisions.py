"""Numbers the revisions of a document: another payload under the same id is another revision. The newest 8,192 ids of a lane are kept."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

IDS = 8192
MOST_REVISIONS = 32
"""Revisions of one document that are told apart; an older one that comes again is given a new number."""


class Revisions:
    """doc_id → (lane's document number, first number kept, revisions in order)."""

    def __init__(self) -> None:
        self.table: dict[str, tuple[int, int, tuple[str, ...]]] = {}
        self.by_seq: dict[int, str] = {}

    def apply(self, doc_id: str, value: bytes | None) -> None:
        """Take one changelog item in."""
        before = self.table.pop(doc_id, None)
        if before:
            self.by_seq.pop(before[0], None)
        if value is not None:
            seq, first, revs = orjson.loads(value)
            self.table[doc_id] = (seq, first, tuple(revs))
            self.by_seq[seq] = doc_id

    def number(self, doc_id: str, rev: str) -> int:
        """Return the number of *rev*, from 1; one that came before has its number again."""
        _, first, revs = self.table.get(doc_id, (0, 1, ()))
        return first + (revs.index(rev) if rev in revs else len(revs))

    def remembered(self, doc_id: str, rev: str, seq: int) -> Mapping[bytes, bytes | None]:
        """Return the changelog items that note *rev* as the lane's document number *seq*."""
        _, first, revs = self.table.get(doc_id, (0, 1, ()))
        if rev not in revs:
            revs = (*revs, rev)
        dropped = max(0, len(revs) - MOST_REVISIONS)
        updates: dict[bytes, bytes | None] = {}
        if doc_id not in self.table and len(self.table) >= IDS:
            updates[_key(self.by_seq[min(self.by_seq)])] = None
        updates[_key(doc_id)] = orjson.dumps([seq, first + dropped, revs[dropped:]])
        return updates


def _key(doc_id: str) -> bytes:
    return f"rev/{doc_id}".encode()
