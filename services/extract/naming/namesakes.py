"""Which of several towns of one name is meant: the country or state beside it says, and one text keeps one
sense of a name (rule g).

Without such a word a name is its famous town. Where the word beside it names a region in which no such town
is known, the town is left without an id: no place is better than the capital of another country.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files

import yaml

from services.extract.found_name import Name
from services.extract.lexicon import snapshot
from services.extract.lexicon.phrases import Hit, Phrases, folded_words, keys
from services.extract.words_of_article import Words
from shared.records import entity_ids
from shared.text.skeleton import ARABIC
from shared.text.tokens import fold, tokens

REACH = 5
"""Words between a town and the country that says which it is: «طرابلس في أقصى شمال لبنان»."""
FILLERS = folded_words(
    "in of the northern southern eastern western north south east west central port city town capital "
    "coastal region province state u.s در شهر شمال جنوب شرق غرب مرکز استان ایالت بندر کشور فی شمالی "
    "جنوبی شرقی غربی وسط اقصی مدینه محافظه ولایه بولایه دوله الواقعه بشمال بجنوب بشرق بغرب"
)
STATE_WORDS = frozenset(fold(word) for word in ("ولاية", "بولاية", "ایالت"))
"""Words before a state whose name is not in the table: the town lies in it, and is not known."""
COMMAS = frozenset({",", "،", "("})
INSIDE = frozenset({"in", "در", "فی"})


@dataclass(frozen=True, slots=True)
class _Where:
    """A country, and the region of it if the words beside a town name one; *country* is empty for a region
    that is not known.
    """

    country: str
    region: str = ""

    @classmethod
    def named(cls, code: str) -> _Where:
        """Return the region of a *code* of the table: ``US.ID``."""
        country, _, region = code.partition(".")
        return cls(country, region)

    def holds(self, one: snapshot.City) -> bool:
        return one.country == self.country and (not self.region or one.region == self.region)


@cache
def _regions() -> Phrases:
    table = yaml.load(
        (files("services.extract") / "data/regions.yml").read_text(encoding="utf8"), Loader=yaml.CSafeLoader
    )
    return Phrases(
        {
            key: f"{country}.{code}"
            for country, regions in table.items()
            for code, names in regions.items()
            for name in (*names.split("|"), *([code] if country == "US" else ()))
            for key in keys(name)
        }
    )


def with_namesakes(found: Sequence[Name], words: Words) -> list[Name]:
    """Return *found* with each town as the one that the words beside it, or beside another mention of it,
    tell.
    """
    out = list(found)
    told: dict[tuple[str, ...], set[str | None]] = defaultdict(set)
    own: dict[int, str | None] = {}
    states: set[int] = set()
    for at, name in enumerate(found):
        if not _is_town(name) and not _is_country_too(name, words):
            continue
        where, state = _beside(found, at, words)
        if where is None:
            continue
        entity_id, known = _in_region(name, where, words)
        if not known or (entity_id is None and not _is_town(name)):
            continue
        own[at] = entity_id
        told[_key(name, words)].add(entity_id)
        if where.region and state is not None:
            states.add(state)
    for at, name in enumerate(found):
        senses = told.get(_key(name, words))
        if at in own or (_is_town(name) and senses and name.entity_id not in senses):
            entity_id = own[at] if at in own else next(iter(senses)) if senses and len(senses) == 1 else None
            out[at] = replace(name, entity_id=entity_id)
    return _without_states(_with_one_country([*out], own, words), states, words)


NEARLY = 10
"""A town with a namesake of at least a tenth of its people is either, where the text names the country of
that one alone.
"""


def _with_one_country(found: list[Name], own: Mapping[int, str | None], words: Words) -> list[Name]:
    """Take the id of a town whose country the text does not name, where it names another's that has a town so
    called: Tripoli, and the Lebanese.
    """
    countries = {country for name in found if (country := _country(name))}
    homes = [_home(name) for name in found]
    if not countries:
        return found
    for at, name in enumerate(found):
        known = _city(name) if at not in own else None
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
        others = [
            one
            for one in _group(name, words)
            if one.country in countries and one.population * NEARLY >= known.population
        ]
        if others:
            found[at] = replace(name, entity_id=None)
    return found


def _is_country_too(name: Name, words: Words) -> bool:
    """Whether a town is called like the country *name* (Lebanon, Tennessee): it is one where its state stands
    right behind.
    """
    return (
        words.lang == "en"
        and bool(_country(name))
        and bool(snapshot.namesakes("latin").get(_key(name, words)))
    )


def _is_town(name: Name) -> bool:
    """Whether a name may be a town's: one of the table, or a place without an id."""
    row = snapshot.entity(name.entity_id) if name.entity_id else None
    return name.type in {"LOC", "FAC"} and (row is None or row.get("kind") == "city")


