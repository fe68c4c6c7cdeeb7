"""Names that are other words too: «سيول» is Seoul and floods, «مهران» a town and a man.

They are places where something else says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.extract.found_name import Name, covered
from services.extract.lexicon import snapshot
from services.extract.lexicon.cues import cues
from services.extract.places import IN_WORDS
from services.extract.words_of_article import Words

SURE = 0.8
"""What a tagger must give the word: on «سيول» it gave the city .83 to .98, floods .50 to .78."""
NEAR = 15.0
"""Degrees (latitude + longitude) within which another place speaks for it: Seoul with both Koreas."""
LINKS = frozenset({"و", "،", ",", "and"})
"""What stands between places of one list."""


def told_apart(
    looked_up: Sequence[Name], tagged: Sequence[Name], words: Words
) -> tuple[list[Name], list[Name], list[Name]]:
    """Return both lists without words that are no names here, and the everyday words among those."""
    looked_up = _pointed_at(looked_up, tagged, words)
    places = list({tuple(place) for name in looked_up if name.use != "word" and (place := _place(name))})
    sure = _sure(tagged)
    plain = [
        name
        for name in looked_up
        if name.use == "word" and not (_near(name, places) or _at(name) in sure or _cued(name, words))
    ]
    busy = covered(plain)
    kept = [
        replace(name, use="name") if name.use == "word" else name
        for name in looked_up
        if name.use != "word" or name.first not in busy
    ]
    return kept, [name for name in tagged if busy.isdisjoint(name.over)], plain


def _pointed_at(looked_up: Sequence[Name], tagged: Sequence[Name], words: Words) -> list[Name]:
    """Drop towns called like a person or a thing, unless a cue, a list or a tagger tells the town.

    One told is told all through, but a word that running text knows («صور»: photographs) needs «in» before it
    at least, every time.
    """
    towns: set[str | None] = set()
    pointed: set[int] = set()
    sure = _sure([name for name in tagged if name.type in {"LOC", "FAC"}])
    for at, name in enumerate(looked_up):
        beside = [
            other
            for other in looked_up[max(0, at - 1) : at + 2]
            if other.use != "cued" or other.entity_id in towns
        ]
        if name.use == "cued" and (_cued(name, words) or _in_list(name, beside, words) or _at(name) in sure):
            towns.add(name.entity_id)
            pointed.add(at)
    return [
        replace(name, use="name") if name.use == "cued" else name
        for at, name in enumerate(looked_up)
        if name.use != "cued" or at in pointed or (name.entity_id in towns and _may_go_on(name, words))
    ]


def _may_go_on(name: Name, words: Words) -> bool:
    """Tell whether a town told elsewhere is meant here: no word of running text, or one behind «in».

    Not where it takes an Arabic noun: «صور الحادث».
    """
    if not words.reads_as(name.first, snapshot.seen(words.base)):
        return True
    takes = words.lang == "ar" and words.beside(name.first, name.last).startswith("ال")
    return words.beside(name.first, name.first - 1) in IN_WORDS and not takes


def _cued(name: Name, words: Words) -> bool:
    """Tell whether a word of kind stands before it (شهرستان مهران), or «در», في, in before a mere name."""
    if not words.same_sentence(name.first - 1, name.first) or name.start > words.tokens[name.first].start:
        return False
    listed = cues(words.lang).town_words
    if words.reads_as(name.first - 1, listed):
        return True
    if words.same_sentence(name.first - 2, name.first) and listed.length(words.keys, name.first - 2) == 2:
        return True
    return words.keys[name.first - 1] in IN_WORDS and not words.reads_as(
        name.first, snapshot.seen(words.base)
    )


def _in_list(name: Name, beside: Sequence[Name], words: Words) -> bool:
    """Tell whether a town is in one list with a place nearby: «ارومیه، خوی و سلماس», درعا وحماة."""
    for other in beside:
        one, two = (other, name) if other.first < name.first else (name, other)
        between = words.keys[one.last : two.first]
        glued = not between and words.keys[two.first][0] == "و" and two.start > words.tokens[two.first].start
        linked = glued or (len(between) == 1 and between[0] in LINKS)
        place = _place(other)
        if (
            linked
            and other.type == "LOC"
            and place
            and words.same_sentence(one.first, two.first)
            and _near(name, [place])
        ):
            return True
    return False


def _at(name: Name) -> tuple[int, int]:
    return name.first, name.last


def _sure(tagged: Sequence[Name]) -> set[tuple[int, int]]:
    """Return where the tagger is sure of a name."""
    return {_at(name) for name in tagged if name.confidence >= SURE}


def _near(name: Name, places: Sequence[Sequence[float]]) -> bool:
    here = _place(name)
    return here is None or any(abs(here[0] - lat) + abs(here[1] - lon) <= NEAR for lat, lon in places)


def _place(name: Name) -> Sequence[float] | None:
    row = snapshot.entity(name.entity_id) if name.entity_id else None
    return row.get("at") if row else None
