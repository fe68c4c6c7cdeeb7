"""When two stories are one: their newest members, all against all, by the formula that joins an article."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from services.link.memory.lane_state import LaneState
from services.link.model import Model
from services.link.numeric.vectors import Rows
from services.link.reading.notes import Notes
from services.link.reading.signature import Signature
from services.link.weighing.all_pairs import Ratios, between, block
from services.link.weighing.candidates import Weighed, compare_facts, interval_of
from services.link.weighing.story_scores import Scored, factor, support, time_cost


@dataclass(frozen=True, slots=True)
class Merge:
    """A story that turned out to be the same as the article's, with the score that decided."""

    slot: int
    score: float
    pairs: int


def merges(
    state: LaneState, signature: Signature, notes: Notes, weighed: Weighed, *, model: Model
) -> list[Merge]:
    """Return the rival stories that are one with the story the article has just joined, most likely first."""
    best, rivals = weighed.ranked[0], weighed.ranked[1 : model.rivals + 1]
    if not rivals:
        return []
    own = newest(best, model.cap - 1)
    home = block(state.window, own).with_point(state.window, weighed.point, weighed.background)
    members = [newest(rival, model.cap) for rival in rivals]
    others, ends = block(state.window, np.concatenate(members)), list(accumulate(map(len, members)))
    least = [best.prior / factor(len(home.rows) * len(rows), model) for rows in members]
    compared = between(home, others, ends, model, at_least=least)
    when = best.interval.covering(interval_of(signature))
    found = []
    for rival, rows, pairs in zip(rivals, members, compared, strict=True):
        if pairs is None or when.span_days(rival.interval) > model.span:
            continue
        said, _ = support(pairs.ratio.ravel(), pairs.same.ravel(), model)
        facts = sum(weight for _, anchor, weight in rival.anchored if not anchor.is_form)
        score = said + facts - best.prior - time_cost(when, rival.interval, model)
        if score >= 0:
            score += _same_form(state, (own, rows), notes, pairs, model=model)
        if score >= 0:
            found.append(Merge(rival.slot, score, pairs.ratio.size))
            when = when.covering(rival.interval)
    return found


def _same_form(
    state: LaneState, members: tuple[Rows, Rows], newest_notes: Notes, pairs: Ratios, *, model: Model
) -> float:
    """Return what the most alike pairs of two stories' *members* give back of their words.

    What lies between two articles does not make them one. The last of the first story is the article that has
    just come, with *newest_notes*. Other facts are not asked: members of one story differ in figures and
    days, and all their conflicts together cost .03 of B³.
    """
    own, others = members

    def both(at: int) -> tuple[Notes, Notes]:
        i, j = divmod(at, len(others))
        mine = newest_notes if i == len(own) else state.window.notes_at(int(own[i]))
        return mine, state.window.notes_at(int(others[j]))

    found = compare_facts(pairs, both, model)
    return sum(weight for _, anchor, weight in found if anchor.is_form)


def newest(story: Scored, cap: int) -> Rows:
    """Return the newest members of a story, oldest first."""
    rows: Rows = story.pairs.rows[-cap:]  # pairs are in the order of arrival
    return rows
