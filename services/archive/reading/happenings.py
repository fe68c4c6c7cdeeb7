"""The events of stories, and what they say of where an article is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import msgspec

from services.archive import core
from services.archive.reading.answers import EventShown
from services.archive.shelf import packing
from shared.records import StoryEvent
from shared.wire.headers import rfc3339

_EVENTS = msgspec.json.Decoder(StoryEvent)


def of_stories(
    db: sqlite3.Connection, story_ids: Sequence[str], *, until_ms: int | None = None
) -> list[EventShown]:
    """Return what happened to stories, also as the other one of an event, in the order of link."""
    rows = set()
    for story_id in dict.fromkeys(story_ids):
        for column in ("story_id", "other_id"):
            query = f'SELECT at_ms, turn, run, partition, "offset", record FROM events WHERE {column} = ?'
            rows |= {row for row in db.execute(query, (story_id,)) if until_ms is None or row[0] <= until_ms}
    return [
        EventShown(event=_EVENTS.decode(packing.value_of(row[-1])), at=rfc3339(row[0]))
        for row in sorted(rows)
    ]


def movers(events: Iterable[EventShown]) -> dict[str, list[StoryEvent]]:
    """Return for each document the events that took it from one story to another."""
    found: dict[str, list[StoryEvent]] = {}
    for one in events:
        for doc_id, _, _ in core.movers(one.event):
            found.setdefault(doc_id, []).append(one.event)
    return found


def of_article(db: sqlite3.Connection, doc_id: str) -> list[EventShown]:
    """Return the events that took an article from one story to another."""
    moved = db.execute("SELECT left_story, story_id FROM moves WHERE doc_id = ?", (doc_id,)).fetchall()
    told = of_stories(db, [story for pair in moved for story in pair])
    return [one for one in told if any(doc == doc_id for doc, _, _ in core.movers(one.event))]


def survivor(db: sqlite3.Connection, story_id: str) -> tuple[str, list[str]]:
    """Return the story that *story_id* went into, or itself, and the ids that were passed on the way."""
    passed: list[str] = []
    while story_id not in passed:
        found = db.execute(
            "SELECT merged_into FROM stories WHERE story_id = ? AND merged_into IS NOT NULL", (story_id,)
        ).fetchone()
        if found is None or not db.execute("SELECT 1 FROM stories WHERE story_id = ?", found).fetchone():
            break
        passed.append(story_id)
        story_id = found[0]
    return story_id, passed


def story_of(db: sqlite3.Connection, doc_id: str) -> str | None:
    """Return the story that an article is in now; None when the archive knows none.

    A story that has grown beyond what its record lists does not name all: then it is where the article was
    linked or moved to last.
    """
    named = db.execute(
        "SELECT story_id FROM members JOIN stories ON no = story WHERE doc_id = ? AND live ORDER BY changed_ms DESC LIMIT 1",
        (doc_id,),
    ).fetchone()
    if named is not None:
        return str(named[0])
    last = db.execute(
        "SELECT story_id FROM moves WHERE doc_id = ? ORDER BY at_ms DESC, turn DESC LIMIT 1", (doc_id,)
    ).fetchone()
    last = (
        last or db.execute("SELECT story_id FROM articles WHERE doc_id = ? AND newest", (doc_id,)).fetchone()
    )
    if last is None:
        return None
    story_id, _ = survivor(db, last[0])
    return (
        story_id
        if db.execute("SELECT 1 FROM stories WHERE story_id = ? AND live", (story_id,)).fetchone()
        else None
    )
