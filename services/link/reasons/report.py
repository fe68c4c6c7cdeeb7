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
    TOO_LONG_SAID,
    UNDATED_SAID,
    Reasons,
    other_article,
    probability,
)
from services.link.stories.novelty import REPEAT
from services.link.weighing.copies import Copy
from services.link.weighing.story_scores import TOO_LONG, Scored, against_prior
from shared.records import Against, By, Evidence, Linked, Novelty, RunnerUp, Threshold

LATENESS_S = 7_200.0  # older than the clock by more is called late: on a real stream the median record is 70 minutes behind
JOINED_FROM = 0.5
CERTAIN = Reasons(probability(SUREST), 0.0, [], SUREST)
"""The reasons of what is decided without comparing: a revision."""

_AGAINST = 5


@dataclass(frozen=True, slots=True)
class Placing:
    """How an article came into its story, for which reasons, and what it adds there.

    *refused* is the best story that it is not in; *because* says why nothing was weighed.
    """

    verb: Literal["joined", "opened", "held"]
    reasons: Reasons
    adds: Novelty
    refused: Scored | None = None
    because: str = ""


def repeats(window: Window, copy: Copy) -> Placing:
    """Return how a copy comes into its original's story, with its one reason."""
    label = "the same words" if copy.whole else f"{round(100 * copy.share)} % of the words are the same"
    other = other_article(window, copy.row, "", [])
    evidence = Evidence(
        kind="fingerprint", key="words", label=label, weight=SUREST, text="", doc_spans=[], other=other
    )
    kind = "copy" if copy.whole else "near copy"
    because = f"{kind}: {label} as in {other.doc_id}, whose story it inherits"
    return Placing("joined", Reasons(CERTAIN.score, 0.0, [evidence], 0.0), REPEAT, because=because)


def nothing_near(prior: float) -> Reasons:
    """Return the reasons of an article that no story was near to: odds of *prior* to one against."""
    bias = -round(math.log(prior), 6)
    return Reasons(probability(bias), bias, [], 0.0)


def linked(state: LaneState, signature: Signature, story: StoryItem, placing: Placing, *, by: By) -> Linked:
    """Return the block of one article."""
    found, joined = placing.reasons, placing.verb == "joined"
    runner_up = None if placing.refused is None else _refused(state, placing.refused)
    reference = runner_up.score if runner_up is not None and joined else JOINED_FROM
    members = set(story.record.members.by_lang)
    pair = (
        "-".join(sorted((signature.lang, found.evidence[0].other.lang))) if found.evidence else signature.lang
    )
    clock = state.clock.at
    return Linked(
        story_id=story.record.story_id,
        decision=placing.verb,
        score=found.score,
        margin=round(abs(found.score - reference), 6),
        threshold=Threshold(name=pair, value=JOINED_FROM, version=by.version),
        runner_up=runner_up,
        bias=found.bias,
        evidence=found.evidence,
        evidence_rest=found.rest,
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


def _refused(state: LaneState, scored: Scored) -> RunnerUp:
    return RunnerUp(
        story_id=state.shelf.ids[scored.slot], score=probability(scored.score), against=against(scored)
    )


def _late(scored: Scored) -> str:
    if scored.dated:
        return TOO_LONG_SAID if scored.time >= TOO_LONG else "hours away from its articles"
    return UNDATED_SAID


def against(scored: Scored) -> list[Against]:
    """Return what speaks against a story, strongest first."""
    theme = round(float((scored.share * scored.pairs.theme).sum()), 6)
    likeness = round(float((scored.share * scored.pairs.likeness).sum()), 6)
    found = [
        against_prior(scored.prior),
        Against(kind="words", key="bias", label="texts of different events are as alike", weight=likeness),
        Against(
            kind="words",
            key="theme",
            label="articles of earlier days are as alike: a theme that recurs",
            weight=theme,
        ),
        Against(kind="time", key="gap", label=_late(scored), weight=round(scored.time_says, 6)),
        *(
            Against(kind=a.kind, key=a.key, label=a.label, weight=round(weight, 6))
            for _, a, weight in scored.anchored
        ),
    ]
    return sorted((item for item in found if item.weight < 0), key=lambda item: (item.weight, item.key))[
        :_AGAINST
    ]
