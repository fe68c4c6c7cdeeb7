"""The live window: one packed row an article, in numpy arrays.

Rows lie in no order, so nothing may depend on where one lies.

Sums over rows are sums of integers and therefore exact: a restored window, whose rows lie elsewhere, gives
the same bits.
"""

from __future__ import annotations

import math
import zlib

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from services.link.memory.items import Row
from services.link.memory.point import Point
from services.link.memory.sketches import Sketches
from services.link.memory.terms import Terms, overlap
from services.link.numeric.language_classes import CLASSES, class_of
from services.link.numeric.vectors import DIM, Floats, Rows, dots, norm_of
from services.link.reading.measured import MEASURED
from services.link.reading.notes import Notes, decode_notes
from services.link.reading.signature import OWN_TOP, SHARED_TOP

SKETCHED_FROM = 20_000  # live articles from which a window is large; below, comparing all is as fast
SAMPLE_ROWS = 2_048  # rows of a large window that the background is measured on, or up to twice as many
_ROOM = 1024  # rows at first
_NOTES_KEPT = 512  # notes that are kept decoded: 4–8 MB; of 128 a third had to be decoded again
_SCATTERED = 2  # rows are put together first when they are fewer than one in this many


class Sample(Struct, frozen=True):
    """Every *every*-th arrival of a large window, its vectors put together."""

    every: int
    rows: Rows
    vector: NDArray[np.int8]

    def has(self, number: int) -> bool:
        """Tell whether the article with this number is in the sample."""
        return number % self.every == 0


