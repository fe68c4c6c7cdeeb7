"""When two stories are one: their newest members, all against all, by the formula that joins an article to a story."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from services.link.memory.lane_state import LaneState
from services.link.model import Model
from services.link.numeric.vectors import Rows
from services.link.reading.signature import Signature
from services.link.weighing.all_pairs import between, block
from services.link.weighing.candidates import Weighed, interval_of
from services.link.weighing.story_scores import Scored, evidence, factor, time_cost


@dataclass(frozen=True, slots=True)
class Merge:
    """A story that turned out to be the same as the article's, with the score that decided."""

    slot: int
    score: float
    pairs: int


def merges(state: LaneState, signature: Signature, weighed: Weighed, model: Model) -> list[Merge]:
    """Return the rival stories that are one with the story the article has just joined, most likely first."""
    best, rivals = weighed.ranked[0], weighed.ranked[1 : model.rivals + 1]
    if not rivals:
        return []
    home = block(state.window, newest(best, model.cap - 1)).with_point(state.window, weighed.point, weighed.behind)
    members = [newest(rival, model.cap) for rival in rivals]
    others, ends = block(state.window, np.concatenate(members)), list(accumulate(map(len, members)))
    least = [best.prior / factor(len(home.rows) * len(rows), model) for rows in members]
    compared = between(home, others, ends, model, at_least=least)
    when = best.interval.joined(interval_of(signature))
    found = []
    for rival, pairs in zip(rivals, compared, strict=True):
        if pairs is None or when.span_days(rival.interval) > model.span:
            continue
        support, _ = evidence(pairs.ratio, pairs.same, model)
        facts = sum(weight for _, _, weight in rival.anchored)
        score = support + facts - best.prior - time_cost(when, rival.interval, model)
        if score >= 0:
            found.append(Merge(rival.slot, score, len(pairs.ratio)))
            when = when.joined(rival.interval)
    return found


def newest(story: Scored, cap: int) -> Rows:
    """Return the newest members of a story, oldest first."""
    rows: Rows = story.pairs.rows[-cap:]  # pairs are in the order of arrival
    return rows
