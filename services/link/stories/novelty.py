"""What an article adds to its story: new names, new quotes, other numbers, or nothing."""

from __future__ import annotations

from typing import Literal

from services.link.memory.items import StoryItem
from services.link.reading.notes import Notes
from services.link.stories.figures import changes
from shared.records import Novelty

NoveltyClass = Literal["first", "new_facts", "update", "contradiction", "repeat"]

FIRST = Novelty(class_="first", new_entities=[], new_quotes=[], changed_numbers=[])
REPEAT = Novelty(class_="repeat", new_entities=[], new_quotes=[], changed_numbers=[])


def novelty(story: StoryItem, notes: Notes, *, at: float | None, shared_quotes: set[int]) -> Novelty:
    """Return what an article adds; *shared_quotes* are the starts of its quotes that a member has too."""
    known = {entity.entity_id for entity in story.record.top_entities}
    entities = [name.entity_id for name in notes.names if name.entity_id not in known]
    quotes = [quote.text for quote in notes.quotes if quote.start not in shared_quotes]
    changed = list(changes(story.figures, notes, at))
    if changed:
        class_: NoveltyClass = "update" if all(is_update for _, is_update in changed) else "contradiction"
        return Novelty(
            class_=class_,
            new_entities=entities,
            new_quotes=quotes,
            changed_numbers=[number for number, _ in changed],
        )
    if entities or quotes:
        return Novelty(class_="new_facts", new_entities=entities, new_quotes=quotes, changed_numbers=[])
    return REPEAT
