"""A story and an event entered."""

from __future__ import annotations

import sqlite3

import orjson
from msgspec import UnsetType

from services.archive import core
from services.archive.core import Came, Told
from services.archive.shelf import packing
from shared.records import StoryEvent


def enter_story(connection: sqlite3.Connection, told: Told, changed_ms: int, packed: bytes) -> None:
    """Enter a story in the place of what was known of it. One that was merged is found by its id alone."""
    story = told.story
    live = story.status != "merged"
    filters = sorted(told.filters) if live else []
    docs = set(story.doc_ids) if live else set[str]()
    old = connection.execute(
        "SELECT no, filters FROM stories WHERE story_id = ?", (story.story_id,)
    ).fetchone()
    row = (
        *(
            int(live),
            None if isinstance(story.merged_into, UnsetType) else story.merged_into,
            told.last_ms,
            changed_ms,
        ),
        *(
            told.heat,
            len(story.members.by_lang),
            story.origins.n_independent,
            story.event_date,
            orjson.dumps(filters),
            packed,
        ),
    )
    if old is None:
        fields = "live, merged_into, last_ms, changed_ms, heat, languages, independent, event_day, filters, record, story_id"
        no = connection.execute(
            f"INSERT INTO stories ({fields}) VALUES ({', '.join('?' * 11)})", (*row, story.story_id)
        ).lastrowid
        had, members = set[tuple[str, str]](), set[str]()
    else:
        no, had = old[0], {(kind, value) for kind, value in orjson.loads(old[1])}
        connection.execute(
            "UPDATE stories SET live = ?, merged_into = ?, last_ms = ?, changed_ms = ?, heat = ?, languages = ?, independent = ?,"
            " event_day = ?, filters = ?, record = ? WHERE no = ?",
            (*row, no),
        )
        members = {doc for (doc,) in connection.execute("SELECT doc_id FROM members WHERE story = ?", (no,))}
    fresh = set(filters)
    gone = [(kind, value, no) for kind, value in had - fresh]
    connection.executemany("DELETE FROM filters WHERE kind = ? AND value = ? AND story = ?", gone)
    connection.executemany(
        "INSERT INTO filters VALUES (?, ?, ?)", [(kind, value, no) for kind, value in fresh - had]
    )
    connection.executemany(
        "DELETE FROM members WHERE story = ? AND doc_id = ?", [(no, doc) for doc in members - docs]
    )
    connection.executemany("INSERT INTO members VALUES (?, ?)", [(no, doc) for doc in docs - members])


def remove_story(connection: sqlite3.Connection, story_id: str) -> None:
    """Remove a story, if it is there."""
    found = connection.execute("SELECT no, filters FROM stories WHERE story_id = ?", (story_id,)).fetchone()
    if found is None:
        return
    no, filters = found
    connection.executemany(
        "DELETE FROM filters WHERE kind = ? AND value = ? AND story = ?",
        [(kind, value, no) for kind, value in orjson.loads(filters)],
    )
    connection.execute("DELETE FROM members WHERE story = ?", (no,))
    connection.execute("DELETE FROM stories WHERE no = ?", (no,))


def enter_event(connection: sqlite3.Connection, event: StoryEvent, came: Came, value: bytes) -> None:
    """Enter an event of a story, with the articles that it moves."""
    other = None if isinstance(event.other_id, UnsetType) else event.other_id
    connection.execute(
        "INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            came.run,
            came.partition,
            came.offset,
            event.story_id,
            other,
            event.event,
            came.at_ms,
            came.turn,
            packing.pack((), value),
        ),
    )
    connection.executemany(
        "INSERT OR REPLACE INTO moves VALUES (?, ?, ?, ?, ?, ?)",
        [(doc, came.run, came.turn, came.at_ms, left, joined) for doc, left, joined in core.movers(event)],
    )
