"""Builds the record's lists: mentions, entities, namings, attributions, quotes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from msgspec import UNSET, UnsetType

from services.extract.found_name import Name
from services.extract.lexicon import snapshot
from services.extract.naming.clitics import with_article
from services.extract.naming.identity import Identity
from services.extract.saying.attributions import HOPS, Credit
from services.extract.saying.quotes import Quotation, SpeechVerb
from services.extract.saying.speakers import Voice
from services.extract.words_of_article import Words
from shared.records import Agent, Attribution, Clean, Entity, Mention, Naming, Quote, Span, entity_ids
from shared.records.entities import Speaker, Verb
from shared.text.match_key import match_key
from shared.text.skeleton import fine_key

CONTEXT_CHARS = 32
"""Code points of text kept on either side of a mention (TextQuoteSelector)."""
EACH_SHARE = 0.25
"""What any mention adds to the weight of an entity, from which its salience is reckoned."""
TITLE_SHARE = 1.2
"""What a mention in the title adds besides."""
LEAD_SHARE = 0.5
"""What a mention in the first fifth of the text, but not in the title, adds besides."""


def mention_list(names: Sequence[Name], identities: Sequence[Identity], words: Words) -> list[Mention]:
    """Return the mentions in order of place, numbered m1, m2 and so on."""
    mentions = []
    for number, (name, identity) in enumerate(zip(names, identities, strict=True), 1):
        exact = words.text[name.start : name.end]
        mentions.append(
            Mention(
                id=f"m{number}",
                start=name.start,
                end=name.end,
                exact=exact,
                prefix=words.text[max(0, name.start - CONTEXT_CHARS) : name.start],
                suffix=words.text[name.end : name.end + CONTEXT_CHARS],
                type=name.type,
                norm=match_key(with_article(exact)),
                skeleton=fine_key(with_article(exact)),
                entity_id=identity.entity_id,
                id_basis=identity.basis,
                method=name.method,
                confidence=round(name.confidence, 4),
                alternatives=list(identity.alternatives) or UNSET,
                head_role=name.role or UNSET,
            )
        )
    return mentions


def entity_list(mentions: Sequence[Mention], clean: Clean, lang: str) -> list[Entity]:
    """Return the things mentioned, the most salient first; an unknown one is labelled by its longest name."""
    by_entity: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_entity.setdefault(mention.entity_id, []).append(mention)
    title = clean.title.place if clean.title else range(0)
    entities = []
    for entity_id, its_mentions in by_entity.items():
        row = snapshot.entity(entity_id)
        label = (
            {code: row["label"][code] for code in ("fa", "ar", "en") if code in row["label"]}
            if row
            else _own_label(its_mentions, lang)
        )
        kind = row["type"] if row else Counter(mention.type for mention in its_mentions).most_common(1)[0][0]
        names_used = list(dict.fromkeys(mention.exact for mention in its_mentions))
        salience = _salience(its_mentions, title, max(1, len(clean.text)))
        entities.append(
            Entity(
                entity_id=entity_id,
                label=label,
                type=kind,
                salience=salience,
                mention_ids=[mention.id for mention in its_mentions],
                names_used=names_used,
            )
        )
    return sorted(entities, key=lambda entity: (-entity.salience, entity.entity_id))


def _own_label(mentions: Sequence[Mention], lang: str) -> dict[str, str]:
    longest = max(mentions, key=lambda mention: (len(mention.exact.split()), -mention.start)).exact
    return {lang if lang != "und" else "en": with_article(longest)}


def _salience(mentions: Sequence[Mention], title: range, text_length: int) -> float:
    weight = sum(
        EACH_SHARE
        + (TITLE_SHARE if mention.start in title else LEAD_SHARE if mention.start < text_length / 5 else 0.0)
        for mention in mentions
    )
    return round(1 - math.exp(-weight / 2), 4)


def naming_list(mentions: Sequence[Mention]) -> list[Naming]:
    """Return what each known place, organisation and event is called, every time, epithets included."""
    return [
        Naming(
            entity_id=mention.entity_id,
            surface=mention.exact,
            naming_key=mention.norm,
            start=mention.start,
            end=mention.end,
        )
        for mention in mentions
        if mention.type in {"LOC", "ORG", "EVENT", "FAC"}
        and not mention.entity_id.startswith(entity_ids.PROVISIONAL)
    ]


def attribution_list(attributed: Sequence[Credit]) -> list[Attribution]:
    """Return the attributions, numbered a1, a2 and so on."""
    attributions = []
    for number, credit in enumerate(attributed, 1):
        (start, end), (covers, until) = credit.cue, credit.scope
        attributions.append(
            Attribution(
                id=f"a{number}",
                kind=credit.kind,
                cue=Span(start=start, end=end, layer="raw" if credit.raw else UNSET),
                agent=Agent(text=credit.agent, entity_id=credit.agent_id or UNSET),
                scope=Span(start=covers, end=until),
                hop=HOPS[credit.kind],
                confidence=credit.confidence,
            )
        )
    return attributions


def quote_list(
    quotations: Sequence[tuple[Quotation, Voice | None]],
    mentions: Sequence[Mention],
    attributions: Sequence[Attribution],
    words: Words,
) -> list[Quote]:
    """Return the quotes in order, numbered q1, q2 and so on, with verb, speaker and nearest attribution."""
    quotes = []
    for number, (quotation, voice) in enumerate(quotations, 1):
        quotes.append(
            Quote(
                id=f"q{number}",
                start=quotation.start,
                end=quotation.end,
                mode=quotation.mode,
                verb=_verb(quotation.verb, words) if quotation.verb else UNSET,
                speaker=_speaker(voice, mentions),
                via=_via(quotation, attributions),
                lang=words.lang,
            )
        )
    return quotes


def _verb(verb: SpeechVerb, words: Words) -> Verb:
    return Verb(lemma=verb.lemma, start=words.tokens[verb.first].start, end=words.tokens[verb.last - 1].end)


def _via(quotation: Quotation, attributions: Sequence[Attribution]) -> str | UnsetType:
    """Return the id of the nearest attribution whose scope holds the *quotation*."""
    around = [
        attribution
        for attribution in attributions
        if attribution.scope.start <= quotation.start < attribution.scope.end
        and attribution.kind not in {"source_line", "dateline_outlet"}
    ]
    if not around:
        return UNSET
    return min(
        around,
        key=lambda other: (other.scope.end - other.scope.start, abs(other.cue.start - quotation.start)),
    ).id


def _speaker(voice: Voice | None, mentions: Sequence[Mention]) -> Speaker | None:
    if voice is None:
        return None
    if voice.name is None:
        return Speaker(text=voice.text, confidence=voice.confidence)
    mention = mentions[voice.name]
    return Speaker(
        mention_id=mention.id, entity_id=mention.entity_id, text=mention.exact, confidence=voice.confidence
    )
