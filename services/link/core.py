"""The linker as a pure fold: (what the lane remembers, one article) -> what is sent and what is remembered from now on."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace

from services.link import items
from services.link.cluster import DAY_S, Scored
from services.link.evidence import Reasons, probability, reasons
from services.link.items import Aside, Clock, Notes, Row, Sparse, StoryItem
from services.link.linking import Weighed, weigh
from services.link.merging import merges
from services.link.model import Model, model_sha256
from services.link.novelty import FIRST, REPEAT, novelty
from services.link.signature import Signature
from services.link.state import CLOCK, LaneState, alias_key, aside_key, row_key, story_key
from services.link.story import grown, merged, opened
from shared.records import Against, By, Linked, Novelty, RunnerUp, Story, StoryEvent, Threshold

SHORTEST = 25  # letters and digits: a shorter text says too little to be compared
EVICT_EVERY = 64
LATENESS_S = 7_200.0  # older than the clock by more is called late: on a real stream the median record is 70 minutes behind
_AGAINST = 5


@dataclass(slots=True)
class Outcome:
    """What one article led to: its block, the stories that changed, what happened to stories, the state items."""

    linked: Linked
    stories: list[Story] = field(default_factory=list)
    events: list[StoryEvent] = field(default_factory=list)
    updates: dict[bytes, bytes | None] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)


def link(state: LaneState, signature: Signature, model: Model) -> Outcome:
    """Return what becomes of one article."""
    by = By(stage="link", version=model.version, model_sha256=model_sha256())
    step = _Step(state, signature, model, by)
    outcome = step.decide()
    step.evict(outcome)
    return outcome


class _Step:
    """One article's way through the fold; the state is only read."""

    def __init__(self, state: LaneState, signature: Signature, model: Model, by: By) -> None:
        self.state, self.signature, self.model, self.by = state, signature, model, by
        self.notes: Notes = items.notes(zlib.decompress(signature.notes))
        self.number = state.clock.arrivals
        self.clock = max((t for t in (state.clock.at, signature.at) if t is not None), default=None)

    # -- decisions ---------------------------------------------------------------------------------------------------

    def decide(self) -> Outcome:
        signature, state = self.signature, self.state
        placed = state.placed(signature.doc_id)
        if placed is not None:
            return self.revised(*placed)
        if signature.digest:
            return self.aside(None, "digest")
        if signature.text_chars < SHORTEST:
            return self.aside(None, "short")
        original = self.original()
        if original is not None:
            return self.aside(original, "copy")
        return self.compared()

    def original(self) -> str | None:
        """Return the story of an earlier article with the same words, if it is near enough in time."""
        window = self.state.window
        for number in sorted(self.state.copies.get(self.signature.copy_key, ())):
            row = window.row_of[number]
            at = float(window.at[row])
            near = self.signature.at is None or np.isnan(at) or abs(self.signature.at - at) < self.model.copy * DAY_S
            if near:
                return self.state.shelf.ids[int(window.story[row])]
        return None

    def compared(self) -> Outcome:
        weighed = weigh(self.state, self.signature, self.notes, self.model)
        best = weighed.ranked[0] if weighed.ranked else None
        found = reasons(self.state.window, weighed.point, self.notes, best) if best is not None else self.nothing_near()
        if best is None or best.score < 0:
            story = opened(self.signature, self.notes, number=self.number, generation=1, by=self.by)
            linked = self.linked(story, "opened", found, new=FIRST, weighed=weighed)
        else:
            old = self.state.story(self.state.shelf.ids[best.slot])
            new = self.novelty(old, found)
            story = grown(old, self.signature, self.notes, novelty=new.class_, agreement=self.agreement(best), score=found.score)
            linked = self.linked(story, "joined", found, new=new, weighed=weighed)
        outcome = Outcome(linked, [story.record])
        outcome.updates[row_key(self.number)] = items.encode(self.row(weighed, story.record.story_id))
        outcome.updates[story_key(story.record.story_id)] = items.encode(story)
        if linked.decision == "joined":
            self.merge(outcome, story, weighed)
        return outcome

    def merge(self, outcome: Outcome, story: StoryItem, weighed: Weighed) -> None:
        """Merge the article's story with the rivals that turned out to be the same; the older id survives."""
        state = self.state
        for found in merges(state, self.signature, weighed, self.model):
            other = state.story(state.shelf.ids[found.slot])
            into, loser = (story, other) if story.opened < other.opened else (other, story)
            story, last = merged(into, loser)
            winner_id, loser_id = story.record.story_id, last.story_id
            outcome.updates.pop(story_key(loser_id), None)
            outcome.updates[alias_key(loser_id)] = winner_id.encode()
            outcome.updates[story_key(loser_id)] = None
            outcome.updates[story_key(winner_id)] = items.encode(story)
            outcome.stories += [last, story.record]
            detail = {
                "score": round(probability(found.score), 6),
                "pairs": found.pairs,
                "evidence": self.merge_evidence(weighed, found.slot),
            }
            event = StoryEvent(story_id=winner_id, event="merged", other_id=loser_id, at=story.record.last_at, detail=detail, by=self.by)
            outcome.events.append(event)

    def merge_evidence(self, weighed: Weighed, slot: int) -> list[dict[str, Any]]:
        """Return the words that the article shares with the other story, strongest first."""
        scored = next(item for item in weighed.ranked if item.slot == slot)
        found = reasons(self.state.window, weighed.point, self.notes, scored).evidence[:_AGAINST]
        return [msgspec.to_builtins(item) for item in found]

    def aside(self, story_id: str | None, why: str) -> Outcome:
        """Place a document that is not compared: a copy in its original's story, any other in one of its own."""
        if story_id is None:
            story = opened(self.signature, self.notes, number=self.number, generation=1, by=self.by)
            found, new = self.nothing_near(), FIRST
        else:
            old = self.state.story(story_id)
            story = grown(old, self.signature, self.notes, novelty="repeat", agreement={}, score=probability(np.inf))
            found, new = Reasons(probability(np.inf), 0.0, [], 12.0), REPEAT
        linked = self.linked(story, "opened" if story_id is None else "joined", found, new=new, weighed=None, why=why)
        outcome = Outcome(linked, [story.record])
        kept = Aside(self.signature.doc_id, self.signature.rev, story.record.story_id, self.held(), why)
        outcome.updates[aside_key(self.signature.doc_id)] = items.encode(kept)
        outcome.updates[story_key(story.record.story_id)] = items.encode(story)
        return outcome

    def revised(self, story_id: str, rev: str) -> Outcome:
        """Keep another revision of a known document in its story; its row takes the new words."""
        story = self.state.story(story_id)
        found = Reasons(probability(np.inf), 0.0, [], 12.0)
        linked = self.linked(
            story, "held", found, new=REPEAT, weighed=None, why="revision" if rev != self.signature.rev else "same_revision"
        )
        outcome = Outcome(linked, [])
        number = self.state.number_of.get(self.signature.doc_id)
        if number is not None and rev != self.signature.rev:
            self.number, arrivals = number, self.number
            outcome.updates[row_key(number)] = items.encode(self.row(weigh(self.state, self.signature, self.notes, self.model), story_id))
            self.number = arrivals
        return outcome

    # -- parts of the block ------------------------------------------------------------------------------------------

    def nothing_near(self) -> Reasons:
        """Return the reasons of an article that no story was near to: the prior alone."""
        bias = -round(float(np.log(self.model.prior)), 6)
        return Reasons(probability(bias), bias, [], 0.0)

    def novelty(self, story: StoryItem, found: Reasons) -> Novelty:
        quotes = {span.start for item in found.evidence if item.kind == "quote" for span in item.doc_spans}
        return novelty(story, self.notes, at=self.signature.at, shared_quotes=quotes)

    def agreement(self, best: Scored) -> dict[str, float]:
        ids = [self.state.window.doc_id[int(row)] for row in best.pairs.rows]
        return {doc: round(float(ratio), 3) for doc, ratio in zip(ids, best.pairs.ratio, strict=True)}

    def linked(self, story: StoryItem, decision: str, found: Reasons, *, new: Novelty, weighed: Weighed | None, why: str = "") -> Linked:
        signature = self.signature
        ranked = weighed.ranked if weighed is not None else []
        second = ranked[1] if decision == "joined" and len(ranked) > 1 else ranked[0] if decision == "opened" and ranked else None
        runner_up = self.runner_up(second) if second is not None else None
        reference = runner_up.score if runner_up is not None and decision == "joined" else 0.5
        late = signature.at is not None and self.state.clock.at is not None and signature.at < self.state.clock.at - LATENESS_S
        others = set(story.record.members.by_lang) - {signature.lang}
        pair = "-".join(sorted((signature.lang, found.evidence[0].other.lang))) if found.evidence else signature.lang
        return Linked(
            story_id=story.record.story_id,
            decision=decision,  # type: ignore[arg-type]
            score=found.score,
            margin=round(abs(found.score - reference), 6),
            threshold=Threshold(name=pair, value=0.5, version=self.model.version),
            runner_up=runner_up,
            bias=found.bias,
            evidence=found.evidence,
            evidence_rest=found.rest,
            cross_lingual=decision == "joined" and bool(others),
            late=late,
            novelty=new,
            **({} if signature.late_by_s is None else {"event_time_lag_s": signature.late_by_s}),
            why=self.why(why, decision, runner_up),
            warnings=[] if signature.at is not None else ["undated"],
            by=self.by,
        )

    def why(self, why: str, decision: str, runner_up: RunnerUp | None) -> dict[str, str]:
        said = {
            "copy": "the same words as an earlier article: it inherits that story",
            "digest": "a digest of many items: it stands alone",
            "short": "too short to be compared: it stands alone",
            "revision": "another revision of a document stays in its story",
            "same_revision": "this revision is in its story already",
        }
        out = {"decision": said[why]} if why else {}
        if decision == "opened" and runner_up is not None:
            out["score"] = "the evidence is about the runner-up: the nearest story, found too unlikely"
        if self.signature.at is None:
            out["time"] = "no date in the page: any time is possible, and that costs certainty"
        return out

    def runner_up(self, scored: Scored) -> RunnerUp:
        against = [Against(kind="prior", key="stories", label="any of the live stories might be meant", weight=round(-scored.prior, 6))]
        if scored.time:
            against.append(Against(kind="time", key="gap", label="time apart", weight=round(-scored.time, 6)))
        bias = round(float((scored.share * scored.pairs.bias).sum()), 6)
        if bias < 0:
            against.append(Against(kind="words", key="bias", label="texts of unlike events share as much", weight=bias))
        against.sort(key=lambda item: (item.weight, item.key))
        return RunnerUp(story_id=self.state.shelf.ids[scored.slot], score=probability(scored.score), against=against[:_AGAINST])

    # -- state items -------------------------------------------------------------------------------------------------

    def row(self, weighed: Weighed, story_id: str) -> Row:
        signature, point = self.signature, weighed.point
        return Row(
            number=self.number,
            doc_id=signature.doc_id,
            rev=signature.rev,
            lang=signature.lang,
            story_id=story_id,
            at=signature.at,
            slack_s=signature.slack_s,
            held=self.held(),
            copy_key=signature.copy_key,
            vector=signature.vector,
            own=Sparse(point.own[0].tobytes(), point.own[1].tobytes()),
            shared=Sparse(point.shared[0].tobytes(), point.shared[1].tobytes()),
            mean=weighed.behind.mean.tobytes(),
            deviation=weighed.behind.deviation.tobytes(),
            theme=weighed.behind.theme,
            notes=signature.notes,
        )

    def held(self) -> float:
        """Return the time from which the article counts as old: its own, else the clock's, else that of its fetch."""
        own = self.signature.at
        return own if own is not None else self.clock if self.clock is not None else self.signature.fetched

    def evict(self, outcome: Outcome) -> None:
        """Now and then, let what is older than the clock allows leave the window, and close stories that have no article left."""
        past = self.state.clock.past
        if self.clock is not None and self.number % EVICT_EVERY == 0:
            past = self.clock - self.model.window * DAY_S
            forgotten = self.clock - self.model.memory * DAY_S
            for number in sorted(number for number, held in self.state.held.items() if held < forgotten):
                outcome.updates.setdefault(row_key(number), None)
            for doc_id in sorted(aside.doc_id for aside in self.state.asides.values() if aside.held < past):
                outcome.updates.setdefault(aside_key(doc_id), None)
        outcome.updates[CLOCK.encode()] = items.encode(Clock(self.clock, self.number + 1, past))
        if past > self.state.clock.past:
            self.close_left(outcome, past)

    def close_left(self, outcome: Outcome, past: float) -> None:
        """Close the stories whose last article leaves the window."""
        state, window = self.state, self.state.window
        kept = {state.shelf.ids[slot] for slot in np.unique(window.story[(window.number >= 0) & (window.held >= past)]).tolist()}
        kept |= {state.resolved(aside.story_id) for aside in state.asides.values() if aside.held >= past}
        for story_id in sorted(set(state.shelf.slot_of) - kept):
            if story_key(story_id) not in outcome.updates:
                self.close(outcome, story_id)

    def close(self, outcome: Outcome, story_id: str) -> None:
        """Close a story: its last record says so, the lane forgets it."""
        story = self.state.story(story_id)
        record = replace(story.record, version=story.record.version + 1, status="closed", by=self.by)
        outcome.stories.append(record)
        outcome.events.append(
            StoryEvent(story_id=story_id, event="closed", at=record.last_at, detail={"members": record.members.n}, by=self.by)
        )
        outcome.updates[story_key(story_id)] = None
        for loser in record.aliases:
            outcome.updates[alias_key(loser)] = None
