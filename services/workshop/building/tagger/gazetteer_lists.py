"""Collects the gazetteer's lists of known names, folded."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from babel import Locale

from services.extract.tagger.gazetteer import LISTS
from shared.text.tokens import fold


def gazetteer_lists(lexicons: Path) -> dict[str, list[str]]:
    """Collect the lists from extract's *lexicons* (names, cities, entities) and CLDR's territories."""
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
