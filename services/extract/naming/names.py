"""All names of an article: tagger, curated table and rules joined in a fixed order, then a document pass.

This pass spreads the people of table and rules; the one of ``tagger.document_pass`` is the CRF's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.extract.found_name import Name, covered, name_over, without_clitic
from services.extract.lexicon import snapshot
from services.extract.lexicon.cues import cues
from services.extract.naming.boundaries import joined_with_tagged
from services.extract.naming.homographs import without_everyday_words
from services.extract.naming.known import cities, known
from services.extract.naming.namesakes import with_namesakes
from services.extract.naming.people import RULED_LANGS, TITLE_PRIOR, people
from services.extract.saying.quotes import speech_verbs
from services.extract.tagger.interfaces import TaggedSpan
from services.extract.words_of_article import Words
from shared.text.skeleton import coarse_key
from shared.text.sound import name_similarity
from shared.text.stems import Clipped, readings

DOCUMENT_PRIOR = 0.75
"""Confidence of a word that is a person because the article names that person in full elsewhere."""
SAME_SPELLING = 0.8
"""Two spellings of one person in one article are at least this alike (سوليفان, ساليفان)."""
LONGEST_OFFICE_BEFORE = 8
"""Words from a title up to the name it belongs to."""
LONGEST_OFFICE_AFTER = 6
"""Words of an office that stands in apposition behind a name."""


def names(words: Words, tagged: Sequence[TaggedSpan] | None) -> list[Name]:
    """Return the names of the article in order, not overlapping; *tagged* is None when no model is there."""
    apart = without_everyday_words(known(words), [_from_model(span, words) for span in tagged or ()], words)
    all_names = joined_with_tagged(apart.looked_up, apart.tagged, words)
    if tagged is None:  # with a model its places are surer: adding GeoNames' cost 5 F1 on ANERcorp dev
        all_names += _outside_of(all_names, cities(words, [*all_names, *apart.everyday]))
    all_names += [
        name
        for name in _outside_of(all_names, people(words, all_names))
        if tagged is None or _is_full_name(name)
    ]
    all_names = people_first(sorted(all_names, key=lambda name: name.first), words)
    all_names = document_pass(all_names, words) if words.lang in RULED_LANGS else all_names
    return _with_roles(with_namesakes(all_names, words), words)


def _from_model(span: TaggedSpan, words: Words) -> Name:
    kind = span.type if span.type != "MISC" else "NORP"
    return without_clitic(
        name_over(words, span.first, span.last, kind, method=span.method, confidence=span.confidence), words
    )


def _is_full_name(name: Name) -> bool:
    """Tell whether a rule's person is two words after a title, and so adds to a tagger's.

    Single words were right in 3 of 31 cases on the dev parts.
    """
    return name.confidence >= TITLE_PRIOR and len(name.over) >= 2


def _outside_of(names: list[Name], others: list[Name]) -> list[Name]:
    """Return those of *others* that share no token with one of *names*."""
    busy = covered(names)
    return [name for name in others if busy.isdisjoint(name.over)]


def people_first(names: list[Name], words: Words) -> list[Name]:
    """Read a nationality that is a person's surname as that person after a verb or title: «وأكد السوداني»."""
    surnames = {words.keys[name.last - 1] for name in names if name.type == "PER" and len(name.over) >= 2}
    if not any(name.use == "adj" and words.keys[name.first] in surnames for name in names):
        return names
    lang_cues = cues(words.lang)
    behind_cue = {last for _, _, last in speech_verbs(words)} | {
        i + 1 for i, key in enumerate(words.keys) if key in lang_cues.titles
    }
    return [
        replace(name, type="PER", method="doc", confidence=DOCUMENT_PRIOR, entity_id=None, use="name")
        if name.use == "adj"
        and len(name.over) == 1
        and words.keys[name.first] in surnames
        and name.first in behind_cue
        else name
        for name in names
    ]


def document_pass(names: list[Name], words: Words) -> list[Name]:
    """Mark the words of a full person name wherever else they stand alone.

    People only: spreading organisations costs precision.
    """
    people_words = _people_words(names, words)
    busy = covered(names)
    again = [_named_again(words, i, people_words) for i in range(len(words.tokens)) if i not in busy]
    return sorted([*names, *_adjacent_joined([name for name in again if name])], key=lambda name: name.first)


