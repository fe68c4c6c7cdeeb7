"""The fitted numbers of detect: temperatures, thresholds, reliabilities (data/calibration.json).

``SOURCES.md`` beside it says how it is made.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from hashlib import sha256
from importlib.resources import files

import msgspec


class Bins(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One number per length of text in code points; *values* has one more than *edges*.

    A length equal to an edge belongs to the bin above it.
    """

    edges: list[int]
    values: list[float]

    def at(self, length: int) -> float:
        """Return the number for a text of *length*."""
        return self.values[bisect_right(self.edges, length)]


class Calibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fitted numbers.

    *temperature* divides the Arabic-script model's logits, *general_temperature* the other's; *act* is the
    probability from which a language is named; *dari* and *dialect* are log-ratios from which a whole
    document is marked, on at least *refine_letters* letters.
    """

    temperature: Bins
    general_temperature: Bins
    act: Bins
    dari: float
    dialect: float
    refine_letters: int


def _stored() -> bytes:
    return files("services.detect").joinpath("data", "calibration.json").read_bytes()


@cache
def calibration() -> Calibration:
    """Return the numbers of data/calibration.json, read once."""
    return msgspec.json.decode(_stored(), type=Calibration)


@cache
def digest() -> str:
    """Return the SHA-256 of data/calibration.json, hexadecimal."""
    return sha256(_stored()).hexdigest()
