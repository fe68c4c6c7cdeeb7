"""Ridge logistic regression by Newton steps, and what is judged by weights that have not seen it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

STEPS, STILL = 50, 1e-6  # Newton steps at most, and the largest change of a weight that ends them
FURTHEST = 30.0  # log-odds beyond which a probability is as good as sure


def logistic(
    x: Floats,
    y: Floats,
    *,
    ridge: Floats | float,
    share: Floats,
    given: Floats | float = 0.0,
    start: Floats | None = None,
) -> Floats:
    """Return the weights [term] of rows *x* [row, term] for labels *y* (0, 1).

    *ridge* draws them to nought: one number, or one a term. A row counts *share* times. *given*: log-odds
    that are not fitted. *start*: where to begin.
    """

    def loss(w: Floats) -> float:
        said = x @ w + given
        return float((share * (np.logaddexp(0, said) - y * said)).sum() + (ridge * w) @ w / 2)

    w = np.zeros(x.shape[1]) if start is None else start.copy()
    drawn = np.diag(np.broadcast_to(ridge, x.shape[1]))
    least = loss(w)
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ w + given, -FURTHEST, FURTHEST)))
        step = np.linalg.solve(
            (x * (share * p * (1 - p))[:, None]).T @ x + drawn, x.T @ (share * (p - y)) + drawn @ w
        )
        while (now := loss(w - step)) > least and np.abs(step).max() >= STILL:
            step /= 2
        w, least = w - step, now
        if np.abs(step).max() < STILL:
            break
    return w


def folds(groups: NDArray[np.str_], docs: NDArray[np.str_]) -> Iterator[tuple[Mask, Mask]]:
    """Yield by group the pairs to judge and those to train on.

    No document [pair, 2] of a judged pair is trained on.
    """
    numbers = np.unique(docs, return_inverse=True)[1].reshape(docs.shape)
    for group in np.unique(groups):
        judged: Mask = groups == group
        yield judged, ~np.isin(numbers, numbers[judged]).any(1)


def spread(fits: Floats) -> Floats:
    """Return the standard error [term] of fits [fold, term] without one group each (the jackknife)."""
    return np.sqrt((len(fits) - 1) / len(fits) * np.square(fits - fits.mean(0)).sum(0))


def scaled(x: Floats, ridge: float) -> Floats:
    """Return a ridge for each term of *x*, by its mean square where it speaks.

    A cosine of .1 needs a weight ten times that of a fact.
    """
    square, speaks = np.square(x).sum(0), (x != 0).sum(0)
    return np.where(speaks > 0, ridge * square / np.maximum(speaks, 1), ridge)
