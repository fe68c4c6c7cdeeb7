"""How a model's own probability is fitted to how often it is right, and how far from that it stays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.extract.tagger.confidence import logit


def fit(probabilities: Sequence[float], right: Sequence[bool], rounds: int = 50) -> list[float]:
    """Find slope and shift by Newton's method, held near (1, 0) by a prior of weight one.

    Halved steps keep it from running away.
    """
    x = np.stack([logit(np.array(probabilities)), np.ones(len(probabilities))], 1)
    y = np.array(right, np.float64)
    prior = np.array([1.0, 0.0])
    scale = prior.copy()
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-x @ scale))
        slope = x.T @ (p - y) + scale - prior
        step = np.linalg.solve((x.T * (p * (1 - p))) @ x + np.eye(2), slope)
        while _loss(scale - step, x, y, prior) > _loss(scale, x, y, prior) and np.abs(step).max() > 1e-9:
            step = step / 2
        scale = scale - step
    return [round(float(s), 4) for s in scale]


def _loss(
    scale: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64], prior: NDArray[np.float64]
) -> float:
    z = x @ scale
    return float(np.logaddexp(0, z).sum() - y @ z + ((scale - prior) ** 2).sum() / 2)


def error(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """Return the expected calibration error over *bins* of equal size.

    It is the mean distance of confidence and share right.
    """
    order = np.argsort(confidences, kind="stable")
    total = 0.0
    for part in np.array_split(order, bins):
        if len(part):
            total += len(part) * abs(
                np.mean(np.array(confidences)[part]) - np.mean(np.array(right, np.float64)[part])
            )
    return round(float(total) / max(1, len(order)), 4)
