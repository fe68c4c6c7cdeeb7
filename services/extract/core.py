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
from services.extract.record_lists import (
    attribution_list,
    entity_list,
    mention_list,
    naming_list,
    quote_list,
)
from services.extract.saying.attributions import credits_of
from services.extract.saying.provenance import provenance
from services.extract.saying.quotes import quotations
from services.extract.saying.speakers import voices
from services.extract.tagger.interfaces import Models
from services.extract.words_of_article import Words
from shared.errors import BadRecord
from shared.records import Article, By, Clean, Entities, Language, Vector, entity_ids
from shared.records.clean import MOST_READ
from shared.text.tokens import tokens

VERSION = "1"
MOST_TOKENS = 8_000
"""Tokens that are read of an article; where this or the next two cut, the record says so."""
MOST_NAMES = 2_000
"""Names that are kept of an article."""
MOST_QUOTES = 300
"""Quotes that are kept of an article."""
RULES = Models()
"""No model: names come from the curated table, the gazetteers and the rules."""
CENTRAL_KURDISH = "ckb"


def extract(article: Article, models: Models = RULES) -> Entities:
    """Return the entities of *article*; raises BadRecord without clean's block or a token."""
    if not article.clean:
        raise BadRecord("missing_field", "clean")
    clean = article.clean
    lang = _lang(article.language) if article.language else clean.lang_hint.lang
    words = _words_read(clean, lang)
    all_names = names(words, models.tag(words.tokens, lang) if models.tag else None)
    kept_names = all_names[:MOST_NAMES]
    identities_of_names = identities(kept_names, words)
    mentions = mention_list(kept_names, identities_of_names, words)
    all_quotations = quotations(words)
    kept_quotations = all_quotations[:MOST_QUOTES]
    speakers = voices(words, kept_quotations, kept_names)
    attributed = credits_of(clean, words, kept_names)
    attributions = attribution_list(attributed)
    expressions = times(words, clean.published)
    vector = _vector(clean, words, models)
    why = {} if isinstance(vector, Vector) else {"vector": vector}
    if models.tag is None:
        why["tagger"] = "no tagger bundle: names by tables and rules alone"
    cuts = (
        ("text_cut", words.text, clean.text),
        ("mentions_cut", kept_names, all_names),
        ("quotes_cut", kept_quotations, all_quotations),
    )
    return Entities(
        mentions=mentions,
        entities=entity_list(mentions, clean, lang),
        namings=naming_list(mentions),
        attributions=attributions,
        provenance=provenance(attributed),
        quotes=quote_list(list(zip(kept_quotations, speakers, strict=True)), mentions, attributions, words),
        times=expressions,
        event_date=event_date(expressions, clean, words.text),
        places=places(mentions, kept_names, clean, words),
        numbers=numbers(words, expressions, _countries(article, identities_of_names)),
        vector=vector if isinstance(vector, Vector) else None,
        degraded=models.tag is None,
        snapshot_sha256=snapshot.snapshot_sha256(),
        why=why,
        warnings=[*models.missing, *(code for code, kept, whole in cuts if len(kept) < len(whole))],
        by=By(stage="extract", version=VERSION, model_sha256=models.model_sha256 or UNSET),
    )


def _lang(language: Language) -> str:
    """Return the language whose rows of the tables are read: Central Kurdish has its own, ``ku`` none."""
    return CENTRAL_KURDISH if language.lang == CENTRAL_KURDISH else language.lang_macro


def _words_read(clean: Clean, lang: str) -> Words:
    """Return the words of an article up to the limits; raises BadRecord where it has none."""
    read_tokens = tokens(clean.text[:MOST_READ], MOST_TOKENS)
    if not read_tokens:
        raise BadRecord("empty_text")
    end = read_tokens[-1].end
    is_whole = end == len(clean.text.rstrip())
    return Words.of(clean.text if is_whole else clean.text[:end], read_tokens, lang)


def _countries(article: Article, identities_of_names: Sequence[Identity]) -> frozenset[str]:
    """Return the countries that the source and the text name."""
    home = article.source.country
    named = {code for identity in identities_of_names if (code := entity_ids.country(identity.entity_id))}
    return frozenset(named | ({home.upper()} if isinstance(home, str) else set()))


def _vector(clean: Clean, words: Words, models: Models) -> Vector | str:
    """Return the article's vector, or the words that say why there is none."""
    if models.embed is None:
        return "no encoder"
    if any(duplicate.relation == "exact" for duplicate in clean.duplicate):
        return "an exact duplicate: the first one has it"
    return models.embed(clean.title.text if clean.title else "", words.text, words.lang)
