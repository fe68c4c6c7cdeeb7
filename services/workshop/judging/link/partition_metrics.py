"""How well stories match labelled events: B³, CEAFe, pairs, and pairs across languages only.

Each figure is (precision, recall, F1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import combinations

Triple = tuple[float, float, float]


def f1(precision: float, recall: float) -> float:
    """Return the harmonic mean."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def triple(precision: float, recall: float) -> Triple:
    """Return a figure with its F1."""
    return precision, recall, f1(precision, recall)


def scores(gold: Sequence[Hashable], found: Sequence[Hashable], langs: Sequence[str]) -> dict[str, Triple]:
    """Return ``b3``, ``ceafe``, ``pair`` and ``xpair`` of documents with *gold* events and *found*
    stories.
    """
    cell, events, stories = Counter(zip(gold, found, strict=True)), Counter(gold), Counter(found)
    n = len(gold)
    precision = sum(v * v / stories[b] for (_, b), v in cell.items()) / n
    recall = sum(v * v / events[a] for (a, _), v in cell.items()) / n
    hits, proposed, wanted = (
        sum(v * (v - 1) // 2 for v in counts.values()) for counts in (cell, stories, events)
    )
    return {
        "b3": triple(precision, recall),
        "ceafe": ceafe(cell, events, stories),
        "pair": triple(hits / proposed if proposed else 1.0, hits / wanted if wanted else 1.0),
        "xpair": across(gold, found, langs),
    }


def ceafe(
    cell: Counter[tuple[Hashable, Hashable]], events: Counter[Hashable], stories: Counter[Hashable]
) -> Triple:
    """Return CEAFe: the best one-to-one match of events and stories."""
    rows, columns = {k: i for i, k in enumerate(events)}, {k: i for i, k in enumerate(stories)}
    alike = [[0.0] * len(columns) for _ in rows]
    for (a, b), v in cell.items():
        alike[rows[a]][columns[b]] = 2 * v / (events[a] + stories[b])
    if len(rows) > len(columns):
        alike = [list(column) for column in zip(*alike, strict=True)]
    total = sum(alike[i][j] for i, j in assignment([[-x for x in row] for row in alike]))
    return triple(total / len(stories), total / len(events))


def across(gold: Sequence[Hashable], found: Sequence[Hashable], langs: Sequence[str]) -> Triple:
    """Return the pair figure over pairs of different languages."""
    pairs = [(i, j) for i, j in combinations(range(len(gold)), 2) if langs[i] != langs[j]]
    counts = Counter((gold[i] == gold[j], found[i] == found[j]) for i, j in pairs)
    hits, false, missed = counts[True, True], counts[False, True], counts[True, False]
    return triple(
        hits / (hits + false) if hits + false else 1.0, hits / (hits + missed) if hits + missed else 1.0
    )


def assignment(cost: list[list[float]]) -> list[tuple[int, int]]:  # noqa: C901  one algorithm, as it is printed in books
    """Return the cheapest one-to-one assignment of a matrix with no more rows than columns (shortest
    augmenting paths).
    """
    n, m = len(cost), len(cost[0])
    u, v, match, way = [0.0] * (n + 1), [0.0] * (m + 1), [0] * (m + 1), [0] * (m + 1)
    for i in range(1, n + 1):
        match[0], column = i, 0
        low, used = [float("inf")] * (m + 1), [False] * (m + 1)
        while True:
            used[column] = True
            row, delta, nearest = match[column], float("inf"), 0
            for j in range(1, m + 1):
                if not used[j]:
                    reduced = cost[row - 1][j - 1] - u[row] - v[j]
                    if reduced < low[j]:
                        low[j], way[j] = reduced, column
                    if low[j] < delta:
                        delta, nearest = low[j], j
            for j in range(m + 1):
                if used[j]:
                    u[match[j]] += delta
                    v[j] -= delta
                else:
                    low[j] -= delta
            column = nearest
            if match[column] == 0:
                break
        while column:
            match[column] = match[way[column]]
            column = way[column]
    return [(match[j] - 1, j - 1) for j in range(1, m + 1) if match[j]]
