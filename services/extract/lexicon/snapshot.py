"""Loads what the names are looked up in: the curated table, GeoNames' cities, name words and ordinary words.

All of it together is the pinned snapshot: ``snapshot_sha256`` goes into every record, and the same snapshot
gives the same ids.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import orjson

from shared.text.tokens import fold, tokens

Use = Literal["name", "adj", "naming", "source", "head", "word", "cued"]
"""What an alias is: a name, a nationality, an epithet, a source's name, an organisation without its state, an
everyday word too, or a name that counts only after a cue.
"""
SNAPSHOT_PARTS = ("entities", "cities", "names", "ordinary")
_ARABIC_SCRIPT = ("fa", "ar")
_ALIAS_LANGS = {
    "fa": ("fa", "en"),
    "ar": ("ar", "en"),
    "en": ("en",),
    "ur": ("ur", "fa", "ar", "en"),
    "ckb": ("ckb", "fa", "ar", "en"),
    "ps": ("ps", "fa", "en"),
    "fa-AF": ("fa", "en"),
    "az": ("az", "tr", "en"),
}
"""Languages whose aliases count in texts of a language; in others its own and the English ones."""


@dataclass(frozen=True, slots=True)
class Alias:
    """A name of an entity: its folded tokens, its use, and the capitals that its first letters need."""

    key: tuple[str, ...]
    entity_id: str
    use: Use
    capitals: Literal["", "first", "all"]


@dataclass(frozen=True, slots=True)
class City:
    """One city of GeoNames; *region* is the code of its state where states stand behind towns, else empty."""

    geonames_id: int
    name: str
    country: str
    lat: float
    lon: float
    population: int
    region: str = ""


@cache
def _packed(part: str) -> bytes:
    return (files("services.extract") / f"data/{part}.json.gz").read_bytes()


@cache
def _loaded(part: str) -> Any:
    return orjson.loads(gzip.decompress(_packed(part)))


@cache
def snapshot_sha256() -> str:
    """Return the hash over all parts of the snapshot."""
    whole = hashlib.sha256()
    for part in SNAPSHOT_PARTS:
        whole.update(hashlib.sha256(_packed(part)).digest())
    return whole.hexdigest()


def entity(entity_id: str) -> dict[str, Any] | None:
    """Return the row of a known entity: type, kind, label by language, and where it lies if it is a place."""
    row: dict[str, Any] | None = _loaded("entities")["entities"].get(entity_id)
    return row


def resolved(entity_id: str) -> str:
    """Return the id that *entity_id* was merged into, or itself; chains were collapsed by the build."""
    merged: str = _loaded("entities")["redirects"].get(entity_id, entity_id)
    return merged


@cache
def aliases(lang: str) -> dict[str, tuple[Alias, ...]]:
    """Return the aliases used in texts of *lang* by their first token, longest first."""
    by_key: dict[tuple[str, ...], Alias] = {}
    for code in _ALIAS_LANGS.get(lang, (lang, "en")):
        for form, entity_id, use, capitals in _loaded("entities")["aliases"].get(code, ()):
            key = tuple(form.split(" "))
            by_key.setdefault(key, Alias(key, entity_id, use, capitals))
    by_first_token: dict[str, list[Alias]] = {}
    for alias in by_key.values():
        by_first_token.setdefault(alias.key[0], []).append(alias)
    return {
        first: tuple(sorted(group, key=lambda alias: -len(alias.key)))
        for first, group in by_first_token.items()
    }


@cache
def curated_names() -> tuple[tuple[str, str], ...]:
    """Return ``(name, entity id)`` of every curated person in every language, for unknown spellings."""
    names = []
    for entity_id, row in _loaded("entities")["entities"].items():
        if row["type"] == "PER":
            names += [(name, entity_id) for name in dict.fromkeys(row["names"])]
    return tuple(names)


@cache
def _all_cities() -> tuple[tuple[City, tuple[str, ...]], ...]:
    """Return every city with its names in Arabic script."""
    return tuple(
        (City(number, name, country, lat, lon, population, region), tuple(arabic_names))
        for number, name, country, lat, lon, population, arabic_names, region in _loaded("cities")
    )


@cache
def city(geonames_id: int) -> City | None:
    """Return the city of a number of GeoNames."""
    return _city_numbers().get(geonames_id)


@cache
def _city_numbers() -> dict[int, City]:
    return {city.geonames_id: city for city, _ in _all_cities()}


@cache
def namesakes(script: Literal["arabic", "latin"]) -> dict[tuple[str, ...], tuple[City, ...]]:
    """Return all cities of every name, the largest first, by the folded tokens of the name."""
    by_name: dict[tuple[str, ...], list[City]] = {}
    for city, arabic_names in _all_cities():
        for form in arabic_names if script == "arabic" else (city.name,):
            key = tuple(fold(token.text) for token in tokens(form))
            if sum(map(len, key)) >= 3 and city not in by_name.setdefault(key, []):
                by_name[key].append(city)
    return {key: tuple(sorted(cities, key=lambda city: -city.population)) for key, cities in by_name.items()}


@cache
def cities(script: Literal["arabic", "latin"]) -> dict[tuple[str, ...], City]:
    """Return the largest city of every name, by the folded tokens of the name."""
    return {key: group[0] for key, group in namesakes(script).items()}


@cache
def name_words(script: Literal["arabic", "latin"]) -> frozenset[str]:
    """Return folded words that person names are made of."""
    return frozenset(_loaded("names")[script])


@cache
def ordinary(lang: str) -> frozenset[str]:
    """Return folded words that are no names in running text, for fa, ar and en."""
    return frozenset(_loaded("ordinary").get(lang, {}).get("ordinary", ()))


@cache
def seen_outside_names(lang: str) -> frozenset[str]:
    """Return every folded word that running text has shown outside names; any other may be a name."""
    return ordinary(lang) | frozenset(_loaded("ordinary").get(lang, {}).get("seen", ()))


def load(lang: str) -> None:
    """Read everything a text of *lang* needs, before the first one comes."""
    aliases(lang)
    curated_names()
    cities("arabic" if lang in _ARABIC_SCRIPT else "latin")
    name_words("arabic" if lang in _ARABIC_SCRIPT else "latin")
    seen_outside_names(lang)
