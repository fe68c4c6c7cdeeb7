"""What people have said of pairs of articles: one story, or not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

import msgspec

from services.archive.reading import cards, happenings
from services.archive.reading.answers import MarkedArticle, MarkPage
from services.archive.reading.opening import Archive
from services.archive.shelf import packing
from shared.records.mark import Mark

_MARKS = msgspec.json.Decoder(Mark)

LEAD = 600
"""Characters of a text that whoever marks is shown."""


def marks(archive: Archive) -> list[Mark]:
    """Return all marks, the newest first."""
    with archive.look() as db:
        found = [_MARKS.decode(record) for (record,) in db.execute("SELECT record FROM marks")]
    return sorted(found, key=lambda one: one.at, reverse=True)


def of_documents(db: sqlite3.Connection, doc_ids: Iterable[str]) -> list[Mark]:
    """Return the marks that name one of *doc_ids*, the newest first."""
    if not db.execute("SELECT 1 FROM marks LIMIT 1").fetchone():
        return []  # as most archives: a story has up to 500 documents
    found = {
        record
        for doc_id in doc_ids
        for (record,) in db.execute(
            "SELECT record FROM marks WHERE first = ? UNION SELECT record FROM marks WHERE second = ?",
            (doc_id, doc_id),
        )
    }
    return sorted((_MARKS.decode(record) for record in found), key=lambda one: one.at, reverse=True)


def pair(archive: Archive, one: str, other: str) -> MarkPage | None:
    """Return two articles to be marked; None when the archive lacks one of them, or they are the same."""
    first, second = sorted((one, other))
    query = f"SELECT {cards.ARTICLE}, packed FROM articles JOIN records USING (number) WHERE doc_id = ? AND newest"
    with archive.look() as db:
        rows = [db.execute(query, (doc_id,)).fetchone() for doc_id in (first, second)]
        if first == second or None in rows:
            return None
        stories = [happenings.story_of(db, doc_id) for doc_id in (first, second)]
        row = db.execute(
            "SELECT record FROM marks WHERE first = ? AND second = ?", (first, second)
        ).fetchone()
    articles = [
        MarkedArticle(
            article=cards.article_card(row[:-1]), text=_beginning(packing.text_of(row[-1])), story_id=story
        )
        for row, story in zip(rows, stories, strict=True)
    ]
    return MarkPage(
        articles=articles,
        together=stories[0] is not None and stories[0] == stories[1],
        mark=None if row is None else _MARKS.decode(row[0]),
    )


def _beginning(text: str) -> str:
    """Return how *text* begins, cut between words."""
    return text if len(text) <= LEAD else f"{text[:LEAD].rpartition(' ')[0] or text[:LEAD]} …"


def records_in_turn(archive: Archive) -> Iterator[bytes]:
    """Yield the records of all articles in the order in which link took them in: to link them again."""
    with archive.look() as db:
        for (number,) in db.execute("SELECT number FROM articles ORDER BY at_ms, turn, number").fetchall():
            yield packing.value_of(
                db.execute("SELECT packed FROM records WHERE number = ?", (number,)).fetchone()[0]
            )
