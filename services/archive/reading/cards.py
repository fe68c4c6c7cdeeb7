"""Rows as cards: a story, an article or an entity in a list."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import msgspec

from services.archive.reading.answers import ArticleCard, EntityCard, Headline, PlaceShown, StoryCard
from services.archive.shelf import packing
from shared.records import Story
from shared.text.directions import tag_direction
from shared.wire.headers import rfc3339

MOST_PLACES = 6
"""Places of a card."""

STORY = "no, changed_ms, heat, record"
"""The columns that `story_cards` wants."""

ARTICLE = "doc_id, rev, source, source_name, lang, title, at_ms, story_id"
"""The columns that `article_card` wants."""

_STORIES = msgspec.json.Decoder(Story)
_LABELS = msgspec.json.Decoder(dict[str, str])


def story_record(packed: bytes) -> Story:
    """Return a story as it was stored."""
    return _STORIES.decode(packing.value_of(packed))


def story_cards(db: sqlite3.Connection, rows: Sequence[tuple[int, int, float, bytes]]) -> list[StoryCard]:
    """Return the cards of stories, from their columns ``STORY``, in this order."""
    records = [story_record(packed) for _, _, _, packed in rows]
    wanted = {place for record in records for place in record.places[:MOST_PLACES]}
    known = places(db, wanted)
    return [
        _story_card(record, changed_ms, heat, known)
        for record, (_, changed_ms, heat, _) in zip(records, rows, strict=True)
    ]


def _story_card(record: Story, changed_ms: int, heat: float, known: dict[str, PlaceShown]) -> StoryCard:
    return StoryCard(
        story_id=record.story_id,
        version=record.version,
        status=record.status,
        headlines=[
            Headline(lang=lang, dir=tag_direction(lang), text=text, doc_id=record.medoid.get(lang, ""))
            for lang, text in record.label.items()
        ],
        articles=record.members.n,
        by_lang=record.members.by_lang,
        outlets=len(record.members.by_source),
        independent=record.origins.n_independent,
        first_seen_at=record.first_seen.at,
        first_seen_by=record.first_seen.source,
        last_at=record.last_at,
        changed_at=rfc3339(changed_ms),
        event_date=record.event_date,
        heat=heat,
        places=[known[place] for place in record.places[:MOST_PLACES] if place in known],
    )


def stories_by_id(db: sqlite3.Connection, story_ids: Sequence[str]) -> list[StoryCard]:
    """Return the cards of those stories that there are, in this order."""
    rows = {}
    for story_id in dict.fromkeys(story_ids):
        found = db.execute(f"SELECT {STORY} FROM stories WHERE story_id = ?", (story_id,)).fetchone()
        if found is not None:
            rows[story_id] = found
    return story_cards(db, list(rows.values()))


def places(db: sqlite3.Connection, entity_ids: Iterable[str]) -> dict[str, PlaceShown]:
    """Return what is known of places by their ids."""
    found = {}
    for entity_id in entity_ids:
        row = db.execute("SELECT label, lat, lon FROM entities WHERE entity_id = ?", (entity_id,)).fetchone()
        if row is not None:
            found[entity_id] = PlaceShown(
                entity_id=entity_id, label=_LABELS.decode(row[0]), lat=row[1], lon=row[2]
            )
    return found


def article_card(row: tuple[str, str, str, str, str, str, int, str]) -> ArticleCard:
    """Return the card of an article, from its columns ``ARTICLE``."""
    doc_id, rev, source, source_name, lang, title, at_ms, story_id = row
    return ArticleCard(
        doc_id=doc_id,
        rev=rev,
        source=source,
        source_name=source_name,
        lang=lang,
        dir=tag_direction(lang),
        title=title,
        at=rfc3339(at_ms),
        story_id=story_id,
    )


def entity_card(row: tuple[str, str, bytes, int]) -> EntityCard:
    """Return the card of an entity, from its id, type, label and number of articles."""
    entity_id, kind, label, articles = row
    return EntityCard(entity_id=entity_id, type=kind, label=_LABELS.decode(label), articles=articles)
