"""The hub lexicon: what a Persian or Arabic word means in English stems.

Loads the packaged data once, on first use.
"""

from __future__ import annotations

import gzip
import json
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from services.link.reading.words import stem, variants

_PATH = Path(str(files("services.link") / "data/hub.json.gz"))


@cache
def _lexicon() -> dict[str, Any]:
    lexicon: dict[str, Any] = json.loads(gzip.decompress(_PATH.read_bytes()))
    return lexicon


@cache
def ordinary_words() -> frozenset[str]:
    """Return the English words that licensed text writes in lower case; a headline's capital says nothing."""
    return frozenset(_lexicon()["lower"])


def covers(lang: str) -> bool:
    """Tell whether *lang* has a lexicon."""
    return lang in _lexicon()["ibm"]


@lru_cache(100_000)
def english(word: str, lang: str) -> tuple[tuple[str, float], ...]:
    """Return the English stems of a folded *word* with weights that sum to at most 1."""
    lexicon = _lexicon()
    targets = dict(lexicon["ibm"][lang].get(stem(word, lang), {}))
    wordnet = lexicon["wordnet"][lang]
    for form in variants(word, lang):
        senses = wordnet.get(form) or (wordnet.get(form + "ه") if lang == "ar" else None)
        if senses:
            for target, p in senses.items():
                targets[target] = targets.get(target, 0.0) + p
            break
    mass = max(sum(targets.values()), 1.0)
    return tuple((target, p / mass) for target, p in targets.items())
