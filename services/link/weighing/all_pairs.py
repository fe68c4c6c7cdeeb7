"""Every pair of two small sets of articles at once: for merges and moves."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from services.link.memory.compared import Point
from services.link.memory.terms import Terms, overlaps, stacked
from services.link.memory.window import Window
from services.link.model import Model
from services.link.numeric.language_classes import OTHER, class_of
from services.link.numeric.time_units import Seconds, hours_between
from services.link.numeric.vectors import Floats, Mask, Rows, above
from services.link.reading.measured import MEASURED
from services.link.weighing.pairs import WORDS_FROM, Background, Measures, Pairs, weigh_pairs

MOST_BY_WORDS = 3.0  # log-odds of a mean over a story's pairs


class Block(Struct, frozen=True):
    """The columns of some articles, oldest first."""

    rows: Rows
    lang: NDArray[np.int16]
    klass: NDArray[np.int8]
    vector: Floats
    norm: Floats
    mean: Floats
    deviation: Floats
    theme: Floats
    at: Seconds
    slack: Seconds
    own: Terms
    shared: Terms
    measured: dict[str, Floats]

    def with_point(self, window: Window, point: Point, background: Background) -> Block:
        """Return the block with an article that is not in the window yet, as its newest (row −1)."""
        vector = point.vector.astype(np.float32)
        return Block(
            np.concatenate((self.rows, [-1])),
            np.concatenate((self.lang, [np.int16(window.lang_number(point.lang))])),
            np.concatenate((self.klass, [np.int8(class_of(point.lang))])),
            np.concatenate((self.vector, vector[None])),
            np.concatenate((self.norm, [point.norm])),
            np.concatenate((self.mean, background.mean[None])),
            np.concatenate((self.deviation, background.deviation[None])),
            np.concatenate((self.theme, [np.float32(background.theme)])),
            np.concatenate((self.at, [point.at])),
            np.concatenate((self.slack, [point.slack])),
            stacked(self.own, point.own),
            stacked(self.shared, point.shared),
            {
                name: np.append(column, np.float32(point.measured[name]))
                for name, column in self.measured.items()
            },
        )


class Ratios(Struct, frozen=True):
    """All pairs of two sets [first, second]: log-odds, those of the words alone, whether of one language."""

    ratio: Floats
    words: Floats
    same: Mask


def block(window: Window, rows: Rows) -> Block:
    """Return the columns of *rows*."""
    return Block(
        rows,
        window.lang[rows],
        window.klass[rows],
        window.vector[rows].astype(np.float32),
        window.norm[rows],
        window.mean[rows],
        window.deviation[rows],
        window.theme[rows],
        window.at[rows],
        window.slack[rows],
        (window.own_ids[rows], window.own_weights[rows]),
        (window.shared_ids[rows], window.shared_weights[rows]),
        {name: column[rows] for name, column in window.measured.items()},
    )


def measure_all(a: Block, b: Block) -> Measures:
    """Return the measures of each article of *a* (outermost) with each row of *b*, without words."""
    norms = a.norm[:, None] * b.norm[None, :]
    cosine = np.divide(a.vector @ b.vector.T, norms, out=np.zeros_like(norms), where=norms > 0)
    i, j = np.arange(len(a.rows))[:, None], np.arange(len(b.rows))[None, :]
    here = a.mean[i, b.klass[None, :]], a.deviation[i, b.klass[None, :]]
    there = b.mean[j, a.klass[:, None]], b.deviation[j, a.klass[:, None]]
    same: Mask = a.lang[:, None] == b.lang[None, :]
    theme = (a.theme[:, None] + b.theme[None, :]) / np.float32(2)
    z = above(cosine, here, there)
    measured = {
        one.name: one.compared(a.measured[one.name][:, None], b.measured[one.name][None, :]).ravel()
        for one in MEASURED
    }
    rows = np.broadcast_to(b.rows[None, :], same.shape)
    other: Mask = (a.klass[:, None] == OTHER) | (b.klass[None, :] == OTHER)
    hours = hours_between(a.at[:, None], a.slack[:, None], b.at[None, :], b.slack[None, :])
    words = np.zeros(z.size, np.float32)
    return Measures(
        rows.ravel(),
        same.ravel(),
        (norms > 0).ravel(),
        z.ravel(),
        words,
        theme.ravel(),
        hours.ravel(),
        other.ravel(),
        measured,
    )


def between(
    a: Block, b: Block, ends: Sequence[int], model: Model, *, at_least: Sequence[float]
) -> list[Ratios | None]:
    """Return all pairs of an article of *a* and one of each part of *b* (parts end at *ends*).

    None for a part whose mean ratio cannot reach *at_least*. Meaning is compared first; words cost the most
    and add at most ``MOST_BY_WORDS``, so they are compared only where that could be enough.
    """
    found, shape = measure_all(a, b), (len(a.rows), len(b.rows))
    by_meaning, seen = weigh_pairs(found, model).ratio.reshape(shape), found.with_vector.reshape(shape)
    parts = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
    hope = [
        not seen[:, part].all() or best_mean(by_meaning[:, part], model.share) >= least - MOST_BY_WORDS
        for part, least in zip(parts, at_least, strict=True)
    ]
    if not any(hope):
        return [None] * len(parts)
    near = np.repeat(hope, np.diff([0, *ends]))
    same = found.same.reshape(shape)
    words = np.zeros(shape, np.float32)
    words[:, near] = _words(a, b, near, same[:, near])
    pairs = weigh_pairs(replace(found, words=words.ravel()), model)
    ratio, said = pairs.ratio.reshape(shape), pairs.words.reshape(shape)
    return [
        Ratios(ratio[:, part], said[:, part], same[:, part]) if hopeful else None
        for part, hopeful in zip(parts, hope, strict=True)
    ]


def within(a: Block, model: Model) -> Pairs:
    """Return every article of *a* (outermost) against all of *a*, itself too, as an arrival is compared."""
    found, shape = measure_all(a, a), (len(a.rows), len(a.rows))
    words = _words(a, a, np.ones(len(a.rows), np.bool_), found.same.reshape(shape)).ravel()
    return weigh_pairs(
        replace(found, words=np.where((found.z >= WORDS_FROM) | ~found.with_vector, words, np.float32(0))),
        model,
    )


def best_mean(ratio: Floats, share: float) -> float:
    """Return the mean of the best *share* of some ratios."""
    best = np.sort(ratio, axis=None)[::-1][: math.ceil(ratio.size * share)]
    return float(best.astype(np.float64).mean())


def _words(a: Block, b: Block, near: Mask, same: Mask) -> Floats:
    """Return the cosines of the words of *a* with those of the articles of *b* that are *near*."""
    words = np.zeros(same.shape, np.float32)
    if same.any():
        words = np.where(same, overlaps(a.own, (b.own[0][near], b.own[1][near])), words)
    if not same.all():
        words = np.where(same, words, overlaps(a.shared, (b.shared[0][near], b.shared[1][near])))
    return words
