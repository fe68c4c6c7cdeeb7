"""Lists of known names and where they stand in a sentence: evidence for the taggers, never a decision.

Five lists: person-name words in Arabic script (N) and in Latin script (L), cities (C), countries, territories
and other curated places (T), curated organisations (O). One in ten ordinary Persian words is also in the name
list, which is why a hit only counts as a feature.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

LISTS = "NLCTO"
"""The letters of the lists, in the order of their bits."""
POSITIONS = "BIS"
"""Where a word stands in a match: begin, inside, single."""
HITS = [f"{name}-{position}" for name in LISTS for position in POSITIONS]
_LIST_BITS = len(LISTS)
ARABIC_PROCLITICS = ("وال", "بال", "فال", "کال", "لل", "ال", "و", "ب", "ل", "ف")
PERSIAN_ENDINGS = ("هایی", "های", "ها", "ای", "ی", "ان")
SHORTEST_BASE = 3
"""Letters that must be left of a word without its clitic."""


def split_clitic(folded: str, lang: str) -> tuple[str, str]:
    """Return a word without its Arabic proclitic or Persian ending, and that clitic; empty without one."""
    if lang == "ar":
        for clitic in ARABIC_PROCLITICS:
            if folded.startswith(clitic) and len(folded) - len(clitic) >= SHORTEST_BASE:
                return folded[len(clitic) :], clitic
    if lang == "fa":
        for clitic in PERSIAN_ENDINGS:
            if folded.endswith(clitic) and len(folded) - len(clitic) >= SHORTEST_BASE:
                return folded[: -len(clitic)], clitic
    return folded, ""


class Gazetteer:
    """Finds names of the lists in folded words.

    *lists* maps a letter of `LISTS` to its names, folded, words parted by spaces.
    """

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        # name -> one bit for each list it is in, and above them the words of the longest name that
        # starts with it
        self._known: dict[str, int] = {}
        for bit, letter in enumerate(LISTS):
            for name in lists[letter]:
                self._known[name] = self._known.get(name, 0) | 1 << bit
                first, _, rest = name.partition(" ")
                if rest:
                    self._lengthen(first, name.count(" ") + 1)

    def _lengthen(self, first: str, words: int) -> None:
        value = self._known.get(first, 0)
        self._known[first] = value & ((1 << _LIST_BITS) - 1) | max(value >> _LIST_BITS, words) << _LIST_BITS

    def hits(self, words: Sequence[str], lang: str) -> list[list[int]]:
        """Return for each folded word the indices into `HITS` it earns.

        Longest match from left to right in each list; the first word of a name may carry a clitic.
        """
        out: list[list[int]] = [[] for _ in words]
        free = [0] * len(LISTS)  # for each list, the first word not yet inside a match
        for i, word in enumerate(words):
            sizes = self._longest_names_at(words, i, {word, split_clitic(word, lang)[0]})
            for bit in range(len(LISTS)):
                size = sizes[bit] if free[bit] <= i else 0
                if size:
                    free[bit] = i + size
                for j in range(size):
                    out[i + j].append(3 * bit + (2 if size == 1 else min(j, 1)))
        return out

    def _longest_names_at(self, words: Sequence[str], i: int, starts: set[str]) -> list[int]:
        """Return how many words the longest name of each list has that begins at word *i* with a *start*."""
        sizes = [0] * len(LISTS)
        for start in starts:
            known = self._known.get(start, 0)
            longest = max(1, known >> _LIST_BITS)
            for size in range(1, min(longest, len(words) - i) + 1):
                bits = known if size == 1 else self._known.get(" ".join((start, *words[i + 1 : i + size])), 0)
                for bit in range(len(LISTS)):
                    if bits >> bit & 1:
                        sizes[bit] = max(sizes[bit], size)
        return sizes


def load(path: Path) -> Gazetteer:
    """Read the lists of a bundle."""
    return Gazetteer(json.loads(gzip.decompress(path.read_bytes())))
