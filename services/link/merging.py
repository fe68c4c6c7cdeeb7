"""When two stories are one: their newest members, all against all, by the formula that joins an article to a story."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.link.blocks import Block, between, block
from services.link.cluster import Scored, evidence, factor, time_cost
from services.link.linking import Weighed, interval_of
from services.link.model import Model
from services.link.signature import Signature
from services.link.state import LaneState


@dataclass(frozen=True, slots=True)
class Merge:
    """A story that turned out to be the same as the article's, with the score that decided."""

    slot: int
    score: float
    pairs: int


def merges(state: LaneState, signature: Signature, weighed: Weighed, model: Model) -> list[Merge]:
    """Return the rival stories that are one with the story the article has just joined, most likely first."""
    best = weighed.ranked[0]
    home = newest(state, best, model.cap - 1).with_point(state.window, weighed.point, weighed.behind)
    when = best.interval.joined(interval_of(signature))
    found = []
    for rival in weighed.ranked[1 : model.rivals + 1]:
        if when.span_days(rival.interval) > model.span:
            continue
        other = newest(state, rival, model.cap)
        pairs = between(home, other, model, at_least=best.prior / factor(len(home.rows) * len(other.rows), model))
        if pairs is None:
            continue
        support, _ = evidence(pairs.ratio, pairs.same, model)
        facts = sum(weight for _, _, weight in rival.anchored) / factor(len(rival.pairs.rows), model)
        score = support + facts * factor(len(pairs.ratio), model) - best.prior - time_cost(when, rival.interval, model)
        if score >= 0:
            found.append(Merge(rival.slot, score, len(pairs.ratio)))
            when = when.joined(rival.interval)
    return found


def newest(state: LaneState, story: Scored, cap: int) -> Block:
    """Return the newest members of a story."""
    rows = story.pairs.rows
    return block(state.window, rows[np.argsort(state.window.number[rows])][-cap:])
