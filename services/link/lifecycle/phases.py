"""A story's status: open, quiet after a day, reopened by an article, closed when all left the window.

Event time decides, not ours: a replay finds the same stories quiet.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
from msgspec.structs import replace

from services.link.changes import Changes
from services.link.memory import items
from services.link.memory.items import StoryItem
from services.link.memory.lane_state import LaneState, quiet_key, story_key
from shared.records import By, StoryEvent

QUIET_AFTER_S = 86_400.0  # of 34 events of a real stream 95 % are over after 21 hours, the longest lasts 25
# stories that a sweep lets fall quiet, the longest silent first: a transaction stays small after a gap
MOST_FALLING_QUIET = 256


def woken(old: StoryItem, grown: StoryItem, *, ages_from: float, clock: float | None) -> StoryItem:
    """Return a *grown* story with its new status; an article that only arrives late wakes no quiet story."""
    status = old.record.status
    if status == "quiet" and (clock is None or ages_from >= clock - QUIET_AFTER_S):
        status = "reopened"
    elif status == "reopened":
        status = "open"
    return replace(grown, record=replace(grown.record, status=status))


def fall_quiet(state: LaneState, changes: Changes, clock: float, by: By) -> Iterator[StoryItem]:
    """Let stories without a new article fall quiet, and yield them as they were.

    Those that *changes* writes already are left alone.
    """
    falling = (
        story_id
        for story_id in silent_stories(state, clock - QUIET_AFTER_S)
        if story_key(story_id) not in changes.updates
    )
    for story_id in list(islice(falling, MOST_FALLING_QUIET)):
        item = state.story(story_id)
        record = replace(item.record, version=item.record.version + 1, status="quiet", by=by)
        changes.stories.append(record)
        detail = {"members": record.members.n, "silent_for_s": QUIET_AFTER_S}
        changes.events.append(
            StoryEvent(story_id=story_id, event="quiet", at=record.last_at, detail=detail, by=by)
        )
        changes.updates[story_key(story_id)] = items.encode(replace(item, record=record))
        yield item


def silent_stories(state: LaneState, before: float) -> list[str]:
    """Return the stories with no article since *before* that are not quiet yet, the longest silent first."""
    window, shelf = state.window, state.shelf
    rows = window.live()
    newest = np.full(len(shelf.ids), -np.inf)
    np.maximum.at(newest, window.story[rows], window.ages_from[rows])
    for aside in state.asides.values():
        slot = state.slot_of_aside(aside)
        if slot is not None:
            newest[slot] = max(newest[slot], aside.ages_from)
    silent = [(slot, shelf.ids[slot]) for slot in np.nonzero(newest < before)[0].tolist()]
    by_time = sorted(
        (float(newest[slot]), story_id)
        for slot, story_id in silent
        if story_id and story_id not in state.quiet
    )
    return [story_id for _, story_id in by_time]


def remember_quiet(state: LaneState, changes: Changes, *, doc_id: str, by: By) -> None:
    """Remember which of the stories that changed are quiet, and publish which of them *doc_id* has woken."""
    for story_id, record in {record.story_id: record for record in changes.stories}.items():
        quiet = record.status == "quiet"
        if quiet != (story_id in state.quiet):
            changes.updates[quiet_key(story_id)] = b"1" if quiet else None
        if record.status == "reopened" and story_id in state.quiet:
            detail = {"members": record.members.n, "doc_id": doc_id}
            changes.events.append(
                StoryEvent(story_id=story_id, event="reopened", at=record.last_at, detail=detail, by=by)
            )
