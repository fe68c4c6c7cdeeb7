"""Turns what was found into the record's lists: mentions, entities, namings, attributions, quotes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from msgspec import UNSET, UnsetType

from services.extract.found_name import Name, with_article
from services.extract.lexicon import snapshot
from services.extract.naming.identity import Identity
from services.extract.saying.attributions import HOPS, Credit
from services.extract.saying.quotes import Quotation, SpeechVerb
from services.extract.saying.speakers import Voice
from services.extract.words_of_article import Words
from shared.records import Agent, Attribution, Clean, Entity, Mention, Naming, Quote, Span, entity_ids
from shared.records.entities import Speaker, Verb
from shared.text.match_key import match_key
from shared.text.skeleton import fine_key

AROUND = 32
"""Code points of text kept on either side of a mention (TextQuoteSelector)."""
TITLE_SHARE, LEAD_SHARE, EACH_SHARE = 1.2, 0.5, 0.25
"""What a mention in the title, in the first fifth, or anywhere adds to salience before it is squeezed."""


def mentions(names: Sequence[Name], ids: Sequence[Identity], words: Words) -> list[Mention]:
    """Return the mentions in order of place, numbered m1, m2 and so on."""
    out = []
    for at, (name, identity) in enumerate(zip(names, ids, strict=True), 1):
        exact = words.text[name.start : name.end]
        out.append(
            Mention(
                id=f"m{at}",
                start=name.start,
                end=name.end,
                exact=exact,
                prefix=words.text[max(0, name.start - AROUND) : name.start],
                suffix=words.text[name.end : name.end + AROUND],
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
    return out


def entities(listed: Sequence[Mention], clean: Clean, lang: str) -> list[Entity]:
    """Return the things mentioned, the most salient first; an unknown one is labelled by its longest name."""
    groups: dict[str, list[Mention]] = {}
    for mention in listed:
        groups.setdefault(mention.entity_id, []).append(mention)
    title = clean.title.place if clean.title else range(0)
    out = []
    for entity_id, group in groups.items():
        row = snapshot.entity(entity_id)
        label = (
            {code: row["label"][code] for code in ("fa", "ar", "en") if code in row["label"]}
            if row
            else _own_label(group, lang)
        )
        kind = row["type"] if row else Counter(mention.type for mention in group).most_common(1)[0][0]
        names_used = list(dict.fromkeys(mention.exact for mention in group))
        salience = _salience(group, title, max(1, len(clean.text)))
        out.append(
            Entity(
                entity_id=entity_id,
                label=label,
                type=kind,
                salience=salience,
                mention_ids=[m.id for m in group],
                names_used=names_used,
            )
        )
    return sorted(out, key=lambda entity: (-entity.salience, entity.entity_id))


def _own_label(group: Sequence[Mention], lang: str) -> dict[str, str]:
    longest = max(group, key=lambda mention: (len(mention.exact.split()), -mention.start)).exact
    return {lang if lang != "und" else "en": with_article(longest)}


def _salience(group: Sequence[Mention], title: range, size: int) -> float:
    weight = sum(
        EACH_SHARE
        + (TITLE_SHARE if mention.start in title else LEAD_SHARE if mention.start < size / 5 else 0.0)
        for mention in group
    )
    return round(1 - math.exp(-weight / 2), 4)


def namings(listed: Sequence[Mention], names: Sequence[Name]) -> list[Naming]:
    """Return what each place, body and event is called, every time, epithets included."""
    return [
        Naming(entity_id=m.entity_id, surface=m.exact, naming_key=m.norm, start=m.start, end=m.end)
        for m, name in zip(listed, names, strict=True)
        if m.type in {"LOC", "ORG", "EVENT", "FAC"} and not m.entity_id.startswith(entity_ids.PROVISIONAL)
    ]


def attributions(found: Sequence[Credit]) -> list[Attribution]:
    """Return the attributions, numbered a1, a2 and so on."""
    out = []
    for at, credit in enumerate(found, 1):
        (start, end), (covers, until) = credit.cue, credit.scope
        out.append(
            Attribution(
                id=f"a{at}",
                kind=credit.kind,
                cue=Span(start=start, end=end, layer="raw" if credit.raw else UNSET),
                agent=Agent(text=credit.agent, entity_id=credit.agent_id or UNSET),
                scope=Span(start=covers, end=until),
                hop=HOPS[credit.kind],
                confidence=credit.confidence,
            )
        )
    return out


def quotes(
    spoken: Sequence[tuple[Quotation, Voice | None]],
    listed: Sequence[Mention],
    credited: Sequence[Attribution],
    words: Words,
) -> list[Quote]:
    """Return the quotes in order, q1, q2 and so on, with verb, speaker and the nearest attribution."""
    out = []
    for at, (quote, voice) in enumerate(spoken, 1):
        out.append(
            Quote(
                id=f"q{at}",
                start=quote.start,
                end=quote.end,
                mode=quote.mode,
                verb=_verb(quote.verb, words) if quote.verb else UNSET,
                speaker=_speaker(voice, listed),
                via=_via(quote, credited),
                lang=words.lang,
            )
        )
    return out


def _verb(verb: SpeechVerb, words: Words) -> Verb:
    return Verb(lemma=verb.lemma, start=words.tokens[verb.first].start, end=words.tokens[verb.last - 1].end)


def _via(quote: Quotation, credited: Sequence[Attribution]) -> str | UnsetType:
    """Return the id of the nearest attribution whose scope holds the *quote*."""
    holding = [
        one
        for one in credited
        if one.scope.start <= quote.start < one.scope.end
        and one.kind not in {"source_line", "dateline_outlet"}
    ]
    if not holding:
        return UNSET
    return min(
        holding, key=lambda one: (one.scope.end - one.scope.start, abs(one.cue.start - quote.start))
    ).id


def _speaker(voice: Voice | None, listed: Sequence[Mention]) -> Speaker | None:
    if voice is None:
        return None
    if voice.name is None:
        return Speaker(text=voice.text, confidence=voice.confidence)
    mention = listed[voice.name]
    return Speaker(
        mention_id=mention.id, entity_id=mention.entity_id, text=mention.exact, confidence=voice.confidence
    )
