"""Stories of two runs as partitions of the same documents. Pure.

It finds how far they agree, and the splits, merges and moves that lead from one to the other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["split", "merged", "moved"]


class Agreement(NamedTuple):
    """The second partition measured against the first."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Agreements:
    """*pairs*: two documents in one story on both sides; *b_cubed*: by document (Bagga and Baldwin 1998)."""

    stories: tuple[int, int]
    pairs: Agreement
    b_cubed: Agreement


@dataclass(frozen=True, slots=True)
class Regrouping:
    """*docs* left *main*, those they are with on one side and not on the other.

    *split*: together on the first side, the docs by themselves on the second; *merged*: by themselves on the
    first, together on the second; *moved*: *main* is what is left of the story they were in on the first
    side, *joined* what they were put to on the second.
    """

    kind: Kind
    docs: tuple[str, ...]
    main: tuple[str, ...]
    joined: tuple[str, ...] = ()


def agreements(first: Mapping[str, str], second: Mapping[str, str]) -> Agreements:
    """Return how far two partitions (document → story) of the same documents agree; 1.0 for no documents."""
    cells = Counter((first[doc], second[doc]) for doc in first)
    ours, theirs = Counter(first.values()), Counter(second.values())
    hits, wanted, proposed = (
        sum(n * (n - 1) // 2 for n in counts.values()) for counts in (cells, ours, theirs)
    )
    total = len(first) or 1
    precision = sum(n * n / theirs[b] for (_, b), n in cells.items()) / total if first else 1.0
    recall = sum(n * n / ours[a] for (a, _), n in cells.items()) / total if first else 1.0
    return Agreements(
        (len(ours), len(theirs)),
        _agreement(hits / proposed if proposed else 1.0, hits / wanted if wanted else 1.0),
        _agreement(precision, recall),
    )


def _agreement(precision: float, recall: float) -> Agreement:
    return Agreement(
        precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    )


def regroupings(
    first: Mapping[str, str], second: Mapping[str, str], order: Mapping[str, int]
) -> list[Regrouping]:
    """Return what leads from one partition of the same documents to the other, the largest first.

    *order* says which document is older. Each story is matched with the one it shares most with, larger
    agreements first, the older document at equal ones. What a pair of stories shares without being matched
    was split off when it is all of a story without a match on the second side, merged in when it is all of
    one on the first, and else moved.
    """
    cells: dict[tuple[str, str], list[str]] = defaultdict(list)
    for doc in sorted(first, key=lambda doc: (order.get(doc, 0), doc)):
        cells[first[doc], second[doc]].append(doc)
    ranked = sorted(cells, key=lambda cell: (-len(cells[cell]), order.get(cells[cell][0], 0), cells[cell][0]))
    match_of: dict[str, str] = {}
    match_to: dict[str, str] = {}
    for a, b in ranked:
        if a not in match_of and b not in match_to:
            match_of[a], match_to[b] = b, a
    matched = Matched(cells, match_of, match_to, Counter(first.values()), Counter(second.values()))
    found = [matched.regrouping(cell) for cell in ranked if match_of.get(cell[0]) != cell[1]]
    return sorted(found, key=lambda one: (-len(one.docs), order.get(one.docs[0], 0), one.docs[0]))


@dataclass(frozen=True, slots=True)
class Matched:
    """Two partitions, what each pair of stories shares, and which stories are matched."""

    cells: Mapping[tuple[str, str], Sequence[str]]
    match_of: Mapping[str, str]
    match_to: Mapping[str, str]
    first_sizes: Counter[str]
    second_sizes: Counter[str]

    def regrouping(self, cell: tuple[str, str]) -> Regrouping:
        """Return what became of the documents that an unmatched pair of stories shares."""
        (a, b), docs = cell, tuple(self.cells[cell])
        left = tuple(self.cells[a, self.match_of[a]]) if a in self.match_of else ()
        there = tuple(self.cells[self.match_to[b], b]) if b in self.match_to else ()
        if b not in self.match_to and self.second_sizes[b] == len(docs):
            return Regrouping("split", docs, left)
        if a not in self.match_of and self.first_sizes[a] == len(docs):
            return Regrouping("merged", docs, there)
        return Regrouping("moved", docs, left, there)
