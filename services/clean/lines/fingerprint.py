"""Fingerprints over match keys: MinHash and SimHash of word shingles, line by line.

The MinHash of a text has the smallest values of its lines' MinHashes, its SimHash the sign of the sum of
theirs. A line that is cut is then simply left out: the slow part is done in the process slot, before the lane
has decided which lines stay.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from shared.records import Fingerprint

VERSION = 1
PERMUTATIONS = 64
SHINGLE = 4
"""Words in a shingle; a line with fewer is one shingle."""
REMEMBERED_WORDS = 50_000
"""Words whose CRC-32 a process keeps in memory."""

_RNG = np.random.Generator(np.random.PCG64(1))
_FACTORS = (_RNG.integers(1, 1 << 63, PERMUTATIONS, dtype=np.uint64) << np.uint64(1)) | np.uint64(1)
_TERMS = _RNG.integers(0, 1 << 63, PERMUTATIONS, dtype=np.uint64)
_SHIFT = np.uint64(32)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0x100000001B3)
_LOW = np.uint64(0xFFFFFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Print:
    """A line's shingles: *minhash* (64 × uint32), *votes* of each SimHash bit, how many shingles."""

    minhash: NDArray[np.uint32]
    votes: NDArray[np.int32]
    shingles: int


def prints_of(keys: Sequence[str]) -> list[Print]:
    """Return the print of each line's match key, all at once: numpy's calls cost more than its work here."""
    if not keys:
        return []
    hashes, counts = _shingles(keys)
    starts = np.cumsum([0, *counts[:-1]])
    mixed = (hashes + np.uint64(1)) * _MIX
    permuted = _FACTORS[:, None] * mixed
    permuted += _TERMS[:, None]  # in place: another 200 kB cost a tenth to a third more
    minhashes = (np.minimum.reduceat(permuted, starts, axis=1).T >> _SHIFT).astype(np.uint32, order="C")
    bits = np.unpackbits(mixed.astype("<u8").view(np.uint8).reshape(len(mixed), 8), axis=1, bitorder="little")
    ones = np.add.reduceat(bits, starts, axis=0, dtype=np.int32)
    votes = 2 * ones - np.array(counts, np.int32)[:, None]
    return [Print(*line) for line in zip(minhashes, votes, counts, strict=True)]


def _shingles(keys: Sequence[str]) -> tuple[NDArray[np.uint64], list[int]]:
    """Return the hashes of every run of four words in every line, and how many each line has.

    The hash of a run is a polynomial of its words' hashes. A shorter line is filled up with zeros to one run.
    """
    word_hashes: list[int] = []
    counts: list[int] = []
    for key in keys:
        words = key.split()
        word_hashes += map(_word_hash, words)
        word_hashes += [0] * (SHINGLE - len(words))
        counts.append(max(1, len(words) - SHINGLE + 1))
    padded = np.array(word_hashes, np.uint64)
    shingles = np.zeros(len(word_hashes) - SHINGLE + 1, dtype=np.uint64)
    for i in range(SHINGLE):
        shingles = shingles * _STEP + padded[i : len(shingles) + i]
    inside = np.ones(len(word_hashes), dtype=np.bool_)
    ends = np.cumsum(counts) + (SHINGLE - 1) * np.arange(1, len(counts) + 1)
    for i in range(1, SHINGLE):
        inside[ends - i] = False
    shingles = shingles[inside[: len(shingles)]]
    return (shingles ^ (shingles >> np.uint64(29))) & _LOW, counts


@lru_cache(maxsize=REMEMBERED_WORDS)
def _word_hash(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))


def print_of_text(prints: Iterable[Print]) -> Print:
    """Return the print of the text that the lines of *prints* make up; at least one is needed."""
    of_lines = list(prints)
    return Print(
        np.minimum.reduce([line.minhash for line in of_lines]),
        np.add.reduce([line.votes for line in of_lines]),
        sum(line.shingles for line in of_lines),
    )


def fingerprint(keys: Iterable[str], text_print: Print) -> Fingerprint:
    """Return the record's fingerprint of a text: its lines' match *keys* and its print."""
    body = " ".join(filter(None, keys))
    simhash = sum(1 << i for i, vote in enumerate(text_print.votes.tolist()) if vote > 0)
    return Fingerprint(
        body_sha256=sha256(body.encode("utf-8", "surrogatepass")).hexdigest(),
        simhash64=f"{simhash:016x}",
        minhash=text_print.minhash.tolist(),
        version=VERSION,
    )


def packed(minhash: NDArray[np.uint32]) -> str:
    """Return a MinHash as text."""
    return base64.b64encode(minhash.astype("<u4").tobytes()).decode()


def unpacked(text: str) -> NDArray[np.uint32]:
    """Return what ``packed`` wrote."""
    return np.frombuffer(base64.b64decode(text), dtype="<u4").astype(np.uint32)
