"""Finds and ranks the stories that an article may belong to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from services.link.memory.compared import Point
from services.link.memory.lane_state import LaneState
from services.link.memory.terms import weighted
from services.link.model import Model
from services.link.numeric.vectors import DIM, Floats, Rows, norm_of
from services.link.reading.notes import Notes
from services.link.reading.signature import Signature
from services.link.weighing.all_pairs import Ratios
from services.link.weighing.anchors import Anchor, anchors
from services.link.weighing.nearby import Nearby
from services.link.weighing.pairs import Background, Pairs, weigh_pairs
from services.link.weighing.story_scores import Interval, Scored, factor, log_prior, support, time_cost

CANDIDATES = 8  # stories that are scored
CANDIDATE_FROM = 0.5  # log-odds that one of their pairs needs
ANCHORED_STORIES = 4  # whose facts are compared
ANCHORED_PAIRS = 6  # of a story, the most alike
ANCHORED_FROM = -4.0  # log-odds: what lies lower cannot be lifted


class Weighed(Struct, frozen=True):
    """An article against the window: its point, its background, the near pairs, the stories, best first."""

    point: Point
    background: Background
    near: Pairs
    ranked: list[Scored]


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
        signature.lang,
        vector,
        own,
        shared,
        at,
        signature.slack_s,
        norm_of(vector),
        signature.measured,
    )


def weigh(state: LaneState, signature: Signature, notes: Notes, model: Model) -> Weighed:
    """Compare an article with the window and rank the stories."""
    window, point = state.window, point_of(state, signature)
    own = state.number_of.get(signature.doc_id, -1)
    near = Nearby(window, state.past, point, besides=own, model=model)
    close = weigh_pairs(near.measures(near.rows), model)
    likely = _likely(window.story[close.rows], close.ratio)
    if not likely:
        return Weighed(point, near.back, close, [])
    pairs = weigh_pairs(near.measures(window.members(likely)), model)
    prior = log_prior(window.stories(besides=own), model)
    stories = rank_stories(state, interval_of(signature), pairs, prior=prior, model=model)
    best = [
        with_facts(state, story, notes, model)
        for story in stories[:ANCHORED_STORIES]
        if story.score >= ANCHORED_FROM
    ]
    return Weighed(point, near.back, close, best_first(state, best + stories[len(best) :]))


def with_facts(state: LaneState, story: Scored, mine: Notes, model: Model) -> Scored:
    """Return the story's score with the facts of its best pairs weighed too."""
    pairs, notes = story.pairs, state.window.notes_at

    def both(i: int) -> tuple[Notes, Notes]:
        return mine, notes(int(pairs.rows[i]))

    found = tuple(compare_facts(pairs, both, model))
    return replace(story, score=story.score + sum(weight for _, _, weight in found), anchored=found)


def compare_facts(
    pairs: Pairs | Ratios, notes: Callable[[int], tuple[Notes, Notes]], model: Model
) -> Iterator[tuple[int, Anchor, float]]:
    """Yield the facts of the most alike pairs: where a pair lies, flattened, a fact, its share of the score.

    *notes* gives those of both articles of a pair.
    """
    order = (-pairs.ratio).argsort(axis=None, kind="stable")[:ANCHORED_PAIRS].tolist()
    share = factor(pairs.ratio.size, model) / len(order)
    for at in order:
        mine, theirs = notes(at)
        for anchor in anchors(
            mine,
            theirs,
            model.anchors,
            same_language=bool(pairs.same.flat[at]),
            words=float(pairs.words.flat[at]),
        ):
            yield at, anchor, share * anchor.weight


def best_first(state: LaneState, stories: list[Scored]) -> list[Scored]:
    """Return stories by their score, ties to the older."""
    return sorted(stories, key=lambda story: (-story.score, int(state.window.number[story.pairs.rows[0]])))


def interval_of(signature: Signature) -> Interval:
    """Return the event time of an article."""
    return Interval(signature.at, signature.at, signature.slack_s)


def interval_of_row(state: LaneState, row: int) -> Interval:
    """Return the event time of an article of the window."""
    at = float(state.window.at[row])
    return Interval(None, None) if math.isnan(at) else Interval(at, at, float(state.window.slack[row]))


def rank_stories(
    state: LaneState, when: Interval, pairs: Pairs, *, prior: float, model: Model
) -> list[Scored]:
    """Return the stories of *pairs*, which hold all their pairs, best score first, ties to the older."""
    if not len(pairs.rows):
        return []
    slots = state.window.story[pairs.rows]
    by_story = slots.argsort(kind="stable")
    slots, pairs = slots[by_story], pairs.at(by_story)
    ends = [*(np.flatnonzero(slots[1:] != slots[:-1]) + 1).tolist(), len(slots)]
    found = []
    for start, end in pairwise([0, *ends]):
        mine = pairs.at(slice(start, end))
        found.append(
            score_story(
                int(slots[start]), mine, when=(when, interval_at(state, mine.rows)), prior=prior, model=model
            )
        )
    return best_first(state, found)


def _likely(slots: NDArray[np.int32], ratio: Floats) -> list[int]:
    """Return the stories with the best single pairs that speak for them."""
    speaking = np.flatnonzero(ratio >= CANDIDATE_FROM)
    best: dict[int, float] = {}
    for slot, value in zip(slots[speaking].tolist(), ratio[speaking].tolist(), strict=True):
        if value > best.get(slot, -np.inf):
            best[slot] = value
    cut = sorted(best.values(), reverse=True)[CANDIDATES - 1] if len(best) > CANDIDATES else -np.inf
    return [slot for slot, value in best.items() if value >= cut]


def score_story(
    slot: int, pairs: Pairs, *, when: tuple[Interval, Interval], prior: float, model: Model
) -> Scored:
    """Return the score of one story; *when* holds the times of the article and of the story."""
    said, share = support(pairs.ratio, pairs.same, model)
    time = time_cost(*when, model)
    return Scored(slot, said - prior - time, prior, time, when[0].dated(when[1]), when[1], pairs, share)


def interval_at(state: LaneState, rows: Rows) -> Interval:
    """Return the interval that the dated articles of *rows* cover."""
    dated = [at for at in state.window.at[rows].tolist() if not math.isnan(at)]
    return Interval(min(dated), max(dated)) if dated else Interval(None, None)
