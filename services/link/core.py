"""The linker as a pure fold: state and one article in; what is sent and what is remembered out."""

from __future__ import annotations

import zlib

from msgspec.structs import replace

from services.link.changes import Changes
from services.link.lifecycle.closed_stories import followed_by
from services.link.lifecycle.eviction import let_time_pass
from services.link.lifecycle.phases import remember_quiet, woken
from services.link.memory import items
from services.link.memory.items import Aside, Row, StoryItem
from services.link.memory.lane_state import KnownPlace, LaneState, alias_key, aside_key, row_key, story_key
from services.link.model import Model, model_sha256
from services.link.moves_and_splits import MovesAndSplits
from services.link.reading.notes import Notes, decode_notes
from services.link.reading.signature import Signature
from services.link.reasons.evidence import Reasons, as_probability, first_reasons, reasons
from services.link.reasons.report import CERTAIN, Placing, linked_block, nothing_near, placing_of_copy
from services.link.stories.joining import merged
from services.link.stories.novelty import FIRST, REPEAT, novelty
from services.link.stories.story_record import (
    grown,
    grown_by_copy,
    opened,
    with_saga_link,
)
from services.link.stories.top_quotes import QuotePlace, with_quotes_side_by_side
from services.link.weighing.candidates import WindowComparison, weigh
from services.link.weighing.copies import Copy, exact_copy, near_copy
from services.link.weighing.merging import Merge, merges
from services.link.weighing.story_scores import JOIN_FROM, StoryScore
from shared.records import By, Novelty, Story, StoryEvent
from shared.records.story import LinkOut

MOST_CLOCK_STEP_S = 86_400.0  # by one article: without a limit one with a wrong year would empty the lane
_EPISODES = 3  # earlier episodes that a story points to


def link(state: LaneState, signature: Signature, model: Model) -> Changes:
    """Return what one article changes; *state* is only read."""
    by = By(stage="link", version=model.version, model_sha256=model_sha256())
    placement = _Placement(state, signature, model, by)
    changes = placement.decide()
    let_time_pass(state, changes, placement.clock, model=model, by=by)
    remember_quiet(state, changes, doc_id=signature.doc_id, by=by)
    return changes


def _clock_after(clock: float | None, at: float | None) -> float | None:
    """Return the clock after an article at *at*, which moves it by ``MOST_CLOCK_STEP_S`` at most."""
    if clock is None:
        return at
    if at is None:
        return clock
    return max(clock, min(at, clock + MOST_CLOCK_STEP_S))


