"""Closed stories: kept while their articles are remembered, so that an episode points to the last one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.link.memory import items
from services.link.memory.items import Ended, StoryItem
from services.link.memory.lane_state import LaneState, ended_key
from services.link.outcome import Outcome
from services.link.reading.features import feature_id
from services.link.reading.notes import Notes
from shared.records import entity_ids

SHARED = 2  # names, countries apart, that an episode has in common with the one it follows: likeness alone is a theme
RARITY = 12.0  # of the shared names together, −log of how often each is told: two that are in one text of 400
KEPT = 12  # names of a story


def end(outcome: Outcome, story: StoryItem, at: float) -> None:
    """Keep of a story that closes what tells whether another follows it.

    One with too few names is forgotten.
    """
    record = story.record
    names = _telling([entity.entity_id for entity in record.top_entities])[:KEPT]
    if len(names) >= SHARED:
        kept = Ended(
            record.story_id, list(record.aliases), names, story.newest if story.newest is not None else at
        )
        outcome.updates[ended_key(record.story_id)] = items.encode(kept)


def forget(state: LaneState, outcome: Outcome, before: float) -> None:
    """Forget the closed stories that ended before *before*."""
    for story_id in sorted({story.story_id for story in state.ended.values() if story.ended < before}):
        outcome.updates.setdefault(ended_key(story_id), None)


def followed(state: LaneState, stories: Sequence[str], notes: Notes, lang: str) -> list[str]:
    """Return those of the closed *stories* whose rare names an article in *lang* shares."""
    mine = set(_telling([name.entity_id for name in notes.names]))
    found = [state.ended[story_id] for story_id in stories if story_id in state.ended]
    return list(
        dict.fromkeys(
            story.story_id for story in found if _telling_enough(state, sorted(mine & set(story.names)), lang)
        )
    )


def _telling_enough(state: LaneState, shared: Sequence[str], lang: str) -> bool:
    ids = np.array([feature_id(f"i:{entity_id}") for entity_id in shared], np.uint32)
    return (
        len(shared) >= SHARED and float(state.frequency.rarity(lang, ids).astype(np.float64).sum()) >= RARITY
    )


def _telling(ids: Sequence[str]) -> list[str]:
    return [entity_id for entity_id in ids if not entity_ids.country(entity_id)]
