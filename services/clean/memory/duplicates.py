"""What a lane remembers of its last documents, to say which of them a new one repeats.

Nothing is ever deleted for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.clean.lines.fingerprint import PERMUTATIONS, packed, unpacked
from shared.records import Duplicate
from shared.records.clean import Direction, Relation

DOCUMENTS = 4096
"""Documents whose prints one lane remembers (256 bytes each)."""
NEAR = 0.7
"""Estimated Jaccard similarity from which two documents are near copies; 64 hashes err by 0.06."""
PARTIAL, LEAST_SHARED = 0.8, 0.15
"""One document holds the other when it has at least this share of its shingles, and a similarity that 64
hashes can tell from chance.
"""
FEWEST_SHINGLES = 8
"""Shorter texts are compared as a whole alone."""
MOST_NAMED = 8
"""Documents that a record names as repeated."""


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """One remembered document."""

    doc_id: str
    rev: str
    source: str
    code: str
    body: str
    minhash: str
    shingles: int
    seq: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The document that is compared."""

    doc_id: str
    rev: str
    source: str
    code: str
    body: str
    minhash: NDArray[np.uint32]
    shingles: int

    def seen(self, seq: int) -> Seen:
        """Return what is remembered of it."""
        return Seen(
            self.doc_id, self.rev, self.source, self.code, self.body, packed(self.minhash), self.shingles, seq
        )


type Key = str | tuple[str, str]
type Slots = dict[Key, set[int]]
"""Where the documents lie that share a body, an id, or a source and its code."""


class Documents:
    """The last documents of one lane, by slot."""

    def __init__(self) -> None:
        self.table: dict[int, Seen] = {}
        self.minhashes: NDArray[np.uint32] = np.zeros((64, PERMUTATIONS), dtype=np.uint32)
        self.bodies: Slots = {}
        self.codes: Slots = {}
        self.ids: Slots = {}

    def apply(self, slot: int, value: bytes | None) -> None:
        """Take one changelog item in."""
        before = self.table.pop(slot, None)
        if before:
            for index, key in self._indexes(before):
                index[key].discard(slot)
                if not index[key]:
                    del index[key]
        if slot >= len(self.minhashes):
            grown = np.zeros(
                (min(DOCUMENTS, max(slot + 1, 2 * len(self.minhashes))), PERMUTATIONS), dtype=np.uint32
            )
            grown[: len(self.minhashes)] = self.minhashes
            self.minhashes = grown
        if value is None:
            return
        seen = msgspec.json.decode(value, type=Seen)
        self.table[slot] = msgspec.structs.replace(seen, minhash="")
        self.minhashes[slot] = unpacked(seen.minhash)
        for index, key in self._indexes(seen):
            index.setdefault(key, set()).add(slot)

    def _indexes(self, seen: Seen) -> list[tuple[Slots, Key]]:
        """Return the indexes that a document is in, each with its key."""
        found: list[tuple[Slots, Key]] = [(self.bodies, seen.body), (self.ids, seen.doc_id)]
        return [*found, (self.codes, (seen.source, seen.code))] if seen.code else found

    def relations(self, asked: Asked) -> list[Duplicate]:
        """Return what *asked* repeats: each document once, by its strongest relation, the strongest first."""
        found: dict[str, Duplicate] = {}
        for slot in sorted(self.ids.get(asked.doc_id, ()), key=lambda s: -self.table[s].seq):
            if self.table[slot].rev != asked.rev:
                score = self._similar(asked, slot)
                found.setdefault(asked.doc_id, _duplicate(self.table[slot], asked, "revision", score))
        for slot in self.codes.get((asked.source, asked.code), ()) if asked.code else ():
            self._note(found, asked, slot, "same_item", score=self._similar(asked, slot))
        for slot in self.bodies.get(asked.body, ()):
            self._note(found, asked, slot, "exact", score=1.0)
        self._note_near(found, asked)
        order = sorted(found.values(), key=lambda d: (-d.score, d.of))
        return order[:MOST_NAMED]

    def _similar(self, asked: Asked, slot: int) -> float:
        return float((self.minhashes[slot] == asked.minhash).mean())

    def _note(
        self, found: dict[str, Duplicate], asked: Asked, slot: int, relation: Relation, *, score: float
    ) -> None:
        """Enter *relation* and *score*, unless a stronger relation to that document is there."""
        other = self.table[slot]
        if other.doc_id != asked.doc_id:
            found.setdefault(other.doc_id, _duplicate(other, asked, relation, score))

    def _note_near(self, found: dict[str, Duplicate], asked: Asked) -> None:
        if asked.shingles < FEWEST_SHINGLES or not self.table:
            return
        similar = (self.minhashes == asked.minhash).mean(axis=1)
        for slot in np.nonzero(similar >= LEAST_SHARED)[0].tolist():
            other = self.table.get(slot)
            if other is None or other.doc_id == asked.doc_id or other.shingles < FEWEST_SHINGLES:
                continue
            score = float(similar[slot])
            if score >= NEAR:
                self._note(found, asked, slot, "near", score=score)
                continue
            shared = score * (asked.shingles + other.shingles) / (1 + score)
            held = min(1.0, shared / min(asked.shingles, other.shingles))
            if held >= PARTIAL:
                direction: Direction = "contains" if asked.shingles > other.shingles else "contained"
                found.setdefault(other.doc_id, _duplicate(other, asked, "partial", held, direction=direction))


def _duplicate(
    other: Seen, asked: Asked, relation: Relation, score: float, *, direction: Direction = "this_is_later"
) -> Duplicate:
    same_source = other.source == asked.source
    return Duplicate(
        of=other.doc_id,
        relation=relation,
        score=round(score, 4),
        direction=direction,
        same_source=same_source,
    )


def remembered(asked: Asked, seq: int) -> Mapping[bytes, bytes | None]:
    """Return the changelog item that remembers *asked* as the lane's document number *seq*."""
    return {f"seen/{seq % DOCUMENTS}".encode(): msgspec.json.encode(asked.seen(seq))}
