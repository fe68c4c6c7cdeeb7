"""The facts of an article: what it quotes, which days, numbers and names it tells."""

from __future__ import annotations

import re

import numpy as np

from services.link.reading.features import DAY, feature_id, shared_names
from services.link.reading.frequency import LICENSED
from services.link.reading.notes import Figure, NotedName, NotedQuote, Sparse
from services.link.reading.words import tokens
from shared.records import Entities

MAX_SENTENCES = 16  # quoted sentences kept of an article
MAX_FIGURES = 16  # numbers kept of an article
MAX_NAMES = 24  # entities kept of an article
MAX_SPELLINGS = 4  # spellings kept of a name
SHORTEST_QUOTE = 25  # characters of a quoted sentence; a shorter one is left out
LONGEST_QUOTE = 240  # characters kept of a quoted sentence
QUOTE_TOP = 32  # features kept of a quoted sentence
_SENTENCE = re.compile(r"[^.!?؟۔…\n]+(?:[.!?؟۔…]+(?=\S)[^.!?؟۔…\n]+)*[.!?؟۔…]*")


def quotes(text: str, entities: Entities, lang: str) -> list[NotedQuote]:
    """Return the sentences that an article quotes; words in quotation marks that nobody said are left out."""
    labels = {entity.entity_id: next(iter(entity.label.values()), "") for entity in entities.entities}
    noted = [
        NotedQuote(
            text[start:end][:LONGEST_QUOTE],
            start,
            end,
            labels.get(quote.speaker.entity_id or "", "") if quote.speaker is not None else "",
            quoted_features(text[start:end], lang),
        )
        for quote in entities.quotes
        if quote.mode != "scare"
        for start, end in sentences(text, quote.start, quote.end)
    ]
    return noted[:MAX_SENTENCES]


def quoted_features(text: str, lang: str) -> Sparse:
    """Return the rarest shared features of a quote, each weighted by its rarity."""
    strength: dict[int, float] = {}
    for word, _, _ in tokens(text):
        for name, weight in shared_names(word, lang):
            key = feature_id(name)
            strength[key] = max(strength.get(key, 0.0), weight)
    ids = np.array(list(strength), np.uint32)
    weights = np.array(list(strength.values()), np.float32) * LICENSED.rarity(lang, ids)
    order = np.lexsort((ids, -weights))[:QUOTE_TOP]
    return Sparse(ids[order].tobytes(), weights[order].astype(np.float32).tobytes())


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the spans of the long sentences of a quote: outlets quote different stretches of a statement."""
    spans = []
    for match in _SENTENCE.finditer(text, start, end):
        sentence = match.group()
        first = match.start() + len(sentence) - len(sentence.lstrip())
        last = match.start() + len(sentence.rstrip())
        if last - first >= SHORTEST_QUOTE:
            spans.append((first, last))
    return spans


def days(entities: Entities) -> list[str]:
    """Return the days that an article names, in ISO 8601, the earliest first."""
    return sorted(
        {time.value[:10] for time in entities.times if time.value is not None and DAY.match(time.value)}
    )


def figures(text: str, entities: Entities) -> list[Figure]:
    """Return the numbers of which it is known what they count, or in which unit."""
    counted = [
        Figure(n.value, n.unit or "", n.of or "", text[n.start : n.end], n.start, n.end, n.approx)
        for n in entities.numbers
        if n.unit or n.of
    ]
    return counted[:MAX_FIGURES]


def names(entities: Entities) -> list[NotedName]:
    """Return the most salient entities, each with its first mention and, of a place, where it is."""
    ranked = sorted(entities.entities, key=lambda entity: (-entity.salience, entity.entity_id))
    mentions = {mention.id: mention for mention in entities.mentions}
    place_of = {
        mentions[place.mention_id].entity_id: place
        for place in entities.places
        if place.mention_id in mentions
    }
    noted = []
    for entity in ranked[:MAX_NAMES]:
        first, place = mentions[entity.mention_ids[0]], place_of.get(entity.entity_id)
        noted.append(
            NotedName(
                entity_id=entity.entity_id,
                type=entity.type,
                label=entity.label,
                spellings=entity.names_used[:MAX_SPELLINGS],
                text=first.exact,
                start=first.start,
                end=first.end,
                precision="" if place is None else place.precision,
                lat=0.0 if place is None else place.lat,
                lon=0.0 if place is None else place.lon,
            )
        )
    return noted
