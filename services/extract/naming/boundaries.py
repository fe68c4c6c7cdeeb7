"""Where a name begins and ends, and what it is, where table, tagger and the words around it disagree.

The table knows who; the tagger has read the sentence. So the table's id stands, the wider organisation wins
(کمیسیون … مجلس شورای اسلامی), and words that only say what kind stay outside, by the guideline of the gold
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

TAGGER_BELIEVED = 0.6
"""A tagger this sure that a city's name is a club or person is right more often than the table (dev)."""
TITLES_BEFORE = frozenset({"fa", "ar"})
"""Languages whose titles and type words stand before the name and are no part of it."""


def joined_with_tagged(looked_up: Sequence[Name], tagged: Sequence[Name], words: Words) -> list[Name]:
    """Return curated and tagged names as one list, in order, not overlapping."""
    by_token = {
        i: name for name in (without_type_words(name, words) for name in looked_up) for i in name.over
    }
    for name in (without_type_words(name, words) for name in tagged):
        curated = list(dict.fromkeys(by_token[i] for i in name.over if i in by_token))
        winner = _winner(name, curated)
        if winner:
            for other in curated:
                for i in other.over:
                    del by_token[i]
            by_token |= dict.fromkeys(winner.over, winner)
    kept = sorted(dict.fromkeys(by_token.values()), key=lambda name: name.first)
    busy = covered(kept)
    return [_widened_to_organisation(name, busy, words) for name in kept]


def _winner(name: Name, curated: Sequence[Name]) -> Name | None:
    """Return what the tagged *name* becomes, None where the *curated* names that it overlaps stand."""
    if not curated:
        return name
    if len(curated) == 1 and name.over == curated[0].over:
        city = (
            curated[0].type == "LOC"
            and not entity_ids.country(curated[0].entity_id)
            and curated[0].use == "name"
        )
        return name if city and name.type in {"ORG", "PER"} and name.confidence >= TAGGER_BELIEVED else None
    if not all(name.holds(other) and _yields(other, name) for other in curated):
        return None
    same = next((other for other in curated if other.type == name.type == "PER"), None)
    return replace(name, entity_id=same.entity_id) if same else name


def _yields(inner: Name, outer: Name) -> bool:
    """Tell whether a curated name gives way to the tagged one around it: دانشگاه تهران, محمد حسني مبارك."""
    if inner.use == "naming":
        return False
    if inner.type in {"LOC", "NORP"}:
        return outer.type in {"ORG", "PER", "LOC"}
    return (inner.type, outer.type) in {("ORG", "ORG"), ("PER", "PER"), ("PER", "LOC"), ("PER", "ORG")}


def without_type_words(name: Name, words: Words) -> Name:
    """Return *name* without the titles or type words it begins with; after «club» it is an organisation."""
    if words.lang not in TITLES_BEFORE or name.use in {"naming", "head"}:
        return name
    lang_cues = cues(words.lang)
    while name.type == "PER" and (title_length := _title_length(name, words)):
        name = _beginning_at(name, name.first + title_length, words)
    hit = lang_cues.club_words.at(words.keys, name.first)
    if hit and name.method != "alias" and name.type in {"PER", "LOC"} and name.first + hit.length < name.last:
        return replace(_beginning_at(name, name.first + hit.length, words), type="ORG")
    has_type_word = words.reads_as(name.first, lang_cues.type_words)
    if has_type_word and _is_in_table(words.keys[name.first + 1 : name.last], words.lang):
        return _beginning_at(name, name.first + 1, words)
    return name


def _title_length(name: Name, words: Words) -> int:
    """Return how many words of title a person's name begins with; 0 if no name would be left: رهبر انقلاب."""
    hit = cues(words.lang).titles.at(words.keys, name.first)
    rest = words.keys[name.first + hit.length : name.last] if hit else ()
    if not hit or not rest or (len(rest) == 1 and rest[0] in snapshot.ordinary(words.lang)):
        return 0
    is_first_name = (
        name.method != "alias" and len(rest) == 1 and words.keys[name.first] in snapshot.name_words("arabic")
    )
    return 0 if is_first_name else hit.length


def _beginning_at(name: Name, first: int, words: Words) -> Name:
    return replace(name, first=first, start=words.tokens[first].start)


def _is_in_table(key: Sequence[str], lang: str) -> bool:
    """Tell whether the table has *key* as a name, be it one that counts only as a source or after a cue."""
    aliases = snapshot.aliases(lang).get(key[0], ()) if key else ()
    return any(alias.key == tuple(key) and alias.use in {"name", "source", "cued"} for alias in aliases)


def _widened_to_organisation(name: Name, busy: AbstractSet[int], words: Words) -> Name:
    """Return a place as the organisation («پلیس», «سفارت» before it) or club («تیم») that it is part of."""
    if (
        name.type != "LOC"
        or words.lang not in TITLES_BEFORE
        or name.use == "naming"
        or name.start != words.tokens[name.first].start
    ):
        return name
    lang_cues = cues(words.lang)
    for back in (3, 2, 1):
        first = name.first - back
        if not words.same_sentence(first, name.first) or not busy.isdisjoint(range(first, name.first)):
            continue
        if lang_cues.state_bodies.length(words.keys, first) == back:
            return replace(_beginning_at(name, first, words), type="ORG", entity_id=None, use="name")
        if lang_cues.club_words.length(words.keys, first) == back:
            return replace(name, type="ORG", entity_id=None)
    return name
