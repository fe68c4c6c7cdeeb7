"""What link adds: the story an article is in, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from shared.records.span import By, Span

EvidenceKind = Literal["entity", "quote", "number", "place", "time", "title", "fingerprint", "words"]


class Other(Struct, frozen=True, kw_only=True):
    """The other article of a piece of evidence, and its words."""

    doc_id: str
    lang: str
    text: str
    spans: list[Span]


class Evidence(Struct, frozen=True, kw_only=True):
    """One reason for or against; *weight* is its signed share of the score in log-odds.

    *label* is what a reader sees («Jake Sullivan»); *text* and *other.text* are the words of both articles.
    """

    kind: EvidenceKind
    key: str
    label: str
    weight: float
    text: str
    doc_spans: list[Span]
    other: Other


MOST_SHOWN = 12
"""Reasons that a reader is shown: the strongest."""
LEAST_SHOWN = 0.05
"""Log-odds of the weakest reason that is shown: a weaker one would read 0.0."""


def least_shown(weights: Iterable[float]) -> float:
    """Return how strong a reason must be, for or against, to be shown, wherever it is shown."""
    strongest = sorted(map(abs, weights), reverse=True)[:MOST_SHOWN]
    return max([LEAST_SHOWN, *strongest[-1:]])


class Threshold(Struct, frozen=True, kw_only=True):
    """The probability from which an article joins, one for all; *name*: which languages met (``ar-fa``)."""

    name: str
    value: float
    version: str


class Against(Struct, frozen=True, kw_only=True):
    """A reason that spoke against a story."""

    kind: str
    key: str
    label: str
    weight: float


class RunnerUp(Struct, frozen=True, kw_only=True):
    """The second-best story: the «why not»."""

    story_id: str
    score: float
    against: list[Against]


class ChangedNumber(Struct, frozen=True, kw_only=True):
    """A figure that differs from what the story said."""

    of: str
    was: float
    now: float
    doc_id: str


class Novelty(Struct, frozen=True, kw_only=True, rename={"class_": "class"}):
    """What this article adds to its story."""

    class_: Literal["first", "new_facts", "update", "contradiction", "repeat"]
    new_entities: list[str]
    new_quotes: list[str]
    changed_numbers: list[ChangedNumber]


class Linked(Struct, frozen=True, kw_only=True):
    """The decision. *bias* + Σ *evidence* weights + *evidence_rest* = logit(*score*), exactly."""

    story_id: str
    decision: Literal["joined", "opened", "held"]
    score: float
    margin: float
    threshold: Threshold
    runner_up: RunnerUp | None
    bias: float
    evidence: list[Evidence]
    evidence_rest: float
    cross_lingual: bool
    late: bool
    novelty: Novelty
    event_time_lag_s: float | UnsetType = UNSET
    why: dict[str, str]
    warnings: list[str]
    by: By
