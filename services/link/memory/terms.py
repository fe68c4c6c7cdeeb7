"""The terms of a text: ids of features with tf-idf weights of a unit vector, and the cosine of two texts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.link.numeric.vectors import Floats, Rows
from services.link.reading.notes import Sparse

Terms = tuple[NDArray[np.uint32], NDArray[np.uint8]]
"""Ids and weights in 255ths: of one article, or of a row each. A weight of 0 says that there is no term."""

FULL = 255.0
_TABLE = 1 << 16  # as many as a uint16 tells apart


def weighted(sparse: Sparse, rarity: Floats) -> Terms:
    """Return the features of a signature as terms, given how rare each is."""
    ids, strength = np.frombuffer(sparse.ids, np.uint32), np.frombuffer(sparse.weights, np.float32)
    weight = strength * rarity
    norm = float(np.sqrt(np.square(weight.astype(np.float64)).sum())) or 1.0
    return ids, np.rint(weight * (FULL / norm)).astype(np.uint8)


def overlap(query: Terms, held: Terms, rows: Rows) -> Floats:
    """Return the cosine of *query* with some *rows* of *held*.

    Exact: a hashed table proposes, ids decide, integers are summed.
    """
    (mine, strength), (ids, weights) = query, held
    proposes, place = np.zeros(_TABLE, np.bool_), np.empty(_TABLE, np.uint8)
    slots = mine.astype(np.uint16)  # of an id its lower half: a slot of the table
    proposes[slots], place[slots] = True, np.arange(len(slots))
    theirs = ids.take(rows, 0).ravel()
    # on truth values ten times as fast as on numbers
    at = np.flatnonzero(proposes.take(theirs.astype(np.uint16)))
    found, row = theirs[at], at // ids.shape[1]
    one = place.take(found.astype(np.uint16))
    product = (
        strength.take(one).astype(np.int64)
        * weights[rows[row], at % ids.shape[1]]
        * (mine.take(one) == found)
    )
    return (np.bincount(row, product, minlength=len(rows)) / (FULL * FULL)).astype(np.float32)


def overlaps(a: Terms, b: Terms) -> Floats:
    """Return the cosine of each row of *a* with each of *b*; integers below 2**24, exact in float32."""
    names, own = np.unique(a[0], return_inverse=True)
    at = np.minimum(names.searchsorted(b[0]), len(names) - 1)
    mine = _spread(own.reshape(a[0].shape), a[1], len(names))
    theirs = _spread(at, np.where(names[at] == b[0], b[1], np.uint8(0)), len(names))
    out: Floats = (mine @ theirs.T) / np.float32(FULL * FULL)
    return out


def _spread(at: Rows, weights: NDArray[np.uint8], width: int) -> Floats:
    """Return rows of *width* numbers with the weights where they stand, 0 elsewhere."""
    out = np.zeros((len(at), width), np.float32)
    row, column = np.nonzero(weights)
    out[row, at[row, column]] = weights[row, column]
    return out


def stacked(held: Terms, new: Terms) -> Terms:
    """Return rows of terms with those of one article more."""
    ids, weights = np.zeros(held[0].shape[1], np.uint32), np.zeros(held[0].shape[1], np.uint8)
    ids[: len(new[0])], weights[: len(new[1])] = new
    return np.concatenate((held[0], ids[None])), np.concatenate((held[1], weights[None]))
