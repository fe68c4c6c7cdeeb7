"""Event times in seconds since 1970: the units, and the hours between two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.link.numeric.vectors import Floats

Seconds = NDArray[np.float64]

HOUR_S, DAY_S = 3_600.0, 86_400.0


def hours_between(
    at: Seconds, slack: Seconds, other: Seconds | float, other_slack: Seconds | float
) -> Floats:
    """Return the hours between event times in seconds (NaN: no date), each of which may be *slack* off."""
    hours: Floats = (np.maximum(np.abs(at - other) - slack - other_slack, 0) / HOUR_S).astype(np.float32)
    return hours
