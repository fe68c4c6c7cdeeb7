"""From a model's own probability to how often it is right (Platt scaling: J. Platt, 1999)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LEAST_PROBABILITY = 1e-4
"""Probabilities are kept this far from 0 and 1 before their logit is taken."""


def calibrated(probability: float, scale: Sequence[float]) -> float:
    """Map a probability by *scale* (slope, shift) on the logit, to three digits: a last bit never shows."""
    return round(float(1 / (1 + np.exp(-(scale[0] * logit(probability) + scale[1])))), 3)


def logit(probabilities: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log-odds of probabilities."""
    inside = np.clip(probabilities, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    log_odds: NDArray[np.float64] = np.log(inside / (1 - inside))
    return log_odds
