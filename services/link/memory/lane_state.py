"""The lane's memory: the window, the stories, the clock.

Everything in it is built by ``apply`` from changelog items alone.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from services.link.memory import items
from services.link.memory.ages import Ages
from services.link.memory.items import Aside, Clock, ClosedStory, Habit, Row, StoryItem
from services.link.memory.past import Past
from services.link.memory.window import Window
from services.link.numeric.vectors import Rows
from services.link.reading.frequency import Frequency

ROW, STORY, ALIAS, ASIDE, QUIET, CLOSED, CLOCK, HABITS = "a:", "s:", "m:", "d:", "q:", "e:", "c", "g"
"""How the state keys of each kind begin; changelogs hold them, so they never change."""


def row_key(number: int) -> bytes:
    """Return the state key of the article with this arrival number."""
    return f"{ROW}{number}".encode()


def story_key(story_id: str) -> bytes:
    """Return the state key of a story."""
    return f"{STORY}{story_id}".encode()


def alias_key(story_id: str) -> bytes:
    """Return the state key that says into which story a story was merged."""
    return f"{ALIAS}{story_id}".encode()


def aside_key(doc_id: str) -> bytes:
    """Return the state key of a document that is not compared."""
    return f"{ASIDE}{doc_id}".encode()


def quiet_key(story_id: str) -> bytes:
    """Return the state key that is there while a story is quiet."""
    return f"{QUIET}{story_id}".encode()


def closed_key(story_id: str) -> bytes:
    """Return the state key of a story that is closed."""
    return f"{CLOSED}{story_id}".encode()


class KnownPlace(NamedTuple):
    """Where a document is: its story, and the revision that is there."""

    story_id: str
    rev: str


@dataclass(slots=True)
class Shelf:
    """Stories by slot: a slot is a small number that the window's rows can hold.

    Freed slots are used again.
    """

    slot_of: dict[str, int] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    compressed: list[bytes] = field(default_factory=list)
    free: list[int] = field(default_factory=list)

    def slot(self, story_id: str) -> int:
        """Return the slot of a story, a new one when it has none."""
        slot = self.slot_of.get(story_id)
        if slot is None:
            if self.free:
                slot = self.free.pop()
                self.ids[slot] = story_id
            else:
                slot = len(self.ids)
                self.ids.append(story_id)
                self.compressed.append(b"")
            self.slot_of[story_id] = slot
        return slot

    def put(self, story_id: str, value: bytes | None) -> None:
        """Keep a story's item; None forgets the story."""
        if value is None:
            self.drop(story_id)
        else:
            self.compressed[self.slot(story_id)] = zlib.compress(value, 1)  # a record of 1.2 kB becomes .6

    def drop(self, story_id: str) -> None:
        """Forget a story."""
        slot = self.slot_of.pop(story_id, None)
        if slot is not None:
            self.ids[slot], self.compressed[slot] = "", b""
            self.free.append(slot)


