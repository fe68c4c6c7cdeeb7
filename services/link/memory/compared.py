"""An article as it is compared: what a row of the window holds of it, before it has one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from services.link.memory.terms import Terms


class Point(Struct, frozen=True):
    """An article to be compared; its terms inside its language are *own*, those across *shared*.

    *norm* is the length of the vector.
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
        """Tell whether the encoder was there."""
        return bool(self.norm)