def _key(name: Name, words: Words) -> tuple[str, ...]:
    return _folded(words.text[name.start : name.end].removesuffix("\u2019s").removesuffix("'s"))


@lru_cache(maxsize=4096)
def _folded(text: str) -> tuple[str, ...]:
    return tuple(fold(token.text) for token in tokens(text))


def _home(name: Name) -> str:
    """Return the country of a town as it is now."""
    row = snapshot.entity(name.entity_id or "")
    if row and row.get("iso_of"):
        return str(row["iso_of"])
    city = _city(name)
    return city.country if city else ""


def _city(name: Name) -> snapshot.City | None:
    number = entity_ids.geonames_id(name.entity_id)
    return snapshot.city(number) if number else None


def _in_region(name: Name, where: _Where, words: Words) -> tuple[str | None, bool]:
    """Return the town of that name in *where*, None for none that is known; and whether the words tell
    anything.

    A country in which no such town is known tells nothing: «Paris, Germany and Italy» is a list.
    """
    known = _city(name)
    if (known and where.holds(known)) or (not where.region and where.country == _home(name)):
        return name.entity_id, True
    group = [one for one in _group(name, words) if where.holds(one)]
    if group:
        return entity_ids.of_city(group[0].geonames_id), True
    return None, bool(where.region)


def _group(name: Name, words: Words) -> tuple[snapshot.City, ...]:
    key = _key(name, words)
    script = "arabic" if ARABIC.search(words.text[name.start : name.end]) else "latin"
    found = snapshot.namesakes(script).get(key, ())
    city = _city(name)
    row = snapshot.entity(name.entity_id or "")
    more = [*([city.name] if city else ()), *(row["label"].values() if row else ())]
    for label in more:
        form = _folded(str(label))
        found += snapshot.namesakes("arabic" if ARABIC.search(str(label)) else "latin").get(form, ())
    return tuple(sorted(dict.fromkeys(found), key=lambda one: -one.population))


def _beside(found: Sequence[Name], at: int, words: Words) -> tuple[_Where | None, int | None]:
    """Return the country or state beside the town ``found[at]``, and the mention that a state is."""
    name = found[at]
    state = _state_behind(name, words)
    if state:
        following = next(
            (k for k in range(at + 1, min(at + 3, len(found))) if found[k].first == state[1]), None
        )
        return state[0], following
    after = found[at + 1] if at + 1 < len(found) else None
    before = found[at - 1] if at else None
    if (
        after
        and _country(after)
        and words.same_sentence(name.first, after.first)
        and _joins(name, after, words)
    ):
        return _Where(_country(after)), None
    if (
        before
        and _country(before)
        and words.same_sentence(before.first, name.first)
        and name.first - before.last <= REACH
    ):
        between = words.keys[before.last : name.first]
        possessive = words.text[before.end : words.tokens[before.last - 1].end] in {"'s", "\u2019s"}
        if (before.use == "adj" or possessive) and all(
            key in FILLERS and key not in INSIDE for key in between
        ):
            return _Where(_country(before)), None
    return None, None


