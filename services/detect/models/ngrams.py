"""Hashed n-grams of a folded text: what the own models are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ORDERS = 5
"""n-grams of 1 to this many code points; 1-5 beat 1-4 on dev."""

POWER = 0.35
"""An n-gram counts 1 / (number of n-grams) ** POWER, and so does the sum: .35 beat .5 and .7 on dev."""

LONGEST_WHOLE = 900
"""Code points of a text up to which all of it is read."""

HALF_SAMPLE = 450
"""Code points read from the beginning of a longer text, and as many from its middle."""

_SPREAD, _PRIME = np.uint32(2654435761), np.uint32(0x01000193)
_MIX, _SHIFT = np.uint32(0x85EBCA6B), np.uint32(15)


def sample(text: str) -> str:
    """Return *text*, or two pieces of it when it is long."""
    if len(text) <= LONGEST_WHOLE:
        return text
    middle = len(text) // 2
    return f"{text[:HALF_SAMPLE]} {text[middle : middle + HALF_SAMPLE]}"


def hashes(points: NDArray[np.uint32], buckets: int) -> NDArray[np.uint32]:
    """Return the bucket of every n-gram of *points*, order by order; *buckets* is a power of two."""
    codes = points * _SPREAD
    mask, n = np.uint32(buckets - 1), len(codes)
    rolling = np.zeros(n, np.uint32)
    by_order = []
    for order in range(1, min(ORDERS, n) + 1):
        rolling = ((rolling[: n - order + 1] * _PRIME) ^ codes[order - 1 :]) * _MIX
        rolling ^= rolling >> _SHIFT
        by_order.append(rolling & mask)
    return np.concatenate(by_order) if by_order else rolling
