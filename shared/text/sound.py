"""How alike two names sound across scripts: edit distance over sound classes.

Sounds that one script leaves unwritten cost little.

Costs were set by hand on 70 names in three scripts and checked on NTREX news (R@1 .95–.99, floors in
tests/eval).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator

from shared.text.skeleton import WEAK, sounds, words

_PAIRS = (
    "JK.35 CX.30 CK.30 CJ.30 CS.35 CH.35 XJ.40 XS.35 SJ.45 KH.40 TD.35 TS.40 DS.35 PF.35 MN.50 KX.60 XH.60 RL.70 Jy.25 Fw.12 Hh.15 wo.00 wu.00 "
    "yi.00 ye.08 ae.10 ao.15 au.15 ai.20 ay.30 aw.30 wy.30 ou.05 ei.08 oe.25 ui.30 uy.25 oy.30 we.30 wi.30 eu.20 oi.30 Kh.60 Th.45 ha.15 he.15 "
    "Ha.70 JH.70 SK.70"
)
SWAP = {frozenset(pair[:2]): float(pair[2:]) for pair in _PAIRS.split()}
DROP_LATIN = {"a": 0.10, "e": 0.08, "i": 0.12, "o": 0.15, "u": 0.15, "y": 0.30, "w": 0.35, "h": 0.15}
DROP_ARABIC = {"a": 0.25, "w": 0.35, "y": 0.30, "h": 0.20}
SAME_SCRIPT_FLOOR = 0.15
"""Inside one script a dropped vowel is a difference, not a habit."""
JOINED_COST = 0.02
"""Two words of the longer name written as one («عبد الله» / Abdullah): a little less sure than equal words.
"""
WORST_SHARE = 0.2
"""Weight of the worst word in the score of a name; the mean of all words has the rest."""
REORDERED_COST = 0.11
"""Words in another order: family names first is a habit of some languages, chance in a list of 100,000
(«aries kamilla»).
"""


def drops(*, arabic: bool, same_script: bool) -> dict[str, float]:
    """Return what leaving out each weak sound costs; consonants cost 1."""
    table = DROP_ARABIC if arabic else DROP_LATIN
    return {sound: max(SAME_SCRIPT_FLOOR, cost) for sound, cost in table.items()} if same_script else table


def swap(first: str, second: str) -> float:
    """Return what hearing sound *first* for *second* costs."""
    if first == second:
        return 0.0
    return SWAP.get(frozenset((first, second)), 1.0 if (first in WEAK) == (second in WEAK) else 1.2)


MOST_WORDS = 8
"""Words of a name that are compared; every pair of neighbours is tried as one word, so the cost grows with
the fourth power.
"""


@functools.lru_cache(200_000)
def distance(first: str, second: str) -> float:
    """Return the cheapest way to turn the sounds of word *first* into those of *second*."""
    (arabic_first, heard_first), (arabic_second, heard_second) = sounds(first), sounds(second)
    same = arabic_first == arabic_second
    drop_first = drops(arabic=arabic_first, same_script=same)
    drop_second = drops(arabic=arabic_second, same_script=same)
    row = [0.0]
    for y in heard_second:
        row.append(row[-1] + drop_second.get(y, 1.0))
    for x in heard_first:
        new = [row[0] + drop_first.get(x, 1.0)]
        for j, y in enumerate(heard_second):
            new.append(
                min(
                    row[j] + swap(x, y), row[j + 1] + drop_first.get(x, 1.0), new[j] + drop_second.get(y, 1.0)
                )
            )
        row = new
    return row[-1]


@functools.lru_cache(100_000)
def size(word: str) -> int:
    """Return the number of consonants heard in *word*, at least 1."""
    return max(1, sum(sound not in WEAK for sound in sounds(word)[1]))


def word_similarity(first: str, second: str) -> float:
    """Return how alike two words sound, 0–1."""
    return max(0.0, 1 - distance(first, second) / (max(size(first), size(second)) + 0.6))


@functools.lru_cache(100_000)
def name_similarity(first: str, second: str) -> float:
    """Return how alike two names sound, 0–1, whatever the order of their words.

    Every word of the shorter name takes a partner of its own. Two neighbours of the longer name may be
    written as one, but then both are used up: letting a pair stand beside its own halves accepted 7.9 % of
    absent names among 100,000.
    """
    a, b = sorted((words(first)[:MOST_WORDS], words(second)[:MOST_WORDS]), key=len)
    if not a:
        return 0.0
    best = _matched(a, b)
    if len(b) > len(a):
        best = max(best, *(_matched(a, joined) - JOINED_COST for joined in _joined(b)))
    elif len(a) > 2:
        best = max(
            best, *(_matched(x, y) - 2 * JOINED_COST for x, y in itertools.product(_joined(a), _joined(b)))
        )
    return max(0.0, best)


def _joined(parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield *parts* with two neighbours written as one, each pair in turn."""
    for i in range(len(parts) - 1):
        yield (*parts[:i], parts[i] + parts[i + 1], *parts[i + 2 :])


def _matched(a: tuple[str, ...], b: tuple[str, ...]) -> float:
    """Return the score of the best one-to-one pairing of the words of *a* with those of *b*, the longer."""
    table = [[word_similarity(x, y) for y in b] for x in a]
    weights = [size(x) for x in a]
    pairings = list(itertools.permutations(range(len(b)), len(a))) if len(b) <= 4 else [_greedy(table)]
    return max(_score(table, weights, pairing) * _cover(a, b, pairing) for pairing in pairings)


def _greedy(table: list[list[float]]) -> tuple[int, ...]:
    free = set(range(len(table[0])))
    pairing = []
    for row in table:
        best = max(free, key=lambda j: (row[j], -j))
        free.discard(best)
        pairing.append(best)
    return tuple(pairing)


def _score(table: list[list[float]], weights: list[int], pairing: tuple[int, ...]) -> float:
    scores = [table[i][j] for i, j in enumerate(pairing)]
    mean = sum(s * w for s, w in zip(scores, weights, strict=True)) / sum(weights)
    reordered = REORDERED_COST if list(pairing) != sorted(pairing) else 0.0
    return (1 - WORST_SHARE) * mean + WORST_SHARE * min(scores) - reordered


def _cover(a: tuple[str, ...], b: tuple[str, ...], pairing: tuple[int, ...]) -> float:
    """Return how much of the longer name was used: a surname alone is half a match."""
    left_over = sum(size(y) for j, y in enumerate(b) if j not in pairing)
    if not left_over:
        return 1.0
    share = 1 - left_over / sum(map(size, b))
    return 1 - 0.4 * (1 - share) if len(a) >= 2 else 0.5 + 0.5 * share
