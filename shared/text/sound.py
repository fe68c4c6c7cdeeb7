"""How alike two names sound across scripts: edit distance over sound classes.

Sounds that one script leaves unwritten cost little. Costs were set by hand on 70 names in three scripts and
checked on NTREX news (R@1 .95–.99, floors in tests/eval).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator

from shared.text.skeleton import WEAK, Heard, sounds, words

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
MOST_WORDS = 8
"""Words of a name that are compared; every pair of neighbours is tried as one word, so the cost grows with
the fourth power.
"""
MOST_PERMUTED = 4
"""Words of the longer name up to which every pairing is tried."""
SIZE_ADDED = 0.6
"""Added to the consonants of the longer word, so that one sound does not set short words far apart."""


@functools.lru_cache(100_000)
def name_similarity(first: str, second: str) -> float:
    """Return how alike two names sound, 0–1, whatever the order of their words.

    Every word of the shorter name takes a partner of its own. Two neighbours of the longer name may be
    written as one, but then both are used up: letting a pair stand beside its own halves accepted 7.9 % of
    absent names among 100,000.
    """
    shorter, longer = sorted((words(first)[:MOST_WORDS], words(second)[:MOST_WORDS]), key=len)
    if not shorter:
        return 0.0
    best = _paired(shorter, longer)
    if len(longer) > len(shorter):
        best = max(best, *(_paired(shorter, joined) - JOINED_COST for joined in _joined(longer)))
    elif len(shorter) > 2:
        both_joined = itertools.product(_joined(shorter), _joined(longer))
        best = max(best, *(_paired(one, other) - 2 * JOINED_COST for one, other in both_joined))
    return max(0.0, best)


def _joined(parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield *parts* with two neighbours written as one, each pair in turn."""
    for i in range(len(parts) - 1):
        yield (*parts[:i], parts[i] + parts[i + 1], *parts[i + 2 :])


def _paired(shorter: tuple[str, ...], longer: tuple[str, ...]) -> float:
    """Return the score of the best pairing, in which each word of *shorter* has a partner in *longer*."""
    mine, theirs = list(map(sounds, shorter)), list(map(sounds, longer))
    table = [[word_similarity(word, other) for other in longer] for word in shorter]
    pairings = (
        itertools.permutations(range(len(longer)), len(shorter))
        if len(longer) <= MOST_PERMUTED
        else [_greedy(table)]
    )
    return max(_score(table, mine, pairing) * _cover(mine, theirs, pairing) for pairing in pairings)


def _greedy(table: list[list[float]]) -> tuple[int, ...]:
    """Return for each row of *table* in turn the column with its highest value that is still free."""
    free = set(range(len(table[0])))
    pairing = []
    for row in table:
        best = max(free, key=lambda column: (row[column], -column))
        free.discard(best)
        pairing.append(best)
    return tuple(pairing)


def _score(table: list[list[float]], mine: list[Heard], pairing: tuple[int, ...]) -> float:
    """Return the mean likeness of the pairs, by the sizes of *mine*, drawn towards that of the worst pair."""
    scores = [row[column] for row, column in zip(table, pairing, strict=True)]
    weighted = sum(score * word.size for score, word in zip(scores, mine, strict=True))
    mean = weighted / sum(word.size for word in mine)
    reordered = REORDERED_COST if list(pairing) != sorted(pairing) else 0.0
    return (1 - WORST_SHARE) * mean + WORST_SHARE * min(scores) - reordered


def _cover(mine: list[Heard], theirs: list[Heard], pairing: tuple[int, ...]) -> float:
    """Return how much of the longer name was used: a surname alone is half a match."""
    left_over = sum(word.size for place, word in enumerate(theirs) if place not in pairing)
    if not left_over:
        return 1.0
    used = 1 - left_over / sum(word.size for word in theirs)
    return 1 - 0.4 * (1 - used) if len(mine) >= 2 else 0.5 + 0.5 * used


def word_similarity(first: str, second: str) -> float:
    """Return how alike two words sound, 0–1."""
    size = max(sounds(first).size, sounds(second).size)
    return max(0.0, 1 - distance(first, second) / (size + SIZE_ADDED))


@functools.lru_cache(200_000)
def distance(first: str, second: str) -> float:
    """Return the cheapest way to turn the sounds of word *first* into those of *second*."""
    mine, theirs = sounds(first), sounds(second)
    same_script = mine.arabic == theirs.arabic
    drop_mine = drops(arabic=mine.arabic, same_script=same_script)
    drop_theirs = drops(arabic=theirs.arabic, same_script=same_script)
    row = [0.0]
    for other in theirs.sounds:
        row.append(row[-1] + drop_theirs.get(other, 1.0))
    for sound in mine.sounds:
        dropped = drop_mine.get(sound, 1.0)
        new = [row[0] + dropped]
        for place, other in enumerate(theirs.sounds):
            inserted = new[place] + drop_theirs.get(other, 1.0)
            new.append(min(row[place] + swap(sound, other), row[place + 1] + dropped, inserted))
        row = new
    return row[-1]


def drops(*, arabic: bool, same_script: bool) -> dict[str, float]:
    """Return what leaving out each weak sound costs; consonants cost 1."""
    table = DROP_ARABIC if arabic else DROP_LATIN
    return {sound: max(SAME_SCRIPT_FLOOR, cost) for sound, cost in table.items()} if same_script else table


def swap(first: str, second: str) -> float:
    """Return what hearing sound *first* for *second* costs."""
    if first == second:
        return 0.0
    return SWAP.get(frozenset((first, second)), 1.0 if (first in WEAK) == (second in WEAK) else 1.2)
