"""Loads what the half-space restorer knows (words, verb forms, counts, weights) as sorted hashes.

A table of 450,000 words as a dict takes 60 MB and 0.4 s; as sorted 44-bit hashes it takes 7 MB and a
millisecond, and a look-up costs one hash for all tables. Two words share a hash with probability 3e-8 per
look-up.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from hashlib import blake2b, sha256
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

HASH_BITS = 44
FEATURE_BITS = 20
ARTEFACT = "spacing.npz"
LONGEST_WORD = 30
"""Letters of a word at most: its cuts are bits of 32."""

type Cuts = tuple[int, ...]
"""Offsets in a word before which a half-space belongs."""


def cuts_in(mask: int) -> Cuts:
    """Return the bits of *mask* as cuts."""
    return tuple(i for i in range(mask.bit_length()) if mask >> i & 1)


def hashed(word: str) -> int:
    """Return the key of *word* in every table."""
    return int.from_bytes(blake2b(word.encode(), digest_size=6).digest(), "big") >> (48 - HASH_BITS)


@dataclass(frozen=True, slots=True)
class SortedTable:
    """Hashes in rising order and the number kept for each."""

    keys: array[int]
    numbers: array[int]

    def get(self, key: int, default: int = 0) -> int:
        """Return the number of *key*, or *default*."""
        at = bisect_left(self.keys, key)
        return self.numbers[at] if at < len(self.keys) and self.keys[at] == key else default

    @classmethod
    def of(cls, numbers: Mapping[str, int]) -> SortedTable:
        """Return the table of *numbers*."""
        rows = sorted((hashed(word), number) for word, number in numbers.items())
        return cls(array("Q", (key for key, _ in rows)), array("q", (number for _, number in rows)))

    def packed(self, name: str) -> dict[str, NDArray[np.generic]]:
        """Return the arrays of the artefact: gaps between keys, and numbers, in the smallest types."""
        keys = np.array(self.keys, dtype=np.uint64)
        gaps = np.diff(keys, prepend=np.uint64(0))
        numbers = np.array(self.numbers, dtype=np.int64)
        return {
            f"{name}_gaps": gaps.astype(np.min_scalar_type(gaps.max())),
            f"{name}_numbers": numbers.astype(np.min_scalar_type(numbers.max())),
        }

    @classmethod
    def unpacked(cls, archive: Mapping[str, NDArray[np.generic]], name: str) -> SortedTable:
        """Return the table that ``packed`` wrote."""
        keys = array("Q")
        keys.frombytes(np.cumsum(archive[f"{name}_gaps"], dtype=np.uint64).tobytes())
        stored = archive[f"{name}_numbers"]
        code, kind = ("B", np.uint8) if stored.dtype.itemsize == 1 else ("I", np.uint32)
        numbers: array[int] = array(code)
        numbers.frombytes(stored.astype(kind).tobytes())
        return cls(keys, numbers)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the word list says and what training text said; every number of a cut is a bit mask or a count.

    *words*: 1 + frequency of a listed word. *seen*: times written joined. *left*, *right*: 1 + times the part
    of a cut. *compounds*, *verbs*: mask of the cuts of a listed compound, of a verb form. *lexicon_cuts*,
    *verb_cuts*: mask of all cuts that any spelling has. *split*, *apart*: under ``joined|cut`` how often the
    parts stand with a half-space, with a space. *gradable*: words that can be compared.
    """

    words: SortedTable
    seen: SortedTable
    left: SortedTable
    right: SortedTable
    compounds: SortedTable
    lexicon_cuts: SortedTable
    verbs: SortedTable
    verb_cuts: SortedTable
    split: SortedTable
    apart: SortedTable
    gradable: SortedTable


TABLES = tuple(field.name for field in fields(Knowledge))


@dataclass(frozen=True, slots=True)
class SpacingModel:
    """Knowledge, weights of the hashed features, bias."""

    knowledge: Knowledge
    weights: NDArray[np.float32]
    bias: float


def packed(model: SpacingModel, smallest: float = 0.01) -> dict[str, NDArray[np.generic]]:
    """Return the artefact's arrays; weights below *smallest* are left out."""
    index = np.nonzero(np.abs(model.weights) > smallest)[0]
    out: dict[str, NDArray[np.generic]] = {
        "weight_gaps": np.diff(index, prepend=0).astype(np.uint32),
        "weights": model.weights[index].astype(np.float16),
        "bias": np.array([model.bias], dtype=np.float32),
    }
    for name in TABLES:
        out |= getattr(model.knowledge, name).packed(name)
    return out


def unpacked(archive: Mapping[str, NDArray[np.generic]]) -> SpacingModel:
    """Return the model that ``packed`` wrote."""
    weights = np.zeros(1 << FEATURE_BITS, dtype=np.float32)
    weights[np.cumsum(archive["weight_gaps"])] = archive["weights"]
    tables = {name: SortedTable.unpacked(archive, name) for name in TABLES}
    return SpacingModel(Knowledge(**tables), weights, float(archive["bias"][0]))


@cache
def load() -> SpacingModel:
    """Return the shipped model."""
    with (
        files("services.clean").joinpath("data", ARTEFACT).open("rb") as stream,
        np.load(stream, allow_pickle=False) as archive,
    ):
        return unpacked(archive)


@cache
def digest() -> str:
    """Return the SHA-256 of the shipped model."""
    return sha256(files("services.clean").joinpath("data", ARTEFACT).read_bytes()).hexdigest()
