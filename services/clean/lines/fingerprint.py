"""Fingerprints over match keys: MinHash and SimHash of word shingles, line by line, so that a cut line is
simply left out.

MinHash of a text is the smallest value of its lines' MinHashes, SimHash the sign of the sum of theirs: the
slow part is done in the process slot, before the lane has decided which lines stay.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain

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


@dataclass(frozen=True, slots=True)
class Print:
    """A line's shingles: *minhash* (64 × uint32), *votes* of each SimHash bit, how many shingles."""

    minhash: NDArray[np.uint32]
    votes: NDArray[np.int32]
    shingles: int


def prints_of(keys: Sequence[str]) -> list[Print]:
    """Return the print of each line's match key; all lines at once, because numpy's calls cost more than its
    work here.
    """
    if not keys:
        return []
    hashes, counts = _shingles([key.split() or [""] for key in keys])
    starts = np.cumsum([0, *counts[:-1]])
    mixed = (hashes + np.uint64(1)) * _MIX
    minhashes = np.minimum.reduceat((mixed[:, None] * _FACTORS + _TERMS) >> _SHIFT, starts, axis=0).astype(
        np.uint32
    )
    bits = np.unpackbits(mixed.astype("<u8").view(np.uint8).reshape(len(mixed), 8), axis=1, bitorder="little")
    ones = np.add.reduceat(bits, starts, axis=0, dtype=np.int32)
    return [
        Print(minhash, 2 * one - count, count)
        for minhash, one, count in zip(minhashes, ones, counts, strict=True)
    ]


def _shingles(lines: list[list[str]]) -> tuple[NDArray[np.uint64], list[int]]:
    """Hash every run of four words of every line, and count them by line.

    The hash of a word is CRC-32, that of a run a polynomial of its words' hashes. A shorter line is filled up
    with zeros to one run.
    """
    crc = {
        word: zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in set(chain.from_iterable(lines))
    }
    filled = [[crc[word] for word in line] + [0] * (SHINGLE - len(line)) for line in lines]
    words = np.array(list(chain.from_iterable(filled)), dtype=np.uint64)
    counts = [len(line) - SHINGLE + 1 for line in filled]
    out = np.zeros(len(words) - SHINGLE + 1, dtype=np.uint64)
    for i in range(SHINGLE):
        out = out * _STEP + words[i : len(out) + i]
    inside = np.ones(len(words), dtype=np.bool_)
    for end in np.cumsum([len(line) for line in filled]).tolist():
        inside[end - SHINGLE + 1 : end] = False
    out = out[inside[: len(out)]]
    return (out ^ (out >> np.uint64(29))) & _LOW, counts


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