def _joins(name: Name, after: Name, words: Words) -> bool:
    """Whether the country behind a town says where it lies: behind a comma, a direction («شمالي لبنان») or
    «in», as an adjective, in Persian bare.
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


def _state_behind(name: Name, words: Words) -> tuple[_Where, int] | None:
    """Return the state behind a town, and the token at which it begins: «Moscow, Idaho», "Boston in England",
    «بولاية جورجيا».
    """
    at = name.last
    comma = words.beside(name.first, at) in COMMAS
    steps = 0
    while (
        words.same_sentence(name.first, at)
        and steps < REACH
        and (words.keys[at] in COMMAS or words.keys[at] in FILLERS)
    ):
        if words.keys[at] in STATE_WORDS:
            return _Where("", "?"), at + 1
        at, steps = at + 1, steps + 1
    if not words.same_sentence(name.first, at) or (not steps and not words.is_persian):
        return None
    hit = _region_at(name, at, words)
    if hit is None:
        return None
    short = hit.length == 1 and len(words.tokens[at].text) == 2
    if short and not (
        comma
        and (
            words.tokens[at].text.isupper()
            or words.text[words.tokens[at].end : words.tokens[at].end + 1] == "."
        )
    ):
        return None
    where = _Where.named(hit.value)
    group = _group(name, words)
    states_country = snapshot.aliases("en").get(words.keys[at], ())
    if any(
        alias.entity_id == entity_ids.of_country(_home(name)) and len(alias.key) == hit.length
        for alias in states_country
    ):
        return None  # «Tbilisi, Georgia» is in the country of that name
    namesake = any(where.holds(one) for one in group)
    return (
        (where, at) if namesake or not (hit.length == 1 and comma and _is_place_too(words.keys[at])) else None
    )


def _region_at(name: Name, at: int, words: Words) -> Hit | None:
    """Return the state named at a token; in Latin letters a capital begins it, in others a town of it must be
    known that is called like *name*.
    """
    hit = _regions().at(words.keys, at)
    if hit is None or words.keys[at].isascii():
        return hit if words.tokens[at].text[0].isupper() else None
    return hit if any(_Where.named(hit.value).holds(one) for one in _group(name, words)) else None


def _is_place_too(key: str) -> bool:
    """Whether a state's name is a country's or a famous town's as well, so that behind a comma it may be the
    next of a list.
    """
    return any(alias.key == (key,) for alias in snapshot.aliases("en").get(key, ()))


def _country(name: Name) -> str:
    return entity_ids.country(name.entity_id) if name.type in {"LOC", "NORP"} else ""


def _without_states(found: list[Name], states: set[int], words: Words) -> list[Name]:
    """Take the id of a country from a state of that name: where a town of the state stands in the text, and
    none of the country.
    """
    taken = {_key(found[at], words): found[at].entity_id for at in states if _country(found[at])}
    towns = {_home(name) for name in found if _is_town(name)}
    out = []
    for at, name in enumerate(found):
        country = taken.get(_key(name, words)) if _country(name) else None
        state = at in states or (
            _country(name) not in towns and (country is not None or _with_its_town(found, name, words))
        )
        out.append(replace(name, entity_id=None) if state and _country(name) else name)
    return out


def _with_its_town(found: Sequence[Name], name: Name, words: Words) -> bool:
    """Whether a state is called like the country *name*, and a town of the state stands in the text: the
    governor of Georgia in Atlanta.
    """
    key = _key(name, words)
    hit = _regions().at(list(key), 0)
    if hit is None or hit.length != len(key) or words.lang != "en":
        return False
    where = _Where.named(hit.value)
    towns = (_city(other) or next(iter(_group(other, words)), None) for other in found if _is_town(other))
    return any(
        town is not None and (town.country, town.region) == (where.country, where.region) for town in towns
    )
