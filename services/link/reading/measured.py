"""Measures: what link says of an article by one number, and how the numbers of two articles are compared.

Signature, row, window and block carry the number by the measure's name; a row has a field of that name
(``items.Row``).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from msgspec import Struct

from services.link.numeric.vectors import Floats
from shared.records import Article

SHORT_LETTERS = 60  # letters of a headline
LONG_LETTERS = 600  # letters of an article: the more text, the more its likeness says


class Measure(Struct, frozen=True):
    """A number of an article: *read* off the record and its letters, and *compared* with another's.

    What is compared counts as often as ``measures`` of ``model.json`` says; NaN, of an article that was kept
    before there was the measure, counts nothing.
    """

    name: str
    read: Callable[[Article, str], float]
    compared: Callable[[Floats, Floats], Floats]


def size_of(letters: int) -> float:
    """Return the logarithmic length of *letters*, from 0 for a headline to 1 for an article."""
    return min(
        max(math.log(max(letters, 1) / SHORT_LETTERS) / math.log(LONG_LETTERS / SHORT_LETTERS), 0.0), 1.0
    )


MEASURED = (
    Measure(
        "size",
        read=lambda _, letters: size_of(len(letters)),
        compared=np.minimum,
    ),
)
"""Of these ``size`` says which join fits a pair, and has no weight of its own."""


def read(article: Article, letters: str) -> dict[str, float]:
    """Return the numbers of an article by the names of the measures."""
    return {measure.name: measure.read(article, letters) for measure in MEASURED}
