"""An article with everything, and its revisions."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

import msgspec

from services.archive.reading import cards, happenings
from services.archive.reading.answers import ArticlePage, Revision
from services.archive.reading.opening import Archive
from services.archive.shelf import packing
from shared.records import Article
from shared.wire import topics
from shared.wire.headers import rfc3339

MOST_COPIES = 50

_ARTICLES = msgspec.json.Decoder(Article)


def article(archive: Archive, doc_id: str, rev: str | None = None) -> ArticlePage | None:
    """Return the article in its newest revision, or in revision *rev*; None when the archive has none."""
    which, values = ("newest", [doc_id]) if rev is None else ("rev = ?", [doc_id, rev])
    query = f'SELECT at_ms, run, partition, "offset", packed FROM articles JOIN records USING (number) WHERE doc_id = ? AND {which}'
    with archive.look() as db:
        row = db.execute(query, values).fetchone()
        if row is None:
            return None
        at_ms, run, partition, offset, packed = row
        headers, raw = packing.unpack(packed)
        story_id = happenings.story_of(db, doc_id)
        copies = db.execute(
            f"SELECT {cards.ARTICLE} FROM articles WHERE copy_of = ? AND newest ORDER BY number LIMIT {MOST_COPIES}",
            (doc_id,),
        )
        return ArticlePage(
            article=_ARTICLES.decode(raw),
            raw=raw,
            run=run,
            topic=topics.spelled(topics.LINKED.name, run),
            partition=partition,
            offset=offset,
            at=rfc3339(at_ms),
            headers=headers,
            story_id=story_id,
            story=next(iter(cards.stories_by_id(db, [story_id] if story_id else [])), None),
            events=happenings.of_article(db, doc_id),
            revisions=revisions_of(db, doc_id),
            copies=[cards.article_card(one) for one in copies],
        )


class KeptRecord(NamedTuple):
    """A revision as it lay in ``articles.linked`` of *run*: its place, its headers and its value as it is."""

    run: str
    partition: int
    offset: int
    headers: dict[str, str]
    value: bytes


def records(archive: Archive, doc_id: str) -> list[KeptRecord]:
    """Return an article's revisions as they came, in order, of the run that its newest one is from."""
    query = 'SELECT run, partition, "offset", packed FROM articles JOIN records USING (number) WHERE doc_id = ? AND run IN'
    query += ' (SELECT run FROM articles WHERE doc_id = ? AND newest) ORDER BY "offset"'
    with archive.look() as db:
        rows = db.execute(query, (doc_id, doc_id)).fetchall()
    return [
        KeptRecord(run, partition, offset, *packing.unpack(packed)) for run, partition, offset, packed in rows
    ]


def revisions(archive: Archive, doc_id: str) -> list[Revision]:
    """Return the revisions of an article, the first one first."""
    with archive.look() as db:
        return revisions_of(db, doc_id)


def revisions_of(db: sqlite3.Connection, doc_id: str) -> list[Revision]:
    """Return the revisions of an article, at the moment that *db* sees."""
    query = "SELECT rev, rev_no, at_ms, fetched_at, title, chars, newest FROM articles WHERE doc_id = ? ORDER BY rev_no, number"
    return [
        Revision(
            rev=rev,
            rev_no=rev_no,
            at=rfc3339(at_ms),
            fetched_at=fetched_at,
            title=title,
            chars=chars,
            newest=bool(newest),
        )
        for rev, rev_no, at_ms, fetched_at, title, chars, newest in db.execute(query, (doc_id,))
    ]


def documents_beginning(archive: Archive, cut: str, most: int = 5) -> list[str]:
    """Return the ids of articles that begin with *cut*."""
    query = "SELECT DISTINCT doc_id FROM articles WHERE doc_id >= ? AND doc_id < ? ORDER BY doc_id LIMIT ?"
    with archive.look() as db:
        return [one for (one,) in db.execute(query, (cut, cut + "\U0010ffff", most))]
