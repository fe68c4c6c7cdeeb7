"""How common each feature is in a language: counts of licensed text at first, then of the live window too."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.link.numeric.vectors import Floats

Ids = NDArray[np.uint32]

_PATH = Path(str(files("services.link") / "data/frequency.npz"))
# of the hashed table: 30,000 live features share 11 % of the buckets, mostly with rare ones
BUCKETS = 1 << 18
# texts that a language is taken to have shown before its first, so that its first words are not all common
UNSEEN = 50


@cache
def _licensed_counts() -> Mapping[str, NDArray[np.integer]]:
    with np.load(_PATH, allow_pickle=False) as arrays:
        return dict(arrays)


class Frequency:
    """Document counts by language. What is added must be taken away again when it leaves the window."""

    def __init__(self) -> None:
        self._texts_with: dict[str, NDArray[np.uint16]] = {}
        self._texts: dict[str, int] = {}

    def add(self, lang: str, ids: Ids, sign: int) -> None:
        """Count one text with the features *ids* (*sign* 1) or forget it (−1)."""
        table = self._table(lang)
        self._texts[lang] += sign
        buckets = ids & (BUCKETS - 1)
        table[buckets] = table[buckets] + np.uint16(sign % (1 << 16))  # a bucket met twice counts once

    def rarity(self, lang: str, ids: Ids) -> Floats:
        """Return −log of the share of texts with each feature, never below 0."""
        share = (self._table(lang).take(ids & (BUCKETS - 1)) + 0.5) / (self._texts[lang] + UNSEEN)
        rarity: Floats = np.maximum(-np.log(share), 0).astype(np.float32)
        return rarity

    def _table(self, lang: str) -> NDArray[np.uint16]:
        table = self._texts_with.get(lang)
        if table is None:
            table = self._texts_with[lang] = np.zeros(BUCKETS, np.uint16)
            self._texts[lang] = 0
            licensed = _licensed_counts()
            if f"{lang}.n" in licensed:
                np.add.at(table, licensed[f"{lang}.ids"] & (BUCKETS - 1), licensed[f"{lang}.df"])
                self._texts[lang] = int(licensed[f"{lang}.n"])
        return table


LICENSED = Frequency()
"""Counts of licensed text alone: signatures are made where no lane is known. Nothing is added to it."""
