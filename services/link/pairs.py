"""How likely two texts tell one event: the log-likelihood ratio of a pair, from words and from meaning against a background.

The background (symmetric normalisation, as in speaker verification) turns a cosine into standard deviations above what the two texts
show against the rest of the window. It makes a join fitted on one kind of text valid on another: on labelled posts recall at 0.1 %
false pairs went from .39 to .58.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.link.model import Join, Model
from services.link.window import CLASSES, Floats, Mask, Point, Rows, Window, class_of

_GRID = 1 << 16  # cosines are summed on this grid: sums of integers do not depend on the order of rows


@dataclass(frozen=True, slots=True)
class Background:
    """Mean and deviation of a text's cosines, by language class."""

    mean: Floats
    deviation: Floats


@dataclass(frozen=True, slots=True)
class Measures:
    """How alike one text is to each of *rows*: *z* of the meaning (where both have a vector), *words* as a cosine."""

    rows: Rows
    same: Mask
    with_vector: Mask
    z: Floats
    words: Floats


@dataclass(frozen=True, slots=True)
class Pairs:
    """One text against *rows*: the parts of each pair's ratio and the ratio itself, clipped."""

    rows: Rows
    same: Mask
    bias: Floats
    meaning: Floats
    words: Floats
    words_weight: Floats
    ratio: Floats

    def at(self, index: Rows) -> Pairs:
        """Return some of the pairs."""
        return Pairs(
            self.rows[index],
            self.same[index],
            self.bias[index],
            self.meaning[index],
            self.words[index],
            self.words_weight[index],
            self.ratio[index],
        )


def background(window: Window, cosines: Floats, rows: Rows, model: Model) -> Background:
    """Return the background of a text whose *cosines* with *rows* are known; the cold one counts as ``pseudo`` texts."""
    grid = np.rint(cosines.astype(np.float64) * _GRID).astype(np.int64)
    classes = np.where(window.norm[rows] > 0, window.klass[rows], len(CLASSES))
    mean, deviation = np.zeros(len(CLASSES)), np.zeros(len(CLASSES))
    for g in range(len(CLASSES)):
        live = grid[classes == g]
        n = model.pseudo + len(live)
        total = model.pseudo * model.cold_mean + float(live.sum()) / _GRID
        square = model.pseudo * (model.cold_mean**2 + model.cold_deviation**2) + float((live * live).sum()) / _GRID**2
        mean[g] = total / n
        deviation[g] = np.sqrt(max(square / n - mean[g] ** 2, 1e-4))
    return Background(mean.astype(np.float32), deviation.astype(np.float32))


def measure(window: Window, point: Point, rows: Rows, model: Model) -> tuple[Background, Measures]:
    """Return the background of *point* against *rows*, and how alike it is to each."""
    cosines = window.cosines(point, rows)
    behind = background(window, cosines, rows, model)
    mine, theirs = class_of(point.lang), window.klass[rows]
    here = (cosines - behind.mean[theirs]) / behind.deviation[theirs]
    there = (cosines - window.mean[rows, mine]) / window.deviation[rows, mine]
    same = window.lang[rows] == window.lang_number(point.lang)
    with_vector = (window.norm[rows] > 0) & point.has_vector
    return behind, Measures(rows, same, with_vector, (here + there) / np.float32(2), window.lexical(point, rows))


def joined(found: Measures, model: Model) -> Pairs:
    """Return the pairs with the join that fits each: inside a language or across, with vectors or without."""
    kind = found.same.astype(np.intp) + 2 * found.with_vector
    table: tuple[Join, ...] = (model.across_words, model.within_words, model.across, model.within)
    bias = np.array([join.bias for join in table], np.float32)[kind]
    meaning = np.array([join.meaning for join in table], np.float32)[kind] * found.z
    weight = np.array([join.words for join in table], np.float32)[kind]
    words = weight * found.words
    ratio = np.clip(bias + meaning + words, -model.clip, model.clip)
    return Pairs(found.rows, found.same, bias, meaning, words, weight, ratio)
