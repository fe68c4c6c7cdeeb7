"""Carries out moves and splits: writes the records that change, the event and the state items of each.

``weighing.reconsider`` decides them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
import numpy as np
from msgspec.structs import replace

from services.link.changes import Changes
from services.link.lifecycle.phases import woken
from services.link.memory import items
from services.link.memory.items import StoryItem
from services.link.memory.lane_state import LaneState, aside_key, row_key, story_key
from services.link.model import Model
from services.link.reading.notes import Notes
from services.link.reading.signature import Signature
from services.link.reasons.evidence import as_probability, first_reasons
from services.link.reasons.report import against
from services.link.stories.joining import joined_members
from services.link.stories.parting import parted
from services.link.stories.story_record import split_id
from services.link.weighing.candidates import WindowComparison
from services.link.weighing.reconsider import Move, Split, reweigh
from shared.records import By, StoryEvent


@dataclass(slots=True)
class MovesAndSplits:
    """The moves and splits after *signature* has joined its story.

    *state* is as it was before; *changed* holds the stories that this arrival has changed so far.
    """

    state: LaneState
    signature: Signature
    notes: Notes
    comparison: WindowComparison
    changes: Changes
    by: By
    changed: dict[str, StoryItem] = field(default_factory=dict)

    def reconsider(self, story: StoryItem, model: Model) -> None:
        """Split the story that has grown, or else move articles between it and its neighbours."""
        reweighing = reweigh(self.state, self.comparison, model)
        if reweighing is None:
            return
        self.changed[story.record.story_id] = story
        halves = reweighing.split()
        if halves is not None:
            self._split(story, halves)
        else:
            for move in reweighing.moves():
                self._move(move)

    def _move(self, move: Move) -> None:
        """Take an article, with its copies, from one story to another."""
        window, ids = self.state.window, self.state.shelf.ids
        old_id, new_id, doc_id = ids[move.own.slot], ids[move.other.slot], window.doc_id[move.row]
        old, new, notes = self._story(old_id), self._story(new_id), window.notes_at(move.row)
        leaving = self._with_copies(doc_id, float(move.other.pairs.ratio.sum()))
        if not leaving.keys() <= old.cards.keys():
            return  # a story of hundreds no longer knows all of its members
        stays, part = parted(old, leaving, {doc_id: notes})
        record = replace(part.record, status=new.record.status, cohesion=as_probability(move.other.score))
        self._keep(stays)
        grown = joined_members(new, replace(part, record=record))
        if new.record.status == "quiet":
            grown = woken(new, grown, ages_from=float(window.ages_from[move.row]), clock=self.state.clock.at)
        self._keep(grown)
        self._place(leaving, [move.row], new_id)
        detail = {
            "doc_id": doc_id,
            "copies": list(leaving)[1:],
            "score": round(as_probability(move.other.score), 6),
            "margin": round(move.margin, 6),
            "evidence": first_reasons(window, window.point(move.row), notes, move.other),
            "against": msgspec.to_builtins(against(move.own)),
        }
        self._add_event("moved", new_id, old_id, detail)

    def _split(self, story: StoryItem, halves: Split) -> None:
        """Give the part without the earliest article a story of its own."""
        state = self.state
        leaving, notes = self._leaving(halves)
        if not leaving.keys() <= story.cards.keys():
            return
        stays, part = parted(story, leaving, notes)
        alone = [round(as_probability(score), 4) for score in halves.alone]
        old_id, new_id = story.record.story_id, split_id(next(iter(leaving)), state.clock.arrivals)
        record = replace(
            part.record,
            story_id=new_id,
            version=1,
            status="open",
            split_from=old_id,
            cohesion=alone[1],
            by=self.by,
        )
        self._keep(replace(stays, record=replace(stays.record, cohesion=alone[0])))
        self._keep(replace(part, opened=state.clock.arrivals, record=record))
        self._place(leaving, halves.leave.tolist(), new_id)
        detail = {
            "doc_ids": list(leaving),
            "score": round(as_probability(halves.score), 6),
            "alone": alone,
            "against": msgspec.to_builtins(halves.against),
        }
        self._add_event("split", old_id, new_id, detail)

    def _leaving(self, halves: Split) -> tuple[dict[str, float], dict[str, Notes]]:
        """Return the documents that leave, each with its agreement, and the notes of those compared.

        The last arrival, which has no row yet, goes to the half that it is more alike to.
        """
        window = self.state.window
        leaving, notes = dict[str, float](), dict[str, Notes]()
        for row, agreement in zip(halves.leave.tolist(), halves.agreement, strict=True):
            leaving |= self._with_copies(window.doc_id[row], agreement)
            notes[window.doc_id[row]] = window.notes_at(row)
        pairs = self.comparison.ranked[0].pairs
        leaves, ratio = np.isin(pairs.rows, halves.leave), pairs.ratio.astype(np.float64)
        if float(ratio[leaves].mean()) > float(ratio[~leaves].mean()):
            leaving[self.signature.doc_id] = round(float(ratio[leaves].sum()), 3)
            notes[self.signature.doc_id] = self.notes
        return leaving, notes

    def _story(self, story_id: str) -> StoryItem:
        """Return a story as this arrival has left it so far."""
        return self.changed[story_id] if story_id in self.changed else self.state.story(story_id)

    def _with_copies(self, doc_id: str, agreement: float) -> dict[str, float]:
        """Return a document with its agreement, and its copies, which have none."""
        copies = sorted(aside.doc_id for aside in self.state.asides.values() if aside.of == doc_id)
        return {doc_id: round(agreement, 3)} | dict.fromkeys(copies, 0.0)

    def _keep(self, story: StoryItem) -> None:
        """Publish and remember a story."""
        story_id = story.record.story_id
        self.changed[story_id] = story
        self.changes.stories.append(story.record)
        self.changes.updates[story_key(story_id)] = items.encode(story)

    def _place(self, docs: Collection[str], rows: Iterable[int], story_id: str) -> None:
        """Write the rows and items of documents that are in another story now."""
        state, updates = self.state, self.changes.updates
        for row in rows:
            updates[row_key(int(state.window.number[row]))] = items.encode(state.window.row(row, story_id))
        for doc_id in docs:
            if doc_id in state.asides:
                updates[aside_key(doc_id)] = items.encode(replace(state.asides[doc_id], story_id=story_id))
        if self.signature.doc_id in docs:
            key = row_key(state.clock.arrivals)
            row_item = updates[key]
            assert row_item is not None  # noqa: S101
            updates[key] = items.encode(replace(items.row(row_item), story_id=story_id))
            self.changes.linked = replace(self.changes.linked, story_id=story_id)
        self.changes.moved |= dict.fromkeys(docs, story_id)

    def _add_event(
        self, event: Literal["moved", "split"], story_id: str, other_id: str, detail: dict[str, Any]
    ) -> None:
        at = self.changed[story_id].record.last_at
        self.changes.events.append(
            StoryEvent(story_id=story_id, event=event, other_id=other_id, at=at, detail=detail, by=self.by)
        )
