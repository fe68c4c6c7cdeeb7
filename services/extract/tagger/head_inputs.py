"""The numbers the head reads for each token: encoder states, gazetteer hits, its neighbours' hits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.extract.tagger.gazetteer import HITS, Gazetteer

HIT_VALUE = 2.0
"""What a hit counts: states have a spread of about one."""


def gazetteer_inputs(gazetteer: Gazetteer, folded: Sequence[str], lang: str) -> NDArray[np.float32]:
    """Return float32 [words, 3 * len(HITS)]: hits of each word, of the one before and the one after."""
    rows = np.zeros((len(folded) + 2, len(HITS)), np.float32)
    for row, hits in zip(rows[1:-1], gazetteer.hits(folded, lang), strict=True):
        row[hits] = HIT_VALUE
    return np.concatenate([rows[1:-1], rows[:-2], rows[2:]], 1)
