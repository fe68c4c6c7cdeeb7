"""Why documents are together on one side and not on the other. Pure.

It has the reasons of the side that joined them, and the «why not» of the side that refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.replay.comparing.memberships import Memberships, StoryChange, labels
from services.replay.comparing.partitions import Kind, Regrouping


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What one side decided: *verb*, how likely it found it, and its strongest words.

    *verb* is joined, opened, held, merged, moved or split. Of an article that opened a story *score* is the
    probability of the nearest story, which was refused, *threshold* the one it needed, and *words* what spoke
    against it.
    """

    verb: str
    score: float
    threshold: float | None = None
    words: tuple[str, ...] = ()
    beside: str | None = None
    """The article that speaks most for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One regrouping with its headlines; *reasons* are those of *doc_id*, the article that tells, by side.

    Of the ids of each group the oldest are given.
    """

    kind: Kind
    articles: int
    doc_ids: tuple[str, ...]
    headline: str
    main_articles: int
    main_ids: tuple[str, ...]
    main_headline: str
    joined_articles: int
    joined_ids: tuple[str, ...]
    joined_headline: str | None
    doc_id: str
    reasons: tuple[Reason, Reason]


def teller(one: Regrouping, first: Memberships, second: Memberships) -> str:
    """Return the article whose decision tells of a regrouping.

    Of the two oldest that parted it is the one that came later, on the side where they are together.
    """
    if not one.main:
        return one.docs[0]
    where = second if one.kind == "merged" else first
    return (
        max(one.docs[0], one.main[0], key=lambda doc: where.order_of[doc])
        if one.kind != "moved"
        else one.docs[0]
    )


def asked(one: Regrouping, first: Memberships, second: Memberships) -> set[str]:
    """Return the articles that must be read to tell of a regrouping."""
    return {one.docs[0], teller(one, first, second), *one.main[:1], *one.joined[:1]}


def reason(record: Mapping[str, Any], side: Memberships) -> Reason:
    """Return why an article is where it is on *side*, by its newest linked record and its story's events."""
    linked = record["linked"]
    event = side.joined_by(record["doc_id"], linked["story_id"])
    if event is not None:
        return _of_event(event)
    if linked["decision"] == "opened":
        second = linked.get("runner_up") or {}
        return Reason(
            verb="opened",
            score=float(second.get("score", linked["score"])),
            threshold=float(linked["threshold"]["value"]),
            words=labels(second.get("against") or []),
        )
    said = sorted((one for one in linked["evidence"] if one["weight"] > 0), key=lambda one: -one["weight"])
    return Reason(
        verb=linked["decision"],
        score=float(linked["score"]),
        threshold=float(linked["threshold"]["value"]),
        words=labels(said),
        beside=said[0]["other"]["doc_id"] if said else None,
    )


def _of_event(event: StoryChange) -> Reason:
    return Reason(verb=event.kind, score=event.score, words=event.words)
