"""Moves and splits after a story has grown: which articles suit another story better, and is it two.

An article joins what is there when it comes: a headline may go to the nearest story of its own language
before its own story begins. When a story has grown to a few sizes, its members are weighed again by the
formula that joins an article to a story, against the stories that the last arrival was compared with. The
oldest article of a story never leaves it, so none is ever emptied.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.link.memory.lane_state import LaneState
from services.link.model import Model
from services.link.numeric.vectors import Floats, Mask, Rows
from services.link.reading.notes import Notes
from services.link.weighing.all_pairs import Ratios, best_mean, block, within
from services.link.weighing.candidates import (
    Weighed,
    compare_facts,
    interval_at,
    interval_of_row,
    score_story,
    with_facts,
)
from services.link.weighing.pairs import Pairs
from services.link.weighing.story_scores import Scored, against_prior, factor, support, time_cost
from shared.records import Against

# of a story when another article comes; twice as many found no better
SIZES = frozenset({3, 4, 6, 8, 12, 16, 24, 32, 48})
SPLIT_FROM = 6
NEIGHBOURS = 4  # stories
OF_A_NEIGHBOUR = 12  # of its members the newest
MOST_MOVES = 3  # at once: each changes what the next would be weighed against
ROUNDS = 2  # of putting each article to the half it is more alike to


@dataclass(frozen=True, slots=True)
class Move:
    """An article (its row) that another story suits better: what the one it is in and the other say of it."""

    row: int
    own: Scored
    other: Scored

    @property
    def margin(self) -> float:
        """Return by how many log-odds the other story is the likelier."""
        return self.other.score - self.own.score


@dataclass(frozen=True, slots=True)
class Split:
    """A story that is two: the rows that leave, the *score* of both parts as one, and of each *alone*.

    *support*: how well each that leaves agrees with the others that do; *against*: what speaks against their
    being one.
    """

    leave: Rows
    score: float
    alone: tuple[float, float]
    support: list[float]
    against: list[Against]


@dataclass(frozen=True, slots=True)
class Look:
    """The articles weighed again: the grown story's, then its neighbours' newest; *ratio*: every pair."""

    stories: list[Scored]
    ends: list[int]
    rows: Rows
    pairs: Pairs
    ratio: Floats
    same: Mask

    def part(self, story: int) -> NDArray[np.intp]:
        """Return where the articles of a story lie."""
        return np.arange(*[0, *self.ends][story : story + 2])

    def of(self, i: int, others: NDArray[np.intp]) -> Pairs:
        """Return the article at *i* against others."""
        return self.pairs.at(i * len(self.rows) + others)


def look(state: LaneState, weighed: Weighed, model: Model) -> Look | None:
    """Return what is weighed again after a join; None unless the story's size is one of ``SIZES``."""
    best = weighed.ranked[0]
    if len(best.pairs.rows) not in SIZES:
        return None
    stories = weighed.ranked[: NEIGHBOURS + 1]
    parts = [best.pairs.rows, *(story.pairs.rows[-OF_A_NEIGHBOUR:] for story in stories[1:])]
    rows = np.concatenate(parts)
    pairs = within(block(state.window, rows), model)
    shape = (len(rows), len(rows))
    return Look(
        stories,
        np.cumsum([len(part) for part in parts]).tolist(),
        rows,
        pairs,
        pairs.ratio.reshape(shape),
        pairs.same.reshape(shape),
    )


def moves(state: LaneState, found: Look, model: Model) -> list[Move]:
    """Return the articles to move, clearest first: from the grown story to a neighbour, or the other way."""
    out = []
    for home in range(len(found.stories)):
        others = range(1, len(found.stories)) if home == 0 else range(1)
        for i in found.part(home).tolist():
            if found.rows[i] == found.stories[home].pairs.rows[0]:
                continue
            move = _move(state, found, i, (home, others), model=model)
            if move is not None:
                out.append(move)
    return sorted(out, key=lambda move: (-move.margin, int(state.window.number[move.row])))[:MOST_MOVES]


def _move(state: LaneState, found: Look, i: int, ways: tuple[int, range], *, model: Model) -> Move | None:
    """Return the move of the article at *i*, or None; *ways*: its story and those it may go to.

    Facts are weighed for the best alone.
    """
    home, others = ways
    prior = found.stories[0].prior
    own = found.part(home)
    own = own[own != i]
    if not len(own):
        return None
    stays, _ = support(found.ratio[i, own], found.same[i, own], model)
    least = max(prior, stays + model.move_margin)
    hopeful = [other for other in others if _at_most(found.ratio[i, found.part(other)], model) >= least]
    if not hopeful:
        return None
    here = _score_of(state, found, i, home, model=model)
    best = max(
        (_score_of(state, found, i, other, model=model) for other in hopeful), key=lambda story: story.score
    )
    if best.score < max(0.0, here.score + model.move_margin):
        return None
    notes = state.window.notes_at(int(found.rows[i]))
    move = Move(
        int(found.rows[i]), with_facts(state, here, notes, model), with_facts(state, best, notes, model)
    )
    return move if move.other.score >= 0 and move.margin >= model.move_margin else None


