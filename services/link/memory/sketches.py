"""Sketches of the live articles, a few bits a row, so that a large window is not compared whole.

Meaning: on which side of fixed random planes a vector lies (random hyperplanes, Charikar 2002): the share of
bits that differ grows with the angle. Words: the heaviest terms of a row, hashed into a set of bits. Both are
compared with every row by counting bits, a tenth of the cost of the products. What is near is a function of
the articles alone, wherever their rows lie.
"""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
from numpy.typing import NDArray

from services.link.memory.terms import Terms
from services.link.numeric.vectors import DIM, Floats, Rows

MEANING_UINT64S = 8  # numbers that hold the meaning of a row
TERM_UINT64S = 4  # numbers that hold the terms of a row
HEAVIEST_TERMS = 6  # terms of each kind, own and shared, that are sketched
NEAREST_SHARE = 64  # one row in so many is near by meaning, and as many by words
NEAREST_LEAST = 512  # rows that are near at least, however small that share is
_AWAY = 1 << 10  # more than all bits: rows without a vector, rows that are free
_BLOCK = 32_768  # rows compared at a time: they stay in the cache, and calls are few


@cache
def _planes() -> Floats:
    """Return the planes as columns of ±1; a hash makes them, so that they are the same everywhere."""
    bits = np.frombuffer(
        hashlib.shake_256(b"khabar link planes").digest(MEANING_UINT64S * 64 * DIM // 8), np.uint8
    )
    return np.unpackbits(bits).reshape(DIM, MEANING_UINT64S * 64).astype(np.float32) * 2 - 1


def meaning_bits(vectors: NDArray[np.int8]) -> NDArray[np.uint64]:
    """Return the bits of each vector. Sums of int8 are exact in float32."""
    return np.packbits(vectors.astype(np.float32) @ _planes() >= 0, axis=1).view(np.uint64)


def word_bits(*kinds: Terms) -> NDArray[np.uint64]:
    """Return the bits of each row's heaviest terms; of equally heavy ones those with the smaller ids."""
    out = np.zeros((len(kinds[0].ids), TERM_UINT64S * 64), np.bool_)
    for ids, weights in kinds:
        heaviest = np.argsort((weights.astype(np.int64) << 32) - ids, axis=1)[:, -HEAVIEST_TERMS:]
        used = np.take_along_axis(weights, heaviest, 1) > 0
        bits = np.take_along_axis(ids, heaviest, 1) % np.uint32(TERM_UINT64S * 64)
        out[np.nonzero(used)[0], bits[used]] = True
    return np.packbits(out, axis=1).view(np.uint64)


class Sketches:
    """The bits of every row of a window with *room* for so many."""

    def __init__(self, room: int) -> None:
        self._meaning = np.zeros((MEANING_UINT64S, room), np.uint64)
        self._terms = np.zeros((TERM_UINT64S, room), np.uint64)
        self._away = np.full(room, _AWAY, np.uint16)
        self._end = 0  # no row was ever used from here on

    @property
    def nbytes(self) -> int:
        """The bytes held."""
        return self._meaning.nbytes + self._terms.nbytes + self._away.nbytes

    def put(
        self, rows: Rows, vectors: NDArray[np.int8], has_vector: NDArray[np.bool_], *kinds: Terms
    ) -> None:
        """Sketch *rows*, given their vectors and the terms of each kind."""
        self._meaning[:, rows] = meaning_bits(vectors).T
        self._terms[:, rows] = word_bits(*kinds).T
        self._away[rows] = np.where(has_vector, 0, _AWAY)
        self._end = max(self._end, int(rows.max()) + 1)

    def remove(self, row: int) -> None:
        """Forget a row."""
        self._terms[:, row], self._away[row] = 0, _AWAY

    def grow(self, room: int) -> None:
        """Make room for more rows."""
        more = room - len(self._away)
        self._meaning = np.pad(self._meaning, ((0, 0), (0, more)))
        self._terms = np.pad(self._terms, ((0, 0), (0, more)))
        self._away = np.pad(self._away, (0, more), constant_values=_AWAY)

    def nearest(self, vector: NDArray[np.int8] | None, *kinds: Terms, live: int) -> Rows:
        """Return the *live* rows nearest to an article by its vector, if it has one, and its terms."""
        most = max(NEAREST_LEAST, live // NEAREST_SHARE)
        missing = np.uint16(TERM_UINT64S * 64) - _counted(
            self._terms[:, : self._end], word_bits(*kinds)[0], np.bitwise_and
        )
        near = missing < _limit(missing, most, TERM_UINT64S * 64)
        if vector is not None:
            apart = (
                _counted(self._meaning[:, : self._end], meaning_bits(vector[None])[0], np.bitwise_xor)
                + self._away[: self._end]
            )
            near |= apart < _limit(apart, most, _AWAY)
        return np.flatnonzero(near)


def _counted(planes: NDArray[np.uint64], mine: NDArray[np.uint64], by: np.ufunc) -> NDArray[np.uint16]:
    """Return, for each row, how many bits are set when *by* combines *mine* with its own."""
    total = np.zeros(planes.shape[1], np.uint16)
    left, count = np.empty(_BLOCK, np.uint64), np.empty(_BLOCK, np.uint8)
    for start in range(0, len(total), _BLOCK):
        out = total[start : start + _BLOCK]
        n = len(out)
        for plane, bits in zip(planes, mine, strict=True):
            by(plane[start : start + n], bits, out=left[:n])
            np.add(out, np.bitwise_count(left[:n], out=count[:n]), out=out)
    return total


def _limit(distance: NDArray[np.uint16], most: int, highest: int) -> int:
    """Return the greatest number up to *highest* with at most *most* distances below; ties are not broken."""
    return min(int(np.partition(distance, most)[most]), highest) if len(distance) > most else highest
