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
from services.link.weighing.all_pairs import Ratios, block, pairs_between
from services.link.weighing.candidates import WindowComparison, interval_of, weigh_anchors
from services.link.weighing.story_scores import JOIN_FROM, StoryScore, combined, time_cost, worth_of_pairs


@dataclass(frozen=True, slots=True)
class Merge:
    """A story that turned out to be the same as the article's, with the score that decided."""

    slot: int
    score: float
    pairs: int


def merges(
    state: LaneState, signature: Signature, notes: Notes, comparison: WindowComparison, *, model: Model
) -> list[Merge]:
    """Return the rival stories that are one with the story the article has just joined, most likely first.

    An article that clear facts keep out of a rival does not bring its story and that one together.
    """
    best, *others = comparison.ranked[: model.merge_rivals + 1]
    rivals = [rival for rival in others if not rival.refused_by_facts(model)]
    if not rivals:
        return []
    own_rows = newest_members(best, model.merge_members - 1)
    home = block(state.window, own_rows).with_point(state.window, comparison.point, comparison.background)
    members = [newest_members(rival, model.merge_members) for rival in rivals]
    away, ends = block(state.window, np.concatenate(members)), list(accumulate(map(len, members)))
    least = [best.prior / worth_of_pairs(len(home.rows) * len(rows), model) for rows in members]
    compared = pairs_between(home, away, ends, model, at_least=least)
    interval = best.interval.covering(interval_of(signature))
    out = []
    for rival, rows, pairs in zip(rivals, members, compared, strict=True):
        if pairs is None or interval.span_days(rival.interval) > model.story_days:
            continue
        from_pairs, _ = combined(pairs.ratio.ravel(), pairs.same_language.ravel(), model)
        from_facts = sum(weighed.weight for weighed in rival.anchors if not weighed.anchor.is_form)
        score = from_pairs + from_facts - best.prior - time_cost(interval, rival.interval, model)
        if score >= JOIN_FROM:
            score += _taken_back_for_form(state, own_rows, rows, pairs, newest_notes=notes, model=model)
        if score >= JOIN_FROM:
            out.append(Merge(rival.slot, score, pairs.ratio.size))
            interval = interval.covering(rival.interval)
    return out


def _taken_back_for_form(
    state: LaneState, own_rows: Rows, other_rows: Rows, pairs: Ratios, *, newest_notes: Notes, model: Model
) -> float:
    """Return the log-odds (0 or less) to take off because the most alike *pairs* only share a form.

    That is the same words about other people or towns. Only this fact is counted: members of one story
    differ in figures and days, and counting these conflicts too cost .03 of B³. The first story's last member
    is the article that has just come, with *newest_notes*.
    """

    def notes_of_pair(at: int) -> tuple[Notes, Notes]:
        i, j = divmod(at, len(other_rows))
        mine = newest_notes if i == len(own_rows) else state.window.notes_at(int(own_rows[i]))
        return mine, state.window.notes_at(int(other_rows[j]))

    anchors = weigh_anchors(pairs, notes_of_pair, model)
    return sum(weighed.weight for weighed in anchors if weighed.anchor.is_form)


def newest_members(story: StoryScore, cap: int) -> Rows:
    """Return the newest members of a story, oldest first."""
    rows: Rows = story.pairs.rows[-cap:]  # pairs are in the order of arrival
    return rows
