"""A query for words: what each is sought as, and the expression that the index of words takes."""

from __future__ import annotations

import re
import sqlite3
from itertools import pairwise
from typing import NamedTuple

import orjson

from services.archive import core
from services.archive.reading.answers import SearchWanted
from services.archive.reading.search.spelled_alike import Sought, apart, sought
from services.archive.shelf.entity_rows import words_of
from shared.text.letters import ZWNJ
from shared.text.match_key import match_key
from shared.text.tokens import fold, tokens

MOST_WORDS = 12
JOINED_WORDS = 5
"""In a query of so many words, or fewer, neighbours are also sought as one: «می شود» as میشود."""

MOST_SURFACES, MOST_MEANT, MOST_NAMES = 200, 3, 24
"""Names that are looked at, entities that a query may mean, and names of theirs that are sought."""

ENTITY = re.compile(r"(?:wd|iso|gn|e|p|kb):[\w.\-]+")
QUOTED = re.compile(r"[\"“”«»]([^\"“”«»]*)[\"“”«»]")


class Query(NamedTuple):
    """What is sought: words, phrases, ids of entities, and other names of the entities that the words name.

    *expression* is for the index of words; it is empty when there are ids and no filter.
    """

    words: list[Sought]
    phrases: list[str]
    entities: list[str]
    names: list[str]
    expression: str


def read(db: sqlite3.Connection, wanted: SearchWanted) -> Query:
    """Return how the text of *wanted* is read."""
    text = wanted.text
    entities = ENTITY.findall(text)
    rest = ENTITY.sub(" ", text)
    phrases = [key for part in QUOTED.findall(rest) if (key := match_key(part))]
    plain = [
        token.text for token in tokens(QUOTED.sub(" ", rest)) if token.is_word or token.text.isdecimal()
    ][:MOST_WORDS]
    found = [sought(db, fold(word)) for word in plain]
    groups = [_group(one, written) for one, written in zip(found, plain, strict=True)]
    names = _other_names(db, found)
    ways = [_together(found, groups), *map(_phrase, names)] if groups else []
    expression = [f"({' OR '.join(ways)})"] if ways else []
    expression += [_phrase(phrase) for phrase in phrases]
    expression += [f"tags : {_phrase(core.lang_tag(wanted.lang))}"] if wanted.lang else []
    expression += [f"tags : {_phrase(core.source_tag(wanted.source))}"] if wanted.source else []
    return Query(found, phrases, entities, names, " AND ".join(expression))


def _other_names(db: sqlite3.Connection, words: list[Sought]) -> list[str]:
    """Return other names of entities that the words as a whole name: Vienna is وین and فيينا too."""
    if not words:
        return []
    where = " AND ".join(
        f"entity IN (SELECT entity FROM entity_words WHERE word IN ({', '.join('?' * len(one.whole))}))"
        for one in words
    )
    rows = db.execute(
        f"SELECT entity, surface, sum(articles) AS n FROM called WHERE {where} GROUP BY entity, surface ORDER BY n DESC LIMIT {MOST_SURFACES}",
        [form for one in words for form in one.whole],
    ).fetchall()
    forms = [set(one.whole) for one in words]
    labels = {entity: _labels(db, entity) for entity in dict.fromkeys(entity for entity, _, _ in rows)}
    meant = {
        entity
        for entity, surface, _ in rows
        if any(_is_called(words_of(name), forms) for name in (surface, *labels[entity]))
    }
    chosen = list(dict.fromkeys(entity for entity, _, _ in rows if entity in meant))[:MOST_MEANT]
    names = dict.fromkeys(match_key(surface) for entity, surface, _ in rows if entity in chosen)
    return [name for name in names if name][:MOST_NAMES]


def _labels(db: sqlite3.Connection, entity: int) -> list[str]:
    (label,) = db.execute("SELECT label FROM entities WHERE no = ?", (entity,)).fetchone()
    return list(orjson.loads(label).values())


def _is_called(name: list[str], forms: list[set[str]]) -> bool:
    return len(name) == len(forms) and all(word in form for word, form in zip(name, forms, strict=True))


def _group(one: Sought, written: str) -> str:
    """Return the forms of a word as alternatives; one written with a half-space is also sought as two."""
    forms = [_phrase(form) for form in (*one.whole, *apart(one.word))] + [
        f"{_phrase(form)} *" for form in one.beginnings
    ]
    if ZWNJ in written.strip(ZWNJ):
        forms.append(_phrase(" ".join(fold(part) for part in written.split(ZWNJ) if part)))
    return f"({' OR '.join(forms)})"


def _together(found: list[Sought], groups: list[str]) -> str:
    """Return all groups together, or with two neighbours written as one word."""
    ways = [" AND ".join(groups)]
    if 1 < len(groups) <= JOINED_WORDS:
        for at, (one, other) in enumerate(pairwise(found)):
            joined = [*groups[:at], f"{_phrase(one.word + other.word)} *", *groups[at + 2 :]]
            ways.append(" AND ".join(joined))
    return " OR ".join(f"({way})" for way in ways)


def _phrase(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