class Window:
    """Columns of the live articles.

    ``number`` is −1 in a free row; ``background_class`` is the class of an article with a vector, else one
    more. A new column has five places: the field of ``items.Row`` that it holds, ``__init__``, ``put``,
    ``row``, and ``columns``, by which ``_grow`` lengthens arrays; lists and tables of terms it names itself.
    """

    def __init__(self) -> None:
        self.number = np.full(_ROOM, -1, np.int64)
        self.vector = np.zeros((_ROOM, DIM), np.int8)
        self.norm = np.zeros(_ROOM, np.float32)
        self.theme = np.zeros(_ROOM, np.float32)
        self.measured = {measure.name: np.zeros(_ROOM, np.float32) for measure in MEASURED}
        self.at = np.full(_ROOM, np.nan)
        self.slack = np.zeros(_ROOM)
        self.ages_from = np.zeros(_ROOM)
        self.lang = np.full(_ROOM, -1, np.int16)
        self.lang_class = np.zeros(_ROOM, np.int8)
        self.background_class = np.zeros(_ROOM, np.int8)
        self.story = np.full(_ROOM, -1, np.int32)
        self.own = Terms(np.zeros((_ROOM, OWN_TOP), np.uint32), np.zeros((_ROOM, OWN_TOP), np.uint8))
        self.shared = Terms(np.zeros((_ROOM, SHARED_TOP), np.uint32), np.zeros((_ROOM, SHARED_TOP), np.uint8))
        self.mean = np.zeros((_ROOM, len(CLASSES)), np.float32)
        self.deviation = np.ones((_ROOM, len(CLASSES)), np.float32)
        self.doc_id: list[str] = [""] * _ROOM
        self.rev: list[str] = [""] * _ROOM
        self.copy_key: list[int] = [0] * _ROOM
        self.notes: list[bytes] = [b""] * _ROOM
        self.row_of: dict[int, int] = {}
        self._rows_of: dict[int, list[int]] = {}
        self._sketches: Sketches | None = None
        self._sample: Sample | None = None
        self._in_order: Rows | None = np.zeros(0, np.intp)
        # rows to be put at its end: a restore puts thousands before anybody asks for the order
        self._to_append: list[int] = []
        self._free = list(range(_ROOM - 1, -1, -1))
        self._langs: list[str] = []
        self._notes_of_row: dict[int, Notes] = {}

    def lang_number(self, lang: str) -> int:
        """Return the number under which the column ``lang`` holds a language."""
        if lang not in self._langs:
            self._langs.append(lang)
        return self._langs.index(lang)

    def lang_name(self, number: int) -> str:
        """Return the language of a number."""
        return self._langs[number]

    def lang_at(self, row: int) -> str:
        """Return the language of a row."""
        return self._langs[int(self.lang[row])]

    def put(self, row: Row, story: int) -> int:
        """Take an article in, in place of the one with its number, and return the row it lies in."""
        if row.number in self.row_of:
            self.remove(row.number)
        if not self._free:
            self._grow()
        self._forget_sample_with(row.number)
        i = self._free.pop()
        self._append_to_order(row.number, i)
        self.row_of[row.number] = i
        self.number[i], self.story[i] = row.number, story
        self._rows_of.setdefault(story, []).append(i)
        self.at[i] = np.nan if row.at is None else row.at
        self.slack[i], self.ages_from[i] = row.slack_s, row.ages_from
        self.lang[i], self.lang_class[i] = self.lang_number(row.lang), class_of(row.lang)
        self.vector[i] = np.frombuffer(row.vector, np.int8) if row.vector else 0
        self.norm[i] = norm_of(self.vector[i])
        self.background_class[i] = self.lang_class[i] if self.norm[i] else len(CLASSES)
        self.theme[i] = row.theme
        for name, column in self.measured.items():
            column[i] = getattr(row, name)
        self.own.put(i, row.own)
        self.shared.put(i, row.shared)
        self.mean[i] = np.frombuffer(row.mean, np.float32)
        self.deviation[i] = np.frombuffer(row.deviation, np.float32)
        self.doc_id[i], self.rev[i], self.copy_key[i] = row.doc_id, row.rev, row.copy_key
        self.notes[i] = row.notes
        if self._sketches is not None:
            self._sketch(np.array([i]))
        return i

    def row(self, i: int, story_id: str) -> Row:
        """Return row *i* as an item, as a member of *story_id*."""
        at = float(self.at[i])
        return Row(
            number=int(self.number[i]),
            doc_id=self.doc_id[i],
            rev=self.rev[i],
            lang=self.lang_at(i),
            story_id=story_id,
            at=None if math.isnan(at) else at,
            slack_s=float(self.slack[i]),
            ages_from=float(self.ages_from[i]),
            copy_key=self.copy_key[i],
            vector=self.vector[i].tobytes() if self.norm[i] else b"",
            own=self.own.take(i).packed(),
            shared=self.shared.take(i).packed(),
            mean=self.mean[i].tobytes(),
            deviation=self.deviation[i].tobytes(),
            theme=float(self.theme[i]),
            notes=self.notes[i],
            **self.measured_at(i),
        )

    def remove(self, number: int) -> None:
        """Free the row with this arrival number."""
        i = self.row_of.pop(number)
        self._forget_sample_with(number)
        self._forget_order()
        self._leave_story(i)
        self._notes_of_row.pop(i, None)
        if self._sketches is not None:
            self._sketches.remove(i)
        self.number[i] = self.story[i] = self.lang[i] = -1
        self.norm[i], self.doc_id[i], self.rev[i], self.notes[i] = 0, "", "", b""
        self._free.append(i)

    def move(self, old: int, new: int) -> None:
        """Give the rows of one story to another."""
        moved = self._rows_of.pop(old, [])
        if moved:
            self.story[moved] = new
            self._rows_of.setdefault(new, []).extend(moved)

    def story_count(self, *, besides: int) -> int:
        """Return how many stories have a row, without that of the article with the number *besides*."""
        i = self.row_of.get(besides)
        return len(self._rows_of) - int(i is not None and len(self._rows_of[int(self.story[i])]) == 1)

    def has_rows(self, slot: int) -> bool:
        """Tell whether a story has a row."""
        return slot in self._rows_of

    def singletons(self, rows: Rows) -> int:
        """Return how many of *rows* are the only one of their story."""
        return sum(len(self._rows_of[story]) == 1 for story in self.story[rows].tolist())

    def members(self, slots: list[int]) -> Rows:
        """Return the rows of some stories, in the order of their arrival."""
        return self._sorted(np.array([row for slot in slots for row in self._rows_of.get(slot, ())], np.intp))

    @staticmethod
    def columns() -> tuple[str, ...]:
        """Return the names of the array columns, besides those of terms and ``measured``."""
        return (
            "number", "vector", "norm", "theme", "at", "slack", "ages_from", "lang", "lang_class",
            "background_class", "story", "mean", "deviation",
        )  # fmt: skip

    def live(self) -> Rows:
        """Return the rows in use, in the order of their arrival."""
        if self._in_order is None:
            self._in_order = self._sorted(np.flatnonzero(self.number >= 0))
        elif self._to_append:
            self._in_order = np.append(self._in_order, self._to_append)
            self._to_append.clear()
        return self._in_order

    @property
    def large(self) -> bool:
        """Whether the window is too large to be compared whole."""
        return len(self.row_of) >= SKETCHED_FROM

    def nearest(self, point: Point) -> Rows:
        """Return the rows of a large window that sketches find near *point*, in the order of arrival."""
        if self._sketches is None:
            self._sketches = Sketches(len(self.number))
            rows = np.flatnonzero(self.number >= 0)
            for start in range(0, len(rows), _ROOM):
                self._sketch(rows[start : start + _ROOM])
        vector = point.vector if point.has_vector else None
        own, shared = (Terms(terms.ids[None], terms.weights[None]) for terms in (point.own, point.shared))
        return self._sorted(self._sketches.nearest(vector, own, shared, live=len(self.row_of)))

    def sample(self) -> Sample:
        """Return the rows of a large window that stand for all: those of every n-th arrival."""
        every = 1 << max((len(self.row_of) // SAMPLE_ROWS).bit_length() - 1, 0)
        if self._sample is None or self._sample.every != every:
            rows = np.flatnonzero((self.number & (every - 1) == 0) & (self.number >= 0))
            self._sample = Sample(every, rows, self.vector[rows])
        return self._sample

    def sketched_bytes(self) -> int:
        """Return the bytes of a row's sketch, 0 in a window that has none."""
        return 0 if self._sketches is None else self._sketches.nbytes // len(self.number)

    def notes_at(self, row: int) -> Notes:
        """Return the notes of a row.

        Those decoded last are kept: an article's neighbours are often those of the one before.
        """
        notes = self._notes_of_row.get(row)
        if notes is None:
            if len(self._notes_of_row) >= _NOTES_KEPT:
                del self._notes_of_row[next(iter(self._notes_of_row))]
            notes = self._notes_of_row[row] = decode_notes(zlib.decompress(self.notes[row]))
        return notes

    def cosines(self, point: Point, rows: Rows) -> Floats:
        """Return the cosine of the vectors with each row, 0 where one is missing."""
        if not point.has_vector or not len(rows):
            return np.zeros(len(rows), np.float32)
        end = int(rows.max()) + 1
        if end > _SCATTERED * len(rows):
            products = dots(self.vector[rows], point.vector)
        else:
            products = dots(self.vector[:end], point.vector)[rows]
        return self._cosines(point, rows, products)

    def sample_cosines(self, point: Point) -> tuple[Rows, Floats]:
        """Return the rows that stand for a large window, and the cosine of the vectors with each."""
        sample = self.sample()
        if not point.has_vector:
            return sample.rows, np.zeros(len(sample.rows), np.float32)
        return sample.rows, self._cosines(point, sample.rows, dots(sample.vector, point.vector))

    def point(self, row: int) -> Point:
        """Return an article of the window as one to be compared."""
        return Point(
            lang=self.lang_at(row),
            vector=self.vector[row],
            own=self.own.take(row),
            shared=self.shared.take(row),
            at=float(self.at[row]),
            slack=float(self.slack[row]),
            norm=self.norm[row],
            measured=self.measured_at(row),
        )

    def measured_at(self, row: int) -> dict[str, float]:
        """Return the numbers of a row by the names of the measures."""
        return {name: float(column[row]) for name, column in self.measured.items()}

    def word_cosines(self, point: Point, rows: Rows) -> Floats:
        """Return the cosine of the words with each row: own features in one language, shared ones across."""
        same = self.lang[rows] == self.lang_number(point.lang)
        out = np.zeros(len(rows), np.float32)
        for chosen, terms, table in ((same, point.own, self.own), (~same, point.shared, self.shared)):
            some = rows[chosen]
            if len(some):
                out[chosen] = overlap(terms, table, some)
        return out

    def _leave_story(self, i: int) -> None:
        story = int(self.story[i])
        self._rows_of[story].remove(i)
        if not self._rows_of[story]:
            del self._rows_of[story]

    def _sorted(self, rows: Rows) -> Rows:
        by_arrival: Rows = rows[np.argsort(self.number[rows])]
        return by_arrival

    def _grow(self) -> None:
        room = len(self.number)
        for name in self.columns():
            setattr(self, name, _doubled(getattr(self, name)))
        self.own, self.shared = (
            Terms(_doubled(terms.ids), _doubled(terms.weights)) for terms in (self.own, self.shared)
        )
        self.measured = {name: _doubled(column) for name, column in self.measured.items()}
        self.number[room:] = self.story[room:] = self.lang[room:] = -1
        self.doc_id += [""] * room
        self.rev += [""] * room
        self.copy_key += [0] * room
        self.notes += [b""] * room
        self._free += range(2 * room - 1, room - 1, -1)
        if self._sketches is not None:
            self._sketches.grow(2 * room)

    def _forget_sample_with(self, number: int) -> None:
        if self._sample is not None and self._sample.has(number):
            self._sample = None

    def _sketch(self, rows: Rows) -> None:
        assert self._sketches is not None  # noqa: S101
        terms = (self.own.take(rows), self.shared.take(rows))
        self._sketches.put(rows, self.vector[rows], self.norm[rows] > 0, *terms)

    def _append_to_order(self, number: int, row: int) -> None:
        """Put a row at the end of the order, or forget the order when it belongs elsewhere."""
        if self._in_order is None:
            return
        last = self._to_append[-1:] or self._in_order[-1:]
        if self.large or (len(last) and self.number[last[0]] > number):
            self._forget_order()
        else:
            self._to_append.append(row)

    def _forget_order(self) -> None:
        self._in_order = None
        self._to_append.clear()

    def _cosines(self, point: Point, rows: Rows, products: Floats) -> Floats:
        """Return the cosines that the dot *products* with *rows* make; 0 where a row has no vector."""
        norms = self.norm.take(rows)
        cosine: Floats = np.divide(products, norms * point.norm, out=np.zeros_like(products), where=norms > 0)
        return cosine


def _doubled[Number: np.generic](column: NDArray[Number]) -> NDArray[Number]:
    """Return a column with room for as many rows more."""
    room = len(column)
    new = np.zeros((2 * room, *column.shape[1:]), column.dtype)
    new[:room] = column
    return new
