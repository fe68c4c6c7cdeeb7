"""Fingerprints over match keys: MinHash and SimHash of word shingles, line by line, so that a cut line is simply left out.

MinHash of a text is the smallest value of its lines' MinHashes, SimHash the sign of the sum of theirs: the slow part is done in the
process slot, before the lane has decided which lines stay.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from shared.records import Fingerprint

VERSION = 1
PERMUTATIONS = 64
SHINGLE = 4
"""Words in a shingle; a line with fewer is one shingle."""

_RNG = np.random.Generator(np.random.PCG64(1))
_FACTORS = (_RNG.integers(1, 1 << 63, PERMUTATIONS, dtype=np.uint64) << np.uint64(1)) | np.uint64(1)
_TERMS = _RNG.integers(0, 1 << 63, PERMUTATIONS, dtype=np.uint64)
_SHIFT = np.uint64(32)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0x100000001B3)
_LOW = np.uint64(0xFFFFFFFFFFFF)
_BITS = np.arange(64, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Print:
    """A line's shingles: *minhash* (64 × uint32), *votes* of each SimHash bit, how many shingles."""

    minhash: NDArray[np.uint32]
    votes: NDArray[np.int32]
    shingles: int


def prints_of(keys: Sequence[str]) -> list[Print]:
    """Return the print of each line's match key; all lines at once, because numpy's calls cost more than its work here."""
    hashes = [_shingles(key) for key in keys]
    if not hashes:
        return []
    counts = [len(found) for found in hashes]
    starts = np.cumsum([0, *counts[:-1]])
    mixed = (np.concatenate(hashes) + np.uint64(1)) * _MIX
    minhashes = np.minimum.reduceat((mixed[:, None] * _FACTORS + _TERMS) >> _SHIFT, starts, axis=0).astype(np.uint32)
    ones = np.add.reduceat((mixed[:, None] >> _BITS & np.uint64(1)).astype(np.int32), starts, axis=0)
    return [Print(minhash, 2 * one - count, count) for minhash, one, count in zip(minhashes, ones, counts, strict=True)]


def _shingles(key: str) -> NDArray[np.uint64]:
    """Hash every run of four words; the hash of a word is CRC-32, that of a run a polynomial of its words' hashes."""
    words = np.array([zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in key.split()] or [0], dtype=np.uint64)
    size = min(SHINGLE, len(words))
    out = np.zeros(len(words) - size + 1, dtype=np.uint64)
    for i in range(size):
        out = out * _STEP + words[i : len(words) - size + 1 + i]
    return (out ^ (out >> np.uint64(29))) & _LOW


def joined(prints: Iterable[Print]) -> Print:
    """Return the print of the text that the lines of *prints* make up; at least one is needed."""
    found = list(prints)
    return Print(
        np.minimum.reduce([p.minhash for p in found]),
        np.add.reduce([p.votes for p in found]),
        sum(p.shingles for p in found),
    )


def fingerprint(keys: Iterable[str], found: Print) -> Fingerprint:
    """Return the record's fingerprint of a text: its lines' match *keys* and its print."""
    body = " ".join(" ".join(keys).split())
    simhash = sum(1 << i for i, vote in enumerate(found.votes.tolist()) if vote > 0)
    return Fingerprint(
        body_sha256=sha256(body.encode("utf-8", "surrogatepass")).hexdigest(),
        simhash64=f"{simhash:016x}",
        minhash=found.minhash.tolist(),
        version=VERSION,
    )


def packed(minhash: NDArray[np.uint32]) -> str:
    """Return a MinHash as text."""
    return base64.b64encode(minhash.astype("<u4").tobytes()).decode()


def unpacked(text: str) -> NDArray[np.uint32]:
    """Return what ``packed`` wrote."""
    return np.frombuffer(base64.b64decode(text), dtype="<u4").astype(np.uint32)
