"""«Why» and «why not»: what speaks for and against any document and any story the lane still knows."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from services.link.cluster import Interval, log_prior
from services.link.evidence import reasons
from services.link.linking import anchored, interval_at, scored
from services.link.model import Model
from services.link.nearby import Nearby
from services.link.pairs import joined
from services.link.report import against
from services.link.state import LaneState


def explain(state: LaneState, doc_id: str, story_id: str, model: Model) -> dict[str, Any] | None:
    """Return the reasons for and against *doc_id* in *story_id*; None when the lane has forgotten either.

    ``bias + Σ evidence + evidence_rest = logit(score)``; the document itself, when it is a member, is left out of the story.
    """
    story_id, number = state.resolved(story_id), state.number_of.get(doc_id)
    if number is None or story_id not in state.shelf.slot_of:
        return None
    window = state.window
    row = window.row_of[number]
    members = state.members(story_id)
    members = members[members != row]
    if not len(members):
        return None
    point, notes = window.point(row), window.notes_at(row)
    pairs = joined(Nearby(window, state.past, point, besides=number, model=model).measures(members), model)
    at = float(window.at[row])
    when = Interval(None, None) if np.isnan(at) else Interval(at, at, float(window.slack[row]))
    prior = log_prior(window.stories(besides=-1), model)
    whole = anchored(
        state,
        scored(state.shelf.slot_of[story_id], pairs, when=(when, interval_at(state, members)), prior=prior, model=model),
        notes,
        model,
    )
    said = reasons(window, point, notes, whole)
    span = when.span_days(whole.interval)
    return {
        "doc_id": doc_id,
        "story_id": story_id,
        "score": said.score,
        "bias": said.bias,
        "evidence": msgspec.to_builtins(said.evidence),
        "evidence_rest": said.rest,
        "against": msgspec.to_builtins(against(whole)),
        "too_long_days": round(span, 2) if span > model.span else None,
    }
