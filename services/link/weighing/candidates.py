"""Finds and ranks the stories that an article may belong to."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from services.link.memory.lane_state import LaneState
from services.link.memory.point import Point
from services.link.memory.terms import weighted
from services.link.model import Model
from services.link.numeric.vectors import DIM, Floats, Rows, norm_of
from services.link.reading.notes import Notes
from services.link.reading.signature import Signature
from services.link.weighing.all_pairs import Ratios
from services.link.weighing.anchors import Anchor, anchors
from services.link.weighing.nearby import Nearby
from services.link.weighing.pairs import Background, Pairs, weigh_pairs
from services.link.weighing.story_scores import (
    Interval,
    StoryScore,
    WeighedAnchor,
    combined,
    log_prior,
    time_cost,
    worth_of_pairs,
)

MOST_CANDIDATES = 8  # stories that are scored
CANDIDATE_FROM = 0.5  # log-odds: a story is a candidate when one of its pairs has as much
ANCHORED_STORIES = 4  # candidates whose facts are compared, the likeliest
ANCHORED_PAIRS = 6  # pairs of such a story whose facts are compared, the most alike
ANCHORED_FROM = -4.0  # log-odds: facts cannot lift a story that is below to a join


class WindowComparison(Struct, frozen=True):
    """An article compared with the window: its point, its background, near pairs, stories, best first."""

    point: Point
    background: Background
    near: Pairs
    ranked: list[StoryScore]


def weigh(state: LaneState, signature: Signature, notes: Notes, model: Model) -> WindowComparison:
    """Compare an article with the window and rank the stories."""
    window, point = state.window, point_of(state, signature)
    own_number = state.number_of.get(signature.doc_id, -1)
    nearby = Nearby(window, state.past, point, besides=own_number, model=model)
    near_pairs = weigh_pairs(nearby.compared(nearby.rows), model)
    candidates = _candidates(window.story[near_pairs.rows], near_pairs.ratio)
    if not candidates:
        return WindowComparison(point, nearby.background, near_pairs, [])
    pairs = weigh_pairs(nearby.compared(window.members(candidates)), model)
    prior = log_prior(window.story_count(besides=own_number), model)
    stories = rank_stories(state, interval_of(signature), pairs, prior=prior, model=model)
    best = [
        with_anchors(state, story, notes, model)
        for story in stories[:ANCHORED_STORIES]
        if story.score >= ANCHORED_FROM
    ]
    ranked = best_first(state, best + stories[len(best) :])
    return WindowComparison(point, nearby.background, near_pairs, ranked)


def point_of(state: LaneState, signature: Signature) -> Point:
    """Return what of an article is compared, words weighted by how rare they are now."""
    vector = (
        np.frombuffer(signature.vector, np.int8) if len(signature.vector) == DIM else np.zeros(DIM, np.int8)
    )
    rarity = state.frequency.rarity
    own, shared = (
        weighted(sparse, rarity(signature.lang, np.frombuffer(sparse.ids, np.uint32)))
        for sparse in (signature.own, signature.shared)
    )
    at = math.nan if signature.at is None else signature.at
    return Point(
        lang=signature.lang,
        vector=vector,
        own=own,
        shared=shared,
        at=at,
        slack=signature.slack_s,
        norm=norm_of(vector),
        measured=signature.measured,
    )


def _candidates(slots: NDArray[np.int32], ratio: Floats) -> list[int]:
    """Return the slots of the stories with the best single pairs."""
    speaking = np.flatnonzero(ratio >= CANDIDATE_FROM)
    best: dict[int, float] = {}
    for slot, value in zip(slots[speaking].tolist(), ratio[speaking].tolist(), strict=True):
        if value > best.get(slot, -np.inf):
            best[slot] = value
    least = (
        sorted(best.values(), reverse=True)[MOST_CANDIDATES - 1] if len(best) > MOST_CANDIDATES else -np.inf
    )
    return [slot for slot, value in best.items() if value >= least]


def rank_stories(
    state: LaneState, article: Interval, pairs: Pairs, *, prior: float, model: Model
) -> list[StoryScore]:
    """Return the scores of the stories of *pairs*, which hold all of their pairs, best first."""
    if not len(pairs.rows):
        return []
    slots = state.window.story[pairs.rows]
    by_story = slots.argsort(kind="stable")
    slots, pairs = slots[by_story], pairs.take(by_story)
    ends = [*(np.flatnonzero(slots[1:] != slots[:-1]) + 1).tolist(), len(slots)]
    scores = []
    for start, end in pairwise([0, *ends]):
        of_story = pairs.take(slice(start, end))
        story = interval_of_rows(state, of_story.rows)
        scores.append(
            score_story(int(slots[start]), of_story, article=article, story=story, prior=prior, model=model)
        )
    return best_first(state, scores)


def score_story(
    slot: int, pairs: Pairs, *, article: Interval, story: Interval, prior: float, model: Model
) -> StoryScore:
    """Return the score of one story for an article, by their pairs and by the times of both."""
    from_pairs, factors = combined(pairs.ratio, pairs.same_language, model)
    time = time_cost(article, story, model)
    score = from_pairs - prior - time
    return StoryScore(
        slot=slot,
        score=score,
        prior=prior,
        time_cost=time,
        dated=article.both_dated(story),
        interval=story,
        pairs=pairs,
        factors=factors,
    )


def with_anchors(state: LaneState, story: StoryScore, mine: Notes, model: Model) -> StoryScore:
    """Return the story's score with the facts of its best pairs weighed too."""
    pairs, notes = story.pairs, state.window.notes_at

    def notes_of_pair(i: int) -> tuple[Notes, Notes]:
        return mine, notes(int(pairs.rows[i]))

    weighed = tuple(weigh_anchors(pairs, notes_of_pair, model))
    score = story.score + sum(anchor.weight for anchor in weighed)
    return replace(story, score=score, anchors=weighed)


