"""Phrases of folded tokens, found in a text by their longest match; word lists are read as such."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from shared.text.tokens import fold, tokens

Key = tuple[str, ...]


class Hit(NamedTuple):
    """A phrase that stands in a text: how many tokens it has, and the value it stands for."""

    length: int
    value: str


class Phrases:
    """A set of phrases, each with a value, found at a token by its longest match."""

    def __init__(self, values: dict[Key, str]) -> None:
        self._values = values
        self._longest: dict[str, int] = {}
        for key in values:
            self._longest[key[0]] = max(len(key), self._longest.get(key[0], 0))

    def at(self, keys: Sequence[str], i: int) -> Hit | None:
        """Return the longest phrase at ``keys[i]``."""
        longest = self._longest.get(keys[i])
        if longest is None:  # nearly always: this is asked some ten thousand times an article
            return None
        for length in range(min(longest, len(keys) - i), 0, -1):
            value = self._values.get(tuple(keys[i : i + length]))
            if value is not None:
                return Hit(length, value)
        return None

    def length(self, keys: Sequence[str], i: int) -> int:
        """Return how many tokens the phrase at ``keys[i]`` has, 0 when none begins there."""
        hit = self.at(keys, i)
        return hit.length if hit else 0

    def read_at(self, keys: Sequence[str], i: int, form: str) -> Hit | None:
        """Return what `at` does, with ``keys[i]`` read as *form*."""
        longest = self._longest.get(form)
        return self.at([form, *keys[i + 1 : i + longest]], 0) if longest else None

    @property
    def first_words(self) -> AbstractSet[str]:
        """The first tokens of all phrases."""
        return self._longest.keys()

    def __contains__(self, key: str) -> bool:
        return (key,) in self._values


def keys(phrase: str) -> list[Key]:
    """Return the folded tokens of a phrase in each spelling: half-spaces also as spaces, or left out."""
    spellings = (
        [phrase, phrase.replace("\u200c", " "), phrase.replace("\u200c", "")]
        if "\u200c" in phrase
        else [phrase]
    )
    all_keys = [tuple(fold(token.text) for token in tokens(spelling)) for spelling in spellings]
    return [key for key in dict.fromkeys(all_keys) if key]


def folded_words(listed: str) -> frozenset[str]:
    """Return the words of *listed*, parted by spaces, each folded."""
    return frozenset(map(fold, listed.split()))