def _people_words(names: list[Name], words: Words) -> set[str]:
    """Return the words of the full person names that table and rules found: a tagger spreads its own."""
    full = [
        name
        for name in names
        if name.type == "PER" and len(name.over) >= 2 and name.method in {"alias", "rule"}
    ]
    keys = {key for name in full for key in words.keys[name.first : name.last] if len(key) >= 3}
    return {key for key in keys - snapshot.ordinary(words.base) if key not in cues(words.lang).name_links}


def _named_again(words: Words, i: int, people_words: set[str]) -> Name | None:
    """Return the person whom token *i* alone names, None when it is small or a word of running text too."""
    token = words.tokens[i]
    if (
        not token.is_word
        or token.text[0] != token.text[0].upper()
        or (words.lang != "en" and words.keys[i] in snapshot.seen(words.base))
    ):
        return None
    cut = next(
        (reading.cut for reading in _forms(words.keys[i], words.lang) if reading.form in people_words), None
    )
    if cut is None:
        return None
    name = name_over(words, i, i + 1, "PER", method="doc", confidence=DOCUMENT_PRIOR)
    return replace(name, start=name.start + (cut if token.text[:cut].isalpha() else 0))


def _forms(key: str, lang: str) -> list[Clipped]:
    """Return all that *key* may be read as, Arabic words without their article too."""
    forms = list(readings(key, lang))
    if lang == "ar":
        forms += [
            Clipped(cut + 2, form.removeprefix("ال"), 0)
            for cut, form, _ in forms
            if form.startswith("ال") and len(form) > 4
        ]
    return forms


def _adjacent_joined(names: list[Name]) -> list[Name]:
    """Return *names* in order, those that follow each other without a gap as one."""
    out: list[Name] = []
    for name in names:
        if out and out[-1].last == name.first:
            out[-1] = replace(out[-1], last=name.last, end=name.end)
        else:
            out.append(name)
    return out


def _with_roles(names: list[Name], words: Words) -> list[Name]:
    """Give a person the office beside the name: «مشاور امنیت ملی کاخ سفید» after it, a title before it."""
    return [
        replace(name, role=_role(name, words)) if name.type == "PER" and not name.role else name
        for name in names
    ]


def _role(name: Name, words: Words) -> str | None:
    """Return the office before the name, or in Persian the one in apposition after it."""
    return _office_after(name, words) if words.lang == "fa" else _title_before(name, words)


def _title_before(name: Name, words: Words) -> str | None:
    """Return the words from a title up to the name, over no sign or verb."""
    lang_cues = cues(words.lang)
    for back in range(1, LONGEST_OFFICE_BEFORE + 1):
        first = name.first - back
        if not words.same_sentence(first, name.first) or not (
            words.tokens[first].is_word or (back == 1 and words.tokens[first].text in '«“"')
        ):
            break
        if lang_cues.titles.at(words.keys, first):
            return words.text[words.tokens[first].start : words.tokens[name.first - 1].end].rstrip(' «“"')
        if lang_cues.speech_verbs.at(words.keys, first) or words.keys[first] in lang_cues.that:
            break
    return None


def _office_after(name: Name, words: Words) -> str | None:
    """Return the office that a title right behind the name begins, up to a sign or verb."""
    lang_cues = cues(words.lang)
    first = name.last
    while words.same_sentence(name.first, first) and words.tokens[first].text in '»”"،,':
        first += 1
    if not words.same_sentence(name.first, first) or not lang_cues.titles.at(words.keys, first):
        return None
    end = first
    while (
        words.same_sentence(first, end)
        and end - first < LONGEST_OFFICE_AFTER
        and words.tokens[end].is_word
        and words.keys[end] not in lang_cues.agent_ends
    ):
        if lang_cues.speech_verbs.at(words.keys, end):
            break
        end += 1
    return words.text[words.tokens[first].start : words.tokens[end - 1].end] if end > first else None


def same_person(first: str, second: str) -> bool:
    """Tell whether two full names in one article are one: alike in sound, and equal in the coarse key."""
    return coarse_key(first) == coarse_key(second) and name_similarity(first, second) >= SAME_SPELLING
