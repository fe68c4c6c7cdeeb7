"""A state or province that tells which town is meant: «Moscow, Idaho», «بولاية جورجيا»; of four countries."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import yaml

from services.extract.found_name import Name
from services.extract.lexicon import snapshot
from services.extract.lexicon.phrases import Hit, Phrases, folded_words, keys
from services.extract.naming.towns import city_of, country_of, home_of, is_town, key_of, towns_called
from services.extract.words_of_article import Words
from shared.records import entity_ids

REGION_WITHIN = 5
"""Words between a town and the country that says which it is: «طرابلس في أقصى شمال لبنان»."""
FILLERS = folded_words(
    "in of the northern southern eastern western north south east west central port city town capital "
    "coastal region province state u.s در شهر شمال جنوب شرق غرب مرکز استان ایالت بندر کشور فی شمالی "
    "جنوبی شرقی غربی وسط اقصی مدینه محافظه ولایه بولایه دوله الواقعه بشمال بجنوب بشرق بغرب"
)
STATE_WORDS = folded_words("ولاية بولاية ایالت")
"""Words before a state whose name is not in the table: the town lies in it, and is not known."""
COMMAS = frozenset({",", "،", "("})


@dataclass(frozen=True, slots=True)
class Area:
    """A country, or a *region* of it if the words name one; *country* is empty for an unknown region."""

    country: str
    region: str = ""

    @classmethod
    def of_code(cls, code: str) -> Area:
        """Return the region of a *code* of the table: ``US.ID``."""
        country, _, region = code.partition(".")
        return cls(country, region)

    def holds(self, city: snapshot.City) -> bool:
        """Tell whether a city lies there."""
        return city.country == self.country and (not self.region or city.region == self.region)


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


class State(NamedTuple):
    """A state that the text names behind a town: its *area*, and the token at which its name begins."""

    area: Area
    first: int


def state_behind(name: Name, words: Words) -> State | None:
    """Return the state behind a town: «Moscow, Idaho», "Boston in England"."""
    i = name.last
    comma = words.beside(name.first, i) in COMMAS
    while (
        words.same_sentence(name.first, i)
        and i - name.last < REGION_WITHIN
        and (words.keys[i] in COMMAS or words.keys[i] in FILLERS)
    ):
        if words.keys[i] in STATE_WORDS:
            return State(Area("", "?"), i + 1)
        i += 1
    if not words.same_sentence(name.first, i) or (i == name.last and not words.is_persian):
        return None
    hit = _region_at(name, i, words)
    if hit is None:
        return None
    token = words.tokens[i]
    is_code = hit.length == 1 and len(token.text) == 2
    written_as_code = token.text.isupper() or words.text[token.end : token.end + 1] == "."
    if is_code and not (comma and written_as_code):
        return None
    home = entity_ids.of_country(home_of(name))
    called_so = snapshot.aliases("en").get(words.keys[i], ())
    if any(alias.entity_id == home and len(alias.key) == hit.length for alias in called_so):
        return None  # «Tbilisi, Georgia» is in the country of that name
    area = Area.of_code(hit.value)
    has_namesake = any(area.holds(town) for town in towns_called(name, words))
    # «Paris, Georgia and Armenia»: what is a country or a famous town too may be the next place of a list
    may_be_of_a_list = comma and hit.length == 1 and any(len(alias.key) == 1 for alias in called_so)
    return State(area, i) if has_namesake or not may_be_of_a_list else None


def _region_at(name: Name, i: int, words: Words) -> Hit | None:
    """Return the state named at a token.

    In Latin letters a capital begins it; in others a town of it must be known that is called like *name*.
    """
    hit = _regions().at(words.keys, i)
    if hit is None or words.keys[i].isascii():
        return hit if words.tokens[i].text[0].isupper() else None
    return hit if any(Area.of_code(hit.value).holds(town) for town in towns_called(name, words)) else None


def without_states(names: Sequence[Name], states: AbstractSet[int], words: Words) -> list[Name]:
    """Drop a country's id where the name means the state (Georgia).

    It does when the text has a town of the state and none of the country; *states* are the tokens at which
    the states behind such towns begin.
    """
    behind_towns = {key_of(name, words) for name in names if name.first in states and country_of(name)}
    homes = {home_of(name) for name in names if is_town(name)}

    def is_state(name: Name) -> bool:
        country = country_of(name)
        if not country or name.first in states:
            return bool(country)
        shown = key_of(name, words) in behind_towns or _with_its_town(names, name, words)
        return country not in homes and shown

    return [replace(name, entity_id=None) if is_state(name) else name for name in names]


def _with_its_town(names: Sequence[Name], name: Name, words: Words) -> bool:
    """Tell whether the text names a town of the state called like a country: Atlanta, for Georgia."""
    key = key_of(name, words)
    hit = _regions().at(list(key), 0)
    if hit is None or hit.length != len(key) or words.lang != "en":
        return False
    area = Area.of_code(hit.value)
    towns = (
        city_of(other) or next(iter(towns_called(other, words)), None) for other in names if is_town(other)
    )
    return any(
        town is not None and (town.country, town.region) == (area.country, area.region) for town in towns
    )
