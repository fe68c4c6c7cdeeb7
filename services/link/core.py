"""The linker as a pure fold: state and one article in; what is sent and what is remembered out."""

from __future__ import annotations

import zlib

from msgspec.structs import replace

from services.link.lifecycle.closed_stories import followed
from services.link.lifecycle.eviction import evict
from services.link.lifecycle.phases import settle, woken
from services.link.memory import items
from services.link.memory.items import Aside, Row, StoryItem
from services.link.memory.lane_state import LaneState, alias_key, aside_key, row_key, story_key
from services.link.model import Model, model_sha256
from services.link.moves_and_splits import SecondThoughts
from services.link.outcome import Outcome
from services.link.reading.notes import Notes, Sparse, decode_notes
from services.link.reading.signature import Signature
from services.link.reasons.evidence import Reasons, probability, reasons, shown
from services.link.reasons.report import CERTAIN, Placing, linked, nothing_near, repeats
from services.link.stories.novelty import FIRST, REPEAT, novelty
from services.link.stories.story_record import aligned, beside, grown, grown_by_copy, merged, opened
from services.link.weighing.candidates import Weighed, weigh
from services.link.weighing.copies import Copy, exact_copy, near_copy
from services.link.weighing.merging import merges
from services.link.weighing.story_scores import Scored
from shared.records import By, Novelty, StoryEvent
from shared.records.story import LinkOut

MOST_CLOCK_STEP_S = 86_400.0  # one article with a wrong year would empty the lane
_FOLLOWED = 3  # earlier episodes that a story points to


def link(state: LaneState, signature: Signature, model: Model) -> Outcome:
    """Return what becomes of one article; *state* is only read."""
    by = By(stage="link", version=model.version, model_sha256=model_sha256())
    step = _Step(state, signature, model, by)
    outcome = step.decide()
    evict(state, outcome, step.clock, model=model, by=by)
    settle(state, outcome, doc_id=signature.doc_id, by=by)
    return outcome


def _clock(now: float | None, at: float | None) -> float | None:
    """Return the clock after an article at *at*, which moves it by ``MOST_CLOCK_STEP_S`` at most."""
    if now is None or at is None:
        return at if now is None else now
    return max(now, min(at, now + MOST_CLOCK_STEP_S))