def _at_most(ratio: Floats, model: Model) -> float:
    """Return what pairs say together; within a language or across they may say less."""
    return best_mean(ratio, model.share) * factor(len(ratio), model)


def _score_of(state: LaneState, found: Look, i: int, story: int, *, model: Model) -> Scored:
    """Return the score of a story for the article at *i*, which is left out of it."""
    part, row = found.part(story), int(found.rows[i])
    whole = found.stories[story].pairs.rows
    when = interval_of_row(state, row), interval_at(state, whole[whole != row])
    return score_story(
        found.stories[story].slot,
        found.of(i, part[part != i]),
        when=when,
        prior=found.stories[0].prior,
        model=model,
    )


def split(state: LaneState, found: Look, model: Model) -> Split | None:
    """Return how the grown story falls into two that hold together only alone; None when it does not."""
    n = found.ends[0]
    if n < SPLIT_FROM:
        return None
    ratio = found.ratio[:n, :n]
    stays = _halves(ratio)
    a, b = np.flatnonzero(stays), np.flatnonzero(~stays)
    if min(len(a), len(b)) < 2:
        return None
    alone = _together(found, a, model), _together(found, b, model)
    if min(alone) < 0:
        return None
    said, _ = support(ratio[np.ix_(a, b)].ravel(), found.same[np.ix_(a, b)].ravel(), model)
    rows = found.rows[a], found.rows[b]
    prior = found.stories[0].prior
    time = time_cost(interval_at(state, rows[0]), interval_at(state, rows[1]), model)
    if said - prior - time >= model.split_below:
        return None
    facts = _facts(state, found, (a, b), model)
    score = said - prior - time + sum(item.weight for item in facts)
    if score >= model.split_below:
        return None
    agreement = [float(ratio[i, b[b != i]].astype(np.float64).sum()) for i in b.tolist()]
    return Split(rows[1], score, alone, agreement, _against(said, prior, time, facts))


def _against(support: float, prior: float, time: float, facts: list[Against]) -> list[Against]:
    found = [
        against_prior(prior),
        Against(
            kind="words",
            key="pairs",
            label="the articles of the two parts are unlike",
            weight=round(support, 6),
        ),
        Against(kind="time", key="gap", label="the two parts are far apart in time", weight=round(-time, 6)),
        *facts,
    ]
    return [item for item in found if item.weight < 0]


def _halves(ratio: Floats) -> Mask:
    """Return which articles are with the first, beginning with the two least alike."""
    n = len(ratio)
    upper = np.triu_indices(n, 1)
    at = int(np.argmin(ratio[upper]))
    i, j = int(upper[0][at]), int(upper[1][at])
    first = ratio[:, i] >= ratio[:, j]
    first[i], first[j] = True, False
    apart = ratio.astype(np.float64) * ~np.eye(n, dtype=np.bool_)
    for _ in range(ROUNDS):
        sides = [apart[:, side].sum(axis=1) / np.maximum(side.sum() - side, 1) for side in (first, ~first)]
        first = sides[0] >= sides[1]
    return first if first[0] else ~first


def _together(found: Look, part: NDArray[np.intp], model: Model) -> float:
    """Return the log-odds that the articles of a part are one story."""
    pairs = part[np.triu_indices(len(part), 1)[0]], part[np.triu_indices(len(part), 1)[1]]
    said, _ = support(found.ratio[pairs], found.same[pairs], model)
    return said - found.stories[0].prior


def _facts(
    state: LaneState, found: Look, halves: tuple[NDArray[np.intp], NDArray[np.intp]], model: Model
) -> list[Against]:
    """Return the facts of the pairs of both halves that are most alike, each with its share of the score."""
    a, b = halves
    of_both = np.ix_(a, b)
    words = found.pairs.words.reshape(found.ratio.shape)

    def both(at: int) -> tuple[Notes, Notes]:
        i, j = divmod(at, len(b))
        notes = state.window.notes_at
        return notes(int(found.rows[a[i]])), notes(int(found.rows[b[j]]))

    pairs = Ratios(found.ratio[of_both], words[of_both], found.same[of_both])
    return [
        Against(kind=one.kind, key=one.key, label=one.label, weight=round(weight, 6))
        for _, one, weight in compare_facts(pairs, both, model)
    ]
