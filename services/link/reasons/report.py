"""The block ``linked``: the decision as a reader gets it, with its reasons, the runner-up and the margin."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from msgspec import UNSET

from services.link.memory.items import StoryItem
from services.link.memory.lane_state import LaneState
from services.link.memory.window import Window
from services.link.reading.signature import Signature
from services.link.reasons.evidence import (
    SUREST,
    TOO_LONG_LABEL,
    UNDATED_LABEL,
    Reasons,
    as_probability,
    other_article,
)
from services.link.stories.novelty import REPEAT
from services.link.weighing.copies import Copy
from services.link.weighing.story_scores import JOIN_FROM, TOO_LONG, StoryScore, against_prior
from shared.records import Against, By, Evidence, Linked, Novelty, RunnerUp, Threshold

# an article older than the clock by more is late: on a real stream the median record is 70 minutes behind
LATENESS_S = 7_200.0
JOINED_FROM = as_probability(JOIN_FROM)  # the same as a probability
CERTAIN = Reasons(as_probability(SUREST), 0.0, [], SUREST)
"""The reasons of what is decided without comparing: a revision; a copy takes its score."""

MOST_AGAINST = 5  # reasons against a story that a record lists


@dataclass(frozen=True, slots=True)
class Placing:
    """How an article came into its story, for which reasons, and what it adds there.

    *refused* is the best story that it is not in; *because* says why nothing was weighed.
    """

    verb: Literal["joined", "opened", "held"]
    reasons: Reasons
    adds: Novelty
    refused: StoryScore | None = None
    because: str = ""


def placing_of_copy(window: Window, copy: Copy) -> Placing:
    """Return how a copy comes into its original's story, with its one reason."""
    label = "the same words" if copy.whole else f"{round(100 * copy.share)} % of the words are the same"
    other = other_article(window, copy.row, "", [])
    evidence = Evidence(
        kind="fingerprint", key="words", label=label, weight=SUREST, text="", doc_spans=[], other=other
    )
    kind = "copy" if copy.whole else "near copy"
    because = f"{kind}: {label} as in {other.doc_id}, whose story it inherits"
    return Placing("joined", Reasons(CERTAIN.probability, 0.0, [evidence], 0.0), REPEAT, because=because)


def nothing_near(odds_against: float) -> Reasons:
    """Return the reasons of an article that no story was near to, with *odds_against* to one against any."""
    bias = -round(math.log(odds_against), 6)
    return Reasons(as_probability(bias), bias, [], 0.0)


def linked_block(
    state: LaneState, signature: Signature, story: StoryItem, placing: Placing, *, by: By
) -> Linked:
    """Return the block of one article."""
    grounds, joined = placing.reasons, placing.verb == "joined"
    runner_up = None if placing.refused is None else _runner_up(state, placing.refused)
    reference = runner_up.score if runner_up is not None and joined else JOINED_FROM
    members = set(story.record.members.by_lang)
    pair = (
        "-".join(sorted((signature.lang, grounds.evidence[0].other.lang)))
        if grounds.evidence
        else signature.lang
    )
    clock = state.clock.at
    return Linked(
        story_id=story.record.story_id,
        decision=placing.verb,
        score=grounds.probability,
        margin=round(abs(grounds.probability - reference), 6),
        threshold=Threshold(name=pair, value=JOINED_FROM, version=by.version),
        runner_up=runner_up,
        bias=grounds.bias,
        evidence=grounds.evidence,
        evidence_rest=grounds.rest,
        cross_lingual=joined and bool(members - {signature.lang}),
        late=signature.at is not None and clock is not None and signature.at < clock - LATENESS_S,
        novelty=placing.adds,
        event_time_lag_s=UNSET if signature.late_by_s is None else signature.late_by_s,
        why=_why(signature, placing),
        warnings=[] if signature.at is not None else ["undated"],
        by=by,
    )


def _why(signature: Signature, placing: Placing) -> dict[str, str]:
    out = {"decision": placing.because} if placing.because else {}
    if placing.verb == "opened" and placing.refused is not None:
        out["score"] = "the evidence is about the runner-up: the nearest story, found too unlikely"
    if signature.at is None:
        out["time"] = "no date in the page: any time is possible, and that costs certainty"
    return out


def _runner_up(state: LaneState, story_score: StoryScore) -> RunnerUp:
    return RunnerUp(
        story_id=state.shelf.ids[story_score.slot],
        score=as_probability(story_score.score),
        against=against(story_score),
    )


def _time_cost_label(story_score: StoryScore) -> str:
    if story_score.dated:
        return TOO_LONG_LABEL if story_score.time_cost >= TOO_LONG else "hours away from its articles"
    return UNDATED_LABEL


def against(story_score: StoryScore) -> list[Against]:
    """Return what speaks against a story, strongest first."""
    reasons = [
        against_prior(story_score.prior),
        Against(
            kind="words",
            key="bias",
            label="texts of different events are as alike",
            weight=round(story_score.likeness_says, 6),
        ),
        Against(
            kind="words",
            key="theme",
            label="articles of earlier days are as alike: a theme that recurs",
            weight=round(story_score.theme_says, 6),
        ),
        Against(
            kind="time",
            key="gap",
            label=_time_cost_label(story_score),
            weight=round(story_score.time_says, 6),
        ),
        *(
            Against(kind=anchor.kind, key=anchor.key, label=anchor.label, weight=round(weight, 6))
            for _, anchor, weight in story_score.anchors
        ),
    ]
    negative = [reason for reason in reasons if reason.weight < 0]
    return sorted(negative, key=lambda reason: (reason.weight, reason.key))[:MOST_AGAINST]
