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
NEAR_FROM = 0.7
"""Estimated Jaccard similarity from which two documents are near copies; 64 hashes err by 0.06."""
PARTIAL_FROM = 0.8
"""Share of a document's shingles that another must have to hold it."""
LEAST_SHARED = 0.15
"""Estimated similarity below which 64 hashes cannot tell the two from chance."""
FEWEST_SHINGLES = 8
"""Texts with fewer are compared as a whole only."""
MOST_NAMED = 8
"""Documents that a record names as repeated."""


class RememberedDocument(msgspec.Struct, frozen=True, array_like=True):
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
class NewDocument:
    """The document that is compared."""

    doc_id: str
    rev: str
    source: str
    code: str
    body: str
    minhash: NDArray[np.uint32]
    shingles: int

    def to_remember(self, seq: int) -> RememberedDocument:
        """Return what is remembered of it."""
        return RememberedDocument(
            self.doc_id, self.rev, self.source, self.code, self.body, packed(self.minhash), self.shingles, seq
        )


type IndexKey = str | tuple[str, str]
type SlotsByKey = dict[IndexKey, set[int]]
"""Where the documents lie that share a body, an id, or a source and its code."""


class Documents:
    """The last documents of one lane, by slot."""

    def __init__(self) -> None:
        self.table: dict[int, RememberedDocument] = {}
        self.minhashes: NDArray[np.uint32] = np.zeros((64, PERMUTATIONS), dtype=np.uint32)
        self.bodies: SlotsByKey = {}
        self.codes: SlotsByKey = {}
        self.ids: SlotsByKey = {}

    def apply(self, slot: int, value: bytes | None) -> None:
        """Take one changelog item in."""
        overwritten = self.table.pop(slot, None)
        if overwritten:
            for index, key in self._indexes(overwritten):
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
        document = msgspec.json.decode(value, type=RememberedDocument)
        self.table[slot] = msgspec.structs.replace(document, minhash="")
        self.minhashes[slot] = unpacked(document.minhash)
        for index, key in self._indexes(document):
            index.setdefault(key, set()).add(slot)

    def _indexes(self, document: RememberedDocument) -> list[tuple[SlotsByKey, IndexKey]]:
        """Return the indexes that a document is in, each with its key."""
        indexes: list[tuple[SlotsByKey, IndexKey]] = [
            (self.bodies, document.body),
            (self.ids, document.doc_id),
        ]
        return [*indexes, (self.codes, (document.source, document.code))] if document.code else indexes

    def relations(self, document: NewDocument) -> list[Duplicate]:
        """Return what *document* repeats: each once, by its strongest relation, the strongest first."""
        repeats: dict[str, Duplicate] = {}
        for slot in sorted(self.ids.get(document.doc_id, ()), key=lambda s: -self.table[s].seq):
            if self.table[slot].rev != document.rev:
                score = self._similarity(document, slot)
                repeats.setdefault(document.doc_id, _duplicate(self.table[slot], document, "revision", score))
        for slot in self.codes.get((document.source, document.code), ()) if document.code else ():
            self._note_relation(repeats, document, slot, "same_item", score=self._similarity(document, slot))
        for slot in self.bodies.get(document.body, ()):
            self._note_relation(repeats, document, slot, "exact", score=1.0)
        self._note_near(repeats, document)
        order = sorted(repeats.values(), key=lambda d: (-d.score, d.of))
        return order[:MOST_NAMED]

    def _similarity(self, document: NewDocument, slot: int) -> float:
        return float((self.minhashes[slot] == document.minhash).mean())

    def _note_relation(
        self,
        repeats: dict[str, Duplicate],
        document: NewDocument,
        slot: int,
        relation: Relation,
        *,
        score: float,
    ) -> None:
        """Enter *relation* and *score*, unless a stronger relation to that document is there."""
        other = self.table[slot]
        if other.doc_id != document.doc_id:
            repeats.setdefault(other.doc_id, _duplicate(other, document, relation, score))

    def _note_near(self, repeats: dict[str, Duplicate], document: NewDocument) -> None:
        """Enter the near copies of *document*, and what holds most of it or is mostly held by it."""
        if document.shingles < FEWEST_SHINGLES or not self.table:
            return
        similar = (self.minhashes == document.minhash).mean(axis=1)
        for slot in np.nonzero(similar >= LEAST_SHARED)[0].tolist():
            other = self.table.get(slot)
            if other is None or other.doc_id == document.doc_id or other.shingles < FEWEST_SHINGLES:
                continue
            score = float(similar[slot])
            if score >= NEAR_FROM:
                self._note_relation(repeats, document, slot, "near", score=score)
                continue
            shared = score * (document.shingles + other.shingles) / (1 + score)
            contained = min(1.0, shared / min(document.shingles, other.shingles))
            if contained >= PARTIAL_FROM:
                direction: Direction = "contains" if document.shingles > other.shingles else "contained"
                repeats.setdefault(
                    other.doc_id, _duplicate(other, document, "partial", contained, direction=direction)
                )


def _duplicate(
    other: RememberedDocument,
    document: NewDocument,
    relation: Relation,
    score: float,
    *,
    direction: Direction = "this_is_later",
) -> Duplicate:
    same_source = other.source == document.source
    return Duplicate(
        of=other.doc_id,
        relation=relation,
        score=round(score, 4),
        direction=direction,
        same_source=same_source,
    )


def document_item(document: NewDocument, seq: int) -> Mapping[bytes, bytes | None]:
    """Return the changelog item that remembers *document* as the lane's document number *seq*."""
    return {f"seen/{seq % DOCUMENTS}".encode(): msgspec.json.encode(document.to_remember(seq))}
