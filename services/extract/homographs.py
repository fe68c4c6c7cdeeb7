"""Names that are other words too: «سيول» is Seoul and floods, «مهران» a town and a man. They are places where something else says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.extract import lexicon
from services.extract.cues import cues
from services.extract.name import Name, Words
from services.extract.places import IN_WORDS
from shared.text.stems import readings

SURE = 0.8
"""What a tagger must give the word: on «سيول» it gave the city .83 to .98 of the time it named it, floods .50 to .78."""
NEAR = 15.0
"""Degrees of latitude and longitude together within which another named place speaks for it: Seoul with both Koreas and Tokyo."""
LINKS = frozenset({"و", "،", ",", "and"})
"""What stands between places of one list."""


def told_apart(looked_up: Sequence[Name], tagged: Sequence[Name], words: Words) -> tuple[list[Name], list[Name], list[Name]]:
    """Return both lists without the words that are no names here, and the everyday words among those: nothing speaks for them."""
    looked_up = _pointed_at(looked_up, tagged, words)
    places = [place for name in looked_up if name.use != "word" and (place := _place(name))]
    plain = [name for name in looked_up if name.use == "word" and not (_near(name, places) or _sure(name, tagged) or _cued(name, words))]
    kept = [replace(name, use="name") if name.use == "word" else name for name in looked_up if name not in plain]
    return kept, [name for name in tagged if not any(name.overlaps(word) for word in plain)], plain


def _pointed_at(looked_up: Sequence[Name], tagged: Sequence[Name], words: Words) -> list[Name]:
    """Drop towns called like a person or a thing, unless a cue, a neighbour in a list or a tagger tells the town; one told is told all through."""
    told: set[str | None] = set()
    for at, name in enumerate(looked_up):
        beside = [other for other in looked_up[max(0, at - 1) : at + 2] if other.use != "cued" or other.entity_id in told]
        if name.use == "cued" and (_cued(name, words) or _in_list(name, beside, words) or _tagged_place(name, tagged)):
            told.add(name.entity_id)
    return [replace(name, use="name") if name.use == "cued" else name for name in looked_up if name.use != "cued" or name.entity_id in told]


def _cued(name: Name, words: Words) -> bool:
    """Whether a word of kind stands before it (شهرستان مهران), or «در», في, in before a word running text knows only as a name."""
    if not words.same_sentence(name.first - 1, name.first) or name.start > words.tokens[name.first].start:
        return False
    listed = cues(words.lang).town_words
    before = words.keys[name.first - 1]
    if any(form in listed for _, form, _ in readings(before, words.lang)):
        return True
    if words.same_sentence(name.first - 2, name.first) and (listed.at(words.keys, name.first - 2) or (0, ""))[0] == 2:
        return True
    seen = lexicon.seen(words.lang if words.lang in {"fa", "ar"} else "en")
    return before in IN_WORDS and not any(form in seen for _, form, _ in readings(words.keys[name.first], words.lang))


def _in_list(name: Name, beside: Sequence[Name], words: Words) -> bool:
    """Whether it stands in one list with a place nearby: «ارومیه، خوی و سلماس», درعا وحماة, "Sari, Iran"."""
    for other in beside:
        one, two = (other, name) if other.first < name.first else (name, other)
        between = words.keys[one.last : two.first]
        glued = not between and words.keys[two.first][0] == "و" and two.start > words.tokens[two.first].start
        linked = glued or (len(between) == 1 and between[0] in LINKS)
        place = _place(other)
        if linked and other.type == "LOC" and place and words.same_sentence(one.first, two.first) and _near(name, [place]):
            return True
    return False


def _tagged_place(name: Name, tagged: Sequence[Name]) -> bool:
    return _sure(name, [other for other in tagged if other.type in {"LOC", "FAC"}])


def _sure(name: Name, tagged: Sequence[Name]) -> bool:
    return any(other.confidence >= SURE for other in tagged if (other.first, other.last) == (name.first, name.last))


def _near(name: Name, places: Sequence[Sequence[float]]) -> bool:
    here = _place(name)
    return here is None or any(abs(here[0] - lat) + abs(here[1] - lon) <= NEAR for lat, lon in places)


def _place(name: Name) -> Sequence[float] | None:
    row = lexicon.entity(name.entity_id) if name.entity_id else None
    return row.get("at") if row else None
