"""Search by words in any spelling and script."""

from __future__ import annotations

import sqlite3
from itertools import pairwise
from typing import Any

from services.archive import core
from services.archive.reading import cards
from services.archive.reading.answers import Found, Hit, Reading, SearchWanted, WordRead
from services.archive.reading.entity_page import named
from services.archive.reading.opening import Archive
from services.archive.reading.search import query_words
from services.archive.reading.search.excerpts import excerpt
from services.archive.reading.search.query_words import Query
from services.archive.shelf import packing
from shared.text.moments import milliseconds
from shared.text.tokens import fold

LOOKED_AT = 1_000
"""The newest articles that match, of which the best are given: ranking all of a common word would take
seconds.
"""

COUNTED = 10_000
MOST_ENTITIES = 8
_OF = "WHERE entity = (SELECT no FROM entities WHERE entity_id = ?)"
_NAMES = f"EXISTS (SELECT 1 FROM named {_OF} AND number = {{key}})"
"""Asked of every article with the words: with IN the words would be sought again for every article that names
the entity.
"""

WEIGHTS = "10.0, 1.0, 2.0, 0.0"
"""Of title, text, names and tags."""


def by_words(archive: Archive, wanted: SearchWanted) -> Found:
    """Return the articles with all words of *wanted*, in any spelling.

    A word is found with either digits, letters and marks, with or without half-space, with Arabic's و ال ب ل
    ك before it, and behind it what Persian adds; a name also as other scripts write it: سالیوان finds
    سوليفان, ساليفان and Sullivan. «"…"» around words wants them together. An entity's id (``iso:IR``,
    ``wd:Q…``) is a word too. Raises ValueError when a moment of *wanted* is none.
    """
    with archive.look() as db:
        query = query_words.read(db, wanted)
        searched = indexed(db)
        rows, matching = _found(db, query, wanted) if query.expression or query.entities else ([], 0)
        shown = sorted(rows, key=lambda row: (row[1], -row[0]))[wanted.skip : wanted.skip + wanted.limit]
        return Found(
            hits=[_hit(db, number, -rank, query) for number, rank in shown],
            searched=searched,
            matching=min(matching, COUNTED),
            at_least=matching > COUNTED,
            looked_at=len(rows),
            words=[WordRead(word=one.word, forms=list(one.forms)) for one in query.words],
            entities=named(db, wanted.text, MOST_ENTITIES, {one.word: one for one in query.words}),
        )


def indexed(db: sqlite3.Connection) -> int:
    """Return how many articles are in the index of words, by its table of lengths: the least to count."""
    return int(db.execute("SELECT count(*) FROM words_docsize").fetchone()[0])


def _found(db: sqlite3.Connection, query: Query, wanted: SearchWanted) -> tuple[list[tuple[int, float]], int]:
    """Return the newest articles that match, each with its rank (less is better), and how many match."""
    where, values = list[str](), list[Any]()
    if query.expression:
        where.append("words MATCH ?")
        values.append(query.expression)
    key = "rowid" if query.expression else "number"
    source = "words" if query.expression else "articles"
    for moment, sign in ((wanted.since, ">="), (wanted.until, "<")):
        if moment is not None:
            where.append(f"{key} {sign} ?")
            values.append(core.first_number(milliseconds(moment)))
    for entity_id in query.entities:
        where.append(
            _NAMES.format(key=f"{source}.{key}")
            if query.expression
            else f"{key} IN (SELECT number FROM named {_OF})"
        )
        values.append(entity_id)
    rank = f"bm25(words, {WEIGHTS})" if query.expression else "0.0"
    rows = db.execute(
        f"SELECT {key}, {rank} FROM {source} WHERE {' AND '.join(where)} ORDER BY {key} DESC LIMIT {LOOKED_AT}",
        values,
    ).fetchall()
    if len(rows) < LOOKED_AT:
        return rows, len(rows)
    inside = f"SELECT 1 FROM {source} WHERE {' AND '.join(where)} LIMIT {COUNTED + 1}"
    return rows, int(db.execute(f"SELECT count(*) FROM ({inside})", values).fetchone()[0])


def _hit(db: sqlite3.Connection, number: int, score: float, query: Query) -> Hit:
    row = db.execute(
        f"SELECT {cards.ARTICLE}, packed FROM articles JOIN records USING (number) WHERE number = ?",
        (number,),
    ).fetchone()
    text = packing.text_of(row[-1])
    whole = {form for one in query.words for form in one.whole} | {
        word for phrase in query.phrases for word in phrase.split()
    }
    whole |= {word for name in query.names for word in name.split()}
    beginnings = [form for one in query.words for form in one.beginnings]
    beginnings += [one.word + other.word for one, other in pairwise(query.words)]
    pieces = excerpt(text, whole, beginnings)
    written = any(piece.hit and _is_written(piece.text, query) for piece in pieces)
    found_by: Reading = "words" if written or not query.words else "sound"
    return Hit(article=cards.article_card(row[:-1]), excerpt=pieces, found_by=found_by, score=score)


def _is_written(text: str, query: Query) -> bool:
    """Say whether a hit is a word of the query itself, and not a name that sounds like it."""
    form = fold(text)
    return any(one.word in form for one in query.words) or any(form in phrase for phrase in query.phrases)
