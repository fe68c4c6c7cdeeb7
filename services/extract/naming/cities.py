"""Cities of GeoNames (rule b): names without a model, outside of the curated ones."""

from __future__ import annotations

from dataclasses import replace

from services.extract.found_name import Name, covered, name_over
from services.extract.lexicon import snapshot
from services.extract.lexicon.cues import cues
from services.extract.naming.clitics import after_letters, letters_outside
from services.extract.words_of_article import Words
from shared.records import entity_ids
from shared.text.skeleton import ARABIC
from shared.text.stems import readings

CITY_PRIOR = 0.7
"""Confidence of a city: the precision of any overlap on the dev parts, rounded down."""
LARGE_CITY = 100_000
"""People of a city that needs no word of place beside it."""
LONGEST_NAME = 4
"""Words of a city's name."""


def cities(words: Words, taken: list[Name]) -> list[Name]:
    """Return GeoNames' cities that are no ordinary word or part of an organisation; some need a cue."""
    busy = covered(taken)
    cities_found: list[Name] = []
    i = 0
    while i < len(words.tokens):
        name = None if i in busy else _city_at(words, i, busy)
        if name:
            cities_found.append(name)
        i = name.last if name else i + 1
    return cities_found


def _city_at(words: Words, i: int, busy: set[int]) -> Name | None:
    """Return the longest city's name that begins at token *i*, outside of the tokens *busy*."""
    text = words.tokens[i].text
    arabic = bool(ARABIC.search(text))
    if not arabic and not text[0].isupper():
        return None
    table = snapshot.cities("arabic" if arabic else "latin")
    for last in range(min(i + LONGEST_NAME, len(words.tokens)), i, -1):
        if not busy.isdisjoint(range(i, last)) or not words.same_sentence(i, last - 1):
            continue
        for cut, form, behind in readings(words.keys[i], words.lang):
            key = (form, *words.keys[i + 1 : last])
            city = table.get(key) if not behind or last == i + 1 else None
            if city and _is_meant_as_city(words, i, key, city, clitic=cut > 0):
                name = name_over(words, i, last, "LOC", method="gazetteer", confidence=CITY_PRIOR)
                outside = after_letters(text, letters_outside(words.keys[i], cut, form))
                return replace(
                    name, start=name.start + outside, entity_id=entity_ids.of_city(city.geonames_id)
                )
    return None


def _is_meant_as_city(
    words: Words, i: int, key: tuple[str, ...], city: snapshot.City, *, clitic: bool
) -> bool:
    """Tell whether a word that is a city's name means the *city* at token *i*."""
    lang_cues, seen = cues(words.lang), snapshot.seen_outside_names(words.base)
    before = words.key_before(i)
    if (
        before in lang_cues.org_heads
        or words.reads_as(i, lang_cues.type_words)
        or any(part in snapshot.ordinary(words.base) or part in lang_cues.not_names for part in key)
    ):
        return False
    arabic = bool(ARABIC.search(key[0]))
    large = city.population >= LARGE_CITY
    if arabic and not seen.isdisjoint({words.keys[i], *key}):
        return False
    if arabic and not large and city.country.lower() not in lang_cues.home_countries:
        return False
    has_cue = clitic or before in lang_cues.place_cues
    may_be_a_person = key[0] in snapshot.name_words("arabic" if arabic else "latin") or key[0] in seen
    return has_cue or (large and not may_be_a_person)
