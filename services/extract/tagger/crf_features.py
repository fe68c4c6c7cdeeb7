"""What the CRF sees of each word: its form, ends, shape and base, gazetteer hits, clusters, neighbours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.extract.tagger.gazetteer import HITS, Gazetteer, split_clitic
from shared.text.tokens import fold

VERSION = 1
"""Part of the bundle: a model trained on other features is refused."""
LONGEST_AFFIX = 4
LISTS_OF_LANG = {"fa": "NCTO", "ar": "NCTO", "en": "LCTO"}
"""Gazetteer lists each language's model looks at."""
_DIGIT = re.compile(r"\d")

Clusters = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class _Word:
    """A word's features that do not depend on where it stands."""

    key: str
    shape: str
    features: tuple[str, ...]
    clusters: tuple[str, ...]


def shape(word: str) -> str:
    """Return the kinds of letters in *word*, runs collapsed: digit d, Arabic script a, capital X, small x.

    Signs stay as they are.
    """
    out = ""
    for char in word:
        kind = _kind(char)
        out += "" if out.endswith(kind) else kind
    return out


def _kind(char: str) -> str:
    if char.isdigit():
        return "d"
    if "\u0600" <= char <= "\u06ff":
        return "a"
    return "X" if char.isupper() else "x" if char.islower() else char


def key(word: str) -> str:
    """Return the folded word with every digit as 0."""
    return _DIGIT.sub("0", fold(word))


class Features:
    """Feature lists for sentences in one language; *clusters* maps a key to its ids, coarse to fine."""

    def __init__(self, lang: str, gazetteer: Gazetteer, clusters: Clusters) -> None:
        self._lang = lang
        self._gazetteer = gazetteer
        self._clusters = clusters
        self._wanted = [f"g={hit}" if hit[0] in LISTS_OF_LANG[lang] else "" for hit in HITS]
        self._word = lru_cache(50_000)(self._describe)

    def _describe(self, word: str) -> _Word:
        name, form = key(word), shape(word)
        features = ["w=" + name, "sh=" + form]
        for n in range(1, LONGEST_AFFIX + 1):
            if len(name) > n:
                features += [f"p{n}={name[:n]}", f"s{n}={name[-n:]}"]
        rest, clitic = split_clitic(name, self._lang)
        if clitic:
            features += ["b=" + rest, "cl=" + clitic]
        ids = self._clusters.get(name) or self._clusters.get(rest) or ()
        return _Word(name, "sh=" + form, tuple(features), tuple(f"k{i}={c}" for i, c in enumerate(ids)))

    def __call__(self, words: Sequence[str]) -> list[list[str]]:
        """Return the features of each word of a sentence."""
        described = [self._word(w) for w in words]
        hits = [
            [h for i in row if (h := self._wanted[i])]
            for row in self._gazetteer.hits([fold(w) for w in words], self._lang)
        ]
        rows = []
        for i, word in enumerate(described):
            row = ["bias", *word.features, *word.clusters, *hits[i]]
            for step in (-2, -1, 1, 2):
                j = i + step
                row += (
                    self._neighbour(described[j], hits[j], step)
                    if 0 <= j < len(described)
                    else [f"{step:+d}:EDGE"]
                )
            if i:
                row.append(f"b-={described[i - 1].key}|{word.key}")
            if i + 1 < len(described):
                row.append(f"b+={word.key}|{described[i + 1].key}")
            rows.append(row)
        return rows

    @staticmethod
    def _neighbour(word: _Word, hits: Sequence[str], step: int) -> list[str]:
        features = ["w=" + word.key, *word.clusters]
        if abs(step) == 1:
            features += [word.shape, "s3=" + word.key[-3:], "p3=" + word.key[:3], *hits]
        return [f"{step:+d}:{f}" for f in features]
