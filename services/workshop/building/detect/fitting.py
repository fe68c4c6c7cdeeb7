"""Softmax regression over hashed n-grams with numpy alone, and how its weights are stored."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from services.detect.models.ngrams import POWER

BATCH = 1024
SMOOTHING = 0.05
DECAY = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a model is trained.

    *start* scales the naive-Bayes start; 1 and above make it over-sure and worse.
    """

    buckets: int
    windows: int
    epochs: int
    rate: float
    start: float


@dataclass(frozen=True, slots=True)
class Windows:
    """Training windows: the buckets of each, and the index of its label."""

    rows: list[NDArray[np.int32]]
    gold: NDArray[np.int64]

    def flat(self, chosen: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the buckets of the *chosen* windows in one array, and the number each has."""
        return np.concatenate([self.rows[at] for at in chosen]), np.array(
            [len(self.rows[at]) for at in chosen]
        )


def fit(data: Windows, labels: int, recipe: Recipe) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights (buckets × labels) and bias: smoothed naive-Bayes log-ratios, then Adagrad.

    A random start reaches 81.2 % on dev 4-word windows after 4 epochs, this one 92.9.
    """
    weights, seen = _naive_bayes(data, labels, recipe)
    bias = np.zeros(labels, np.float32)
    squares = np.full(weights.shape, 1e-3, np.float32)
    state = np.random.RandomState(0)  # the legacy generator: its stream is frozen
    for epoch in range(recipe.epochs):
        step = np.float32(recipe.rate * (1 - epoch / recipe.epochs) + 0.02)
        order = state.permutation(len(data.rows))
        for at in range(0, len(order), BATCH):
            _descend(data, order[at : at + BATCH], (weights, bias, squares), step)
    weights[seen < 2] = 0
    return weights, bias


def _naive_bayes(data: Windows, labels: int, recipe: Recipe) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    counts = np.zeros((recipe.buckets, labels))
    seen = np.zeros(recipe.buckets, np.int64)
    for label in range(labels):
        found, sizes = data.flat(np.flatnonzero(data.gold == label))
        counts[:, label] = np.bincount(found, np.repeat(1.0 / sizes**POWER, sizes), recipe.buckets)
        seen += np.bincount(found, minlength=recipe.buckets)
    start = np.log((counts + SMOOTHING) / (counts.sum(0) + SMOOTHING * recipe.buckets)).astype(np.float32)
    start = (recipe.start * (start - start.mean(1, keepdims=True))).astype(np.float32)
    start[seen == 0] = 0
    return start, seen


type Arrays = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


def _descend(data: Windows, chosen: NDArray[np.int64], arrays: Arrays, step: np.float32) -> None:
    """One Adagrad step over a batch; changes *arrays* (weights, bias, squared gradients) in place."""
    weights, bias, squares = arrays
    found, sizes = data.flat(chosen)
    scale = (1.0 / sizes**POWER).astype(np.float32)[:, None]
    heads = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    logits = np.add.reduceat(weights[found], heads, axis=0) * scale + bias
    error = np.exp(logits - logits.max(1, keepdims=True))
    error /= error.sum(1, keepdims=True)
    here = np.arange(len(chosen))
    error[here, data.gold[chosen]] -= 1
    error /= len(chosen)
    order = np.argsort(found, kind="stable")
    hit = found[order]
    first = np.flatnonzero(np.concatenate([[True], hit[1:] != hit[:-1]]))
    gradient = np.add.reduceat((error * scale)[np.repeat(here, sizes)[order]], first, axis=0)
    used = hit[first]
    gradient += np.float32(DECAY) * weights[used]
    squares[used] += gradient * gradient
    weights[used] -= step * gradient / np.sqrt(squares[used])
    bias -= np.float32(0.1) * step * error.sum(0)


def pack(weights: NDArray[np.float32], bias: NDArray[np.float32], labels: list[str]) -> bytes:
    """Return the model as npz bytes: int8 weights, one scale a label."""
    used = np.abs(weights).sum(1) > 0
    scale = (np.percentile(np.abs(weights[used]), 99.95, axis=0) / 127).astype(np.float32)
    stored = np.clip(np.round(weights / scale), -127, 127).astype(np.int8)
    buffer = BytesIO()
    np.savez_compressed(buffer, weights=stored, scale=scale, bias=bias, labels=np.array(labels))
    return buffer.getvalue()
