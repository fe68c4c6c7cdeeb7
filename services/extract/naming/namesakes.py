"""Which of several towns of one name is meant: the country or state beside it says, for the whole text.

Rule g. Without such a word a name is its famous town. Where the word beside it names a region in which no
such town is known, the town is left without an id: no place is better than the capital of another country.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

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
    area_ids, states = _ids_by_areas(names, words)
    towns = _drop_doubtful_towns(_with_ids(names, area_ids, words), area_ids, words)
    return without_states(towns, states, words)


def _ids_by_areas(names: Sequence[Name], words: Words) -> tuple[dict[int, str | None], set[int]]:
    """Return the ids of names that a country or state stands beside, and which names are those states.

    Both by index in *names*.
    """
    area_ids: dict[int, str | None] = {}
    states: set[int] = set()
    for n, name in enumerate(names):
        if not is_town(name) and not _is_country_too(name, words):
            continue
        area, state = _area_beside(names, n, words)
        if area is None:
            continue
        entity_id, known = _id_in_area(name, area, words)
        if not known or (entity_id is None and not is_town(name)):
            continue
        area_ids[n] = entity_id
        if area.region and state is not None:
            states.add(state)
    return area_ids, states


def _with_ids(names: Sequence[Name], area_ids: Mapping[int, str | None], words: Words) -> list[Name]:
    """Give the names their *area_ids*, and other mentions of a town too, unless it is told as two towns."""
    senses: dict[tuple[str, ...], set[str | None]] = defaultdict(set)
    for n, entity_id in area_ids.items():
        senses[key_of(names[n], words)].add(entity_id)
    out = []
    for n, name in enumerate(names):
        ids = senses.get(key_of(name, words))
        if n in area_ids:
            out.append(replace(name, entity_id=area_ids[n]))
        elif ids and is_town(name) and name.entity_id not in ids:
            out.append(replace(name, entity_id=next(iter(ids)) if len(ids) == 1 else None))
        else:
            out.append(name)
    return out


def _drop_doubtful_towns(names: list[Name], area_ids: Mapping[int, str | None], words: Words) -> list[Name]:
    """Drop a town's id when the text names only the country of a namesake: Tripoli beside the Lebanese."""
    countries = {country for name in names if (country := country_of(name))}
    homes = [home_of(name) for name in names]
    if not countries:
        return names
    for n, name in enumerate(names):
        known = city_of(name) if n not in area_ids else None
        if (
            known is None
            or known.country in countries
            or any(
                home == known.country
                for home, other in zip(homes, names, strict=True)
                if other.entity_id != name.entity_id
            )
        ):
            continue
        if any(
            other.country in countries and other.population * NAMESAKE_TIMES >= known.population
            for other in towns_called(name, words)
        ):
            names[n] = replace(name, entity_id=None)
    return names


def _is_country_too(name: Name, words: Words) -> bool:
    """Tell whether a town is called like the country *name* (Lebanon, Tennessee)."""
    return (
        words.lang == "en"
        and bool(country_of(name))
        and bool(snapshot.namesakes("latin").get(key_of(name, words)))
    )


def _id_in_area(name: Name, area: Area, words: Words) -> tuple[str | None, bool]:
    """Return the id of the town of that name in *area*, or None, and whether the area tells anything.

    A country in which no such town is known tells nothing: «Paris, Germany and Italy» is a list.
    """
    known = city_of(name)
    if (known and area.holds(known)) or (not area.region and area.country == home_of(name)):
        return name.entity_id, True
    towns = [town for town in towns_called(name, words) if area.holds(town)]
    if towns:
        return entity_ids.of_city(towns[0].geonames_id), True
    return None, bool(area.region)


def _area_beside(names: Sequence[Name], n: int, words: Words) -> tuple[Area | None, int | None]:
    """Return the area named beside the town ``names[n]``, and the index of the name that a state is."""
    name = names[n]
    state = state_behind(name, words)
    if state:
        area, first = state
        following = next((k for k in range(n + 1, min(n + 3, len(names))) if names[k].first == first), None)
        return area, following
    after = names[n + 1] if n + 1 < len(names) else None
    before = names[n - 1] if n else None
    if (
        after
        and country_of(after)
        and words.same_sentence(name.first, after.first)
        and _is_its_country(name, after, words)
    ):
        return Area(country_of(after)), None
    if (
        before
        and country_of(before)
        and words.same_sentence(before.first, name.first)
        and name.first - before.last <= REGION_WITHIN
    ):
        between = words.keys[before.last : name.first]
        possessive = words.text[before.end : words.tokens[before.last - 1].end] in {"'s", "\u2019s"}
        if (before.use == "adj" or possessive) and all(
            key in FILLERS and key not in WORDS_FOR_IN for key in between
        ):
            return Area(country_of(before)), None
    return None, None


def _is_its_country(name: Name, after: Name, words: Words) -> bool:
    """Tell whether the country behind a town says where it lies: as an adjective, or behind a comma or «in».

    Also behind a direction («شمالي لبنان»), and in Persian bare.
    """
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