class _Step:
    """One article's way through the fold."""

    def __init__(self, state: LaneState, signature: Signature, model: Model, by: By) -> None:
        self.state, self.signature, self.model, self.by = state, signature, model, by
        self.notes: Notes = decode_notes(zlib.decompress(signature.notes))
        self.clock = _clock(state.clock.at, signature.at)

    def decide(self) -> Outcome:
        """Place the article: by its id, by its kind, by its words, or by comparing."""
        signature, state = self.signature, self.state
        placed = state.placed(signature.doc_id)
        if placed is not None:
            return self.keep_revision(*placed)
        if signature.digest or signature.text_chars < self.model.shortest:
            return self.set_aside()
        copy = exact_copy(state, signature, self.model)
        return self.compare() if copy is None else self.join_original(copy)

    def compare(self) -> Outcome:
        """Join the best story when it is more likely than not, else open one."""
        weighed = weigh(self.state, self.signature, self.notes, self.model)
        copy = near_copy(self.state, self.signature, self.notes, weighed, model=self.model)
        if copy is not None:
            return self.join_original(copy, weighed)
        if not weighed.ranked:
            return self.open_story(weighed, nothing_near(self.model.prior))
        best = weighed.ranked[0]
        found = reasons(self.state.window, weighed.point, self.notes, best)
        return self.join(weighed, found) if best.score >= 0 else self.open_story(weighed, found)

    def join(self, weighed: Weighed, found: Reasons) -> Outcome:
        """Put the article into the best story; merge, split and move what that changes."""
        best, *refused = weighed.ranked
        old = self.state.story(self.state.shelf.ids[best.slot])
        new = self.novelty(old, found)
        story = grown(
            old,
            self.signature,
            self.notes,
            novelty=new.class_,
            agreement=self.agreement(best),
            score=found.score,
        )
        story = woken(old, story, held=self.held(), clock=self.clock)
        record = aligned(story.record, self.signature, self.shared_quotes(best))
        story = replace(story, record=beside(record, self.same_saga(refused)))
        outcome = self.outcome(story, Placing("joined", found, new, next(iter(refused), None)))
        self.remember(outcome, weighed, story)
        self.merge(outcome, story, weighed)
        if not outcome.events:  # what has just been merged is another story than was weighed
            second = SecondThoughts(self.state, self.signature, self.notes, weighed, outcome, self.by)
            second.reconsider(story, self.model)
        return outcome

    def open_story(self, weighed: Weighed, found: Reasons) -> Outcome:
        """Open a story; *found* are the reasons about the nearest one, which was refused."""
        # a later revision of a forgotten article opens another story than its first did
        generation = max(1, self.signature.rev_no)
        story = opened(
            self.signature, self.notes, number=self.state.clock.arrivals, generation=generation, by=self.by
        )
        # time alone keeps them apart
        before = [item for item in weighed.ranked if item.score + item.time >= 0][:_FOLLOWED]
        ids = [self.state.shelf.ids[item.slot] for item in before] + followed(
            self.state, weighed.background.before, self.notes, self.signature.lang
        )
        links = [LinkOut(story_id=story_id, relation="follow_up") for story_id in ids[:_FOLLOWED]]
        story = replace(
            story, record=beside(replace(story.record, links_out=links), self.same_saga(weighed.ranked))
        )
        outcome = self.outcome(story, Placing("opened", found, FIRST, next(iter(weighed.ranked), None)))
        self.remember(outcome, weighed, story)
        return outcome

    def same_saga(self, refused: list[Scored]) -> str | None:
        """Return the likeliest of *refused* that the pairs speak for before the prior does, or None."""
        near = next(
            (item for item in refused if item.score + item.prior + item.time >= self.model.saga), None
        )
        return None if near is None else self.state.shelf.ids[near.slot]

    def merge(self, outcome: Outcome, story: StoryItem, weighed: Weighed) -> None:
        """Merge the article's story with the rivals that turned out to be the same; the older id survives."""
        state = self.state
        for found in merges(state, self.signature, self.notes, weighed, model=self.model):
            other = state.story(state.shelf.ids[found.slot])
            into, loser = (story, other) if story.opened < other.opened else (other, story)
            story, last = merged(into, loser)
            winner_id, loser_id = story.record.story_id, last.story_id
            for key in (story_key(loser_id), story_key(winner_id)):
                # items are applied in order: the alias must find the loser's rows
                outcome.updates.pop(key, None)
            outcome.updates |= {
                alias_key(loser_id): winner_id.encode(),
                story_key(loser_id): None,
                story_key(winner_id): items.encode(story),
            }
            outcome.linked = replace(outcome.linked, story_id=winner_id)
            outcome.stories += [last, story.record]
            rival = next(item for item in weighed.ranked if item.slot == found.slot)
            evidence = shown(state.window, weighed.point, self.notes, rival)
            detail = {"score": round(probability(found.score), 6), "pairs": found.pairs, "evidence": evidence}
            event = StoryEvent(
                story_id=winner_id,
                event="merged",
                other_id=loser_id,
                at=story.record.last_at,
                detail=detail,
                by=self.by,
            )
            outcome.events.append(event)

    def set_aside(self) -> Outcome:
        """Place a document that is not compared in a story of its own."""
        kind = "a digest of many items" if self.signature.digest else "too short to be compared"
        story = opened(self.signature, self.notes, number=self.state.clock.arrivals, generation=1, by=self.by)
        alone = Placing("opened", nothing_near(self.model.prior), FIRST, because=f"{kind}: it stands alone")
        return self.keep_aside(self.outcome(story, alone), story)

    def join_original(self, copy: Copy, weighed: Weighed | None = None) -> Outcome:
        """Place a copy in its original's story.

        A near copy, which was *weighed*, is compared with what comes: without them B³ fell by .04.
        """
        window = self.state.window
        old = self.state.story(self.state.shelf.ids[int(window.story[copy.row])])
        of = window.doc_id[copy.row]
        story = grown_by_copy(old, self.signature, self.notes, of=of, score=CERTAIN.score)
        story = woken(old, story, held=self.held(), clock=self.clock)
        outcome = self.outcome(story, repeats(window, copy))
        if weighed is None:
            return self.keep_aside(outcome, story, of=of)
        self.remember(outcome, weighed, story)
        return outcome

    def keep_aside(self, outcome: Outcome, story: StoryItem, *, of: str = "") -> Outcome:
        """Remember where a document that is not compared is, and *of* which it is a copy."""
        kept = Aside(self.signature.doc_id, self.signature.rev, story.record.story_id, self.held(), of)
        outcome.updates[aside_key(self.signature.doc_id)] = items.encode(kept)
        outcome.updates[story_key(story.record.story_id)] = items.encode(story)
        return outcome

    def keep_revision(self, story_id: str, rev: str) -> Outcome:
        """Keep another revision of a known document in its story; its row takes the new words."""
        known = rev == self.signature.rev
        because = (
            "this revision is in its story already"
            if known
            else "another revision of a document stays in its story"
        )
        held = Placing("held", CERTAIN, REPEAT, because=because)
        outcome = self.outcome(self.state.story(story_id), held)
        outcome.stories.clear()
        number = self.state.number_of.get(self.signature.doc_id)
        if number is not None and not known:
            weighed = weigh(self.state, self.signature, self.notes, self.model)
            outcome.updates[row_key(number)] = items.encode(self.row(weighed, story_id, number))
        return outcome

    def outcome(self, story: StoryItem, placing: Placing) -> Outcome:
        """Return the outcome with the article's block and its story's record."""
        return Outcome(linked(self.state, self.signature, story, placing, by=self.by), [story.record])

    def remember(self, outcome: Outcome, weighed: Weighed, story: StoryItem) -> None:
        """Remember the article and its story."""
        number = self.state.clock.arrivals
        outcome.updates[row_key(number)] = items.encode(self.row(weighed, story.record.story_id, number))
        outcome.updates[story_key(story.record.story_id)] = items.encode(story)

    def novelty(self, story: StoryItem, found: Reasons) -> Novelty:
        """Return what the article adds to a story."""
        quotes = {span.start for item in found.evidence if item.kind == "quote" for span in item.doc_spans}
        return novelty(story, self.notes, at=self.signature.at, shared_quotes=quotes)

    def shared_quotes(self, best: Scored) -> dict[int, tuple[str, int]]:
        """Return, by start, the article's quotes that a member has too: its document and the start there."""
        window = self.state.window
        return {
            anchor.spans[0].start: (window.doc_id[int(best.pairs.rows[i])], anchor.other_spans[0].start)
            for i, anchor, _ in best.anchored
            if anchor.kind == "quote"
        }

    def agreement(self, best: Scored) -> dict[str, float]:
        """Return how well the article agrees with each member, in log-odds."""
        ids = [self.state.window.doc_id[int(row)] for row in best.pairs.rows]
        return {doc: round(float(ratio), 3) for doc, ratio in zip(ids, best.pairs.ratio, strict=True)}

    def row(self, weighed: Weighed, story_id: str, number: int) -> Row:
        """Return the article as the window keeps it."""
        signature, point, background = self.signature, weighed.point, weighed.background
        return Row(
            number=number,
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
            mean=background.mean.tobytes(),
            deviation=background.deviation.tobytes(),
            theme=background.theme,
            notes=signature.notes,
            **point.measured,
        )

    def held(self) -> float:
        """Return the time from which the article counts as old: its own, else the clock's, else its fetch."""
        own = self.signature.at
        return own if own is not None else self.clock if self.clock is not None else self.signature.fetched
