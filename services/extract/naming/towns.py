"""The towns that a name may be, by the table and by GeoNames, and the countries they lie in."""

from __future__ import annotations

from functools import lru_cache

from services.extract.found_name import Name
from services.extract.lexicon import snapshot
from services.extract.words_of_article import Words
from shared.records import entity_ids
from shared.text.skeleton import ARABIC
from shared.text.tokens import fold, tokens


def is_town(name: Name) -> bool:
    """Tell whether a name may be a town's: one of the table, or a place without an id."""
    row = snapshot.entity(name.entity_id) if name.entity_id else None
    return name.type in {"LOC", "FAC"} and (row is None or row.get("kind") == "city")


def country_of(name: Name) -> str:
    """Return the country that a *name* is, or whose nationality; empty for any other."""
    return entity_ids.country(name.entity_id) if name.type in {"LOC", "NORP"} else ""


def key_of(name: Name, words: Words) -> tuple[str, ...]:
    """Return the folded tokens of a *name*, a possessive 's left off."""
    return _folded(words.text[name.start : name.end].removesuffix("\u2019s").removesuffix("'s"))


@lru_cache(maxsize=4096)
def _folded(text: str) -> tuple[str, ...]:
    return tuple(fold(token.text) for token in tokens(text))


def home_of(name: Name) -> str:
    """Return the country of a town as it is now."""
    row = snapshot.entity(name.entity_id or "")
    if row and row.get("iso_of"):
        return str(row["iso_of"])
    city = city_of(name)
    return city.country if city else ""


def city_of(name: Name) -> snapshot.City | None:
    """Return the city of GeoNames that a *name*'s id is."""
    number = entity_ids.geonames_id(name.entity_id)
    return snapshot.city(number) if number else None


def towns_called(name: Name, words: Words) -> tuple[snapshot.City, ...]:
    """Return the towns called as the *name* stands there, or as its entity is labelled, the largest first."""
    key = key_of(name, words)
    script = "arabic" if ARABIC.search(words.text[name.start : name.end]) else "latin"
    towns = snapshot.namesakes(script).get(key, ())
    city = city_of(name)
    row = snapshot.entity(name.entity_id or "")
    labels = [*([city.name] if city else ()), *(row["label"].values() if row else ())]
    for label in labels:
        form = _folded(str(label))
        towns += snapshot.namesakes("arabic" if ARABIC.search(str(label)) else "latin").get(form, ())
    return tuple(sorted(dict.fromkeys(towns), key=lambda city: -city.population))
