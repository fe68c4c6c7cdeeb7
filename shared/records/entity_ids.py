"""The ids of entities: what the letters before the colon say.

``iso:`` a country (ISO 3166), ``gn:`` a city (GeoNames), ``wd:`` anything else that Wikidata has, ``e:``
curated here and in none of them; these four are in the snapshot. ``p:`` is provisional: made of the sound of
a name that no snapshot knows.
"""

from __future__ import annotations

COUNTRY, CITY, WIKIDATA, CURATED, PROVISIONAL = "iso:", "gn:", "wd:", "e:", "p:"


def of_country(code: str) -> str:
    """Return the id of a country by its code."""
    return COUNTRY + code


def country(entity_id: str | None) -> str:
    """Return the code of the country that the id is of, empty for any other and for none."""
    return entity_id.removeprefix(COUNTRY) if entity_id and entity_id.startswith(COUNTRY) else ""


def of_city(geonames_id: int) -> str:
    """Return the id of a city by its number in GeoNames."""
    return f"{CITY}{geonames_id}"


def geonames_id(entity_id: str | None) -> int:
    """Return the number of the city that the id is of, 0 for any other and for none."""
    return int(entity_id.removeprefix(CITY)) if entity_id and entity_id.startswith(CITY) else 0


def is_public(entity_id: str) -> bool:
    """Whether others know the entity by that number too: ISO, GeoNames or Wikidata."""
    return entity_id.startswith((COUNTRY, CITY, WIKIDATA))
