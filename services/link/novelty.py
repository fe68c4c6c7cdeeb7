"""What an article adds to its story: new names, new quotes, other numbers, or nothing."""

from __future__ import annotations

from services.link.items import Notes, StoryItem
from services.link.story import figure_key
from shared.records import Novelty
from shared.records.linked import ChangedNumber

FIRST = Novelty(class_="first", new_entities=[], new_quotes=[], changed_numbers=[])
REPEAT = Novelty(class_="repeat", new_entities=[], new_quotes=[], changed_numbers=[])
UPDATE_AFTER_S = 3_600.0  # figures of one hour that differ contradict each other; later ones bring the state up to date


def novelty(story: StoryItem, notes: Notes, *, at: float | None, shared_quotes: set[int]) -> Novelty:
    """Return what an article at *at* adds; *shared_quotes* are the starts of its quotes that a member has too."""
    known = {entity.entity_id for entity in story.record.top_entities}
    entities = [name.entity_id for name in notes.names if name.entity_id not in known]
    quotes = [quote.text for quote in notes.quotes if quote.start not in shared_quotes]
    changed = []
    for figure in notes.figures:
        was = story.figures.get(figure_key(figure.of, figure.unit)) if figure.of else None
        if was is not None and was[0] != figure.value:
            changed.append(ChangedNumber(of=figure.of, was=was[0], now=figure.value, doc_id=was[1]))
    later = at is not None and story.newest is not None and at - story.newest >= UPDATE_AFTER_S
    if changed:
        rises = all(change.now > change.was for change in changed)
        return Novelty(
            class_="update" if later or rises else "contradiction", new_entities=entities, new_quotes=quotes, changed_numbers=changed
        )
    if entities or quotes:
        return Novelty(class_="new_facts", new_entities=entities, new_quotes=quotes, changed_numbers=[])
    return REPEAT
