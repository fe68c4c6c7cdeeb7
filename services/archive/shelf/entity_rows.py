"""The entities that articles name: counted over a batch, written once.

An article names eight to thirty, and a batch names the same ones again and again: written article by article
they were half the cost.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import NamedTuple

import orjson

from services.archive.core import Entry, Named
from shared.text.skeleton import coarse, skeleton
from shared.text.tokens import fold, tokens

MOST_KNOWN = 500_000
"""Entities and words of names that are remembered, so that they need not be looked up."""

LONGEST_NAME = 200
"""Code points of a name of which words are taken."""


class _Said(NamedTuple):
    number: int
    named: Named


class EntityRows:
    """What the articles of a batch name.

    Memory of what the file holds is given up by `forget` when a transaction was taken back.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._articles = Counter[str]()
        self._said: dict[str, _Said] = {}
        self._places: dict[str, tuple[float, float]] = {}
        self._labels: set[tuple[str, str]] = set()
        self._named: list[tuple[str, int]] = []
        self._called: dict[tuple[str, str, str, str], tuple[int, int]] = {}
        self._no: dict[str, int] = {}
        self._known_surfaces: set[tuple[int, str]] = set()

    def add(self, number: int, entry: Entry) -> None:
        """Take in what the article of that *number* names."""
        for one in entry.named:
            self._articles[one.entity_id] += 1
            was = self._said.get(one.entity_id)
            if was is None or was.number < number:
                self._said[one.entity_id] = _Said(number, one)
            if one.place is not None:
                self._places.setdefault(one.entity_id, one.place)
            self._labels |= {(one.entity_id, label) for label in one.label.values()}
            self._named.append((one.entity_id, number))
            for surface in one.surfaces:
                key = (one.entity_id, entry.source, entry.lang, surface)
                n, example = self._called.get(key, (0, 0))
                self._called[key] = (n + 1, max(example, number))

    def write(self) -> None:
        """Write what was taken in."""
        if not self._named:
            return
        place = self._places.get
        self._connection.executemany(
            "INSERT INTO entities (entity_id, type, label, lat, lon, said_by, articles) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (entity_id) DO UPDATE SET articles = articles + excluded.articles, lat = coalesce(lat, excluded.lat),"
            " lon = coalesce(lon, excluded.lon), type = iif(excluded.said_by > said_by, excluded.type, type),"
            " label = iif(excluded.said_by > said_by, excluded.label, label), said_by = max(said_by, excluded.said_by)",
            [
                (
                    name,
                    said.named.type,
                    orjson.dumps(said.named.label),
                    *(place(name) or (None, None)),
                    said.number,
                    self._articles[name],
                )
                for name, said in self._said.items()
            ],
        )
        no = {name: self._number(name) for name in self._said}
        self._connection.executemany(
            "INSERT INTO named VALUES (?, ?)", [(no[name], number) for name, number in self._named]
        )
        self._connection.executemany(
            "INSERT INTO called VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (entity, source, lang, surface)"
            " DO UPDATE SET articles = articles + excluded.articles, example = max(example, excluded.example)",
            [
                (no[name], source, lang, surface, n, example)
                for (name, source, lang, surface), (n, example) in self._called.items()
            ],
        )
        labels = {(no[name], label) for name, label in self._labels}
        self._write_words(labels | {(no[name], surface) for name, _, _, surface in self._called})
        for pending in (self._articles, self._said, self._places, self._named, self._called, self._labels):
            pending.clear()

    def take_out(self, number: int, entry: Entry) -> None:
        """Take an article out again: what it named is called so once less."""
        self.write()
        for one in entry.named:
            no = self._number(one.entity_id)
            self._connection.execute("DELETE FROM named WHERE entity = ? AND number = ?", (no, number))
            self._connection.execute("UPDATE entities SET articles = articles - 1 WHERE no = ?", (no,))
            for surface in one.surfaces:
                key = (no, entry.source, entry.lang, surface)
                where = "WHERE entity = ? AND source = ? AND lang = ? AND surface = ?"
                self._connection.execute(f"UPDATE called SET articles = articles - 1 {where}", key)
                self._connection.execute(f"DELETE FROM called {where} AND articles < 1", key)

    def forget(self) -> None:
        """Give up what is remembered of the file, and what was not written."""
        self.__init__(self._connection)  # type: ignore[misc]

    def _number(self, entity_id: str) -> int:
        found = self._no.get(entity_id)
        if found is None:
            if len(self._no) >= MOST_KNOWN:
                self._no.clear()
            (found,) = self._connection.execute(
                "SELECT no FROM entities WHERE entity_id = ?", (entity_id,)
            ).fetchone()
            self._no[entity_id] = found
        return int(found)

    def _write_words(self, surfaces: set[tuple[int, str]]) -> None:
        """Enter the words of names, and how they sound.

        They stay: what nobody writes any more finds nothing.
        """
        fresh = surfaces - self._known_surfaces
        words = {(word, no) for no, surface in fresh for word in words_of(surface)}
        self._connection.executemany("INSERT OR IGNORE INTO entity_words VALUES (?, ?)", sorted(words))
        sounds = sorted((word, sound_key(word)) for word in {word for word, _ in words})
        self._connection.executemany("INSERT OR IGNORE INTO name_words VALUES (?, ?)", sounds)
        if len(self._known_surfaces) >= MOST_KNOWN:
            self._known_surfaces.clear()
        self._known_surfaces |= fresh


def words_of(name: str) -> list[str]:
    """Return the words of a name, in the form in which words are compared."""
    return [fold(token.text) for token in tokens(name[:LONGEST_NAME]) if token.is_word]


def sound_key(word: str) -> str:
    """Return the key under which words that sound like *word* lie: it finds, and decides nothing."""
    return coarse(skeleton(word))
