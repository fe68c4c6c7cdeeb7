"""An article entered, indexed, and taken out of the indexes.

Of the revisions of a document the newest alone is indexed.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from services.archive import core
from services.archive.core import Came, Entry
from services.archive.shelf import packing
from services.archive.shelf.entity_rows import EntityRows

COLUMNS = (
    "number, doc_id, rev, rev_no, newest, source, source_name, lang, title, lead, url, at_ms, turn, fetched_at, published, story_id,"
    ' chars, copy_of, runner_up, runner_score, run, partition, "offset"'
)
_ENTER = f"INSERT INTO articles ({COLUMNS}) VALUES ({', '.join('?' * 23)})"


class ShelvedArticle(NamedTuple):
    """An article ready to be entered."""

    entry: Entry
    came: Came
    packed: bytes


class ArticleRows:
    """The articles of a file."""

    def __init__(self, connection: sqlite3.Connection, entities: EntityRows) -> None:
        self._connection, self._entities = connection, entities

    def enter(self, articles: Sequence[ShelvedArticle]) -> None:
        """Enter articles: those alone of their document a table at a time, then the others one by one.

        They go in the order of their numbers: the index of words writes what it has at every number that does
        not rise.
        """
        ordered = sorted(articles, key=_number)
        docs = Counter(one.entry.doc_id for one in ordered)
        numbers = Counter(map(_number, ordered))
        known = self._there("doc_id", docs)
        taken = self._there("number", numbers)
        alone, others = list[ShelvedArticle](), list[ShelvedArticle]()
        for one in ordered:
            of, number = one.entry.doc_id, one.entry.number
            is_alone = docs[of] == numbers[number] == 1 and of not in known and number not in taken
            (alone if is_alone else others).append(one)
        self._write([(one.entry.number, one, True) for one in alone])
        for one in others:
            self._enter(one)

    def _there(self, column: str, values: Collection[str | int]) -> set[str | int]:
        """Return those of *values* that articles have in *column*."""
        query = f"SELECT DISTINCT {column} FROM articles WHERE {column} IN ({', '.join('?' * len(values))})"
        return {found for (found,) in self._connection.execute(query, list(values))}

    def _enter(self, article: ShelvedArticle) -> None:
        """Enter an article; its former record gives way, and an older revision leaves the indexes.

        The former record is the one with the same document and revision.
        """
        entry = article.entry
        others = self._connection.execute(
            "SELECT number, rev, rev_no, newest FROM articles WHERE doc_id = ?", (entry.doc_id,)
        ).fetchall()
        for number, rev, _, _ in others:
            if rev == entry.rev:
                self.remove(number)
        others = [other for other in others if other[1] != entry.rev]
        is_newest = all((entry.rev_no, entry.number) > (rev_no, number) for number, _, rev_no, _ in others)
        if is_newest:
            for number, _, _, newest in others:
                if newest:
                    self.take_out(number)
                    self._connection.execute("UPDATE articles SET newest = 0 WHERE number = ?", (number,))
        self._write([(self._free(entry.number), article, is_newest)])

    def _write(self, rows: Sequence[tuple[int, ShelvedArticle, bool]]) -> None:
        """Write articles under their numbers, in the indexes those that are the newest revision."""
        self._connection.executemany(_ENTER, [_row(*one) for one in rows])
        self._connection.executemany(
            "INSERT INTO records VALUES (?, ?)", [(number, one.packed) for number, one, _ in rows]
        )
        newest = [(number, one.entry) for number, one, is_newest in rows if is_newest]
        self._connection.executemany(
            "INSERT INTO words (rowid, title, text, names, tags) VALUES (?, ?, ?, ?, ?)",
            [(number, *entry.wording) for number, entry in newest],
        )
        self._connection.executemany(
            "INSERT INTO vectors (number, model, codes) VALUES (?, ?, ?)",
            [
                (number, entry.meaning.model, entry.meaning.codes)
                for number, entry in newest
                if entry.meaning is not None
            ],
        )
        for number, entry in newest:
            self._entities.add(number, entry)

    def remove(self, number: int) -> None:
        """Remove an article whole. When it was the newest revision, no older one takes its place."""
        (newest,) = self._connection.execute(
            "SELECT newest FROM articles WHERE number = ?", (number,)
        ).fetchone()
        if newest:
            self.take_out(number)
        self._connection.execute("DELETE FROM articles WHERE number = ?", (number,))
        self._connection.execute("DELETE FROM records WHERE number = ?", (number,))

    def take_out(self, number: int) -> None:
        """Take an article out of the indexes.

        Words go out as they went in: what they were made from is read again.
        """
        (packed, at_ms) = self._connection.execute(
            "SELECT packed, at_ms FROM records JOIN articles USING (number) WHERE number = ?", (number,)
        ).fetchone()
        entry = core.entry(packing.value_of(packed), at_ms)
        self._connection.execute(
            "INSERT INTO words (words, rowid, title, text, names, tags) VALUES ('delete', ?, ?, ?, ?, ?)",
            (number, *entry.wording),
        )
        self._connection.execute("DELETE FROM vectors WHERE number = ?", (number,))
        self._entities.take_out(number, entry)

    def _free(self, number: int) -> int:
        """Return *number*, or the next one that no article has."""
        while self._connection.execute("SELECT 1 FROM articles WHERE number = ?", (number,)).fetchone():
            number += 1
        return number


def _number(article: ShelvedArticle) -> int:
    return article.entry.number


def _row(number: int, article: ShelvedArticle, is_newest: bool) -> tuple[object, ...]:  # noqa: FBT001 - rows of a list
    entry, came = article.entry, article.came
    return (
        *(
            number,
            entry.doc_id,
            entry.rev,
            entry.rev_no,
            int(is_newest),
            entry.source,
            entry.source_name,
            entry.lang,
        ),
        *(
            entry.title,
            entry.lead,
            entry.url,
            entry.at_ms,
            came.turn,
            entry.fetched_at,
            entry.published,
            entry.story_id,
        ),
        *(
            entry.chars,
            entry.copy_of,
            entry.runner_up,
            entry.runner_score,
            came.run,
            came.partition,
            came.offset,
        ),
    )
