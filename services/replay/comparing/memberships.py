"""Which story each article ends up in, by the records of one run. Pure.

The newest linked record of an article names a story; a story may then merge into another, and a move or a
split takes single articles out. All of these are made by the linker's one lane, one input after the other:
the place of that input orders them, whatever the clocks say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

LABELS = 2


@dataclass(frozen=True, slots=True)
class StoryChange:
    """An event that put articles into another story, or a whole story into one.

    *order* is the place of the input that led to it.
    """

    order: int
    kind: str
    story_id: str
    """The story that the articles are in from then on."""

    other_id: str
    doc_ids: tuple[str, ...]
    """Nothing for a merge: all of *other_id*."""

    score: float
    words: tuple[str, ...]
    """What speaks for it, strongest first."""

    @classmethod
    def of(cls, order: int, event: Mapping[str, Any]) -> Self | None:
        """Return the change that an event of ``stories.events`` is; None when no article moves by it."""
        kind, detail = event["event"], event["detail"]
        if kind not in {"merged", "moved", "split"}:
            return None
        here, other = event["story_id"], event["other_id"]
        if kind == "split":
            here, other = other, here
        docs = {
            "merged": [],
            "moved": [detail.get("doc_id"), *detail.get("copies", [])],
            "split": detail.get("doc_ids", []),
        }[kind]
        said = detail.get("against") if kind == "split" else detail.get("evidence")
        return cls(order, kind, here, other, tuple(docs), float(detail.get("score", 0.0)), labels(said or []))


def labels(said: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the strongest of what speaks for or against something, as a reader sees it."""
    ranked = sorted(said, key=lambda one: -abs(one["weight"]))
    return tuple(str(one["label"]) for one in ranked[:LABELS])


@dataclass(slots=True)
class Memberships:
    """The stories of one run: each article's story at the end, and how it got there if not by its link."""

    story_of: dict[str, str] = field(default_factory=dict)
    order_of: dict[str, int] = field(default_factory=dict)
    because: dict[str, StoryChange] = field(default_factory=dict)
    """For an article that was moved or split off since it was linked: the last such event."""

    merged: dict[str, StoryChange] = field(default_factory=dict)
    """By the story that is gone."""

    def joined_by(self, doc_id: str, named: str) -> StoryChange | None:
        """Return the event that brought an article, linked into *named*, to its story, or None.

        None says that its link did.
        """
        return self.because.get(doc_id) or self.merged.get(named)


def memberships(linked: Iterable[tuple[int, str, str]], told: Sequence[StoryChange]) -> Memberships:
    """Return the stories that linked records (order, doc_id, story_id) and the events *told* lead to."""
    found = Memberships()
    newest: dict[str, tuple[int, str]] = {}
    for order, doc_id, story_id in linked:
        if doc_id not in newest or order > newest[doc_id][0]:
            newest[doc_id] = order, story_id
    last: dict[str, StoryChange] = {}
    for change in sorted(told, key=lambda one: one.order):
        if change.kind == "merged":
            found.merged[change.other_id] = change
        for doc_id in change.doc_ids:
            if doc_id in newest and change.order >= newest[doc_id][0]:
                last[doc_id] = change
    found.because = last
    for doc_id, (order, story_id) in newest.items():
        found.order_of[doc_id] = order
        at = last[doc_id].story_id if doc_id in last else story_id
        found.story_of[doc_id] = _followed(at, found.merged)
    return found


def _followed(story_id: str, merged: Mapping[str, StoryChange]) -> str:
    seen = set()
    while story_id in merged and story_id not in seen:
        seen.add(story_id)
        story_id = merged[story_id].story_id
    return story_id
