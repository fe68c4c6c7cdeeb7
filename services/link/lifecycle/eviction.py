"""What time does to a lane: articles leave, stories fall quiet and close, silence is noticed.

The clock of the articles decides, not ours.
"""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from services.link.changes import Changes
from services.link.lifecycle.closed_stories import forget_closed, remember_closed
from services.link.lifecycle.phases import fall_quiet
from services.link.lifecycle.silences import learn_and_publish
from services.link.memory import items
from services.link.memory.items import Clock
from services.link.memory.lane_state import CLOCK, LaneState, alias_key, aside_key, row_key, story_key
from services.link.memory.past import PAST_ROOM
from services.link.model import Model
from services.link.numeric.time_units import DAY_S
from shared.records import By, StoryEvent

SWEEP_EVERY = 64  # arrivals between two sweeps


def let_time_pass(state: LaneState, changes: Changes, clock: float | None, *, model: Model, by: By) -> None:
    """Set the clock, and close the stories that the window has left.

    Every ``SWEEP_EVERY`` arrivals let old articles leave, let stories fall quiet and publish silences.
    """
    window_from, number = state.clock.window_from, state.clock.arrivals
    sweeps = number % SWEEP_EVERY == 0
    if clock is not None and sweeps:
        window_from = max(window_from, clock - model.window_days * DAY_S)
        past_from = clock - model.past_days * DAY_S
        _let_old_ones_leave(state, changes, window_from=window_from, past_from=past_from)
    changes.updates[CLOCK.encode()] = items.encode(Clock(clock, number + 1, window_from))
    if window_from > state.clock.window_from:
        _close_stories(state, changes, window_from, by)
    if clock is not None and sweeps:
        fallen_quiet = list(fall_quiet(state, changes, clock, by))
        learn_and_publish(state, changes, fallen_quiet, clock=clock, by=by)


def _let_old_ones_leave(state: LaneState, changes: Changes, *, window_from: float, past_from: float) -> None:
    """Forget the articles and closed stories before *past_from*, and the asides before *window_from*.

    Past articles for which there is no room are forgotten too. Articles that leave the window for the past
    need no item: the clock moves them.
    """
    for old in state.ages.before(past_from):
        changes.updates.setdefault(row_key(old), None)
    for old in _without_room(state, window_from):
        changes.updates.setdefault(row_key(old), None)
    forget_closed(state, changes, past_from)
    for doc_id in state.aside_ages.before(window_from):
        changes.updates.setdefault(aside_key(doc_id), None)


def _without_room(state: LaneState, window_from: float) -> list[int]:
    """Return the numbers of the past articles that make room for those that leave the window now.

    The changelog says so, so that a restore drops them too.
    """
    window, past_numbers = state.window, sorted(state.past.row_of)
    coming = int(np.count_nonzero((window.number >= 0) & (window.ages_from < window_from)))
    return past_numbers[: max(0, len(past_numbers) + coming - PAST_ROOM)]


def _close_stories(state: LaneState, changes: Changes, window_from: float, by: By) -> None:
    """Close the stories whose last article leaves the window: publish a last record, forget the rest."""
    window, shelf = state.window, state.shelf
    kept = np.zeros(len(shelf.ids), np.bool_)
    kept[window.story[(window.number >= 0) & (window.ages_from >= window_from)]] = True
    for aside in state.asides.values():
        slot = state.slot_of_aside(aside) if aside.ages_from >= window_from else None
        if slot is not None:
            kept[slot] = True
    kept[shelf.free] = True  # slots without a story
    for story_id in sorted(shelf.ids[slot] for slot in np.flatnonzero(~kept).tolist()):
        if story_key(story_id) in changes.updates:
            continue
        story = state.story(story_id)
        record = story.record
        closed = replace(record, version=record.version + 1, status="closed", by=by)
        changes.stories.append(closed)
        changes.events.append(
            StoryEvent(
                story_id=story_id,
                event="closed",
                at=record.last_at,
                detail={"members": record.members.n},
                by=by,
            )
        )
        changes.updates[story_key(story_id)] = None
        remember_closed(changes, story, window_from)
        changes.updates |= {alias_key(loser): None for loser in record.aliases}