class LaneState:
    """What one lane remembers; see ``items`` for what a changelog record holds."""

    def __init__(self) -> None:
        self.window = Window()
        self.past = Past()
        self.ages = Ages[int]()
        self.frequency = Frequency()
        self.shelf = Shelf()
        self.clock = Clock(None, 0, -math.inf)
        self.alias: dict[str, str] = {}
        self.asides: dict[str, Aside] = {}
        self.quiet: set[str] = set()
        self.habits: dict[str, Habit] = {}
        self.closed: dict[str, ClosedStory] = {}
        self.aside_ages = Ages[str]()
        self.number_of: dict[str, int] = {}
        self.copies: dict[int, set[int]] = {}

    def apply(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record in; None removes the key."""
        name = key.decode()
        kind, rest = name[:2], name[2:]
        if name == CLOCK and value is not None:
            self._set_clock(items.clock(value))
        elif name == HABITS and value is not None:
            self.habits = items.habits(value)
        elif kind == ROW:
            self._remove_from_window(int(rest))
            if value is not None:
                self._put_row(items.row(value))
            else:
                self.past.remove(int(rest))
                self.ages.remove(int(rest))
        elif kind == STORY:
            self._put_story(rest, value)
        elif kind == ALIAS:
            self._put_alias(rest, value)
        elif kind == ASIDE:
            self._put_aside(rest, value)
        elif kind == CLOSED:
            self._put_closed(rest, value)
        elif kind == QUIET:
            (self.quiet.discard if value is None else self.quiet.add)(rest)
        else:
            raise ValueError(f"unknown state key {name[:40]!r}")

    def _put_story(self, story_id: str, value: bytes | None) -> None:
        """Keep a story's item, or forget the story.

        A restored lane may be told to forget it before the clock has moved its rows out of the window: then
        its slot waits for them.
        """
        slot = self.shelf.slot_of.get(story_id)
        if value is None and slot is not None and self.window.has_rows(slot):
            self.shelf.compressed[slot] = b""
        else:
            self.shelf.put(story_id, value)

    def _put_aside(self, doc_id: str, value: bytes | None) -> None:
        if value is None:
            self.asides.pop(doc_id, None)
            self.aside_ages.remove(doc_id)
        else:
            self.asides[doc_id] = items.aside(value)
            self.aside_ages.put(doc_id, self.asides[doc_id].ages_from)

    def _put_closed(self, story_id: str, value: bytes | None) -> None:
        """Keep a closed story under all of its ids, or forget it.

        Past articles keep the id they came under.
        """
        story = self.closed.get(story_id) if value is None else items.closed_story(value)
        for known_id in (story_id, *(story.aliases if story is not None else ())):
            self.closed.pop(known_id, None)
            if story is not None and value is not None:
                self.closed[known_id] = story

    def _put_alias(self, loser: str, value: bytes | None) -> None:
        """Give the rows of a merged story to the one that it was merged into, or forget the alias."""
        if value is None:
            self.alias.pop(loser, None)
            return
        winner = self.alias[loser] = value.decode()
        loser_slot = self.shelf.slot_of.get(loser)
        if loser_slot is not None:
            self.window.move(loser_slot, self.shelf.slot(winner))
            self.shelf.drop(loser)

    def _put_row(self, row: Row) -> None:
        """Take an article into the window, or into the past when it is too old."""
        self.ages.put(row.number, row.ages_from)
        if row.ages_from < self.clock.window_from:
            self.past.put(row)
            return
        self.window.put(row, self.shelf.slot(self.resolved(row.story_id)))
        terms = [np.frombuffer(sparse.ids, np.uint32) for sparse in (row.own, row.shared)]
        self.frequency.add(row.lang, np.concatenate(terms), 1)
        self.number_of[row.doc_id] = row.number
        self.copies.setdefault(row.copy_key, set()).add(row.number)

    def _set_clock(self, clock: Clock) -> None:
        """Set the clock; move the articles that leave the window to the past."""
        before, self.clock = self.clock.window_from, clock
        if clock.window_from <= before:
            return
        window, left_by = self.window, set[str]()
        for i in np.nonzero((window.number >= 0) & (window.ages_from < clock.window_from))[0].tolist():
            row = window.row(i, self.shelf.ids[int(window.story[i])])
            self._remove_from_window(row.number)
            self.past.put(row)
            left_by.add(row.story_id)
        # in a restored lane, rows are remembered longer than the record of their closed story
        for story_id in sorted(left_by):
            slot = self.shelf.slot_of.get(story_id)
            if slot is not None and not self.shelf.compressed[slot] and not window.has_rows(slot):
                self.shelf.drop(story_id)

    def _remove_from_window(self, number: int) -> None:
        i = self.window.row_of.get(number)
        if i is None:
            return
        window = self.window
        terms = np.concatenate((window.own.ids[i], window.shared.ids[i]))
        self.frequency.add(window.lang_at(i), terms[terms > 0], -1)
        doc_id, copy_key = window.doc_id[i], window.copy_key[i]
        if self.number_of.get(doc_id) == number:
            del self.number_of[doc_id]
        self.copies[copy_key].discard(number)
        if not self.copies[copy_key]:
            del self.copies[copy_key]
        window.remove(number)

    def resolved(self, story_id: str) -> str:
        """Follow merges to the story that is left."""
        while story_id in self.alias:
            story_id = self.alias[story_id]
        return story_id

    def story(self, story_id: str) -> StoryItem:
        """Return a story of the shelf; raises KeyError when it is not there."""
        return items.story(zlib.decompress(self.shelf.compressed[self.shelf.slot_of[story_id]]))

    def members(self, story_id: str) -> Rows:
        """Return the window's rows of a story, oldest arrival first."""
        return self.window.members([self.shelf.slot_of[story_id]])

    def slot_of_aside(self, aside: Aside) -> int | None:
        """Return the slot of the story that a document is in without being compared; None when it is gone."""
        return self.shelf.slot_of.get(self.resolved(aside.story_id))

    def placed(self, doc_id: str) -> KnownPlace | None:
        """Return where a document is that the lane still knows, None otherwise."""
        number = self.number_of.get(doc_id)
        if number is not None:
            row = self.window.row_of[number]
            return KnownPlace(self.shelf.ids[int(self.window.story[row])], self.window.rev[row])
        aside = self.asides.get(doc_id)
        return None if aside is None else KnownPlace(self.resolved(aside.story_id), aside.rev)
