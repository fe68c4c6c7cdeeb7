"""The ids of entities, whose kind stands before the colon.

``iso:`` a country (ISO 3166), ``gn:`` a city (GeoNames), ``wd:`` anything else that Wikidata has, ``e:`` what
none of these has and is curated here; these four are in the snapshot. ``p:`` is provisional: made of the
sound of a name that no snapshot knows.
"""

from __future__ import annotations

COUNTRY = "iso:"
CITY = "gn:"
WIKIDATA = "wd:"
CURATED = "e:"
PROVISIONAL = "p:"


def of_country(code: str) -> str:
    """Return the id of a country by its code."""
    return COUNTRY + code


def country(entity_id: str | None) -> str:
    """Return the code of the country that the id names; empty when it names none."""
    return entity_id.removeprefix(COUNTRY) if entity_id and entity_id.startswith(COUNTRY) else ""


def of_city(geonames_id: int) -> str:
    """Return the id of a city by its number in GeoNames."""
    return f"{CITY}{geonames_id}"


def geonames_id(entity_id: str | None) -> int:
    """Return the GeoNames number of the city that the id names; 0 when it names none."""
    return int(entity_id.removeprefix(CITY)) if entity_id and entity_id.startswith(CITY) else 0


def is_public(entity_id: str) -> bool:
    """Tell whether others know the entity by that number too: ISO, GeoNames or Wikidata."""
    return entity_id.startswith((COUNTRY, CITY, WIKIDATA))
