"""Extract in order: names, identities, what was said, on whose word, times, places, numbers, the vector.

A pure function of the article, the packaged snapshot and the models plugged in
(``services.extract.tagger.interfaces``); without a tagger the rules answer alone and the record says
``degraded``.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from services.extract.counting.numbers import numbers
from services.extract.dating.event_date import event_date
from services.extract.dating.expressions import times
from services.extract.lexicon import snapshot
from services.extract.naming.identity import Identity, identities
from services.extract.naming.names import names
from services.extract.places import places
from services.extract.record_lists import attributions, entities, mentions, namings, quotes
from services.extract.saying.attributions import credits_of
from services.extract.saying.provenance import provenance
from services.extract.saying.quotes import quotations
from services.extract.saying.speakers import voices
from services.extract.tagger.interfaces import Models
from services.extract.words_of_article import Words
from shared.errors import BadRecord
from shared.records import Article, By, Entities, Language, Vector, entity_ids
from shared.records.clean import MOST_READ
from shared.text.tokens import tokens

VERSION = "1"
MOST_TOKENS, MOST_NAMES, MOST_QUOTES = 8_000, 2_000, 300
"""What is read of an article, and kept of what is found; beyond it the record goes on and says so."""
RULES = Models()
"""No model: names come from the curated table, the gazetteers and the rules."""


CENTRAL_KURDISH = "ckb"


def _lang(language: Language) -> str:
    """Return by which rows of the tables an article is read: Central Kurdish has its own, ``ku`` has none."""
    return CENTRAL_KURDISH if language.lang == CENTRAL_KURDISH else language.lang_macro


def extract(article: Article, models: Models = RULES) -> Entities:
    """Return the entities of *article*; raises BadRecord when clean or detect left nothing to read."""
    if not article.clean:
        raise BadRecord("missing_field", "clean")
    clean = article.clean
    lang = _lang(article.language) if article.language else clean.lang_hint.lang
    found = tokens(clean.text[:MOST_READ], MOST_TOKENS)
    if not found:
        raise BadRecord("empty_text")
    text = clean.text if found[-1].end == len(clean.text.rstrip()) else clean.text[: found[-1].end]
    words = Words.of(text, found, lang)
    all_named = names(words, models.tag(found, lang) if models.tag else None)
    named = all_named[:MOST_NAMES]
    ids = identities(named, words)
    listed = mentions(named, ids, words)
    all_spoken = quotations(words)
    spoken = all_spoken[:MOST_QUOTES]
    credited = credits_of(clean, words, named)
    credit_records = attributions(credited)
    when = times(words, clean.published)
    vector, why = _vector(article, text, lang, models)
    cuts = (
        ("text_cut", text, clean.text),
        ("mentions_cut", named, all_named),
        ("quotes_cut", spoken, all_spoken),
    )
    return Entities(
        mentions=listed,
        entities=entities(listed, clean, lang),
        namings=namings(listed, named),
        attributions=credit_records,
        provenance=provenance(credited),
        quotes=quotes(
            list(zip(spoken, voices(words, spoken, named), strict=True)), listed, credit_records, words
        ),
        times=when,
        event_date=event_date(when, clean, words.text),
        places=places(listed, named, clean, words),
        numbers=numbers(words, when, _countries(article, ids)),
        vector=vector,
        degraded=models.tag is None,
        snapshot_sha256=snapshot.snapshot_sha256(),
        why=why | ({} if models.tag else {"tagger": "no tagger bundle: names by tables and rules alone"}),
        warnings=[*models.missing, *(code for code, kept, whole in cuts if len(kept) < len(whole))],
        by=By(stage="extract", version=VERSION, model_sha256=models.model_sha256 or UNSET),
    )


def _countries(article: Article, ids: Sequence[Identity]) -> frozenset[str]:
    """Return the countries that the source and the text name."""
    home = article.source.country
    named = {code for identity in ids if (code := entity_ids.country(identity.entity_id))}
    return frozenset(named | ({home.upper()} if isinstance(home, str) else set()))


def _vector(article: Article, text: str, lang: str, models: Models) -> tuple[Vector | None, dict[str, str]]:
    if models.embed is None or not article.clean:
        return None, {"vector": "no encoder"}
    if any(duplicate.relation == "exact" for duplicate in article.clean.duplicate):
        return None, {"vector": "an exact duplicate: the first one has it"}
    title = article.clean.title.text if article.clean.title else ""
    made = models.embed(title, text, lang)
    return (made, {}) if isinstance(made, Vector) else (None, {"vector": made})
