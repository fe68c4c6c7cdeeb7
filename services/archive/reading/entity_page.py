"""An entity with all its spellings in all scripts, who calls it what, and its stories over time."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from services.archive.core import ID_BITS
from services.archive.reading import cards
from services.archive.reading.answers import Called, DayCount, EntityCard, EntityPage, Spelling
from services.archive.reading.opening import Archive
from services.archive.reading.search.spelled_alike import Sought, sought
from services.archive.shelf.entity_rows import words_of
from shared.text.scripts import text_direction

MOST_SPELLINGS, MOST_CALLED = 100, 500
DAY_S = 86_400

_CARD = "entity_id, type, label, articles"


def entity(archive: Archive, entity_id: str, *, most_stories: int = 20) -> EntityPage | None:
    """Return the entity; None when no article of the archive names it."""
    with archive.look() as db:
        row = db.execute(
            f"SELECT no, {_CARD} FROM entities WHERE entity_id = ? AND articles > 0", (entity_id,)
        ).fetchone()
        if row is None:
            return None
        no, place = row[0], cards.places(db, [entity_id])[entity_id]
        stories = db.execute(
            f"SELECT {cards.STORY} FROM stories WHERE live AND no IN"
            " (SELECT story FROM filters WHERE kind IN ('person', 'place') AND value = ?) ORDER BY last_ms DESC LIMIT ?",
            (entity_id, most_stories),
        ).fetchall()
        days = db.execute(
            f"SELECT (number >> {ID_BITS}) / {DAY_S}, count(*) FROM named WHERE entity = ? GROUP BY 1 ORDER BY 1",
            (no,),
        )
        return EntityPage(
            entity=cards.entity_card(row[1:]),
            place=None if place.lat is None else place,
            spellings=_spellings(db, no),
            called=_called(db, no),
            stories=cards.story_cards(db, stories),
            days=[
                DayCount(day=datetime.fromtimestamp(day * DAY_S, UTC).date().isoformat(), articles=n)
                for day, n in days
            ],
        )


def _spellings(db: sqlite3.Connection, no: int) -> list[Spelling]:
    rows = db.execute(
        "SELECT surface, c.lang, c.n, sources, doc_id FROM (SELECT surface, lang, sum(articles) AS n, count(*) AS sources, max(example) AS example"
        " FROM called WHERE entity = ? GROUP BY surface, lang ORDER BY n DESC, surface LIMIT ?) c LEFT JOIN articles ON number = example",
        (no, MOST_SPELLINGS),
    )
    return [
        Spelling(
            text=text, lang=lang, dir=text_direction(text), articles=n, sources=sources, example=example or ""
        )
        for text, lang, n, sources, example in rows
    ]


def _called(db: sqlite3.Connection, no: int) -> list[Called]:
    rows = db.execute(
        "SELECT c.source, c.lang, surface, c.articles, doc_id FROM called c LEFT JOIN articles ON number = example"
        " WHERE entity = ? ORDER BY c.articles DESC, c.source, surface LIMIT ?",
        (no, MOST_CALLED),
    )
    return [
        Called(
            source=source, lang=lang, dir=text_direction(text), text=text, articles=n, example=example or ""
        )
        for source, lang, text, n, example in rows
    ]


def entity_cards(archive: Archive, entity_ids: Sequence[str]) -> list[EntityCard]:
    """Return the cards of those entities that there are, in this order."""
    with archive.look() as db:
        rows = [
            db.execute(f"SELECT {_CARD} FROM entities WHERE entity_id = ?", (one,)).fetchone()
            for one in dict.fromkeys(entity_ids)
        ]
    return [cards.entity_card(row) for row in rows if row is not None]


def entities_named(archive: Archive, name: str, most: int = 10) -> list[EntityCard]:
    """Return the entities called *name* or what sounds like it in any script, most frequent first."""
    with archive.look() as db:
        return named(db, name, most)


def named(
    db: sqlite3.Connection, name: str, most: int, read: Mapping[str, Sought] | None = None
) -> list[EntityCard]:
    """Return the entities called *name* at the moment that *db* sees.

    *read* has words of the name whose forms are known already.
    """
    words = words_of(name)
    if not words:
        return []
    clauses, values = list[str](), list[str | int]()
    for word in words:
        forms = ((read or {}).get(word) or sought(db, word)).whole
        clauses.append(
            f"no IN (SELECT entity FROM entity_words WHERE word IN ({', '.join('?' * len(forms))}))"
        )
        values += forms
    query = f"SELECT {_CARD} FROM entities WHERE articles > 0 AND {' AND '.join(clauses)} ORDER BY articles DESC, entity_id LIMIT ?"
    return [cards.entity_card(row) for row in db.execute(query, [*values, most])]
