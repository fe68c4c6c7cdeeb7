"""Moves and splits after a story has grown: which articles suit another story better, and is it two.

An article joins what is there when it comes: a headline may go to the nearest story of its own language
before its own story begins. When a story reaches one of ``SIZES_REWEIGHED``, its members are weighed again by
the formula that joins an article to a story, against the stories that the last arrival was compared with. The
oldest article of a story never leaves it, so none is ever emptied.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.link.memory.lane_state import LaneState
from services.link.model import Model
from services.link.numeric.vectors import Floats, Mask, Rows
from services.link.reading.notes import Notes
from services.link.weighing.all_pairs import Ratios, best_mean, block, pairs_within
from services.link.weighing.candidates import (
    WindowComparison,
    interval_of_row,
    interval_of_rows,
    score_story,
    weigh_anchors,
    with_anchors,
)
from services.link.weighing.pairs import Pairs
from services.link.weighing.story_scores import (
    JOIN_FROM,
    StoryScore,
    against_prior,
    combined,
    time_cost,
    worth_of_pairs,
)
from shared.records import Against

# sizes at which a story is weighed again when another article comes; twice as many found no better
SIZES_REWEIGHED = frozenset({3, 4, 6, 8, 12, 16, 24, 32, 48})
SPLIT_FROM = 6  # articles of a story that may be split
NEIGHBOURS = 4  # stories that are weighed again beside the one that has grown
MEMBERS_OF_A_NEIGHBOUR = 12  # its newest members, which are weighed
MOST_MOVES = 3  # at once: each changes what the next would be weighed against
ROUNDS = 2  # times that each article is put to the half it is more alike to


@dataclass(frozen=True, slots=True)
class Move:
    """An article (its row) that suits another story better: the scores of its own and of the other."""

    row: int
    own: StoryScore
    other: StoryScore

    @property
    def margin(self) -> float:
        """By how many log-odds the other story is the likelier."""
        return self.other.score - self.own.score


@dataclass(frozen=True, slots=True)
class Split:
    """A story that is two: the rows that leave, the *score* of both parts as one, and of each *alone*.

    *agreement* tells how well each that leaves agrees with the others that do; *against* is what speaks
    against the parts being one.
    """

    leave: Rows
    score: float
    alone: tuple[float, float]
    agreement: list[float]
    against: list[Against]


def reweigh(state: LaneState, comparison: WindowComparison, model: Model) -> Reweighing | None:
    """Weigh the members of a story again after a join; None unless its size is one of ``SIZES_REWEIGHED``."""
    grown = comparison.ranked[0]
    if len(grown.pairs.rows) not in SIZES_REWEIGHED:
        return None
    stories = comparison.ranked[: NEIGHBOURS + 1]
    members = [grown.pairs.rows, *(story.pairs.rows[-MEMBERS_OF_A_NEIGHBOUR:] for story in stories[1:])]
    rows = np.concatenate(members)
    parts = np.split(np.arange(len(rows)), np.cumsum([len(part) for part in members])[:-1])
    pairs, shape = pairs_within(block(state.window, rows), model), (len(rows), len(rows))
    ratio, same = pairs.ratio.reshape(shape), pairs.same_language.reshape(shape)
    return Reweighing(state, model, stories, parts, rows, pairs, ratio, same)


@dataclass(frozen=True, slots=True)
class Reweighing:
    """The articles weighed again: those of the grown story, then the newest of its neighbours.

    *parts* tells where the articles of each of the *stories* lie in *rows*; *ratio* and *same_language* hold
    every pair of them.
    """

    state: LaneState
    model: Model
    stories: list[StoryScore]
    parts: list[Rows]
    rows: Rows
    pairs: Pairs
    ratio: Floats
    same_language: Mask

    def moves(self) -> list[Move]:
        """Return the articles to move, clearest first, from the grown story to a neighbour or back."""
        moves = []
        for home, story in enumerate(self.stories):
            others = range(1, len(self.stories)) if home == 0 else range(1)
            for i in self.parts[home].tolist():
                is_oldest = self.rows[i] == story.pairs.rows[0]
                move = None if is_oldest else self._move(i, home, others)
                if move is not None:
                    moves.append(move)
        number = self.state.window.number
        return sorted(moves, key=lambda move: (-move.margin, int(number[move.row])))[:MOST_MOVES]

    def split(self) -> Split | None:
        """Return how the grown story falls into two that hold together only alone; None when it does not."""
        n = len(self.parts[0])
        if n < SPLIT_FROM:
            return None
        ratio = self.ratio[:n, :n]
        stays = _half_of_the_oldest(ratio)
        a, b = np.flatnonzero(stays), np.flatnonzero(~stays)
        if min(len(a), len(b)) < 2:
            return None
        alone = self._score_alone(a), self._score_alone(b)
        if min(alone) < 0:
            return None
        between = np.ix_(a, b)
        from_pairs, _ = combined(ratio[between].ravel(), self.same_language[between].ravel(), self.model)
        first, second = (interval_of_rows(self.state, self.rows[part]) for part in (a, b))
        time = time_cost(first, second, self.model)
        if from_pairs - self._prior - time >= self.model.split_below:
            return None
        facts = self._facts_between(a, b)
        score = from_pairs - self._prior - time + sum(fact.weight for fact in facts)
        if score >= self.model.split_below:
            return None
        agreement = [float(ratio[i, b[b != i]].astype(np.float64).sum()) for i in b.tolist()]
        against = _against(from_pairs, self._prior, time, facts)
        return Split(self.rows[b], score, alone, agreement, against)

    @property
    def _prior(self) -> float:
        return self.stories[0].prior

    def _move(self, i: int, home: int, others: range) -> Move | None:
        """Return the move of the article at *i* from the story *home* to the best of *others*, or None.

        Facts are weighed for the best alone.
        """
        members = self.parts[home][self.parts[home] != i]
        if not len(members):
            return None
        from_home, _ = combined(self.ratio[i, members], self.same_language[i, members], self.model)
        needed = max(self._prior, from_home + self.model.move_margin)
        hopeful = [other for other in others if self._most_from(i, other) >= needed]
        if not hopeful:
            return None
        at_home = self._score_of(i, home)
        best = max((self._score_of(i, other) for other in hopeful), key=lambda story: story.score)
        if best.score < max(0.0, at_home.score + self.model.move_margin):
            return None
        row = int(self.rows[i])
        notes = self.state.window.notes_at(row)
        at_home, best = (with_anchors(self.state, story, notes, self.model) for story in (at_home, best))
        move = Move(row, at_home, best)
        return move if best.score >= JOIN_FROM and move.margin >= self.model.move_margin else None

    def _most_from(self, i: int, story: int) -> float:
        """Return the most that the pairs of the article at *i* with a story can give together.

        Within a language or across they may give less.
        """
        ratio = self.ratio[i, self.parts[story]]
        return best_mean(ratio, self.model.share) * worth_of_pairs(len(ratio), self.model)

    def _score_of(self, i: int, story: int) -> StoryScore:
        """Return the score of a story for the article at *i*, which is left out of it."""
        part, row = self.parts[story], int(self.rows[i])
        members = self.stories[story].pairs.rows
        return score_story(
            self.stories[story].slot,
            self.pairs.take(i * len(self.rows) + part[part != i]),
            article=interval_of_row(self.state, row),
            story=interval_of_rows(self.state, members[members != row]),
            prior=self._prior,
            model=self.model,
        )

    def _score_alone(self, part: Rows) -> float:
        """Return the log-odds that the articles of a part are one story."""
        first, second = np.triu_indices(len(part), 1)
        pairs = part[first], part[second]
        from_pairs, _ = combined(self.ratio[pairs], self.same_language[pairs], self.model)
        return from_pairs - self._prior

    def _facts_between(self, a: Rows, b: Rows) -> list[Against]:
        """Return the facts of the most alike pairs of two halves, each with its share of the score."""
        between = np.ix_(a, b)
        words = self.pairs.words.reshape(self.ratio.shape)
        notes_at = self.state.window.notes_at

        def notes_of_pair(at: int) -> tuple[Notes, Notes]:
            i, j = divmod(at, len(b))
            return notes_at(int(self.rows[a[i]])), notes_at(int(self.rows[b[j]]))

        pairs = Ratios(self.ratio[between], words[between], self.same_language[between])
        return [
            Against(kind=anchor.kind, key=anchor.key, label=anchor.label, weight=round(weight, 6))
            for _, anchor, weight in weigh_anchors(pairs, notes_of_pair, self.model)
        ]


def _against(from_pairs: float, prior: float, time: float, facts: list[Against]) -> list[Against]:
    """Return what speaks against two halves being one story."""
    reasons = [
        against_prior(prior),
        Against(
            kind="words",
            key="pairs",
            label="the articles of the two parts are unlike",
            weight=round(from_pairs, 6),
        ),
        Against(kind="time", key="gap", label="the two parts are far apart in time", weight=round(-time, 6)),
        *facts,
    ]
    return [reason for reason in reasons if reason.weight < 0]


def _half_of_the_oldest(ratio: Floats) -> Mask:
    """Return which articles fall into the half of the oldest.

    The two least alike begin a half each; then every article goes to the half that it is on average more
    alike to, ``ROUNDS`` times.
    """
    n = len(ratio)
    upper_i, upper_j = np.triu_indices(n, 1)
    least_alike = int(np.argmin(ratio[upper_i, upper_j]))
    seed, other_seed = int(upper_i[least_alike]), int(upper_j[least_alike])
    half = ratio[:, seed] >= ratio[:, other_seed]
    half[seed], half[other_seed] = True, False
    to_others = ratio.astype(np.float64) * ~np.eye(n, dtype=np.bool_)
    for _ in range(ROUNDS):
        means = [to_others[:, side].sum(axis=1) / np.maximum(side.sum() - side, 1) for side in (half, ~half)]
        half = means[0] >= means[1]
    return half if half[0] else ~half
