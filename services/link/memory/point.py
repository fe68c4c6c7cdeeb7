"""What is compared of an article that is not in the window yet; rows of the window hold the same."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from services.link.memory.terms import Terms


class Point(Struct, frozen=True):
    """An article to be compared: *own* are its terms inside its language, *shared* those across languages.

    *at* is its event time in seconds, NaN without a date, which may be *slack* seconds off; *norm* is the
    length of its vector.
    """

    lang: str
    vector: NDArray[np.int8]
    own: Terms
    shared: Terms
    at: float
    slack: float
    norm: np.float32
    measured: Mapping[str, float]

    @property
    def has_vector(self) -> bool:
        """Whether the encoder was there."""
        return bool(self.norm)
