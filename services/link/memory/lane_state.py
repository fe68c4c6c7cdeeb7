"""The lane's memory: the window, the stories, the clock.

Everything in it is built by ``apply`` from changelog items alone.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, field

import numpy as np

from services.link.memory import items
from services.link.memory.earlier_news import Past
from services.link.memory.expiry import Ages
from services.link.memory.items import Aside, Clock, Ended, Habit, Row, StoryItem
from services.link.memory.window import Window
from services.link.numeric.vectors import Rows
from services.link.reading.frequency import Frequency
from services.link.reading.notes import Sparse

ROW, STORY, ALIAS, ASIDE, QUIET, ENDED, CLOCK, USUAL = "a:", "s:", "m:", "d:", "q:", "e:", "c", "g"


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


def ended_key(story_id: str) -> bytes:
    """Return the state key of a story that is closed."""
    return f"{ENDED}{story_id}".encode()


@dataclass(slots=True)
class Shelf:
    """Stories by slot: a slot is a small number that the window's rows can hold.

    Freed slots are used again.
    """

    slot_of: dict[str, int] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    free: list[int] = field(default_factory=list)

    def slot(self, story_id: str) -> int:
        """Return the slot of a story, a new one when it has none."""
        found = self.slot_of.get(story_id)
        if found is None:
            if self.free:
                found = self.free.pop()
                self.ids[found] = story_id
            else:
                found = len(self.ids)
                self.ids.append(story_id)
                self.raw.append(b"")
            self.slot_of[story_id] = found
        return found

    def put(self, story_id: str, value: bytes | None) -> None:
        """Keep a story's item; None forgets the story."""
        if value is None:
            self.drop(story_id)
        else:
            self.raw[self.slot(story_id)] = zlib.compress(value, 1)  # a record of 1.2 kB becomes .6

    def drop(self, story_id: str) -> None:
        """Forget a story."""
        found = self.slot_of.pop(story_id, None)
        if found is not None:
            self.ids[found], self.raw[found] = "", b""
            self.free.append(found)


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
        self.usual: dict[str, Habit] = {}
        self.ended: dict[str, Ended] = {}
        self.aside_ages = Ages[str]()
        self.number_of: dict[str, int] = {}
        self.rev_of: dict[str, str] = {}
        self.copies: dict[int, set[int]] = {}
        self._features: dict[int, tuple[str, int]] = {}

    def apply(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record in; None removes the key."""
        name = key.decode()
        kind, rest = name[:2], name[2:]
        if name == CLOCK and value is not None:
            self._age(items.clock(value))
        elif name == USUAL and value is not None:
            self.usual = items.usual(value)
        elif kind == ROW:
            self._forget(int(rest))
            if value is not None:
                self._take(items.row(value))
            else:
                self.past.remove(int(rest))
                self.ages.remove(int(rest))
        elif kind == STORY:
            self._shelve(rest, value)
        elif kind == ALIAS:
            self._alias(rest, value)
        elif kind == ASIDE:
            self._aside(rest, value)
        elif kind == ENDED:
            self._end(rest, value)
        elif kind == QUIET:
            (self.quiet.discard if value is None else self.quiet.add)(rest)
        else:
            raise ValueError(f"unknown state key {name[:40]!r}")

    def _shelve(self, story_id: str, value: bytes | None) -> None:
        """Keep a story's item, or forget the story.

        In a restored lane its slot must wait until its rows have left with the clock.
        """
        slot = self.shelf.slot_of.get(story_id)
        if value is None and slot is not None and self.window.has_rows(slot):
            self.shelf.raw[slot] = b""
        else:
            self.shelf.put(story_id, value)

    def _aside(self, doc_id: str, value: bytes | None) -> None:
        if value is None:
            self.asides.pop(doc_id, None)
            self.aside_ages.remove(doc_id)
        else:
            self.asides[doc_id] = items.aside(value)
            self.aside_ages.put(doc_id, self.asides[doc_id].held)

    def _end(self, story_id: str, value: bytes | None) -> None:
        """Know a closed story by all of its ids: past articles keep the id they came under."""
        story = self.ended.get(story_id) if value is None else items.ended(value)
        for known in (story_id, *(story.aliases if story is not None else ())):
            self.ended.pop(known, None)
            if story is not None and value is not None:
                self.ended[known] = story

    def _alias(self, loser: str, value: bytes | None) -> None:
        if value is None:
            self.alias.pop(loser, None)
            return
        winner = self.alias[loser] = value.decode()
        old = self.shelf.slot_of.get(loser)
        if old is not None:
            self.window.move(old, self.shelf.slot(winner))
            self.shelf.drop(loser)

    def _take(self, row: Row) -> None:
        self.ages.put(row.number, row.held)
        if row.held < self.clock.past:
            self.past.put(row)
            return
        self.window.put(row, self.shelf.slot(self.resolved(row.story_id)))
        self._count(row.lang, row.own, row.shared, 1)
        self._features[row.number] = (row.lang, row.copy_key)
        self.number_of[row.doc_id], self.rev_of[row.doc_id] = row.number, row.rev
        self.copies.setdefault(row.copy_key, set()).add(row.number)

    def _age(self, clock: Clock) -> None:
        """Set the clock; move what is past out of the window."""
        was, self.clock = self.clock.past, clock
        if clock.past <= was:
            return
        window, left = self.window, set[str]()
        for i in np.nonzero((window.number >= 0) & (window.held < self.clock.past))[0].tolist():
            row = window.row(i, self.shelf.ids[int(window.story[i])])
            self._forget(row.number)
            self.past.put(row)
            left.add(row.story_id)
        # restored: rows are remembered longer than the record of their closed story
        for story_id in sorted(left):
            slot = self.shelf.slot_of.get(story_id)
            if slot is not None and not self.shelf.raw[slot] and not window.has_rows(slot):
                self.shelf.drop(story_id)

    def _forget(self, number: int) -> None:
        i = self.window.row_of.get(number)
        if i is None:
            return
        lang, copy_key = self._features.pop(number)
        window = self.window
        own, shared = window.own_ids[i], window.shared_ids[i]
        self._count(lang, Sparse(own[own > 0].tobytes(), b""), Sparse(shared[shared > 0].tobytes(), b""), -1)
        doc_id = window.doc_id[i]
        if self.number_of.get(doc_id) == number:
            del self.number_of[doc_id], self.rev_of[doc_id]
        self.copies[copy_key].discard(number)
        if not self.copies[copy_key]:
            del self.copies[copy_key]
        window.remove(number)

    def _count(self, lang: str, own: Sparse, shared: Sparse, sign: int) -> None:
        ids = np.concatenate([np.frombuffer(own.ids, np.uint32), np.frombuffer(shared.ids, np.uint32)])
        self.frequency.add(lang, ids, sign)

    def row(self, i: int, story_id: str) -> Row:
        """Return the item of a row of the window, as a member of *story_id*."""
        window, number = self.window, int(self.window.number[i])
        doc_id, at = window.doc_id[i], float(window.at[i])
        lang, copy_key = self._features[number]
        own, shared = window.own_ids[i] > 0, window.shared_ids[i] > 0
        return Row(
            number=number,
            doc_id=doc_id,
            rev=self.rev_of[doc_id],
            lang=lang,
            story_id=story_id,
            at=None if math.isnan(at) else at,
            slack_s=float(window.slack[i]),
            held=float(window.held[i]),
            copy_key=copy_key,
            vector=window.vector[i].tobytes() if window.norm[i] else b"",
            own=Sparse(window.own_ids[i][own].tobytes(), window.own_weights[i][own].tobytes()),
            shared=Sparse(window.shared_ids[i][shared].tobytes(), window.shared_weights[i][shared].tobytes()),
            mean=window.mean[i].tobytes(),
            deviation=window.deviation[i].tobytes(),
            theme=float(window.theme[i]),
            notes=window.notes[i],
            **window.measured_at(i),
        )

    def resolved(self, story_id: str) -> str:
        """Follow merges to the story that is left."""
        while story_id in self.alias:
            story_id = self.alias[story_id]
        return story_id

    def story(self, story_id: str) -> StoryItem:
        """Return a story of the shelf; raises KeyError when it is not there."""
        return items.story(zlib.decompress(self.shelf.raw[self.shelf.slot_of[story_id]]))

    def members(self, story_id: str) -> Rows:
        """Return the window's rows of a story, oldest arrival first."""
        return self.window.members([self.shelf.slot_of[story_id]])

    def placed(self, doc_id: str) -> tuple[str, str] | None:
        """Return (story id, rev) of a document the lane still knows, None otherwise."""
        number = self.number_of.get(doc_id)
        if number is not None:
            return self.shelf.ids[int(self.window.story[self.window.row_of[number]])], self.rev_of[doc_id]
        aside = self.asides.get(doc_id)
        return (self.resolved(aside.story_id), aside.rev) if aside is not None else None
