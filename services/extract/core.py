"""Extract in order: tokens, names, identities, what was said, on whose word, numbers, times, places, the article's vector.

A pure function of the article, the packaged snapshot and the models plugged in (``services.extract.seam``); without a tagger the rules
answer alone and the record says ``degraded``.
"""

from __future__ import annotations

from services.extract import lexicon
from services.extract.assembly import attributions, entities, mentions, namings, quotes
from services.extract.attributions import credits_of
from services.extract.cues import folded
from services.extract.event_date import event_date
from services.extract.identity import identities
from services.extract.name import Words
from services.extract.names import names
from services.extract.numbers import numbers
from services.extract.places import places
from services.extract.provenance import provenance
from services.extract.quotes import said
from services.extract.seam import Models
from services.extract.speakers import voices
from services.extract.times import times
from shared.errors import BadRecord
from shared.records import Article, By, Entities, Vector
from shared.text.tokens import tokens

VERSION = "1"
RULES = Models()
"""No model: names come from the curated table, the gazetteers and the rules."""


def extract(article: Article, models: Models = RULES) -> Entities:
    """Return the entities of *article*; raises BadRecord when clean or detect left nothing to read."""
    if not article.clean:
        raise BadRecord("missing_field", "clean")
    clean = article.clean
    if not clean.text.strip():
        raise BadRecord("empty_text")
    lang = article.language.lang_macro if article.language else clean.lang_hint.lang
    found = tokens(clean.text)
    words = Words(clean.text, found, folded(found), lang)
    named = names(words, models.tag(found, lang) if models.tag else None)
    ids = identities(named, words)
    listed = mentions(named, ids, words)
    spoken = said(words)
    credited = credits_of(clean, words, named)
    credit_records = attributions(credited)
    when = times(words, clean.published)
    vector, why = _vector(article, lang, models)
    return Entities(
        mentions=listed,
        entities=entities(listed, clean, lang),
        namings=namings(listed, named),
        attributions=credit_records,
        provenance=provenance(credited),
        quotes=quotes(list(zip(spoken, voices(words, spoken, named), strict=True)), listed, credit_records, words),
        times=when,
        event_date=event_date(when, clean, words.text),
        places=places(listed, named, clean, words),
        numbers=numbers(words, when),
        vector=vector,
        degraded=models.tag is None,
        snapshot_sha256=lexicon.snapshot_sha256(),
        why=why | ({} if models.tag else {"tagger": "no tagger bundle: names by tables and rules alone"}),
        warnings=[],
        by=By(stage="extract", version=VERSION, model_sha256=models.model_sha256)
        if models.model_sha256
        else By(stage="extract", version=VERSION),
    )


def _vector(article: Article, lang: str, models: Models) -> tuple[Vector | None, dict[str, str]]:
    if models.embed is None or not article.clean:
        return None, {"vector": "no encoder"}
    if any(duplicate.relation == "exact" for duplicate in article.clean.duplicate):
        return None, {"vector": "an exact duplicate: the first one has it"}
    title = article.clean.title.text if article.clean.title else ""
    made = models.embed(title, article.clean.text, lang)
    return (made, {}) if isinstance(made, Vector) else (None, {"vector": made})
