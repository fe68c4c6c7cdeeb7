"""All names of an article: those of tagger, curated table and rules, joined in a fixed order.

A document pass then looks for the people of table and rules in the rest of the text. The CRF has one of its
own for the people that it tags (``tagger.document_pass``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.extract.found_name import Name, covered, name_over
from services.extract.lexicon import snapshot
from services.extract.lexicon.cues import cues
from services.extract.naming.boundaries import joined_with_tagged
from services.extract.naming.cities import cities
from services.extract.naming.clitics import without_clitic
from services.extract.naming.curated import curated
from services.extract.naming.homographs import without_everyday_words
from services.extract.naming.namesakes import with_namesakes
from services.extract.naming.offices import with_offices
from services.extract.naming.people import RULED_LANGS, TITLE_PRIOR, people
from services.extract.saying.quotes import speech_verbs
from services.extract.tagger.interfaces import TaggedSpan
from services.extract.words_of_article import Words
from shared.text.stems import Clipped, readings

DOCUMENT_PRIOR = 0.75
"""Confidence of a word that is a person because the article names that person in full elsewhere."""


def names(words: Words, tagged: Sequence[TaggedSpan] | None) -> list[Name]:
    """Return the names of the article in order, not overlapping; *tagged* is None when no model is there."""
    from_model = [_from_model(span, words) for span in tagged or ()]
    apart = without_everyday_words(curated(words), from_model, words)
    all_names = joined_with_tagged(apart.looked_up, apart.tagged, words)
    if tagged is None:  # with a model its places are surer: adding GeoNames' cost 5 F1 on ANERcorp dev
        all_names += _outside_of(all_names, cities(words, [*all_names, *apart.everyday]))
    all_names += [
        name
        for name in _outside_of(all_names, people(words, all_names))
        if tagged is None or _is_full_name(name)
    ]
    all_names = _surnames_as_people(sorted(all_names, key=lambda name: name.first), words)
    all_names = _document_pass(all_names, words) if words.lang in RULED_LANGS else all_names
    return with_offices(with_namesakes(all_names, words), words)


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


def _surnames_as_people(names: list[Name], words: Words) -> list[Name]:
    """Read a nationality that is a person's surname as that person after a verb or title: «وأكد السوداني»."""
    surnames = {words.keys[name.last - 1] for name in names if name.type == "PER" and len(name.over) >= 2}
    doubtful = [
        name
        for name in names
        if name.use == "adj" and len(name.over) == 1 and words.keys[name.first] in surnames
    ]
    if not doubtful:
        return names
    titles = cues(words.lang).titles
    behind_cue = {verb.last for verb in speech_verbs(words)} | {
        i + 1 for i, key in enumerate(words.keys) if key in titles
    }
    return [
        replace(name, type="PER", method="doc", confidence=DOCUMENT_PRIOR, entity_id=None, use="name")
        if name in doubtful and name.first in behind_cue
        else name
        for name in names
    ]


def _document_pass(names: list[Name], words: Words) -> list[Name]:
    """Mark the words of a full person name wherever else they stand alone.

    People only: spreading organisations costs precision.
    """
    people_words = _people_words(names, words)
    busy = covered(names)
    free = (i for i in range(len(words.tokens)) if i not in busy)
    again = [name for i in free if (name := _named_again(words, i, people_words))]
    return sorted([*names, *_adjacent_joined(again)], key=lambda name: name.first)


def _people_words(names: list[Name], words: Words) -> set[str]:
    """Return the words of the full person names that table and rules found: a tagger spreads its own."""
    full = [
        name
        for name in names
        if name.type == "PER" and len(name.over) >= 2 and name.method in {"alias", "rule"}
    ]
    keys = {words.keys[i] for i in covered(full)} - snapshot.ordinary(words.base)
    return {key for key in keys if len(key) >= 3 and key not in cues(words.lang).name_links}


def _named_again(words: Words, i: int, people_words: set[str]) -> Name | None:
    """Return the person whom token *i* alone names, None when it is small or a word of running text too."""
    token = words.tokens[i]
    if (
        not token.is_word
        or token.text[0] != token.text[0].upper()
        or (words.lang != "en" and words.keys[i] in snapshot.seen_outside_names(words.base))
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
