"""What a lane remembers of its last documents, to say which of them a new one repeats.

Nothing is ever deleted for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    """What a lane remembers of a document: *seq* is its number there, *minhash* is written as text."""

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
    """A document that is compared: *code* is its publisher's, *body* names its text, as does its *minhash*.

    *shingles*: how many runs of words its text has.
    """

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
            rows = min(DOCUMENTS, max(slot + 1, 2 * len(self.minhashes)))
            grown = np.zeros((rows, PERMUTATIONS), dtype=np.uint32)
            grown[: len(self.minhashes)] = self.minhashes
            self.minhashes = grown
        if value is None:
            return
        document = msgspec.json.decode(value, type=RememberedDocument)
        self.table[slot] = msgspec.structs.replace(document, minhash="")
        self.minhashes[slot] = unpacked(document.minhash)
        for index, key in self._indexes(document):
            index.setdefault(key, set()).add(slot)

    def _indexes(self, document: RememberedDocument) -> Iterator[tuple[SlotsByKey, IndexKey]]:
        """Yield the indexes that a document is in, each with its key."""
        yield self.bodies, document.body
        yield self.ids, document.doc_id
        if document.code:
            yield self.codes, (document.source, document.code)

    def relations(self, document: NewDocument) -> list[Duplicate]:
        """Return what *document* repeats: each once, by its strongest relation, the highest score first."""
        strongest: dict[str, Duplicate] = {}
        for duplicate in self._duplicates(document):
            strongest.setdefault(duplicate.of, duplicate)
        return sorted(strongest.values(), key=lambda each: (-each.score, each.of))[:MOST_NAMED]

    def _duplicates(self, document: NewDocument) -> Iterator[Duplicate]:
        """Yield what *document* repeats, the strongest relations first."""
        own = self.ids.get(document.doc_id, set())
        for slot in sorted(own, key=lambda slot: -self.table[slot].seq):
            if self.table[slot].rev != document.rev:
                yield _duplicate(self.table[slot], document, "revision", self._similarity(document, slot))
        for slot in self.codes.get((document.source, document.code), ()) if document.code else ():
            if slot not in own:
                yield _duplicate(self.table[slot], document, "same_item", self._similarity(document, slot))
        for slot in self.bodies.get(document.body, ()):
            if slot not in own:
                yield _duplicate(self.table[slot], document, "exact", 1.0)
        if document.shingles >= FEWEST_SHINGLES:
            yield from self._alike(document)

    def _similarity(self, document: NewDocument, slot: int) -> float:
        return float((self.minhashes[slot] == document.minhash).mean())

    def _alike(self, document: NewDocument) -> Iterator[Duplicate]:
        """Yield the near copies of *document*, and what holds most of it or is mostly held by it."""
        similarities = (self.minhashes == document.minhash).mean(axis=1)
        for slot in np.nonzero(similarities >= LEAST_SHARED)[0].tolist():
            other, similarity = self.table.get(slot), float(similarities[slot])
            if other is None or other.doc_id == document.doc_id or other.shingles < FEWEST_SHINGLES:
                continue
            contained = _contained_share(similarity, document.shingles, other.shingles)
            if similarity >= NEAR_FROM:
                yield _duplicate(other, document, "near", similarity)
            elif contained >= PARTIAL_FROM:
                direction: Direction = "contains" if document.shingles > other.shingles else "contained"
                yield _duplicate(other, document, "partial", contained, direction=direction)


def _contained_share(similarity: float, shingles: int, other_shingles: int) -> float:
    """Return the share of the shorter text's shingles that both have, by their Jaccard *similarity*."""
    shared = similarity * (shingles + other_shingles) / (1 + similarity)
    return min(1.0, shared / min(shingles, other_shingles))


def _duplicate(
    other: RememberedDocument,
    document: NewDocument,
    relation: Relation,
    score: float,
    *,
    direction: Direction = "this_is_later",
) -> Duplicate:
    return Duplicate(
        of=other.doc_id,
        relation=relation,
        score=round(score, 4),
        direction=direction,
        same_source=other.source == document.source,
    )


def document_item(document: NewDocument, seq: int) -> Mapping[bytes, bytes | None]:
    """Return the changelog item that remembers *document* as the lane's document number *seq*."""
    return {f"seen/{seq % DOCUMENTS}".encode(): msgspec.json.encode(document.to_remember(seq))}
