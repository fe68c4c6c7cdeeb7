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
from typing import Any

from shared.text.tokens import fold

LISTS = "NLCTO"
PLACES = "BIS"
"""Where a word stands in a match: begin, inside, single."""
HITS = [f"{name}-{place}" for name in LISTS for place in PLACES]
_LENGTH = len(LISTS)
PROCLITICS = ("وال", "بال", "فال", "کال", "لل", "ال", "و", "ب", "ل", "ف")
ENDINGS = ("هایی", "های", "ها", "ای", "ی", "ان")
LEAST_BASE = 3


def base(folded: str, lang: str) -> tuple[str, str]:
    """Split off an Arabic proclitic or a Persian ending: (rest, clitic), the clitic empty where there is
    none. Evidence only.
    """
    if lang == "ar":
        for clitic in PROCLITICS:
            if folded.startswith(clitic) and len(folded) - len(clitic) >= LEAST_BASE:
                return folded[len(clitic) :], clitic
    if lang == "fa":
        for clitic in ENDINGS:
            if folded.endswith(clitic) and len(folded) - len(clitic) >= LEAST_BASE:
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
        self._known[first] = value & ((1 << _LENGTH) - 1) | max(value >> _LENGTH, words) << _LENGTH

    def hits(self, words: Sequence[str], lang: str) -> list[list[int]]:
        """Return for each folded word the indices into `HITS` it earns.

        Longest match from left to right in each list; the first word of a name may carry a clitic.
        """
        out: list[list[int]] = [[] for _ in words]
        free = [0] * len(LISTS)  # for each list, the first word not yet inside a match
        for i, word in enumerate(words):
            found = self._at(words, i, {word, base(word, lang)[0]})
            for bit in range(len(LISTS)):
                size = found[bit] if free[bit] <= i else 0
                if size:
                    free[bit] = i + size
                for j in range(size):
                    out[i + j].append(3 * bit + (2 if size == 1 else min(j, 1)))
        return out

    def _at(self, words: Sequence[str], i: int, starts: set[str]) -> list[int]:
        """Longest name of each list that begins at word *i*, in words."""
        found = [0] * len(LISTS)
        for start in starts:
            known = self._known.get(start, 0)
            longest = max(1, known >> _LENGTH)
            for size in range(1, min(longest, len(words) - i) + 1):
                bits = known if size == 1 else self._known.get(" ".join((start, *words[i + 1 : i + size])), 0)
                for bit in range(len(LISTS)):
                    if bits >> bit & 1:
                        found[bit] = max(found[bit], size)
        return found


def load(path: Path) -> Gazetteer:
    """Read the lists as `build_gazetteer` wrote them."""
    return Gazetteer(json.loads(gzip.decompress(path.read_bytes())))


def build_gazetteer(lexicons: Path) -> dict[str, list[str]]:
    """Collect the lists from extract's ``names``, ``cities`` and ``entities`` (folder *lexicons*) and the
    territories of CLDR.
    """
    from babel import Locale  # noqa: PLC0415  build time only

    names, rows, curated = (
        json.loads(gzip.decompress((lexicons / f"{n}.json.gz").read_bytes()))
        for n in ("names", "cities", "entities")
    )
    cities = {_key(name) for row in rows for name in (row[1], *row[6])}
    lands = _aliases(curated, "LOC")
    for code in ("fa", "ar", "ckb", "ps", "ur", "en"):
        locale = Locale.parse(code)
        lands |= {_key(name) for territory, name in locale.territories.items() if len(territory) == 2}
        cities |= {_key(zone["city"]) for zone in locale.time_zones.values() if "city" in zone}
    found = {
        "N": set(names["arabic"]),
        "L": set(names["latin"]),
        "C": cities,
        "T": lands,
        "O": _aliases(curated, "ORG"),
    }
    return {letter: sorted(n for n in found[letter] if n) for letter in LISTS}


def _aliases(curated: Mapping[str, Any], kind: str) -> set[str]:
    """Return the folded names of curated entities of one type, in the languages with training text."""
    return {
        key
        for lang in ("fa", "ar", "en")
        for key, entity, use, _ in curated["aliases"][lang]
        if use == "name" and curated["entities"].get(entity, {}).get("type") == kind
    }


def _key(name: str) -> str:
    return " ".join(filter(None, map(fold, name.replace("\u200c", " ").split())))
