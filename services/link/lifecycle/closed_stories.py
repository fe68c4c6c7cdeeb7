"""Closed stories: remembered as long as their articles, so that an episode can point to the one before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from services.link.changes import Changes
from services.link.memory import items
from services.link.memory.items import ClosedStory, StoryItem
from services.link.memory.lane_state import LaneState, closed_key
from services.link.reading.features import entity_feature
from services.link.reading.notes import Notes
from shared.records import entity_ids

# names, countries apart, that an episode has in common with the one it follows: likeness alone is a theme
LEAST_SHARED_NAMES = 2
LEAST_RARITY = 12.0  # sum over these names of −log of how often each is told: two that are in one text of 400
NAMES_KEPT = 12  # names kept of a closed story


def remember_closed(changes: Changes, story: StoryItem, at: float) -> None:
    """Remember of a story that closes what tells whether another follows it.

    One with too few names is forgotten.
    """
    record = story.record
    names = without_countries(entity.entity_id for entity in record.top_entities)[:NAMES_KEPT]
    if len(names) >= LEAST_SHARED_NAMES:
        ended_at = at if story.newest is None else story.newest
        closed = ClosedStory(record.story_id, list(record.aliases), names, ended_at)
        changes.updates[closed_key(record.story_id)] = items.encode(closed)


def forget_closed(state: LaneState, changes: Changes, before: float) -> None:
    """Forget the closed stories that ended before *before*."""
    for story_id in sorted({story.story_id for story in state.closed.values() if story.ended_at < before}):
        changes.updates.setdefault(closed_key(story_id), None)


def followed_by(state: LaneState, stories: Sequence[str], notes: Notes, lang: str) -> list[str]:
    """Return those of the closed *stories* whose rare names an article in *lang* shares."""
    mine = set(without_countries(name.entity_id for name in notes.names))
    closed = [state.closed[story_id] for story_id in stories if story_id in state.closed]
    sharing = [story for story in closed if _are_rare(state, sorted(mine & set(story.names)), lang)]
    return list(dict.fromkeys(story.story_id for story in sharing))


def _are_rare(state: LaneState, names: Sequence[str], lang: str) -> bool:
    """Tell whether so many names, told so rarely, are enough for a story to follow another."""
    ids = np.array([entity_feature(entity_id) for entity_id in names], np.uint32)
    rarity = float(state.frequency.rarity(lang, ids).astype(np.float64).sum())
    return len(names) >= LEAST_SHARED_NAMES and rarity >= LEAST_RARITY


def without_countries(ids: Iterable[str]) -> list[str]:
    """Return the ids of entities that are no countries."""
    return [entity_id for entity_id in ids if not entity_ids.country(entity_id)]
