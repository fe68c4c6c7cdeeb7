"""The story as it stood at a past moment, from the articles and events until then.

When an article came is when its page came into Kafka, and an event happened when the article came that
brought it about: both are the same in every run, so a story of a replay stood as it would have stood.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import NamedTuple

from services.archive.reading import happenings, story_members
from services.archive.reading.answers import Headline, PastStory
from services.archive.reading.opening import Archive
from shared.text.moments import milliseconds
from shared.wire.headers import rfc3339

EVER = 1 << 60


class _Then(NamedTuple):
    """A story at a moment: the ids that were one by then, and its articles with when each came."""

    story_id: str
    ids: list[str]
    docs: dict[str, int]


def story_at(archive: Archive, story_id: str, at: str) -> PastStory | None:
    """Return the story as it stood at *at* (RFC 3339); None when no article of it had come.

    Raises ValueError when *at* is no moment.
    """
    at_ms = milliseconds(at)
    with archive.look() as db:
        then, now = _stood(db, story_id, at_ms), _stood(db, story_id, EVER)
        if not then.docs:
            return None
        events = happenings.of_stories(db, then.ids, until_ms=at_ms)
        members = story_members.of_documents(db, then.docs, happenings.movers(events), until_ms=at_ms)
        headlines: dict[str, Headline] = {}
        for one in members:
            headlines.setdefault(
                one.lang, Headline(lang=one.lang, dir=one.dir, text=one.title, doc_id=one.doc_id)
            )
        return PastStory(
            story_id=then.story_id,
            at=rfc3339(at_ms),
            headlines=list(headlines.values()),
            by_lang=dict(Counter(one.lang for one in members)),
            by_source=dict(Counter(one.source for one in members)),
            members=members,
            not_yet=sorted(now.docs.keys() - then.docs.keys(), key=lambda doc: now.docs[doc]),
            gone=sorted(then.docs.keys() - now.docs.keys(), key=lambda doc: then.docs[doc]),
            events=events,
        )


def moments(archive: Archive, story_id: str) -> list[str]:
    """Return when the story changed, in order: the stops of a slider."""
    with archive.look() as db:
        now = _stood(db, story_id, EVER)
        found = {*now.docs.values(), *(milliseconds(one.at) for one in happenings.of_stories(db, now.ids))}
        return [rfc3339(at_ms) for at_ms in sorted(found)]


def _stood(db: sqlite3.Connection, story_id: str, at_ms: int) -> _Then:
    """Return how the story of that id stood."""
    root = story_id
    seen = {root}
    while (into := _merged_into(db, root, at_ms)) is not None and into not in seen:
        seen.add(into)
        root = into
    ids = [root]
    for one in ids:  # grows while it is read
        merged = "SELECT other_id FROM events WHERE story_id = ? AND event = 'merged' AND at_ms <= ?"
        ids += [other for (other,) in db.execute(merged, (one, at_ms)) if other not in ids]
    docs: dict[str, int] = {}
    for one in ids:
        linked = "SELECT doc_id, min(at_ms) FROM articles WHERE story_id = ? AND at_ms <= ? GROUP BY doc_id"
        docs |= {doc: came for doc, came in db.execute(linked, (one, at_ms)) if came is not None}
        for (doc,) in db.execute(
            "SELECT DISTINCT doc_id FROM moves WHERE story_id = ? AND at_ms <= ?", (one, at_ms)
        ).fetchall():
            came = db.execute(
                "SELECT min(at_ms) FROM articles WHERE doc_id = ? AND at_ms <= ?", (doc, at_ms)
            ).fetchone()[0]
            if came is not None:
                docs.setdefault(doc, came)
    return _Then(root, ids, {doc: came for doc, came in docs.items() if _was_in(db, doc, at_ms) in ids})


def _merged_into(db: sqlite3.Connection, story_id: str, at_ms: int) -> str | None:
    found = db.execute(
        "SELECT story_id FROM events WHERE other_id = ? AND event = 'merged' AND at_ms <= ?",
        (story_id, at_ms),
    ).fetchone()
    return None if found is None else str(found[0])


def _was_in(db: sqlite3.Connection, doc_id: str, at_ms: int) -> str:
    """Return the story that a document was in: the one that it was linked or moved to last."""
    linked = db.execute(
        "SELECT turn, 0, story_id FROM articles WHERE doc_id = ? AND at_ms <= ? ORDER BY turn DESC LIMIT 1",
        (doc_id, at_ms),
    ).fetchone()
    moved = db.execute(
        "SELECT turn, 1, story_id FROM moves WHERE doc_id = ? AND at_ms <= ? ORDER BY turn DESC LIMIT 1",
        (doc_id, at_ms),
    ).fetchone()
    return str(max(one for one in (linked, moved) if one is not None)[2])
