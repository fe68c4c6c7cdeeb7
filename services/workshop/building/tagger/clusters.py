"""Word clusters from raw text.

Co-occurrence counts, positive pointwise mutual information, truncated SVD, k-means at three sizes.

Levy and Goldberg, NIPS 2014, for the matrix; Halko, Martinsson and Tropp 2011 for the decomposition. One
thread and fixed seeds give the same bytes; numpy alone, build time only.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.extract.tagger.crf_features import key
from services.workshop.building.tagger.tagged_text import read
from shared.text.tokens import tokens

SIZES = (64, 256, 1000)
DIM, SPARE, POWERS = 80, 20, 3
WINDOW, LEAST = 3, 4
SHIFT = np.log(2)
"""Taken off the mutual information: pairs barely more common than chance say nothing."""
_STOP = re.compile(r"[\n.!؟?]+")

Array = NDArray[np.float64]


def build_clusters(data: Path, lang: str) -> dict[str, list[int]]:
    """Return by word its ids among 64, 256 and 1000 clusters; words seen four times below *data*."""
    vocabulary, vectors = _vectors(list(_sentences(data, lang)))
    ids = np.stack([_k_means(vectors, min(size, len(vectors) // 4)) for size in SIZES], 1)
    return dict(zip(vocabulary, ids.tolist(), strict=True))


def _sentences(data: Path, lang: str) -> Iterator[list[str]]:
    """Yield sentences of word keys from what a shipped model may be built on."""
    for path in sorted((data / "ner").glob(f"{lang}-*.train.conll.gz")):
        for document in read(path, lang):
            yield from ([key(w) for w in s.words] for s in document)
    for text in _texts(data, lang):
        for part in _STOP.split(text):
            words = [key(t.text) for t in tokens(part)]
            if len(words) > 2:
                yield words


def _texts(data: Path, lang: str) -> Iterator[str]:
    if lang == "fa":
        for row in _lines(data / "zwnj/farsnews.jsonl.gz"):
            yield from (row["title"], row["abstract"], *row["paragraphs"])
    for name in ("tico19", "sib200"):
        yield from (row[lang] for row in _lines(data / f"lexicon/{name}.en-ar-fa.jsonl.gz"))
    yield from (
        row["text"]
        for row in _lines(data / "langid/train.jsonl.gz")
        if row["lang"] == lang and row["source"] == "tatoeba"
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf8") as file:
        yield from map(json.loads, file)


def _vectors(sentences: Sequence[Sequence[str]]) -> tuple[list[str], Array]:
    counts = Counter(w for s in sentences for w in s)
    vocabulary = sorted(w for w, n in counts.items() if n >= LEAST)
    matrix = _mutual_information(_pairs(sentences, {w: i for i, w in enumerate(vocabulary)}), len(vocabulary))
    rng = np.random.default_rng(1)
    basis = matrix.times(rng.standard_normal((2 * len(vocabulary), DIM + SPARE)))
    turned = matrix.turned()
    for _ in range(POWERS):
        basis = matrix.times(turned.times(np.linalg.qr(basis)[0]))
    basis = np.linalg.qr(basis)[0]
    left, strength, _ = np.linalg.svd(turned.times(basis).T, full_matrices=False)
    vectors = (basis @ left[:, :DIM]) * np.sqrt(strength[:DIM])
    return vocabulary, vectors / np.maximum(1e-9, np.linalg.norm(vectors, axis=1, keepdims=True))


def _pairs(sentences: Sequence[Sequence[str]], number: dict[str, int]) -> Counter[tuple[int, int]]:
    """Count (word, neighbour), left and right apart: syntax matters more than topic here."""
    pairs: Counter[tuple[int, int]] = Counter()
    for sentence in sentences:
        ids = [number.get(w, -1) for w in sentence]
        for i, word in enumerate(ids):
            for j in range(max(0, i - WINDOW), min(len(ids), i + WINDOW + 1)):
                if j != i and word >= 0 and ids[j] >= 0:
                    pairs[word, 2 * ids[j] + (j > i)] += 1
    return pairs


class _Sparse:
    """A matrix of *size* rows by its cells, which are sorted by row."""

    def __init__(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], values: Array, shape: tuple[int, int]
    ) -> None:
        order = np.lexsort((columns, rows))
        self.rows, self.columns, self.values, self.shape = rows[order], columns[order], values[order], shape

    def turned(self) -> _Sparse:
        return _Sparse(self.columns, self.rows, self.values, self.shape[::-1])

    def times(self, dense: Array) -> Array:
        """Multiply by a dense matrix, some cells at a time."""
        out = np.zeros((self.shape[0], dense.shape[1]))
        for at in range(0, len(self.rows), 200_000):
            rows = self.rows[at : at + 200_000]
            starts = np.flatnonzero(np.diff(rows, prepend=-1))
            products = self.values[at : at + 200_000, None] * dense[self.columns[at : at + 200_000]]
            out[rows[starts]] += np.add.reduceat(products, starts)
        return out


def _mutual_information(pairs: Counter[tuple[int, int]], size: int) -> _Sparse:
    cells = np.array(sorted(pairs), np.int64)
    counts = np.array([pairs[a, b] for a, b in cells.tolist()], np.float64)
    rows, columns = cells.T
    by_row = np.bincount(rows, counts, size)
    smooth = np.bincount(columns, counts, 2 * size) ** 0.75
    smooth /= smooth.sum()
    values = np.log(counts / by_row[rows] / smooth[columns]) - SHIFT
    kept = values > 0
    return _Sparse(rows[kept], columns[kept], values[kept], (size, 2 * size))


def _k_means(vectors: Array, size: int, rounds: int = 15) -> NDArray[np.int64]:
    """Cluster unit vectors by cosine."""
    centres = vectors[np.random.default_rng(size).choice(len(vectors), size, replace=False)]
    for _ in range(rounds):
        own = (vectors @ centres.T).argmax(1)
        total = np.zeros_like(centres)
        np.add.at(total, own, vectors)
        centres = total / np.maximum(1e-9, np.linalg.norm(total, axis=1, keepdims=True))
    nearest: NDArray[np.int64] = (vectors @ centres.T).argmax(1)
    return nearest
