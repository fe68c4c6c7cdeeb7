"""«Why» and «why not»: what speaks for and against any document and any story the lane still knows."""

from __future__ import annotations

from typing import Any

import msgspec

from services.link.memory.lane_state import LaneState
from services.link.model import Model
from services.link.numeric.vectors import Rows
from services.link.reasons.evidence import reasons
from services.link.reasons.report import against
from services.link.weighing.candidates import interval_of_row, interval_of_rows, score_story, with_anchors
from services.link.weighing.nearby import Nearby
from services.link.weighing.pairs import weigh_pairs
from services.link.weighing.story_scores import StoryScore, log_prior


def explain(state: LaneState, doc_id: str, story_id: str, model: Model) -> dict[str, Any] | None:
    """Return the reasons for and against *doc_id* in *story_id*; None when the lane has forgotten either.

    ``bias + Σ evidence + evidence_rest = logit(score)``. A document is left out of its own story.
    It is weighed as the lane stands now, not as it stood when the document came. None too for a copy, a
    digest or a text too short, which were never compared. A story that is scored here may not have been
    scored then: only the likeliest are.
    """
    story_id, number = state.resolved(story_id), state.number_of.get(doc_id)
    if number is None or story_id not in state.shelf.slot_of:
        return None
    row = state.window.row_of[number]
    members = state.members(story_id)
    members = members[members != row]
    if not len(members):
        return None
    point, notes = state.window.point(row), state.window.notes_at(row)
    score = with_anchors(state, _score_of(state, number, story_id, members, model=model), notes, model)
    grounds = reasons(state.window, point, notes, score)
    span = interval_of_row(state, row).span_days(score.interval)
    return {
        "doc_id": doc_id,
        "story_id": story_id,
        "score": grounds.probability,
        "bias": grounds.bias,
        "evidence": msgspec.to_builtins(grounds.evidence),
        "evidence_rest": grounds.rest,
        "against": msgspec.to_builtins(against(score)),
        "too_long_days": round(span, 2) if span > model.story_days else None,
    }


def _score_of(state: LaneState, number: int, story_id: str, members: Rows, *, model: Model) -> StoryScore:
    """Return the score of a story's *members* for an article of the window, by words and meaning."""
    window, row = state.window, state.window.row_of[number]
    pairs = weigh_pairs(
        Nearby(window, state.past, window.point(row), besides=number, model=model).compared(members), model
    )
    return score_story(
        state.shelf.slot_of[story_id],
        pairs,
        article=interval_of_row(state, row),
        story=interval_of_rows(state, members),
        prior=log_prior(window.story_count(besides=number), model),
        model=model,
    )
