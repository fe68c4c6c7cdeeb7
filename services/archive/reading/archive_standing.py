"""How the archive stands, and what pulse has counted."""

from __future__ import annotations

import sqlite3

import msgspec

from services.archive.reading.answers import Standing
from services.archive.reading.opening import Archive
from services.archive.reading.word_search import indexed
from services.archive.shelf import opened
from shared.records import SourceSilence, Window
from shared.records.pulse_window import Kind
from shared.wire.headers import rfc3339

_WINDOWS = msgspec.json.Decoder(Window)
_SILENCES = msgspec.json.Decoder(SourceSilence)


def story_count(archive: Archive) -> int:
    """Return how many stories there are, merged ones left out."""
    with archive.look() as db:
        return _story_count(db)


def _story_count(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM stories WHERE live").fetchone()[0])


def standing(archive: Archive) -> Standing:
    """Return how the archive stands."""
    with archive.look() as db:
        state = dict(db.execute("SELECT name, value FROM state WHERE name IN ('epoch', 'run')").fetchall())
        (revisions, newest, oldest) = db.execute(
            "SELECT count(*), max(number), min(number) FROM articles"
        ).fetchone()
        articles = indexed(db)
        stories = _story_count(db)
        (entities,) = db.execute("SELECT count(*) FROM entities").fetchone()
        size = opened.size_bytes(db)
        moments = [
            None
            if number is None
            else rfc3339(db.execute("SELECT at_ms FROM articles WHERE number = ?", (number,)).fetchone()[0])
            for number in (newest, oldest)
        ]
    at = archive.current_at
    return Standing(
        run=str(state.get("run", archive.run)),
        epoch=int(state.get("epoch", 0)),
        articles=articles,
        revisions=revisions,
        stories=stories,
        entities=entities,
        size_bytes=size,
        newest_at=moments[0],
        oldest_at=moments[1],
        current_at=rfc3339(int(at * 1000)) if at else None,
        next_epoch=archive.building(),
    )


def hours(archive: Archive, kind: Kind, most: int = 24) -> list[Window]:
    """Return pulse's newest windows of a kind, in the order of time; none where pulse does not run."""
    with archive.look() as db:
        rows = db.execute(
            "SELECT record FROM windows WHERE kind = ? ORDER BY start DESC LIMIT ?", (kind, most)
        ).fetchall()
    return [_WINDOWS.decode(record) for (record,) in reversed(rows)]


def silences(archive: Archive) -> list[SourceSilence]:
    """Return what pulse says of every source: when it was heard last, and from when on it is missed."""
    with archive.look() as db:
        return [
            _SILENCES.decode(record)
            for (record,) in db.execute("SELECT record FROM silences ORDER BY source")
        ]


def choices(archive: Archive, what: str, most: int = 50) -> list[tuple[str, int]]:
    """Return the values of a filter with how many live stories have each, the most frequent first.

    *what* is lang, source, place or person.
    """
    query = "SELECT value, stories FROM choices WHERE kind = ? ORDER BY stories DESC, value LIMIT ?"
    with archive.look() as db:
        return db.execute(query, (what, most)).fetchall()
