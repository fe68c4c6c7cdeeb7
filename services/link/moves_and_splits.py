"""Carries out moves and splits: for each the records that change, the event and the state items.

``weighing.reconsider`` decides them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
import numpy as np
from msgspec.structs import replace

from services.link.lifecycle.phases import woken
from services.link.memory import items
from services.link.memory.items import StoryItem
from services.link.memory.lane_state import LaneState, aside_key, row_key, story_key
from services.link.model import Model
from services.link.outcome import Outcome
from services.link.reading.notes import Notes
from services.link.reading.signature import Signature
from services.link.reasons.evidence import probability, shown
from services.link.reasons.report import against
from services.link.stories.parting import parted
from services.link.stories.story_record import split_id, united
from services.link.weighing.candidates import Weighed
from services.link.weighing.reconsider import Move, Split, look, moves, split
from shared.records import By, StoryEvent


@dataclass(slots=True)
class SecondThoughts:
    """The moves and splits after *signature* has joined its story.

    *state* is as it was before, so that nothing is known twice.
    """

    state: LaneState
    signature: Signature
    notes: Notes
    weighed: Weighed
    outcome: Outcome
    by: By
    now: dict[str, StoryItem] = field(default_factory=dict)

    def reconsider(self, story: StoryItem, model: Model) -> None:
        """Split the story that has grown, or else move articles between it and its neighbours."""
        found = look(self.state, self.weighed, model)
        if found is None:
            return
        self.now[story.record.story_id] = story
        halves = split(self.state, found, model)
        if halves is not None:
            self._split(story, halves)
            return
        for move in moves(self.state, found, model):
            self._move(move)

    def _move(self, move: Move) -> None:
        """Take an article, and the copies that are in its story for its sake, from one story to another."""
        window, ids = self.state.window, self.state.shelf.ids
        old_id, new_id, doc_id = ids[move.own.slot], ids[move.other.slot], window.doc_id[move.row]
        old, new, notes = self._story(old_id), self._story(new_id), window.notes_at(move.row)
        leaving = self._with_copies(doc_id, float(move.other.pairs.ratio.sum()))
        if not leaving.keys() <= old.cards.keys():
            return  # a story of hundreds no longer knows all of its members
        stays, part = parted(old, leaving, {doc_id: notes})
        record = replace(part.record, status=new.record.status, cohesion=probability(move.other.score))
        self._keep(stays)
        whole = united(new, replace(part, record=record))
        if new.record.status == "quiet":
            whole = woken(new, whole, held=float(window.held[move.row]), clock=self.state.clock.at)
        self._keep(whole)
        self._place(leaving, [move.row], new_id)
        detail = {
            "doc_id": doc_id,
            "copies": list(leaving)[1:],
            "score": round(probability(move.other.score), 6),
            "margin": round(move.margin, 6),
            "evidence": shown(window, window.point(move.row), notes, move.other),
            "against": msgspec.to_builtins(against(move.own)),
        }
        self._tell("moved", new_id, old_id, detail)

    def _split(self, story: StoryItem, halves: Split) -> None:
        """Give the part without the earliest article a story; the last arrival goes to the more alike."""
        state, window = self.state, self.state.window
        leaving, notes = dict[str, float](), dict[str, Notes]()
        for row, agreement in zip(halves.leave.tolist(), halves.support, strict=True):
            leaving |= self._with_copies(window.doc_id[row], agreement)
            notes[window.doc_id[row]] = window.notes_at(row)
        pairs = self.weighed.ranked[0].pairs
        goes, ratio = np.isin(pairs.rows, halves.leave), pairs.ratio.astype(np.float64)
        if float(ratio[goes].mean()) > float(ratio[~goes].mean()):
            leaving[self.signature.doc_id] = round(float(ratio[goes].sum()), 3)
            notes[self.signature.doc_id] = self.notes
        if not leaving.keys() <= story.cards.keys():
            return
        stays, part = parted(story, leaving, notes)
        alone = [round(probability(score), 4) for score in halves.alone]
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
            "score": round(probability(halves.score), 6),
            "alone": alone,
            "against": msgspec.to_builtins(halves.against),
        }
        self._tell("split", old_id, new_id, detail)

    def _story(self, story_id: str) -> StoryItem:
        """Return a story as this arrival has left it so far."""
        return self.now[story_id] if story_id in self.now else self.state.story(story_id)

    def _with_copies(self, doc_id: str, agreement: float) -> dict[str, float]:
        """Return a document and its copies, with how well each agrees with those it goes with."""
        copies = sorted(aside.doc_id for aside in self.state.asides.values() if aside.of == doc_id)
        return {doc_id: round(agreement, 3)} | dict.fromkeys(copies, 0.0)

    def _keep(self, story: StoryItem) -> None:
        """Publish and remember a story."""
        story_id = story.record.story_id
        self.now[story_id] = story
        self.outcome.stories.append(story.record)
        self.outcome.updates[story_key(story_id)] = items.encode(story)

    def _place(self, docs: Iterable[str], rows: Iterable[int], story_id: str) -> None:
        """Write anew the rows and items of documents that are in another story now."""
        state, updates = self.state, self.outcome.updates
        for row in rows:
            updates[row_key(int(state.window.number[row]))] = items.encode(state.row(row, story_id))
        for doc_id in docs:
            if doc_id in state.asides:
                updates[aside_key(doc_id)] = items.encode(replace(state.asides[doc_id], story_id=story_id))
        if self.signature.doc_id in docs:
            key = row_key(state.clock.arrivals)
            own = updates[key]
            assert own is not None  # noqa: S101
            updates[key] = items.encode(replace(items.row(own), story_id=story_id))
            self.outcome.linked = replace(self.outcome.linked, story_id=story_id)
        self.outcome.moved |= dict.fromkeys(docs, story_id)

    def _tell(
        self, event: Literal["moved", "split"], story_id: str, other_id: str, detail: dict[str, Any]
    ) -> None:
        at = self.now[story_id].record.last_at
        self.outcome.events.append(
            StoryEvent(story_id=story_id, event=event, other_id=other_id, at=at, detail=detail, by=self.by)
        )
