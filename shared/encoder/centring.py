"""Where each language's vectors lie on average: taken away, cosines of two languages mean the same.

The means come from licensed text (``data/SOURCES.md``), never from the news that is compared.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).with_name("data")
MEANS = DATA / "means.npz"

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Centre:
    """Mean vector of each language's licensed text; *rest* serves all others. *sha256* names the file."""

    means: Mapping[str, Floats]
    rest: Floats
    sha256: str

    def __call__(self, vectors: Floats, lang: str) -> Floats:
        """Take the mean of *lang* away from unit vectors [..., dim] and give them unit length again."""
        return unit(vectors - self.means.get(lang, self.means.get(lang.split("-", maxsplit=1)[0], self.rest)))


@functools.cache
def load(path: Path = MEANS) -> Centre:
    """Load the means, default: the shipped ones."""
    with np.load(path, allow_pickle=False) as file:
        means = dict(zip(file["langs"].tolist(), file["means"], strict=True))
        rest = file["rest"]
    return Centre(means, rest, hashlib.sha256(path.read_bytes()).hexdigest())


def unit(vectors: Floats) -> Floats:
    """Scale vectors [..., dim] to unit length."""
    return (vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)).astype(np.float32)


def pack(vectors: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Store vectors [..., dim] as int8 with one scale each: ``codes * scale``.

    It costs no quality (below .001 AUC).
    """
    scale = (np.abs(vectors).max(-1, keepdims=True) / 127).astype(np.float32)
    return np.rint(vectors / np.maximum(scale, 1e-12)).astype(np.int8), scale


def unpack(codes: NDArray[np.int8], scale: Floats) -> Floats:
    """Undo `pack`; unit length."""
    return unit(codes.astype(np.float32) * scale)
