"""Which articles are compared closely: the near ones by meaning; in a large window by sketches first."""

from __future__ import annotations

import numpy as np

from services.link.memory.past import Past
from services.link.memory.point import Point
from services.link.memory.window import Window
from services.link.model import Model
from services.link.numeric.vectors import Floats, Rows
from services.link.weighing.pairs import (
    WORDS_FROM,
    Comparisons,
    background_of,
    both_have_vectors,
    compare,
    meaning_likeness,
)


class Nearby:
    """An article's *background*, and the near *rows*, whose words were compared too, in the order of arrival.

    Likeness is kept by row, so that no row is compared twice.
    """

    def __init__(self, window: Window, past: Past, point: Point, *, besides: int, model: Model) -> None:
        """Compare *point* with the window; the article with the number *besides* (−1: none) is left out."""
        self._window, self._point, self._besides = window, point, besides
        rows = self._without_own_row(window.nearest(point) if window.large else window.live())
        cosines = window.cosines(point, rows)
        if window.large:
            sample, sample_cosines = window.sample_cosines(point)
            others = window.number[sample] != besides
            self.background, _ = background_of(
                window, past, point, sample[others], cosines=sample_cosines[others], model=model
            )
            z = meaning_likeness(window, point, self.background, rows, cosines=cosines)
        else:
            self.background, z = background_of(window, past, point, rows, cosines=cosines, model=model)
        self._z = np.full(len(window.number), np.nan, np.float32)
        self._word_cosine = np.zeros(len(window.number), np.float32)
        self.rows = self._compare_words(rows, z)

    def compared(self, rows: Rows) -> Comparisons:
        """Return how alike the article is to each of *rows*; its own row is left out."""
        rows = self._without_own_row(rows)
        window, point = self._window, self._point
        new = rows[np.isnan(self._z.take(rows))] if window.large else rows[:0]
        if len(new):
            cosines = window.cosines(point, new)
            self._compare_words(new, meaning_likeness(window, point, self.background, new, cosines=cosines))
        z, word_cosine = self._z[rows], self._word_cosine[rows]
        return compare(window, point, self.background, rows, z=z, word_cosine=word_cosine)

    def _compare_words(self, rows: Rows, z: Floats) -> Rows:
        """Keep the likeness *z* of rows, compare the words of the near ones, and return these."""
        window, point = self._window, self._point
        self._z[rows] = z
        near: Rows = rows[(z >= WORDS_FROM) | ~both_have_vectors(window, point, rows)]
        self._word_cosine[near] = window.word_cosines(point, near)
        return near

    def _without_own_row(self, rows: Rows) -> Rows:
        return rows if self._besides < 0 else rows[self._window.number[rows] != self._besides]
