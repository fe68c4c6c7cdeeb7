"""The front page: stories by newest, growing, languages or origins, with filters; and places of a map."""

from __future__ import annotations

import base64
import binascii
import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from services.archive.reading import cards
from services.archive.reading.answers import MapPlace, StoriesWanted, StoryCard, StoryList
from services.archive.reading.opening import Archive
from shared.text.moments import milliseconds

COUNTED = 1_000
"""Stories that fit are counted so far."""

FEW = 3_000
"""A filter that fits so many stories, or fewer, is where the search begins; otherwise the order is."""

MOST = 200
"""Stories of one answer."""

ORDERS = {
    "newest": ("newest", ("last_ms",)),
    "growing": ("growing", ("heat",)),
    "languages": ("most_languages", ("languages", "last_ms")),
    "origins": ("most_origins", ("independent", "last_ms")),
}
"""By the way of sorting: the index, and the columns in falling order."""


class _Query(NamedTuple):
    """Where stories come from, and what they must fit."""

    source: str
    where: list[str]
    values: list[Any]


def stories(archive: Archive, wanted: StoriesWanted) -> StoryList:
    """Return the stories that fit *wanted*, without merged ones; ``next`` goes on where the answer ends.

    Raises ValueError when a moment of *wanted* or its ``after`` is none.
    """
    with archive.look() as db:
        query = _query(db, wanted)
        columns = ORDERS[wanted.sort][1]
        rows, more = _page(db, query, wanted, columns)
        found = cards.story_cards(db, [row[: len(cards.STORY.split(", "))] for row in rows])
        (of,) = db.execute("SELECT count(*) FROM stories WHERE live").fetchone()
        matching, at_least = of, False
        if query.where != ["live"]:
            inside = f"SELECT 1 FROM {query.source} WHERE {' AND '.join(query.where)} LIMIT {COUNTED + 1}"
            (n,) = db.execute(f"SELECT count(*) FROM ({inside})", query.values).fetchone()
            matching, at_least = min(n, COUNTED), n > COUNTED
    last = rows[-1] if rows and more else None
    return StoryList(
        stories=found,
        matching=matching,
        at_least=at_least,
        of=of,
        next=None if last is None else _cursor([wanted.sort, *last[4:], last[0]]),
    )


def places(found: Sequence[StoryCard], most: int = 200) -> list[MapPlace]:
    """Return the places, with coordinates, of the stories *found*, those of most stories first."""
    counts = Counter[str]()
    shown, newest = {}, dict[str, str]()
    for story in found:
        for place in story.places:
            if place.lat is not None:
                counts[place.entity_id] += 1
                shown[place.entity_id] = place
                newest.setdefault(place.entity_id, story.story_id)
    return [
        MapPlace(place=shown[name], stories=n, newest=newest[name]) for name, n in counts.most_common(most)
    ]


def _page(
    db: sqlite3.Connection, query: _Query, wanted: StoriesWanted, columns: tuple[str, ...]
) -> tuple[list[Any], bool]:
    """Return the rows of a page, and whether there are more."""
    where, values = list(query.where), list(query.values)
    if wanted.after is not None:
        sort, *at, no = _read_cursor(wanted.after)
        if sort != wanted.sort or len(at) != len(columns):
            raise ValueError("after belongs to another order")
        where.append(f"{columns[0]} <= ?")  # what the index begins at
        where.append(f"({', '.join(columns)}, -no) < ({', '.join('?' * len(at))}, ?)")
        values += [at[0], *at, -no]
    order = ", ".join(f"{column} DESC" for column in columns)
    limit = max(1, min(wanted.limit, MOST))
    rows = db.execute(
        f"SELECT {cards.STORY}, {', '.join(columns)} FROM {query.source} WHERE {' AND '.join(where)} ORDER BY {order}, no LIMIT ?",
        [*values, limit + 1],
    ).fetchall()
    return rows[:limit], len(rows) > limit


def _query(db: sqlite3.Connection, wanted: StoriesWanted) -> _Query:
    """Return where to look: by the rarest filter where that fits few stories, else in the wanted order."""
    where, values = ["live"], list[Any]()
    asked = [
        (kind, value)
        for kind in ("lang", "source", "place", "person")
        if (value := getattr(wanted, kind)) is not None
    ]
    counts = [
        (
            db.execute(
                "SELECT count(*) FROM (SELECT 1 FROM filters WHERE kind = ? AND value = ? LIMIT ?)",
                (*one, FEW + 1),
            ).fetchone()[0],
            one,
        )
        for one in asked
    ]
    fewest = min(counts, default=(FEW + 1, ("", "")))
    source = f"stories INDEXED BY {ORDERS[wanted.sort][0]}"
    for day, sign in ((wanted.event_from, ">="), (_after(wanted.event_to), "<")):
        if day is not None:
            where.append(f"event_day {sign} ?")
            values.append(day)
    for moment, sign in ((wanted.since, ">="), (wanted.until, "<")):
        if moment is not None:
            where.append(f"last_ms {sign} ?")
            values.append(milliseconds(moment))
    for one in asked:
        where.append(
            "no IN (SELECT story FROM filters WHERE kind = ? AND value = ?)"
            if one == fewest[1] and fewest[0] <= FEW
            else _EXISTS
        )
        values += one
    if fewest[0] <= FEW:
        source = "stories"
    elif _is_rare_day(db, wanted):
        source = "stories INDEXED BY by_day"
    return _Query(source, where, values)


_EXISTS = "EXISTS (SELECT 1 FROM filters WHERE kind = ? AND value = ? AND story = no)"


def _is_rare_day(db: sqlite3.Connection, wanted: StoriesWanted) -> bool:
    if wanted.event_from is None and wanted.event_to is None:
        return False
    low, high = wanted.event_from or "", _after(wanted.event_to) or "~"
    inside = f"SELECT 1 FROM stories WHERE live AND event_day >= ? AND event_day < ? LIMIT {FEW + 1}"
    (n,) = db.execute(f"SELECT count(*) FROM ({inside})", (low, high)).fetchone()
    return bool(n <= FEW)


def _after(day: str | None) -> str | None:
    """Return what sorts behind all moments of a day."""
    return None if day is None else f"{day}~"


def _cursor(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def _read_cursor(text: str) -> list[Any]:
    try:
        found = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, orjson.JSONDecodeError, ValueError):
        raise ValueError(f"after={text[:40]!r} is none of ours") from None
    if (
        not isinstance(found, list)
        or len(found) < 3
        or not all(isinstance(one, int | float) for one in found[1:])
    ):
        raise ValueError(f"after={text[:40]!r} is none of ours")
    return found
