"""All names of an article: the tagger's, the curated table's and the rules', joined in a fixed order; then the document pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from services.extract.found_name import Name, Words, without_clitic
from services.extract.lexicon import snapshot
from services.extract.lexicon.cues import cues
from services.extract.naming.boundaries import settled
from services.extract.naming.homographs import told_apart
from services.extract.naming.known import cities, known
from services.extract.naming.namesakes import with_namesakes
from services.extract.naming.people import RULED, TITLE_PRIOR, people
from services.extract.saying.quotes import speech_verbs
from services.extract.tagger.interfaces import TaggedSpan
from shared.text.skeleton import coarse_key
from shared.text.sound import name_similarity
from shared.text.stems import readings

DOCUMENT_PRIOR = 0.75
"""Confidence of a word that is a person because the article names that person in full elsewhere."""
SAME_SPELLING = 0.8
"""Two spellings of one person in one article are at least this alike (سوليفان, ساليفان)."""


def names(words: Words, tagged: Sequence[TaggedSpan] | None) -> list[Name]:
    """Return the names of the article in order, not overlapping; *tagged* is None when no model is there."""
    looked_up, from_model, plain = told_apart(known(words), [_from_model(span, words) for span in tagged or ()], words)
    found = settled(looked_up, from_model, words)
    if tagged is None:  # with a model its places are surer: adding GeoNames' cost 5 F1 on ANERcorp dev
        found += _outside(cities(words, [*found, *plain]), found)
    found += [name for name in _outside(people(words, found), found) if tagged is None or _telling(name)]
    found = people_first(sorted(found, key=lambda name: name.first), words)
    found = document_pass(found, words) if words.lang in RULED else found
    return _with_roles(with_namesakes(found, words), words)


def _from_model(span: TaggedSpan, words: Words) -> Name:
    kind = span.type if span.type != "MISC" else "NORP"
    return without_clitic(words.name(span.first, span.last, kind, method=span.method, confidence=span.confidence), words)


def _telling(name: Name) -> bool:
    """Whether a rule's person adds to a tagger's: two words after a title; single words were right in 3 of 31 cases on the dev parts."""
    return name.confidence >= TITLE_PRIOR and name.last - name.first >= 2


def _outside(more: list[Name], found: list[Name]) -> list[Name]:
    """Return those of *more* that share no token with one *found*."""
    busy = {i for name in found for i in range(name.first, name.last)}
    return [name for name in more if busy.isdisjoint(range(name.first, name.last))]


def people_first(found: list[Name], words: Words) -> list[Name]:
    """Read a nationality that is a named person's surname as that person where it speaks or follows a title: «وأكد السوداني»."""
    surnames = {words.keys[name.last - 1] for name in found if name.type == "PER" and name.last - name.first >= 2}
    if not any(name.use == "adj" and words.keys[name.first] in surnames for name in found):
        return found
    listed = cues(words.lang)
    lead = {last for _, _, last in speech_verbs(words)} | {i + 1 for i, key in enumerate(words.keys) if key in listed.titles}
    return [
        replace(name, type="PER", method="doc", confidence=DOCUMENT_PRIOR, entity_id=None, use="name")
        if name.use == "adj" and name.last - name.first == 1 and words.keys[name.first] in surnames and name.first in lead
        else name
        for name in found
    ]


def document_pass(found: list[Name], words: Words) -> list[Name]:
    """Mark the words of a full person name wherever else they stand alone (people only: spreading organisations costs precision)."""
    busy = {i for name in found for i in range(name.first, name.last)}
    lang = words.lang if words.lang in {"fa", "ar"} else "en"
    carriers: dict[str, set[str | None]] = defaultdict(set)
    for name in found:
        if name.type == "PER" and name.last - name.first >= 2 and name.method in {"alias", "rule"}:  # a tagger spreads its own
            for key in words.keys[name.first : name.last]:
                if len(key) >= 3 and key not in snapshot.ordinary(lang) and key not in cues(words.lang).name_links:
                    carriers[key].add(name.entity_id)
    extra = []
    for i, token in enumerate(words.tokens):
        if i in busy or not token.is_word or not (token.text[0].isupper() or token.text[0] == token.text[0].upper()):
            continue
        form = next((f for _, f, _ in _forms(words.keys[i], words.lang) if f in carriers and f not in snapshot.ordinary(lang)), None)
        form = None if words.keys[i] in snapshot.seen(lang) and words.lang != "en" else form
        if form:
            cut = next(c for c, f, _ in _forms(words.keys[i], words.lang) if f == form)
            name = words.name(i, i + 1, "PER", method="doc", confidence=DOCUMENT_PRIOR)
            extra.append(replace(name, start=name.start + (cut if token.text[:cut].isalpha() else 0)))
    return sorted([*found, *_adjacent_joined(extra)], key=lambda name: name.first)


def _forms(key: str, lang: str) -> list[tuple[int, str, int]]:
    found = list(readings(key, lang))
    if lang == "ar":
        found += [(cut + 2, form[2:], 0) for cut, form, _ in found if form.startswith("ال") and len(form) > 4]
    return found


def _adjacent_joined(extra: list[Name]) -> list[Name]:
    out: list[Name] = []
    for name in extra:
        if out and out[-1].last == name.first:
            out[-1] = replace(out[-1], last=name.last, end=name.end)
        else:
            out.append(name)
    return out


def _with_roles(found: list[Name], words: Words) -> list[Name]:
    """Give a person the words of office that stand beside the name: «مشاور امنیت ملی کاخ سفید» after it, a title before it."""
    return [replace(name, role=_role(name, words)) if name.type == "PER" and not name.role else name for name in found]


def _role(name: Name, words: Words) -> str | None:
    """Return the office before the name, or in apposition after it (Persian), up to the next sign, verb or eight words."""
    listed = cues(words.lang)
    for back in range(1, 9):
        at = name.first - back
        if not words.same_sentence(at, name.first) or not (words.tokens[at].is_word or (back == 1 and words.tokens[at].text in '«“"')):
            break
        hit = listed.titles.at(words.keys, at)
        if hit and words.lang != "fa":
            return words.text[words.tokens[at].start : words.tokens[name.first - 1].end].rstrip(' «“"')
        if listed.speech_verbs.at(words.keys, at) or words.keys[at] in listed.that:
            break
    at = name.last
    if words.lang != "fa":
        return None
    while words.same_sentence(name.first, at) and words.tokens[at].text in '»”"،,':
        at += 1
    if not words.same_sentence(name.first, at) or not listed.titles.at(words.keys, at):
        return None
    end = at
    while words.same_sentence(at, end) and end - at < 6 and words.tokens[end].is_word and words.keys[end] not in listed.agent_ends:
        if listed.speech_verbs.at(words.keys, end):
            break
        end += 1
    return words.text[words.tokens[at].start : words.tokens[end - 1].end] if end > at else None


def same_person(one: str, two: str) -> bool:
    """Whether two full names in one article are spellings of one: alike in sound and equal in the coarse key."""
    return coarse_key(one) == coarse_key(two) and name_similarity(one, two) >= SAME_SPELLING
