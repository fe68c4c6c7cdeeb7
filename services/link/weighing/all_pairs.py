"""Every pair of two small sets of articles at once: for merges and moves."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from services.link.memory.point import Point
from services.link.memory.terms import Terms, overlaps, stacked
from services.link.memory.window import Window
from services.link.model import Model
from services.link.numeric.language_classes import OTHER, class_of
from services.link.numeric.time_units import Seconds, hours_between
from services.link.numeric.vectors import Floats, Mask, Rows, Spread, deviations_above
from services.link.reading.measured import MEASURED
from services.link.weighing.pairs import WORDS_FROM, Background, Comparisons, Pairs, weigh_pairs

MOST_BY_WORDS = 3.0  # log-odds that words can add to the mean of a story's pairs


class Block(Struct, frozen=True):
    """The columns of some articles, one entry an article, in the order of their arrival."""

    rows: Rows
    lang: NDArray[np.int16]
    lang_class: NDArray[np.int8]
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
            np.concatenate((self.lang_class, [np.int8(class_of(point.lang))])),
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
    """All pairs of two sets [first, second]: log-odds, those of *words* alone, whether in one language."""

    ratio: Floats
    words: Floats
    same_language: Mask


def block(window: Window, rows: Rows) -> Block:
    """Return the columns of *rows*."""
    return Block(
        rows,
        window.lang[rows],
        window.lang_class[rows],
        window.vector[rows].astype(np.float32),
        window.norm[rows],
        window.mean[rows],
        window.deviation[rows],
        window.theme[rows],
        window.at[rows],
        window.slack[rows],
        window.own.take(rows),
        window.shared.take(rows),
        {name: column[rows] for name, column in window.measured.items()},
    )


def compare_all(a: Block, b: Block) -> Comparisons:
    """Compare each article of *a* (outermost) with each of *b*, without words."""
    norms = a.norm[:, None] * b.norm[None, :]
    cosine = np.divide(a.vector @ b.vector.T, norms, out=np.zeros_like(norms), where=norms > 0)
    i, j = np.arange(len(a.rows))[:, None], np.arange(len(b.rows))[None, :]
    of_a = Spread(a.mean[i, b.lang_class[None, :]], a.deviation[i, b.lang_class[None, :]])
    of_b = Spread(b.mean[j, a.lang_class[:, None]], b.deviation[j, a.lang_class[:, None]])
    same: Mask = a.lang[:, None] == b.lang[None, :]
    theme_level = (a.theme[:, None] + b.theme[None, :]) / np.float32(2)
    z = deviations_above(cosine, of_a, of_b)
    measured = {
        measure.name: measure.compared(
            a.measured[measure.name][:, None], b.measured[measure.name][None, :]
        ).ravel()
        for measure in MEASURED
    }
    rows = np.broadcast_to(b.rows[None, :], same.shape)
    other: Mask = (a.lang_class[:, None] == OTHER) | (b.lang_class[None, :] == OTHER)
    hours = hours_between(a.at[:, None], a.slack[:, None], b.at[None, :], b.slack[None, :])
    return Comparisons(
        rows=rows.ravel(),
        same_language=same.ravel(),
        with_vector=(norms > 0).ravel(),
        z=z.ravel(),
        word_cosine=np.zeros(z.size, np.float32),
        theme_level=theme_level.ravel(),
        hours=hours.ravel(),
        other=other.ravel(),
        measured=measured,
    )


def pairs_between(
    a: Block, b: Block, ends: Sequence[int], model: Model, *, at_least: Sequence[float]
) -> list[Ratios | None]:
    """Return, for each part of *b*, all pairs of an article of *a* and one of the part; parts end at *ends*.

    None stands for a part whose mean ratio cannot reach *at_least*. Meaning is compared first: words cost the
    most and add at most ``MOST_BY_WORDS``, so they are compared only where that could be enough.
    """
    compared, shape = compare_all(a, b), (len(a.rows), len(b.rows))
    by_meaning = weigh_pairs(compared, model).ratio.reshape(shape)
    with_vector = compared.with_vector.reshape(shape)
    parts = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
    can_reach = [
        not with_vector[:, part].all() or best_mean(by_meaning[:, part], model.share) >= least - MOST_BY_WORDS
        for part, least in zip(parts, at_least, strict=True)
    ]
    if not any(can_reach):
        return [None] * len(parts)
    columns = np.repeat(can_reach, np.diff([0, *ends]))
    same = compared.same_language.reshape(shape)
    word_cosine = np.zeros(shape, np.float32)
    word_cosine[:, columns] = _word_cosines(a, b, columns, same[:, columns])
    pairs = weigh_pairs(replace(compared, word_cosine=word_cosine.ravel()), model)
    ratio, by_words = pairs.ratio.reshape(shape), pairs.words.reshape(shape)
    return [
        Ratios(ratio[:, part], by_words[:, part], same[:, part]) if reachable else None
        for part, reachable in zip(parts, can_reach, strict=True)
    ]


def pairs_within(a: Block, model: Model) -> Pairs:
    """Return the pairs of each article of *a* (outermost) with all of *a*, as an arrival is compared."""
    compared, shape = compare_all(a, a), (len(a.rows), len(a.rows))
    cosines = _word_cosines(
        a, a, np.ones(len(a.rows), np.bool_), compared.same_language.reshape(shape)
    ).ravel()
    near = (compared.z >= WORDS_FROM) | ~compared.with_vector
    return weigh_pairs(replace(compared, word_cosine=np.where(near, cosines, np.float32(0))), model)


def best_mean(ratio: Floats, share: float) -> float:
    """Return the mean of the best *share* of some ratios."""
    best = np.sort(ratio, axis=None)[::-1][: math.ceil(ratio.size * share)]
    return float(best.astype(np.float64).mean())


def _word_cosines(a: Block, b: Block, columns: Mask, same: Mask) -> Floats:
    """Return the cosines of the words of *a* with those of the articles of *b* in some *columns*."""
    cosines = np.zeros(same.shape, np.float32)
    if same.any():
        cosines = np.where(same, overlaps(a.own, b.own.take(columns)), cosines)
    if not same.all():
        cosines = np.where(same, cosines, overlaps(a.shared, b.shared.take(columns)))
    return cosines
