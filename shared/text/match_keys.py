"""The match keys of many lines at once, by arrays.

A module of its own, because what folds single words needs no numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from shared.text.match_key import FOLD


@cache
def _tables() -> tuple[NDArray[np.bool_], NDArray[np.uint16]]:
    """Return, for each two bytes of UTF-16, whether they stay, and what they become."""
    stays, folded = np.ones(0x10000, np.bool_), np.arange(0x10000, dtype="<u2")
    for code, letter in FOLD.items():
        stays[code] = letter is not None
        folded[code] = ord(letter) if isinstance(letter, str) else letter or 0
    return stays, folded


def match_keys(lines: Sequence[str]) -> list[str]:
    """Return the match key of each of *lines*, all at once.

    This takes 85 us for a page of 2,700 characters, line by line 200; for one word it would be three times
    slower.
    """
    if not lines:
        return []
    stays, folded = _tables()
    points = np.frombuffer("\n".join(lines).encode("utf-16-le", "surrogatepass"), "<u2")
    text = folded[points[stays[points]]].tobytes().decode("utf-16-le", "surrogatepass")
    return [" ".join(line.split()) for line in text.casefold().split("\n")]
