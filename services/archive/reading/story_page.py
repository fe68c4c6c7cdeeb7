"""A story with its members, the reasons of each, what was refused, and what happened to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from services.archive.reading import cards as listed
from services.archive.reading import gold_marks, happenings, story_members
from services.archive.reading.answers import Member, Refused, StoryPage
from services.archive.reading.opening import Archive
from services.archive.shelf import packing
from shared.records.linked import Against, Linked

MOST_REFUSED, MOST_FOLLOWING = 5, 20


class _Record(Struct, frozen=True):
    linked: Linked


_LINKED = msgspec.json.Decoder(_Record)


def story(archive: Archive, story_id: str, *, most_members: int = 500) -> StoryPage | None:
    """Return the story, aliases followed; None when there is none.

    With over *most_members* the newest are given.
    """
    with archive.look() as db:
        found, passed = happenings.survivor(db, story_id)
        row = db.execute(f"SELECT {listed.STORY} FROM stories WHERE story_id = ?", (found,)).fetchone()
        if row is None:
            return None
        record = listed.story_record(row[3])
        (card,) = listed.story_cards(db, [row])
        docs = [doc for (doc,) in db.execute("SELECT doc_id FROM members WHERE story = ?", (row[0],))]
        events = happenings.of_stories(db, [found, *record.aliases])
        members = story_members.of_documents(db, docs, happenings.movers(events), most=most_members)
        (there,) = db.execute(
            "SELECT count(*) FROM members JOIN articles a USING (doc_id) WHERE story = ? AND a.newest",
            (row[0],),
        ).fetchone()
        saga = [link.story_id for link in record.links_out if link.relation == "same_saga"]
        return StoryPage(
            story=record,
            card=card,
            passed=passed,
            members=members,
            missing=max(0, record.members.n - there),
            refused=_refused(db, members, {found, *record.aliases}),
            events=events,
            links_out=listed.stories_by_id(
                db, [link.story_id for link in record.links_out if link.story_id not in saga]
            ),
            follow_ups=listed.stories_by_id(db, _pointing(db, "link", found)),
            same_saga=listed.stories_by_id(db, list(dict.fromkeys([*saga, *_pointing(db, "saga", found)]))),
            marks=gold_marks.of_documents(db, docs),
        )


def _pointing(db: sqlite3.Connection, kind: str, story_id: str) -> list[str]:
    """Return the stories that point at one by a link of this *kind*, the oldest first."""
    query = "SELECT story_id FROM filters JOIN stories ON no = story WHERE kind = ? AND value = ? ORDER BY last_ms LIMIT ?"
    return [one for (one,) in db.execute(query, (kind, story_id, MOST_FOLLOWING))]


def record(archive: Archive, story_id: str) -> tuple[bytes, list[str]] | None:
    """Return the record of a story as it came, and the ids that it was merged through; None without one.

    Aliases are followed.
    """
    with archive.look() as db:
        found, passed = happenings.survivor(db, story_id)
        row = db.execute("SELECT record FROM stories WHERE story_id = ?", (found,)).fetchone()
    return None if row is None else (packing.value_of(row[0]), passed)


def newest_records(archive: Archive, most: int) -> list[bytes]:
    """Return the records of the newest stories, as they came."""
    query = "SELECT record FROM stories INDEXED BY newest WHERE live ORDER BY last_ms DESC, no LIMIT ?"
    with archive.look() as db:
        return [packing.value_of(packed) for (packed,) in db.execute(query, (most,))]


def ids_beginning(archive: Archive, cut: str, most: int = 5) -> list[str]:
    """Return the ids of stories that begin with *cut*."""
    with archive.look() as db:
        query = "SELECT story_id FROM stories WHERE story_id >= ? AND story_id < ? ORDER BY story_id LIMIT ?"
        return [one for (one,) in db.execute(query, (cut, cut + "\U0010ffff", most))]


class _Near(NamedTuple):
    """A story that nearly took an article of this one, or whose article this one nearly took.

    It says by which article, how nearly, and what spoke against.
    """

    story_id: str
    doc_id: str
    score: float
    against: list[Against]


def _refused(db: sqlite3.Connection, members: Sequence[Member], own: set[str]) -> list[Refused]:
    """Return the stories that came nearest, each once, the nearest first."""
    nearest: dict[str, _Near] = {}
    for one in (*_of_members(db, members, own), *_of_others(db, own)):
        if one.story_id not in nearest or one.score > nearest[one.story_id].score:
            nearest[one.story_id] = one
    ranked = sorted(nearest.values(), key=lambda one: -one.score)[:MOST_REFUSED]
    cards = {card.story_id: card for card in listed.stories_by_id(db, [one.story_id for one in ranked])}
    return [
        Refused(
            story_id=one.story_id,
            story=cards.get(one.story_id),
            doc_id=one.doc_id,
            score=one.score,
            against=one.against,
        )
        for one in ranked
    ]


def _of_members(db: sqlite3.Connection, members: Sequence[Member], own: set[str]) -> Iterator[_Near]:
    for member in members:
        second = member.runner_up
        at = None if second is None else happenings.survivor(db, second.story_id)[0]
        if second is not None and at is not None and at not in own:
            yield _Near(at, member.doc_id, second.score, second.against)


def _of_others(db: sqlite3.Connection, own: set[str]) -> Iterator[_Near]:
    """Yield articles of other stories that this one has nearly taken."""
    query = "SELECT doc_id, packed FROM articles JOIN records USING (number) WHERE runner_up = ? AND newest ORDER BY runner_score DESC LIMIT ?"
    for story_id in own:
        for doc_id, packed in db.execute(query, (story_id, MOST_REFUSED)).fetchall():
            at = happenings.story_of(db, doc_id)
            second = _LINKED.decode(packing.value_of(packed)).linked.runner_up
            if at is not None and at not in own and second is not None:
                yield _Near(at, doc_id, second.score, second.against)
