"""The packaged arrays of the linear models, and the one product each of them makes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from services.detect.models import ngrams

FEWEST_POINTS = 4
"""Fewer normalised code points than this, two border spaces among them, give no answer."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearModel:
    """A softmax over hashed n-grams: *weights* (buckets × labels, padded), *scale* and *bias* one a label.

    Sums of int8 values stay below 2 ** 24, so they are exact in float32 whatever the order of addition: the
    same answer on every machine. The table itself stays int8: a quarter of the memory, and as fast.
    """

    labels: tuple[str, ...]
    weights: NDArray[np.int8]
    scale: NDArray[np.float64]
    bias: NDArray[np.float64]

    def logits(self, points: NDArray[np.uint32]) -> NDArray[np.float64] | None:
        """Return one logit a label for folded *points*, None where they hold fewer than two letters."""
        if len(points) < FEWEST_POINTS:
            return None
        buckets = ngrams.hashes(points, len(self.weights))
        total = np.ones(len(buckets), np.float32) @ self.weights.take(buckets, axis=0).astype(np.float32)
        logits: NDArray[np.float64] = (
            total[: len(self.labels)] * self.scale / len(buckets) ** ngrams.POWER + self.bias
        )
        return logits


def _stored_bytes(name: str) -> bytes:
    return files("services.detect").joinpath("data", f"{name}.npz").read_bytes()


@cache
def load(name: str) -> LinearModel:
    """Return the model data/*name*.npz, read once."""
    with np.load(BytesIO(_stored_bytes(name)), allow_pickle=False) as stored:
        return from_arrays(
            stored["weights"], stored["scale"], stored["bias"], [str(label) for label in stored["labels"]]
        )


def from_arrays(
    weights: NDArray[np.int8], scale: NDArray[np.float32], bias: NDArray[np.float32], labels: list[str]
) -> LinearModel:
    """Return the model of stored arrays, rows padded to eights of columns: the product is faster."""
    padded = np.zeros((len(weights), -(-len(labels) // 8) * 8), np.int8)
    padded[:, : len(labels)] = weights
    return LinearModel(tuple(labels), padded, scale.astype(np.float64), bias.astype(np.float64))


@cache
def digest(*names: str) -> str:
    """Return the SHA-256 over the stored models *names*, hexadecimal."""
    return sha256(b"".join(_stored_bytes(name) for name in names)).hexdigest()
