"""The terms of a text: ids of features with tf-idf weights of a unit vector, and the cosine of two texts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.link.numeric.vectors import Floats, Mask, Rows
from services.link.reading.notes import Sparse

UNIT_WEIGHT = 255.0  # what a weight of 1 is stored as
_SLOTS = 1 << 16  # of the hashed table: as many as a uint16 tells apart


class Terms(NamedTuple):
    """The terms of one article, or a table with a row for each article; a weight of 0 means no term."""

    ids: NDArray[np.uint32]
    weights: NDArray[np.uint8]

    def take(self, rows: int | slice | Rows | Mask) -> Terms:
        """Return the terms in some rows of a table."""
        return Terms(self.ids[rows], self.weights[rows])

    def put(self, row: int, sparse: Sparse) -> None:
        """Write the terms of an article into a row of a table."""
        ids = np.frombuffer(sparse.ids, np.uint32)
        self.ids[row], self.weights[row] = 0, 0
        self.ids[row, : len(ids)] = ids
        self.weights[row, : len(ids)] = np.frombuffer(sparse.weights, np.uint8)

    def packed(self) -> Sparse:
        """Return the terms of an article as an item keeps them."""
        used = self.ids > 0
        return Sparse(self.ids[used].tobytes(), self.weights[used].tobytes())


def weighted(sparse: Sparse, rarity: Floats) -> Terms:
    """Return the features of a signature as terms, given how rare each is."""
    ids, strength = np.frombuffer(sparse.ids, np.uint32), np.frombuffer(sparse.weights, np.float32)
    weight = strength * rarity
    norm = float(np.sqrt(np.square(weight.astype(np.float64)).sum())) or 1.0
    return Terms(ids, np.rint(weight * (UNIT_WEIGHT / norm)).astype(np.uint8))


def overlap(query: Terms, table: Terms, rows: Rows) -> Floats:
    """Return the cosine of one article's terms with those of each of *rows* of a *table*.

    It is exact: a hashed table proposes matches, ids decide, integers are summed.
    """
    (my_ids, my_weights), (ids, weights) = query, table
    is_mine, place = np.zeros(_SLOTS, np.bool_), np.empty(_SLOTS, np.uint8)
    slots = my_ids.astype(np.uint16)  # the lower half of an id is its slot
    is_mine[slots], place[slots] = True, np.arange(len(slots))
    their_ids = ids.take(rows, 0).ravel()
    # on truth values ten times as fast as on numbers
    proposed = np.flatnonzero(is_mine.take(their_ids.astype(np.uint16)))
    matched, row = their_ids[proposed], proposed // ids.shape[1]
    mine = place.take(matched.astype(np.uint16))
    product = (
        my_weights.take(mine).astype(np.int64)
        * weights[rows[row], proposed % ids.shape[1]]
        * (my_ids.take(mine) == matched)
    )
    return (np.bincount(row, product, minlength=len(rows)) / (UNIT_WEIGHT * UNIT_WEIGHT)).astype(np.float32)


def overlaps(a: Terms, b: Terms) -> Floats:
    """Return the cosine of each row of *a* with each of *b*; integers below 2**24, exact in float32."""
    (a_ids, a_weights), (b_ids, b_weights) = a, b
    names, a_columns = np.unique(a_ids, return_inverse=True)
    b_columns = np.minimum(names.searchsorted(b_ids), len(names) - 1)
    mine = _spread(a_columns.reshape(a_ids.shape), a_weights, len(names))
    theirs = _spread(b_columns, np.where(names[b_columns] == b_ids, b_weights, np.uint8(0)), len(names))
    out: Floats = (mine @ theirs.T) / np.float32(UNIT_WEIGHT * UNIT_WEIGHT)
    return out


def _spread(columns: Rows, weights: NDArray[np.uint8], width: int) -> Floats:
    """Return rows of *width* numbers: each weight in its column, 0 elsewhere."""
    out = np.zeros((len(columns), width), np.float32)
    row, place = np.nonzero(weights)
    out[row, columns[row, place]] = weights[row, place]
    return out


def stacked(table: Terms, new: Terms) -> Terms:
    """Return a table of terms with the row of one article more."""
    (ids, weights), (new_ids, new_weights) = table, new
    id_row, weight_row = np.zeros(ids.shape[1], np.uint32), np.zeros(ids.shape[1], np.uint8)
    id_row[: len(new_ids)], weight_row[: len(new_weights)] = new_ids, new_weights
    return Terms(np.concatenate((ids, id_row[None])), np.concatenate((weights, weight_row[None])))