def weigh_anchors(
    pairs: Pairs | Ratios, notes_of_pair: Callable[[int], tuple[Notes, Notes]], model: Model
) -> list[WeighedAnchor]:
    """Return what the facts of the most alike pairs say, each with its share of the score.

    A pair's number is its place in the flattened *pairs*. All of these pairs are summed, and those inside one
    language alone; the lower sum counts. A pair across languages cannot tell that an unknown place is another
    one, and would thin out a pair that can.
    """
    order = (-pairs.ratio).argsort(axis=None, kind="stable")[:ANCHORED_PAIRS].tolist()
    anchors_of: dict[int, list[Anchor]] = {}
    for at in order:
        mine, theirs = notes_of_pair(at)
        anchors_of[at] = anchors(
            mine,
            theirs,
            model.anchors,
            same_language=bool(pairs.same_language.flat[at]),
            words_log_odds=float(pairs.words.flat[at]),
        )
    of_one_language = [at for at in order if pairs.same_language.flat[at]]

    def weighed(chosen: list[int]) -> list[WeighedAnchor]:
        factor = worth_of_pairs(len(chosen), model) / len(chosen)
        return [
            WeighedAnchor(at, anchor, factor * anchor.weight) for at in chosen for anchor in anchors_of[at]
        ]

    groups = [weighed(chosen) for chosen in (order, of_one_language) if chosen]
    return min(groups, key=lambda group: math.fsum(anchor.weight for anchor in group))


def best_first(state: LaneState, stories: list[StoryScore]) -> list[StoryScore]:
    """Return stories by their score, ties to the older."""
    return sorted(stories, key=lambda story: (-story.score, int(state.window.number[story.pairs.rows[0]])))


def interval_of(signature: Signature) -> Interval:
    """Return the event time of an article."""
    return Interval(signature.at, signature.at, signature.slack_s)


def interval_of_row(state: LaneState, row: int) -> Interval:
    """Return the event time of an article of the window."""
    at = float(state.window.at[row])
    return Interval(None, None) if math.isnan(at) else Interval(at, at, float(state.window.slack[row]))


def interval_of_rows(state: LaneState, rows: Rows) -> Interval:
    """Return the interval that the dated articles of *rows* cover."""
    dated = [at for at in state.window.at[rows].tolist() if not math.isnan(at)]
    return Interval(min(dated), max(dated)) if dated else Interval(None, None)