class _Placement:
    """One article's way through the fold."""

    def __init__(self, state: LaneState, signature: Signature, model: Model, by: By) -> None:
        self.state, self.signature, self.model, self.by = state, signature, model, by
        self.notes: Notes = decode_notes(zlib.decompress(signature.notes))
        self.clock = _clock_after(state.clock.at, signature.at)

    def decide(self) -> Changes:
        """Place the article: by its id, by its kind, by its words, or by comparing."""
        signature, state = self.signature, self.state
        known = state.placed(signature.doc_id)
        if known is not None:
            return self.keep_revision(known)
        if signature.digest or signature.text_chars < self.model.shortest:
            return self.set_aside()
        copy = exact_copy(state, signature, self.model)
        return self.join_best_or_open() if copy is None else self.join_original(copy)

    def join_best_or_open(self) -> Changes:
        """Join the best story when it is more likely than not, else open one."""
        comparison = weigh(self.state, self.signature, self.notes, self.model)
        copy = near_copy(self.state, self.signature, self.notes, comparison, model=self.model)
        if copy is not None:
            return self.join_original(copy, comparison)
        if not comparison.ranked:
            return self.open_story(comparison, nothing_near(self.model.prior))
        best = comparison.ranked[0]
        grounds = reasons(self.state.window, comparison.point, self.notes, best)
        if best.score >= JOIN_FROM:
            return self.join(comparison, grounds)
        return self.open_story(comparison, grounds)

    def join(self, comparison: WindowComparison, grounds: Reasons) -> Changes:
        """Put the article into the best story; merge, split and move what that changes."""
        best, *refused = comparison.ranked
        old = self.state.story(self.state.shelf.ids[best.slot])
        added = self.what_it_adds(old, grounds)
        story = grown(
            old,
            self.signature,
            self.notes,
            novelty=added.class_,
            agreement=self.agreement(best),
            probability=grounds.probability,
        )
        story = woken(old, story, ages_from=self.ages_from(), clock=self.clock)
        record = with_quotes_side_by_side(story.record, self.signature, self.shared_quotes(best))
        story = replace(story, record=with_saga_link(record, self.same_saga(refused)))
        changes = self.new_changes(story, Placing("joined", grounds, added, next(iter(refused), None)))
        self.remember(changes, comparison, story)
        self.merge(changes, story, comparison)
        if not changes.events:  # what has just been merged is another story than was weighed
            after = MovesAndSplits(self.state, self.signature, self.notes, comparison, changes, self.by)
            after.reconsider(story, self.model)
        return changes

    def open_story(self, comparison: WindowComparison, grounds: Reasons) -> Changes:
        """Open a story; *grounds* are the reasons about the nearest one, which was refused."""
        # a later revision of a forgotten article opens another story than its first did
        generation = max(1, self.signature.rev_no)
        story = opened(
            self.signature, self.notes, number=self.state.clock.arrivals, generation=generation, by=self.by
        )
        record = replace(story.record, links_out=self.earlier_episodes(comparison))
        story = replace(story, record=with_saga_link(record, self.same_saga(comparison.ranked)))
        nearest = next(iter(comparison.ranked), None)
        changes = self.new_changes(story, Placing("opened", grounds, FIRST, nearest))
        self.remember(changes, comparison, story)
        return changes

    def earlier_episodes(self, comparison: WindowComparison) -> list[LinkOut]:
        """Return links to the stories that time alone keeps the article out of, live ones before closed."""
        apart_by_time = [rival for rival in comparison.ranked if rival.score + rival.time_cost >= JOIN_FROM]
        ids = [self.state.shelf.ids[rival.slot] for rival in apart_by_time[:_EPISODES]]
        past_stories = comparison.background.past_stories
        ids += followed_by(self.state, past_stories, self.notes, self.signature.lang)
        return [LinkOut(story_id=story_id, relation="follow_up") for story_id in ids[:_EPISODES]]

    def same_saga(self, refused: list[StoryScore]) -> str | None:
        """Return the likeliest of *refused* whose score without prior and time reaches ``saga``, or None."""
        for rival in refused:
            if rival.score + rival.prior + rival.time_cost >= self.model.saga:
                return self.state.shelf.ids[rival.slot]
        return None

    def merge(self, changes: Changes, story: StoryItem, comparison: WindowComparison) -> None:
        """Merge the article's story with the rivals that turned out to be the same; the older id survives."""
        state = self.state
        for decided in merges(state, self.signature, self.notes, comparison, model=self.model):
            other = state.story(state.shelf.ids[decided.slot])
            winner, loser = (story, other) if story.opened < other.opened else (other, story)
            story, last = merged(winner, loser)
            _write_merge(changes, story, last)
            changes.events.append(self.merge_event(comparison, decided, story, loser_id=last.story_id))

    def merge_event(
        self, comparison: WindowComparison, merge: Merge, story: StoryItem, *, loser_id: str
    ) -> StoryEvent:
        """Return the event of a merge, with the reasons for the rival."""
        rival = next(rival for rival in comparison.ranked if rival.slot == merge.slot)
        evidence = first_reasons(self.state.window, comparison.point, self.notes, rival)
        detail = {"score": round(as_probability(merge.score), 6), "pairs": merge.pairs, "evidence": evidence}
        return StoryEvent(
            story_id=story.record.story_id,
            event="merged",
            other_id=loser_id,
            at=story.record.last_at,
            detail=detail,
            by=self.by,
        )

    def set_aside(self) -> Changes:
        """Place a document that is not compared in a story of its own."""
        kind = "a digest of many items" if self.signature.digest else "too short to be compared"
        story = opened(self.signature, self.notes, number=self.state.clock.arrivals, generation=1, by=self.by)
        alone = Placing("opened", nothing_near(self.model.prior), FIRST, because=f"{kind}: it stands alone")
        return self.keep_aside(self.new_changes(story, alone), story)

    def join_original(self, copy: Copy, comparison: WindowComparison | None = None) -> Changes:
        """Place a copy in its original's story.

        A near copy has been compared, and stays in the window to be compared with what comes: without near
        copies B³ fell by .04.
        """
        window = self.state.window
        old = self.state.story(self.state.shelf.ids[int(window.story[copy.row])])
        original = window.doc_id[copy.row]
        story = grown_by_copy(old, self.signature, self.notes, of=original, probability=CERTAIN.probability)
        story = woken(old, story, ages_from=self.ages_from(), clock=self.clock)
        changes = self.new_changes(story, placing_of_copy(window, copy))
        if comparison is None:
            return self.keep_aside(changes, story, of=original)
        self.remember(changes, comparison, story)
        return changes

    def keep_aside(self, changes: Changes, story: StoryItem, *, of: str = "") -> Changes:
        """Remember where a document that is not compared is, and *of* which it is a copy."""
        aside = Aside(self.signature.doc_id, self.signature.rev, story.record.story_id, self.ages_from(), of)
        changes.updates[aside_key(self.signature.doc_id)] = items.encode(aside)
        changes.updates[story_key(story.record.story_id)] = items.encode(story)
        return changes

    def keep_revision(self, known: KnownPlace) -> Changes:
        """Keep another revision of a known document in its story; its row takes the new words."""
        same_revision = known.rev == self.signature.rev
        because = "another revision of a document stays in its story"
        if same_revision:
            because = "this revision is in its story already"
        placing = Placing("held", CERTAIN, REPEAT, because=because)
        changes = self.new_changes(self.state.story(known.story_id), placing)
        changes.stories.clear()
        number = self.state.number_of.get(self.signature.doc_id)
        if number is not None and not same_revision:
            # weighed though nothing is decided: its row keeps the new point and the background of it
            comparison = weigh(self.state, self.signature, self.notes, self.model)
            changes.updates[row_key(number)] = items.encode(self.as_row(comparison, known.story_id, number))
        return changes

    def new_changes(self, story: StoryItem, placing: Placing) -> Changes:
        """Return the first changes of an arrival: the article's block and its story's record."""
        return Changes(linked_block(self.state, self.signature, story, placing, by=self.by), [story.record])

    def remember(self, changes: Changes, comparison: WindowComparison, story: StoryItem) -> None:
        """Remember the article and its story."""
        number = self.state.clock.arrivals
        changes.updates[row_key(number)] = items.encode(
            self.as_row(comparison, story.record.story_id, number)
        )
        changes.updates[story_key(story.record.story_id)] = items.encode(story)

    def what_it_adds(self, story: StoryItem, grounds: Reasons) -> Novelty:
        """Return what the article adds to a story."""
        quotes = {span.start for item in grounds.evidence if item.kind == "quote" for span in item.doc_spans}
        return novelty(story, self.notes, at=self.signature.at, shared_quotes=quotes)

    def shared_quotes(self, best: StoryScore) -> dict[int, QuotePlace]:
        """Return where members have quotes of the article too, by the start of the article's."""
        window = self.state.window
        places = {}
        for pair, anchor, _ in best.anchors:
            if anchor.kind == "quote":
                member = window.doc_id[int(best.pairs.rows[pair])]
                places[anchor.spans[0].start] = QuotePlace(member, anchor.other_spans[0].start)
        return places

    def agreement(self, best: StoryScore) -> dict[str, float]:
        """Return how well the article agrees with each member, in log-odds."""
        ids = [self.state.window.doc_id[int(row)] for row in best.pairs.rows]
        return {doc: round(float(ratio), 3) for doc, ratio in zip(ids, best.pairs.ratio, strict=True)}

    def as_row(self, comparison: WindowComparison, story_id: str, number: int) -> Row:
        """Return the article as the window keeps it."""
        signature, point, background = self.signature, comparison.point, comparison.background
        return Row(
            number=number,
            doc_id=signature.doc_id,
            rev=signature.rev,
            lang=signature.lang,
            story_id=story_id,
            at=signature.at,
            slack_s=signature.slack_s,
            ages_from=self.ages_from(),
            copy_key=signature.copy_key,
            vector=signature.vector,
            own=point.own.packed(),
            shared=point.shared.packed(),
            mean=background.mean.tobytes(),
            deviation=background.deviation.tobytes(),
            theme=background.theme,
            notes=signature.notes,
            **point.measured,
        )

    def ages_from(self) -> float:
        """Return the time from which the article counts as old: its own, else the clock's, else its fetch."""
        known = (time for time in (self.signature.at, self.clock) if time is not None)
        return next(known, self.signature.fetched)


def _write_merge(changes: Changes, story: StoryItem, last: Story) -> None:
    """Send both records; remember the story that is left, and the other one's id as an alias of it."""
    winner_id, loser_id = story.record.story_id, last.story_id
    for key in (story_key(loser_id), story_key(winner_id)):
        # taken out to be written last: the alias must find the loser's rows
        changes.updates.pop(key, None)
    changes.updates |= {
        alias_key(loser_id): winner_id.encode(),
        story_key(loser_id): None,
        story_key(winner_id): items.encode(story),
    }
    changes.linked = replace(changes.linked, story_id=winner_id)
    changes.stories += [last, story.record]
