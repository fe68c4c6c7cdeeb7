"""Fits the pair joins on NTREX-128 (translated news), inside a language and across.

A join is a log-likelihood ratio of (meaning, words).

    python -m services.workshop.building.link.pair_joins --data DIR [--cache DIR]

DIR holds ``ntrex-dev/``; the joins go to the standard output, and by hand into model.json. --cache keeps the
chunks' extracted records.

Positives: lead chunks (1, 2, 4 sentences, all) of the two halves of one document, which share no sentence;
negatives: other documents of as many sentences. All chunks go through the stages before link, as an article
does. The bias is the balanced one, prior 1 : 1; the linker takes the prior of its stream off itself. A join
that holds for all pairs of languages fits no worse than one per pair and holds for languages never seen here;
one that does not know the length of the texts does fit worse.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.link.memory.terms import UNIT_WEIGHT, weighted
from services.link.reading.frequency import Frequency
from services.link.reading.measured import size_of
from services.link.reading.notes import Sparse
from services.link.reading.signature import Signature
from services.workshop.building.link.lexicon_and_counts import rows
from services.workshop.building.link.ridge import logistic
from services.workshop.streams.before_link import Earlier
from services.workshop.streams.link_fold import made, record_of, signed

Floats = NDArray[np.float64]

LANGS = ("fa", "ar", "en")
CHUNKS = {1: 2, 2: 1, 4: 1, 0: 1}  # sentences a chunk (0: all of the half) -> how many lead chunks are taken
RIDGE = 1e-3


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of half a document: features by id, unit vector, length (``measured.size_of``)."""

    event: str
    half: int
    lang: str
    own: dict[int, float]
    shared: dict[int, float]
    vector: Floats
    size: float


def texts(data: Path, sentences: int) -> Iterator[tuple[str, int, str, str]]:
    """Yield (event, half, language, text) of the lead chunks of so many *sentences*."""
    for row in sorted(
        rows(data / "ntrex-dev" / "docs.jsonl.gz"), key=lambda row: (row["event"], row["lang"])
    ):
        for half in (0, 1) if row["lang"] in LANGS else ():
            part = row["sentences"][half::2]
            for k in range(CHUNKS[sentences]):
                found = part[k * sentences : (k + 1) * sentences] if sentences else part
                if found:
                    yield row["event"], half, row["lang"], " ".join(found)


def chunks(data: Path, sentences: int, earlier: Earlier) -> list[Chunk]:
    """Return all lead chunks of one number of *sentences*, as the linker would hold them."""
    found = list(texts(data, sentences))
    records = [
        record_of(made(f"{i}", text, "2024-01-01T00:00:00Z"), declared=lang)
        for i, (_, _, lang, text) in enumerate(found)
    ]
    out = []
    for signature in signed(records, earlier):
        event, half, lang, _ = found[int(signature.doc_id)]
        if signature.lang == lang and signature.vector:
            out.append(_chunk(event, half, signature))
    return out


def _chunk(event: str, half: int, signature: Signature) -> Chunk:
    vector = np.frombuffer(signature.vector, np.int8).astype(np.float64)
    own, shared = (_sparse(part, signature.lang) for part in (signature.own, signature.shared))
    return Chunk(
        event,
        half,
        signature.lang,
        own,
        shared,
        vector / np.sqrt((vector * vector).sum()),
        size_of(signature.text_chars),
    )


def _sparse(found: Sparse, lang: str) -> dict[int, float]:
    ids, weights = weighted(found, Frequency().rarity(lang, np.frombuffer(found.ids, np.uint32)))
    return dict(zip(ids.tolist(), (weights / UNIT_WEIGHT).tolist(), strict=True))


def pairs(found: list[Chunk], a: str, b: str) -> tuple[Floats, Floats]:
    """Return rows (1, z, words) of a headline and of an article, and labels.

    Paired are half 0 in language *a* and half 1 in language *b*.
    """
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
            z = (
                (cosine[i, j] - mean[b][i]) / deviation[b][i] + (cosine[i, j] - mean[a][j]) / deviation[a][j]
            ) / 2
            size, row = min(found[i].size, found[j].size), np.array((1.0, z, _dot(found[i], found[j])))
            x.append(np.concatenate([(1 - size) * row, size * row]))
            y.append(event[i] == event[j])
    return np.array(x), np.array(y, float)


def _dot(a: Chunk, b: Chunk) -> float:
    left, right = (a.own, b.own) if a.lang == b.lang else (a.shared, b.shared)
    return sum(weight * right[key] for key, weight in left.items() if key in right)


def balanced(x: Floats, y: Floats, *, equal: bool) -> Floats:
    """Return the weights of a ridge logistic regression, its bias for a prior of 1 : 1.

    *equal*: both classes weigh the same.
    """
    rarity = y.sum() / (len(y) - y.sum())
    w = logistic(x, y, ridge=RIDGE, share=np.where(y > 0, 1.0, rarity if equal else 1.0))
    if not equal:
        w[[0, x.shape[1] // 2]] -= np.log(rarity)
    return w


def join(x: Floats, y: Floats, columns: list[int]) -> dict[str, dict[str, float]]:
    """Return the balanced join over some *columns* of (1, z, words).

    The short one is fitted on pairs as rare as they are, which makes it strict with words (near misses: B³
    .76 against .72); the long one on equal classes, which makes it steep (NTREX halves: CEAFe .88 against
    .85).
    """
    both, out = x[:, [*columns, *(c + 3 for c in columns)]], {}
    short = balanced(both, y, equal=False)[: len(columns)]
    long = balanced(both, y, equal=True)[len(columns) :]
    for name, part in (("short", short), ("long", long)):
        found = dict(zip(columns, part.tolist(), strict=True))
        out[name] = {key: round(found.get(i, 0.0), 4) for i, key in enumerate(("bias", "meaning", "words"))}
    return out


def fit(data: Path, earlier: Earlier) -> dict[str, dict[str, dict[str, float]]]:
    """Return the four joins of ``model.json``."""
    found = [chunks(data, sentences, earlier) for sentences in CHUNKS]
    out = {}
    for name, same in (("across", False), ("within", True)):
        parts = [
            pairs(some, a, b)
            for some in found
            for a, b in combinations_with_replacement(LANGS, 2)
            if (a == b) == same
        ]
        x, y = np.vstack([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
        out[name], out[f"{name}_words"] = join(x, y, [0, 1, 2]), join(x, y, [0, 2])
    return out


def main() -> None:
    """Print the joins."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    given = parser.parse_args()
    if not (given.data / "ntrex-dev").is_dir():
        parser.error(f"{given.data / 'ntrex-dev'} is missing: the documents to fit on")
    print(json.dumps(fit(given.data, Earlier(given.cache)), indent=2))  # noqa: T201


if __name__ == "__main__":
    main()
