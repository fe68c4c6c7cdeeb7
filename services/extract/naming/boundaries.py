"""Where a name begins and ends, and what it is, where table, tagger and the words around it disagree.

The table knows who; the tagger has read the sentence. So the table's id stands, the wider body wins (کمیسیون
… مجلس شورای اسلامی), and words that only say what kind stay outside, by the guideline of the gold
(``services/workshop/judging/extract/gold``).
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from services.extract.found_name import Name, covered
from services.extract.lexicon import snapshot
from services.extract.lexicon.cues import cues
from services.extract.words_of_article import Words
from shared.records import entity_ids

BELIEVED = 0.6
"""A tagger this sure that a city's name is a club or person is right more often than the table (dev)."""
SCRIPTED = frozenset({"fa", "ar"})
"""Languages whose titles and type words stand before the name and are no part of it."""


def settled(looked_up: Sequence[Name], tagged: Sequence[Name], words: Words) -> list[Name]:
    """Join curated and tagged names into one list, in order, not overlapping."""
    at = {i: name for name in (bare(name, words) for name in looked_up) for i in name.over}
    for name in (bare(name, words) for name in tagged):
        over = list(dict.fromkeys(at[i] for i in name.over if i in at))
        winner = _winner(name, over)
        if winner:
            for other in over:
                for i in other.over:
                    del at[i]
            at |= dict.fromkeys(winner.over, winner)
    kept = sorted(dict.fromkeys(at.values()), key=lambda name: name.first)
    busy = covered(kept)
    return [_body(name, busy, words) for name in kept]


def _winner(name: Name, over: Sequence[Name]) -> Name | None:
    """Return what the tagged *name* becomes, None where the curated names *over* it stand."""
    if not over:
        return name
    if len(over) == 1 and name.over == over[0].over:
        city = over[0].type == "LOC" and not entity_ids.country(over[0].entity_id) and over[0].use == "name"
        return name if city and name.type in {"ORG", "PER"} and name.confidence >= BELIEVED else None
    if not all(name.holds(other) and _yields(other, name) for other in over):
        return None
    same = next((other for other in over if other.type == name.type == "PER"), None)
    return replace(name, entity_id=same.entity_id) if same else name


def _yields(inner: Name, outer: Name) -> bool:
    """Tell whether a curated name gives way to the tagged one around it: دانشگاه تهران, محمد حسني مبارك."""
    if inner.use == "naming":
        return False
    if inner.type in {"LOC", "NORP"}:
        return outer.type in {"ORG", "PER", "LOC"}
    return (inner.type, outer.type) in {("ORG", "ORG"), ("PER", "PER"), ("PER", "LOC"), ("PER", "ORG")}


def bare(name: Name, words: Words) -> Name:
    """Return *name* without the titles or type words it begins with; after a club's word it is a body."""
    if words.lang not in SCRIPTED or name.use in {"naming", "head"}:
        return name
    listed = cues(words.lang)
    while name.type == "PER" and (cut := _title(name, words)):
        name = _from(name, name.first + cut, words)
    hit = listed.club_words.at(words.keys, name.first)
    if hit and name.method != "alias" and name.type in {"PER", "LOC"} and name.first + hit.length < name.last:
        return replace(_from(name, name.first + hit.length, words), type="ORG")
    said_so = words.reads_as(name.first, listed.type_words)
    if said_so and _named(words.keys[name.first + 1 : name.last], words.lang):
        return _from(name, name.first + 1, words)
    return name


def _title(name: Name, words: Words) -> int:
    """Return how many words of title a person's name begins with; 0 if no name would be left: رهبر انقلاب."""
    hit = cues(words.lang).titles.at(words.keys, name.first)
    left = words.keys[name.first + hit.length : name.last] if hit else ()
    if not hit or not left or (len(left) == 1 and left[0] in snapshot.ordinary(words.lang)):
        return 0
    given = (
        name.method != "alias" and len(left) == 1 and words.keys[name.first] in snapshot.name_words("arabic")
    )
    return 0 if given else hit.length


def _from(name: Name, first: int, words: Words) -> Name:
    return replace(name, first=first, start=words.tokens[first].start)


def _named(key: Sequence[str], lang: str) -> bool:
    """Tell whether the table has *key* as a name, be it one that counts only as a source or after a cue."""
    held = snapshot.aliases(lang).get(key[0], ()) if key else ()
    return any(alias.key == tuple(key) and alias.use in {"name", "source", "cued"} for alias in held)


def _body(name: Name, busy: AbstractSet[int], words: Words) -> Name:
    """Return a place as the body («پلیس», «سفارت» before it) or the club («تیم») that it is part of."""
    if (
        name.type != "LOC"
        or words.lang not in SCRIPTED
        or name.use == "naming"
        or name.start != words.tokens[name.first].start
    ):
        return name
    listed = cues(words.lang)
    for back in (3, 2, 1):
        first = name.first - back
        if not words.same_sentence(first, name.first) or not busy.isdisjoint(range(first, name.first)):
            continue
        if listed.state_bodies.length(words.keys, first) == back:
            return replace(_from(name, first, words), type="ORG", entity_id=None, use="name")
        if listed.club_words.length(words.keys, first) == back:
            return replace(name, type="ORG", entity_id=None)
    return name
