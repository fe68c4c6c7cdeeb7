"""The vectors of all articles as one array of int8, read once and then what is new."""

from __future__ import annotations

import sqlite3
import threading
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DIM = 384
CHUNK = 1_024
"""Vectors multiplied at once: as floats they are 1.5 MB and stay in the processor's cache, so memory is read
as int8 alone. 300,000 take 50 ms of one core; in pieces of 8,192 they take 125, and 350 where the library of
numpy then uses several threads.
"""


READ = 4_096
"""Rows read at once."""


class Near(NamedTuple):
    """An article by its number, and its cosine."""

    number: int
    score: float


class Vectors:
    """All vectors of one file.

    Those of articles that have left it stay, and are passed over by whoever looks the articles up.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seq = 0
        self._n = 0
        self._codes = np.zeros((0, DIM), np.int8)
        self._norms = np.zeros(0, np.float32)
        self._numbers = np.zeros(0, np.int64)
        self._models: dict[str, int] = {}
        self._model = np.zeros(0, np.int16)

    def refresh(self, db: sqlite3.Connection) -> None:
        """Read what has come since the last time, some thousand rows at once.

        All rows of a large archive would be a GB for a moment.
        """
        with self._lock:
            (last,) = db.execute("SELECT max(seq) FROM vectors").fetchone()
            self._room(max(0, (last or 0) - self._seq))
            found = db.execute(
                "SELECT seq, number, model, codes FROM vectors WHERE seq > ? AND length(codes) = ? ORDER BY seq",
                (self._seq, DIM),
            )
            while rows := found.fetchmany(READ):
                self._add(rows)

    def _add(self, rows: list[tuple[int, int, str, bytes]]) -> None:
        at = slice(self._n, self._n + len(rows))
        codes = np.frombuffer(b"".join([row[3] for row in rows]), np.int8).reshape(-1, DIM)
        floats = codes.astype(np.float32)
        self._codes[at] = codes
        self._norms[at] = np.sqrt(np.einsum("ij,ij->i", floats, floats))
        self._numbers[at] = [row[1] for row in rows]
        self._model[at] = [self._models.setdefault(row[2], len(self._models)) for row in rows]
        self._n, self._seq = at.stop, rows[-1][0]

    def nearest(self, vector: NDArray[np.float32], models: tuple[str, ...], most: int) -> list[Near]:
        """Return the articles whose vectors, made by one of *models*, are nearest to *vector*."""
        n = self._n
        unit = (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(np.float32)
        scores = np.empty(n, np.float32)
        for first in range(0, n, CHUNK):
            part = slice(first, min(first + CHUNK, n))
            scores[part] = self._codes[part].astype(np.float32) @ unit
        scores /= np.maximum(self._norms[:n], 1e-12)
        wanted = [place for model, place in self._models.items() if model in models]
        scores[~np.isin(self._model[:n], wanted)] = -1.0
        best = np.argpartition(-scores, min(most, n - 1))[:most] if n > most else np.arange(n)
        order = best[np.argsort(-scores[best], kind="stable")]
        return [Near(int(self._numbers[one]), float(scores[one])) for one in order if scores[one] > -1.0]

    def _room(self, more: int) -> None:
        """Make room for so many *more*: half as much again as is needed, so that growing costs little."""
        if self._n + more <= len(self._numbers):
            return
        size = (self._n + more) * 3 // 2
        for name in ("_codes", "_norms", "_numbers", "_model"):
            old = getattr(self, name)
            fresh = np.zeros((size, *old.shape[1:]), old.dtype)
            fresh[: self._n] = old[: self._n]
            setattr(self, name, fresh)
