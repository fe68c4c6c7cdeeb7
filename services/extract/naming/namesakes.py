"""Which of several towns of one name is meant: the country or state beside it says, for the whole text.

Rule g. Without such a word a name is its famous town. Where the word beside it names a region in which no
such town is known, the town is left without an id: no place is better than the capital of another country.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import NamedTuple

from services.extract.found_name import Name
from services.extract.lexicon import snapshot
from services.extract.naming.regions import COMMAS, FILLERS, REGION_WITHIN, Area, state_behind, without_states
from services.extract.naming.towns import city_of, country_of, home_of, is_town, key_of, towns_called
from services.extract.words_of_article import Words
from shared.records import entity_ids

WORDS_FOR_IN = frozenset({"in", "در", "فی"})
"""Alone between a town and a country they need not say where it lies: «مذاکرات لندن در ایران»."""
NAMESAKE_TIMES = 10
"""A namesake a tenth as large makes a town doubtful when the text names only the namesake's country."""


def with_namesakes(names: Sequence[Name], words: Words) -> list[Name]:
    """Return *names* with each town as the one that words beside it, or beside another mention, tell."""
    told = _told_by_areas(names, words)
    towns = _drop_doubtful_towns(_with_ids(names, told, words), told, words)
    return without_states(towns, {town.state for town in told.values() if town.state is not None}, words)


class _Told(NamedTuple):
    """What the area beside a town tells: the town's id, None for an unknown one, and where a state begins."""

    entity_id: str | None
    state: int | None


def _told_by_areas(names: Sequence[Name], words: Words) -> dict[int, _Told]:
    """Return what the countries and states beside towns tell of them, by index in *names*."""
    told = {}
    for n, name in enumerate(names):
        if not is_town(name) and not _is_country_too(name, words):
            continue
        state = state_behind(name, words)
        area = state.area if state else _country_beside(names, n, words)
        entity_id = _id_in_area(name, area, words) if area else None
        # a country in which no such town is known tells nothing: «Paris, Germany and Italy» is a list
        if entity_id or (area and area.region and is_town(name)):
            told[n] = _Told(entity_id, state.first if state else None)
    return told


def _with_ids(names: Sequence[Name], told: Mapping[int, _Told], words: Words) -> list[Name]:
    """Give the names the ids that were *told*, and other mentions of a town too, unless it is two towns."""
    senses: dict[tuple[str, ...], set[str | None]] = defaultdict(set)
    for n, town in told.items():
        senses[key_of(names[n], words)].add(town.entity_id)
    out = []
    for n, name in enumerate(names):
        ids = senses.get(key_of(name, words))
        if n in told:
            out.append(replace(name, entity_id=told[n].entity_id))
        elif ids and is_town(name) and name.entity_id not in ids:
            out.append(replace(name, entity_id=next(iter(ids)) if len(ids) == 1 else None))
        else:
            out.append(name)
    return out


def _drop_doubtful_towns(names: Sequence[Name], told: Mapping[int, _Told], words: Words) -> Sequence[Name]:
    """Drop a town's id when the text names only the country of a namesake: Tripoli beside the Lebanese."""
    countries = {country for name in names if (country := country_of(name))}
    homes = {name.entity_id: home_of(name) for name in names}
    return [
        replace(name, entity_id=None)
        if n not in told and _is_doubtful(name, countries, homes, words)
        else name
        for n, name in enumerate(names)
    ]


def _is_doubtful(
    name: Name, countries: AbstractSet[str], homes: Mapping[str | None, str], words: Words
) -> bool:
    """Tell whether a town lies in none of the *countries* that the text names, and a namesake in one of them.

    *homes* are the countries of all names, by id: a second place in the town's own country speaks for it.
    """
    town = city_of(name)
    if town is None or town.country in countries:
        return False
    if any(home == town.country for other, home in homes.items() if other != name.entity_id):
        return False
    return any(
        other.country in countries and other.population * NAMESAKE_TIMES >= town.population
        for other in towns_called(name, words)
    )


def _is_country_too(name: Name, words: Words) -> bool:
    """Tell whether a town is called like the country *name* (Lebanon, Tennessee)."""
    return (
        words.lang == "en"
        and bool(country_of(name))
        and bool(snapshot.namesakes("latin").get(key_of(name, words)))
    )


def _id_in_area(name: Name, area: Area, words: Words) -> str | None:
    """Return the id of the town of that name in *area*, None when none is known."""
    city = city_of(name)
    if (city and area.holds(city)) or (not area.region and area.country == home_of(name)):
        return name.entity_id
    town = next((town for town in towns_called(name, words) if area.holds(town)), None)
    return entity_ids.of_city(town.geonames_id) if town else None


def _country_beside(names: Sequence[Name], n: int, words: Words) -> Area | None:
    """Return the country right behind or right before the town ``names[n]`` that says where it lies."""
    name = names[n]
    after = names[n + 1] if n + 1 < len(names) else None
    if after and country_of(after) and _is_its_country_behind(name, after, words):
        return Area(country_of(after))
    before = names[n - 1] if n else None
    if before and country_of(before) and _is_its_country_before(before, name, words):
        return Area(country_of(before))
    return None


def _is_its_country_before(before: Name, name: Name, words: Words) -> bool:
    """Tell whether the country before a town says where it lies: an adjective, or with a possessive 's."""
    if not words.same_sentence(before.first, name.first) or name.first - before.last > REGION_WITHIN:
        return False
    between = words.keys[before.last : name.first]
    possessive = words.text[before.end : words.tokens[before.last - 1].end] in {"'s", "\u2019s"}
    return (before.use == "adj" or possessive) and all(key in FILLERS - WORDS_FOR_IN for key in between)


def _is_its_country_behind(name: Name, after: Name, words: Words) -> bool:
    """Tell whether the country behind a town says where it lies: as an adjective, or behind a comma or «in».

    Also behind a direction («شمالي لبنان»), and in Persian bare.
    """
    if not words.same_sentence(name.first, after.first):
        return False
    between = words.keys[name.last : after.first]
    fillers = [key for key in between if key not in COMMAS]
    if (
        words.lang == "en"
        and len(fillers) > 1
        and fillers[0] in {"a", "the"}
        and fillers[1] in {"city", "town", "port", "capital"}
    ):
        fillers = fillers[1:]
    if len(between) > REGION_WITHIN or any(key not in FILLERS for key in fillers):
        return False
    if not between and words.lang == "ar" and after.use != "adj":  # «طرابلس بلبنان»
        ahead = words.key_before(name.first)
        return (
            after.start > words.tokens[after.first].start
            and words.keys[after.first].startswith("ب")
            and ahead in FILLERS
        )
    if not between:
        return after.use == "adj" or words.is_persian
    # «مذاکرات لندن در ایران بازتاب داشت» is no town in Iran
    if len(fillers) == len(between) and all(key in WORDS_FOR_IN for key in fillers):
        ahead = words.key_before(name.first)
        return ahead in FILLERS or name.start > words.tokens[name.first].start
    return True
