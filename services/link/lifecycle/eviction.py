"""What time does to a lane: articles leave, stories fall quiet and close, silence is noticed.

The clock of the articles decides, not ours.
"""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from services.link.lifecycle.closed_stories import end, forget
from services.link.lifecycle.phases import fall_quiet
from services.link.lifecycle.silences import watch
from services.link.memory import items
from services.link.memory.earlier_news import ROOM
from services.link.memory.items import Clock
from services.link.memory.lane_state import CLOCK, LaneState, alias_key, aside_key, row_key, story_key
from services.link.model import Model
from services.link.numeric.time_units import DAY_S
from services.link.outcome import Outcome
from shared.records import By, StoryEvent

EVERY = 64  # arrivals


def evict(state: LaneState, outcome: Outcome, clock: float | None, *, model: Model, by: By) -> None:
    """Set the clock; every ``EVERY`` arrivals let what is too old leave the window, and close its stories."""
    past, number = state.clock.past, state.clock.arrivals
    if clock is not None and number % EVERY == 0:
        past = max(past, clock - model.window * DAY_S)
        forgotten = clock - model.memory * DAY_S
        for old in state.ages.before(forgotten):
            outcome.updates.setdefault(row_key(old), None)
        for old in _no_room(state, past):
            outcome.updates.setdefault(row_key(old), None)
        forget(state, outcome, forgotten)
        for doc_id in state.aside_ages.before(past):
            outcome.updates.setdefault(aside_key(doc_id), None)
    outcome.updates[CLOCK.encode()] = items.encode(Clock(clock, number + 1, past))
    if past > state.clock.past:
        _close_left(state, outcome, past, by)
    if clock is not None and number % EVERY == 0:
        watch(state, outcome, list(fall_quiet(state, outcome, clock, by)), clock=clock, by=by)


def _no_room(state: LaneState, past: float) -> list[int]:
    """Return the numbers of the past articles that make room for those about to come.

    The changelog says so, so that a restore drops them too.
    """
    window, known = state.window, sorted(state.past.row_of)
    coming = int(np.count_nonzero((window.number >= 0) & (window.held < past)))
    return known[: max(0, len(known) + coming - ROOM)]


def _close_left(state: LaneState, outcome: Outcome, past: float, by: By) -> None:
    """Close the stories whose last article leaves the window: publish a last record, forget the rest."""
    window, shelf = state.window, state.shelf
    kept = np.zeros(len(shelf.ids), np.bool_)
    kept[window.story[(window.number >= 0) & (window.held >= past)]] = True
    for aside in state.asides.values():
        if aside.held >= past:
            slot = shelf.slot_of.get(state.resolved(aside.story_id))
            if slot is not None:
                kept[slot] = True
    kept[shelf.free] = True  # slots without a story
    for story_id in sorted(shelf.ids[slot] for slot in np.flatnonzero(~kept).tolist()):
        if story_key(story_id) in outcome.updates:
            continue
        story = state.story(story_id)
        record = story.record
        closed = replace(record, version=record.version + 1, status="closed", by=by)
        outcome.stories.append(closed)
        outcome.events.append(
            StoryEvent(
                story_id=story_id,
                event="closed",
                at=record.last_at,
                detail={"members": record.members.n},
                by=by,
            )
        )
        outcome.updates[story_key(story_id)] = None
        end(outcome, story, past)
        outcome.updates |= {alias_key(loser): None for loser in record.aliases}
