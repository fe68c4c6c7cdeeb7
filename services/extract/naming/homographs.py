"""Names that are other words too: «سيول» is Seoul and floods, «مهران» a town and a man.

They are read as places where something else in the text shows that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from services.extract.found_name import Name, covered
from services.extract.lexicon import snapshot
from services.extract.lexicon.cues import IN_WORDS, cues
from services.extract.words_of_article import Words

TAGGER_SURE = 0.8
"""Confidence of a tagger that shows the place: on «سيول» it gave the city .83 to .98, floods .50 to .78."""
NEAR_DEGREES = 15.0
"""Degrees (latitude + longitude) within which another place shows it: Seoul with both Koreas."""
LIST_LINKS = frozenset({"و", "،", ",", "and"})
"""What stands between places of one list."""


class ToldApart(NamedTuple):
    """Names looked up and tagged that are names here, and the looked up ones that are everyday words."""

    looked_up: list[Name]
    tagged: list[Name]
    everyday: list[Name]


def without_everyday_words(looked_up: Sequence[Name], tagged: Sequence[Name], words: Words) -> ToldApart:
    """Return both lists without words that are no names here, and what was left out."""
    looked_up = _without_unlikely_towns(looked_up, tagged, words)
    places = list(
        {tuple(place) for name in looked_up if name.use != "word" and (place := _coordinates(name))}
    )
    sure_spans = _spans_tagger_is_sure_of(tagged)
    everyday = [
        name
        for name in looked_up
        if name.use == "word"
        and not (
            _is_near_one_of(name, places) or _span(name) in sure_spans or _follows_a_place_word(name, words)
        )
    ]
    everyday_tokens = covered(everyday)
    kept = [
        replace(name, use="name") if name.use == "word" else name
        for name in looked_up
        if name.use != "word" or name.first not in everyday_tokens
    ]
    return ToldApart(kept, [name for name in tagged if everyday_tokens.isdisjoint(name.over)], everyday)


def _without_unlikely_towns(looked_up: Sequence[Name], tagged: Sequence[Name], words: Words) -> list[Name]:
    """Drop towns called like a person or a thing, unless a cue, a list or a tagger shows the town.

    A town shown once is meant all through the text, but a word that running text knows («صور»: photographs)
    needs at least «in» before it, every time.
    """
    towns: set[str | None] = set()
    shown: set[int] = set()
    sure_spans = _spans_tagger_is_sure_of([name for name in tagged if name.type in {"LOC", "FAC"}])
    for n, name in enumerate(looked_up):
        beside = [
            other
            for other in looked_up[max(0, n - 1) : n + 2]
            if other.use != "cued" or other.entity_id in towns
        ]
        if name.use == "cued" and (
            _follows_a_place_word(name, words)
            or _is_in_list(name, beside, words)
            or _span(name) in sure_spans
        ):
            towns.add(name.entity_id)
            shown.add(n)
    return [
        replace(name, use="name") if name.use == "cued" else name
        for n, name in enumerate(looked_up)
        if name.use != "cued" or n in shown or (name.entity_id in towns and _may_go_on(name, words))
    ]


def _may_go_on(name: Name, words: Words) -> bool:
    """Tell whether a town shown elsewhere is meant here: no word of running text, or one behind «in».

    Not where it takes an Arabic noun: «صور الحادث».
    """
    if not words.reads_as(name.first, snapshot.seen_outside_names(words.base)):
        return True
    takes_noun = words.lang == "ar" and words.beside(name.first, name.last).startswith("ال")
    return words.key_before(name.first) in IN_WORDS and not takes_noun


def _follows_a_place_word(name: Name, words: Words) -> bool:
    """Tell whether a word of kind stands before it (شهرستان مهران), or «در», في, in before a mere name."""
    if not words.same_sentence(name.first - 1, name.first) or name.start > words.tokens[name.first].start:
        return False
    town_words = cues(words.lang).town_words
    if words.reads_as(name.first - 1, town_words):
        return True
    if words.same_sentence(name.first - 2, name.first) and town_words.length(words.keys, name.first - 2) == 2:
        return True
    return words.keys[name.first - 1] in IN_WORDS and not words.reads_as(
        name.first, snapshot.seen_outside_names(words.base)
    )


def _is_in_list(name: Name, beside: Sequence[Name], words: Words) -> bool:
    """Tell whether a town is in one list with a place nearby: «ارومیه، خوی و سلماس», درعا وحماة."""
    for other in beside:
        left, right = (other, name) if other.first < name.first else (name, other)
        between = words.keys[left.last : right.first]
        is_glued = (
            not between
            and words.keys[right.first][0] == "و"
            and right.start > words.tokens[right.first].start
        )
        is_linked = is_glued or (len(between) == 1 and between[0] in LIST_LINKS)
        coordinates = _coordinates(other)
        if (
            is_linked
            and other.type == "LOC"
            and coordinates
            and words.same_sentence(left.first, right.first)
            and _is_near_one_of(name, [coordinates])
        ):
            return True
    return False


def _span(name: Name) -> tuple[int, int]:
    return name.first, name.last


def _spans_tagger_is_sure_of(tagged: Sequence[Name]) -> set[tuple[int, int]]:
    """Return where the tagger is sure of a name."""
    return {_span(name) for name in tagged if name.confidence >= TAGGER_SURE}


def _is_near_one_of(name: Name, places: Sequence[Sequence[float]]) -> bool:
    """Tell whether a place lies near one of *places*, or where it lies is unknown."""
    coordinates = _coordinates(name)
    if coordinates is None:
        return True
    lat, lon = coordinates
    return any(abs(lat - other_lat) + abs(lon - other_lon) <= NEAR_DEGREES for other_lat, other_lon in places)


def _coordinates(name: Name) -> Sequence[float] | None:
    """Return latitude and longitude of a name's place, None where the table has none."""
    row = snapshot.entity(name.entity_id) if name.entity_id else None
    return row.get("at") if row else None
