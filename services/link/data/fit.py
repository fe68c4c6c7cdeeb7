"""Fits the pair joins on NTREX-128 (translated news): log-likelihood ratio of (meaning, words), inside a language and across.

    python -m services.link.data.fit --data DIR [--cache DIR]

Positives: lead chunks (1, 2, 4 sentences, all) of the two halves of one document, which share no sentence; negatives: other documents.
The bias is the balanced one, prior 1 : 1; the linker takes the prior of its stream off itself. A join that holds for all pairs of
languages fits no worse than one per pair and holds for languages never seen here.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.link.data.build import rows
from services.link.features import feature_id, own_names, shared_names
from services.link.frequency import Frequency
from services.link.items import Sparse
from services.link.signature import OWN_TOP, SHARED_TOP
from services.link.window import weighted
from services.link.words import tokens
from shared.encoder import centring, load

Floats = NDArray[np.float64]

LANGS = ("fa", "ar", "en")
CHUNKS = {1: 2, 2: 1, 4: 1, 0: 1}  # sentences a chunk (0: all of the half) -> how many lead chunks are taken
RIDGE, STEPS = 1e-3, 50


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one half of a document, with its features by id and its centred vector."""

    event: str
    half: int
    lang: str
    own: dict[int, float]
    shared: dict[int, float]
    vector: NDArray[np.float32]


def texts(data: Path, size: int) -> Iterator[tuple[str, int, str, str]]:
    """Yield (event, half, language, text) of the lead chunks of *size* sentences."""
    for row in sorted(rows(data / "ntrex-dev" / "docs.jsonl.gz"), key=lambda row: (row["event"], row["lang"])):
        for half in (0, 1) if row["lang"] in LANGS else ():
            part = row["sentences"][half::2]
            for k in range(CHUNKS[size]):
                found = part[k * size : (k + 1) * size] if size else part
                if found:
                    yield row["event"], half, row["lang"], " ".join(found)


def sparse(text: str, lang: str, names: Callable[..., Iterator[tuple[str, float]]], top: int) -> dict[int, float]:
    """Return the weighted features of a text as the linker would hold them."""
    strength: dict[int, float] = {}
    for word, _, _ in tokens(text):
        for name, weight in names(word, lang):
            key = feature_id(name)
            strength[key] = strength.get(key, 0.0) + weight
    ids = np.array(list(strength), np.uint32)
    values = 1 + np.log1p(np.array(list(strength.values()), np.float32))
    rarity = Frequency().rarity(lang, ids)
    order = np.lexsort((ids, -values * rarity))[:top]
    found, weights = weighted(Sparse(ids[order].tobytes(), values[order].tobytes()), rarity[order])
    return dict(zip(found.tolist(), (weights / 255.0).tolist(), strict=True))


def chunks(data: Path, size: int, encode: Callable[[str, str], NDArray[np.float32]]) -> list[Chunk]:
    """Return all lead chunks of one size."""
    return [
        Chunk(event, half, lang, sparse(text, lang, own_names, OWN_TOP), sparse(text, lang, shared_names, SHARED_TOP), encode(text, lang))
        for event, half, lang, text in texts(data, size)
    ]


def pairs(found: list[Chunk], a: str, b: str) -> tuple[Floats, Floats]:
    """Return rows (1, z, words) and labels of the pairs of half 0 in language *a* with half 1 in language *b*."""
    vectors = np.array([chunk.vector for chunk in found])
    cosine = vectors @ vectors.T
    event, lang = np.array([chunk.event for chunk in found]), np.array([chunk.lang for chunk in found])
    other = event[:, None] != event[None, :]
    mean, deviation = {}, {}
    for g in (a, b):  # the background: the other documents
        counted = other & (lang == g)[None, :]
        n = counted.sum(1)
        mean[g] = (cosine * counted).sum(1) / n
        deviation[g] = np.sqrt((cosine * cosine * counted).sum(1) / n - mean[g] ** 2)
    left = [i for i, chunk in enumerate(found) if chunk.lang == a and chunk.half == 0]
    right = [i for i, chunk in enumerate(found) if chunk.lang == b and chunk.half == 1]
    x, y = [], []
    for i in left:
        for j in right:
            z = ((cosine[i, j] - mean[b][i]) / deviation[b][i] + (cosine[i, j] - mean[a][j]) / deviation[a][j]) / 2
            x.append((1.0, z, _dot(found[i], found[j])))
            y.append(event[i] == event[j])
    return np.array(x), np.array(y, float)


def _dot(a: Chunk, b: Chunk) -> float:
    left, right = (a.own, b.own) if a.lang == b.lang else (a.shared, b.shared)
    return sum(weight * right[key] for key, weight in left.items() if key in right)


def logistic(x: Floats, y: Floats) -> Floats:
    """Return the weights of a ridge logistic regression (Newton steps), the bias left free."""
    w, ridge = np.zeros(x.shape[1]), RIDGE * np.eye(x.shape[1])
    ridge[0, 0] = 1e-6
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        w -= np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, x.T @ (p - y) + ridge @ w)
    return w


def join(x: Floats, y: Floats, columns: list[int]) -> dict[str, float]:
    """Return the balanced join over some columns; what counts against a likeness is left out and the rest fitted again."""
    w = logistic(x[:, columns], y)
    if (w[1:] < 0).any():
        return join(x, y, [c for c, v in zip(columns, w, strict=True) if c == 0 or v > 0])
    w[0] += np.log((len(y) - y.sum()) / y.sum())
    found = dict(zip(columns, w.tolist(), strict=True))
    return {name: round(found.get(i, 0.0), 4) for i, name in enumerate(("bias", "meaning", "words"))}


def fit(data: Path, cache: Path | None) -> dict[str, dict[str, float]]:
    """Return the four joins of ``model.json``."""
    encoder, centre = load(cache), centring.load()

    def encode(text: str, lang: str) -> NDArray[np.float32]:
        return centre(encoder.texts([text])[0], lang)

    found = [chunks(data, size, encode) for size in CHUNKS]
    out = {}
    for name, same in (("across", False), ("within", True)):
        parts = [pairs(some, a, b) for some in found for a, b in combinations_with_replacement(LANGS, 2) if (a == b) == same]
        x, y = np.vstack([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
        out[name], out[f"{name}_words"] = join(x, y, [0, 1, 2]), join(x, y, [0, 2])
    return out


def main() -> None:
    """Print the joins."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    given = parser.parse_args()
    if not (given.data / "ntrex-dev").is_dir():
        parser.error(f"{given.data / 'ntrex-dev'} is missing: the documents to fit on")
    print(json.dumps(fit(given.data, given.cache), indent=2))  # noqa: T201


if __name__ == "__main__":
    main()
