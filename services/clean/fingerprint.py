"""Fingerprints over match keys: MinHash and SimHash of word shingles, line by line, so that a cut line is simply left out.

MinHash of a text is the smallest value of its lines' MinHashes, SimHash the sign of the sum of theirs: the slow part is done in the
process slot, before the lane has decided which lines stay.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable
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
_BITS = np.arange(64, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Print:
    """A line's shingles: *minhash* (64 × uint32), *votes* of each SimHash bit, how many shingles."""

    minhash: NDArray[np.uint32]
    votes: NDArray[np.int32]
    shingles: int


def print_of(key: str) -> Print:
    """Return the print of a line's match *key*."""
    words = key.split()
    count = max(1, len(words) - SHINGLE + 1)
    hashes = np.array(
        [zlib.crc32(" ".join(words[i : i + SHINGLE]).encode("utf-8", "surrogatepass")) for i in range(count)], dtype=np.uint64
    )
    mixed = (hashes + np.uint64(1)) * _MIX
    minhash = ((mixed[:, None] * _FACTORS + _TERMS) >> _SHIFT).min(axis=0).astype(np.uint32)
    ones = ((mixed[:, None] >> _BITS) & np.uint64(1)).sum(axis=0)
    return Print(minhash, (2 * ones.astype(np.int32) - count).astype(np.int32), count)


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
