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
from services.extract.naming.regions import COMMAS, FILLERS, REACH, Where, state_behind, without_states
from services.extract.naming.towns import city_of, country_of, home_of, is_town, key_of, towns_called
from services.extract.words_of_article import Words
from shared.records import entity_ids

INSIDE = frozenset({"in", "در", "فی"})
NEARLY = 10
"""A namesake of a tenth of the people makes a town doubtful if the text names that one's country alone."""


def with_namesakes(found: Sequence[Name], words: Words) -> list[Name]:
    """Return *found* with each town as the one that words beside it, or beside another mention, tell."""
    told, states = _told_beside(found, words)
    towns = _drop_doubtful_towns(_with_told(found, told, words), told, words)
    return without_states(towns, states, words)


def _told_beside(found: Sequence[Name], words: Words) -> tuple[dict[int, str | None], set[int]]:
    """Return by place the ids of names that a country or state stands beside, and where those states are."""
    told: dict[int, str | None] = {}
    states: set[int] = set()
    for at, name in enumerate(found):
        if not is_town(name) and not _is_country_too(name, words):
            continue
        where, state = _beside(found, at, words)
        if where is None:
            continue
        entity_id, known = _in_region(name, where, words)
        if not known or (entity_id is None and not is_town(name)):
            continue
        told[at] = entity_id
        if where.region and state is not None:
            states.add(state)
    return told, states


def _with_told(found: Sequence[Name], told: Mapping[int, str | None], words: Words) -> list[Name]:
    """Give the names their ids *told*, and other mentions of a town too; none where two senses were told."""
    senses: dict[tuple[str, ...], set[str | None]] = defaultdict(set)
    for at, entity_id in told.items():
        senses[key_of(found[at], words)].add(entity_id)
    out = []
    for at, name in enumerate(found):
        ids = senses.get(key_of(name, words))
        if at in told:
            out.append(replace(name, entity_id=told[at]))
        elif ids and is_town(name) and name.entity_id not in ids:
            out.append(replace(name, entity_id=next(iter(ids)) if len(ids) == 1 else None))
        else:
            out.append(name)
    return out


def _drop_doubtful_towns(found: list[Name], told: Mapping[int, str | None], words: Words) -> list[Name]:
    """Drop a town's id when the text names only the country of a namesake: Tripoli beside the Lebanese."""
    countries = {country for name in found if (country := country_of(name))}
    homes = [home_of(name) for name in found]
    if not countries:
        return found
    for at, name in enumerate(found):
        known = city_of(name) if at not in told else None
        if (
            known is None
            or known.country in countries
            or any(
                home == known.country
                for home, one in zip(homes, found, strict=True)
                if one.entity_id != name.entity_id
            )
        ):
            continue
        if any(
            one.country in countries and one.population * NEARLY >= known.population
            for one in towns_called(name, words)
        ):
            found[at] = replace(name, entity_id=None)
    return found


def _is_country_too(name: Name, words: Words) -> bool:
    """Tell whether a town is called like the country *name* (Lebanon, Tennessee)."""
    return (
        words.lang == "en"
        and bool(country_of(name))
        and bool(snapshot.namesakes("latin").get(key_of(name, words)))
    )


def _in_region(name: Name, where: Where, words: Words) -> tuple[str | None, bool]:
    """Return the town of that name in *where*, or None, and whether the words tell anything.

    A country in which no such town is known tells nothing: «Paris, Germany and Italy» is a list.
    """
    known = city_of(name)
    if (known and where.holds(known)) or (not where.region and where.country == home_of(name)):
        return name.entity_id, True
    group = [one for one in towns_called(name, words) if where.holds(one)]
    if group:
        return entity_ids.of_city(group[0].geonames_id), True
    return None, bool(where.region)


def _beside(found: Sequence[Name], at: int, words: Words) -> tuple[Where | None, int | None]:
    """Return the country or state beside the town ``found[at]``, and the mention that a state is."""
    name = found[at]
    state = state_behind(name, words)
    if state:
        following = next(
            (k for k in range(at + 1, min(at + 3, len(found))) if found[k].first == state[1]), None
        )
        return state[0], following
    after = found[at + 1] if at + 1 < len(found) else None
    before = found[at - 1] if at else None
    if (
        after
        and country_of(after)
        and words.same_sentence(name.first, after.first)
        and _joins(name, after, words)
    ):
        return Where(country_of(after)), None
    if (
        before
        and country_of(before)
        and words.same_sentence(before.first, name.first)
        and name.first - before.last <= REACH
    ):
        between = words.keys[before.last : name.first]
        possessive = words.text[before.end : words.tokens[before.last - 1].end] in {"'s", "\u2019s"}
        if (before.use == "adj" or possessive) and all(
            key in FILLERS and key not in INSIDE for key in between
        ):
            return Where(country_of(before)), None
    return None, None


def _joins(name: Name, after: Name, words: Words) -> bool:
    """Tell whether the country behind a town says where it lies: as an adjective, or behind a comma or «in».

    Also behind a direction («شمالي لبنان»), and in Persian bare.
    """
    between = words.keys[name.last : after.first]
    plain = [key for key in between if key not in COMMAS]
    if (
        words.lang == "en"
        and len(plain) > 1
        and plain[0] in {"a", "the"}
        and plain[1] in {"city", "town", "port", "capital"}
    ):
        plain = plain[1:]
    if len(between) > REACH or any(key not in FILLERS for key in plain):
        return False
    if not between and words.lang == "ar" and after.use != "adj":  # «طرابلس بلبنان»
        ahead = words.beside(name.first, name.first - 1)
        return (
            after.start > words.tokens[after.first].start
            and words.keys[after.first].startswith("ب")
            and ahead in FILLERS
        )
    if not between:
        return after.use == "adj" or words.is_persian
    # «مذاکرات لندن در ایران بازتاب داشت» is no town in Iran
    if len(plain) == len(between) and all(key in INSIDE for key in plain):
        ahead = words.beside(name.first, name.first - 1)
        return ahead in FILLERS or name.start > words.tokens[name.first].start
    return True
