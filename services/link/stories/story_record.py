"""A story's record: how it begins and how it grows with each article.

Labels are headlines of members, never generated.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec.structs import replace

from services.link.memory.items import Card, StoryItem
from services.link.reading import declared_origins
from services.link.reading.declared_origins import StoryOrigin
from services.link.reading.notes import NotedName, Notes
from services.link.reading.signature import Signature
from services.link.stories import figures
from services.link.stories.limits import MAX_DOCS, MAX_SPELLINGS, MAX_TIMELINE, MAX_TOP, fitted
from services.link.stories.top_quotes import with_quotes
from shared.records import By, Story
from shared.records.story import FirstSeen, LinkOut, Members, TimelineItem, TopEntity

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:khabar:story")


def opened(signature: Signature, notes: Notes, *, number: int, generation: int, by: By) -> StoryItem:
    """Return the story that an article opens; *number* is that of the article's arrival."""
    at = rfc3339_or(signature.at, signature.first_seen_at)
    record = Story(
        story_id=story_id(signature.doc_id, generation),
        version=0,
        status="open",
        aliases=[],
        label={},
        medoid={},
        first_event_at=at,
        first_seen=FirstSeen(doc_id=signature.doc_id, source=signature.source, at=signature.first_seen_at),
        last_at=at,
        event_date=signature.event_date,
        places=[],
        top_entities=[],
        top_quotes=[],
        members=Members(n=0, by_lang={}, by_source={}),
        doc_ids=[],
        origins=declared_origins.listed([]),
        timeline=[],
        gaps=[],
        cohesion=1.0,
        links_out=[],
        cut=False,
        by=by,
    )
    empty = StoryItem(record=record, first=None, newest=None, opened=number, support={}, cards={}, figures={})
    return grown(empty, signature, notes, novelty="first", agreement={}, probability=1.0)


def grown(
    story: StoryItem,
    signature: Signature,
    notes: Notes,
    *,
    novelty: str,
    agreement: dict[str, float],
    probability: float,
) -> StoryItem:
    """Return the story with one article more.

    *agreement* tells how well it agrees with each member, by document, in log-odds; *probability* how likely
    it is that the article is one of them.
    """
    old, n = story.record, story.record.members.n
    first, newest = first_and_last([story.first, story.newest, signature.at])
    support = {doc: value + agreement.get(doc, 0.0) for doc, value in story.support.items()}
    support[signature.doc_id] = sum(agreement.values())
    origins, origin = _with_origin_of(story, signature)
    cards = story.cards | {signature.doc_id: _card(signature, origin)}
    at = rfc3339_or(signature.at, signature.first_seen_at)
    timeline = [*old.timeline, TimelineItem(at=at, doc_id=signature.doc_id, novelty=novelty)]
    record = replace(
        with_headlines_and_times(old, support, cards, first=first, newest=newest),
        event_date=old.event_date or signature.event_date,
        places=list(dict.fromkeys([*old.places, *signature.places]))[:MAX_TOP],
        top_entities=with_entities(old.top_entities, notes.names, signature.lang),
        top_quotes=with_quotes(old.top_quotes, notes.quotes, signature),
        members=_with_member(old.members, signature),
        doc_ids=[*old.doc_ids, signature.doc_id][:MAX_DOCS],
        origins=declared_origins.listed(origins),
        timeline=timeline[-MAX_TIMELINE:],
        gaps=[gap for gap in old.gaps if gap.group != signature.lang],
        cohesion=round((old.cohesion * n + probability) / (n + 1), 4) if n > 1 else round(probability, 4),
        cut=n + 1 > MAX_TIMELINE or old.cut,
    )
    record = fitted(record)
    on_timeline = {item.doc_id for item in record.timeline}
    return StoryItem(
        record=record,
        first=first,
        newest=newest,
        opened=story.opened,
        support={doc: round(value, 3) for doc, value in support.items() if doc in on_timeline},
        cards={doc: card for doc, card in cards.items() if doc in on_timeline},
        figures=figures.with_article(story.figures, notes, doc_id=signature.doc_id, at=signature.at),
        origins=origins,
    )


def grown_by_copy(
    story: StoryItem, signature: Signature, notes: Notes, *, of: str, probability: float
) -> StoryItem:
    """Return the story with a copy of its member *of*, which adds neither an origin nor a quote."""
    item = grown(
        story,
        signature,
        replace(notes, quotes=[]),
        novelty="repeat",
        agreement={},
        probability=probability,
    )
    origin = story.cards[of].origin if of in story.cards else ""
    origins = declared_origins.with_copy(story.origins, [origin], signature.source_name)
    record = replace(item.record, origins=declared_origins.listed(origins))
    cards = item.cards | {signature.doc_id: _card(signature, origin)}
    return replace(item, record=record, origins=origins, cards=cards)


def with_headlines_and_times(
    old: Story,
    support: dict[str, float],
    cards: dict[str, Card],
    *,
    first: float | None,
    newest: float | None,
) -> Story:
    """Return the next version of a record, with the headlines and the first and last time of its members."""
    label, medoid = headlines(support, cards)
    return replace(
        old,
        version=old.version + 1,
        label=label,
        medoid=medoid,
        first_event_at=rfc3339_or(first, old.first_event_at),
        last_at=rfc3339_or(newest, old.last_at),
    )


def headlines(support: dict[str, float], cards: dict[str, Card]) -> tuple[dict[str, str], dict[str, str]]:
    """Return, by language, the headline of the most central article, and that article; ties to the older."""
    medoid: dict[str, str] = {}
    for doc, value in support.items():
        lang = cards[doc].lang
        if lang not in medoid or value > support[medoid[lang]]:
            medoid[lang] = doc
    return {lang: cards[doc].title for lang, doc in medoid.items()}, medoid


def _card(signature: Signature, origin: str) -> Card:
    return Card(
        lang=signature.lang,
        title=signature.title,
        source=signature.source,
        outlet=signature.source_name,
        origin=origin,
        first_seen_at=signature.first_seen_at,
        at=signature.at,
    )


def _with_origin_of(story: StoryItem, signature: Signature) -> tuple[list[StoryOrigin], str]:
    """Return the story's origins with that of the article, and the name by which the article's is known."""
    name = signature.origin or signature.source_name
    names = signature.origin_names or [declared_origins.folded(name) or name]
    return declared_origins.with_article(story.origins, name, names, signature.source_name), names[0]


def _with_member(old: Members, signature: Signature) -> Members:
    by_lang = old.by_lang | {signature.lang: old.by_lang.get(signature.lang, 0) + 1}
    by_source = old.by_source | {signature.source: old.by_source.get(signature.source, 0) + 1}
    return Members(n=old.n + 1, by_lang=by_lang, by_source=by_source)


def with_entities(old: list[TopEntity], names: Iterable[NotedName], lang: str) -> list[TopEntity]:
    """Return the entities of a story with those of one article more."""
    new = [
        TopEntity(
            entity_id=name.entity_id,
            type=name.type,
            label=name.label,
            spellings={lang: list(dict.fromkeys(name.spellings))[:MAX_SPELLINGS]},
            n=1,
        )
        for name in names
    ]
    return joined_entities(old, new)


def joined_entities(a: list[TopEntity], b: list[TopEntity]) -> list[TopEntity]:
    """Return the entities of both lists, those of one id as one, the most frequent first."""
    by_id = {item.entity_id: item for item in a}
    for item in b:
        known = by_id.get(item.entity_id)
        if known is None:
            by_id[item.entity_id] = item
            continue
        spellings = {
            lang: list(dict.fromkeys([*known.spellings.get(lang, []), *item.spellings.get(lang, [])]))[
                :MAX_SPELLINGS
            ]
            for lang in (known.spellings | item.spellings)
        }
        by_id[item.entity_id] = replace(
            known, label=item.label | known.label, spellings=spellings, n=known.n + item.n
        )
    return sorted(by_id.values(), key=lambda item: (-item.n, item.entity_id))[:MAX_TOP]


def with_saga_link(record: Story, story_id: str | None) -> Story:
    """Return the record with a link to a story of the same saga, unless it is linked already."""
    if story_id is None or any(link.story_id == story_id for link in record.links_out):
        return record
    links = [*record.links_out, LinkOut(story_id=story_id, relation="same_saga")]
    return replace(record, links_out=links[-MAX_TOP:])


def story_id(doc_id: str, generation: int) -> str:
    """Return the id of the story that *doc_id* opens for the *generation*-th time."""
    return str(uuid.uuid5(NAMESPACE, f"{doc_id}:{generation}"))


def split_id(doc_id: str, number: int) -> str:
    """Return the id of the story that arrival *number* splits off another, and that begins with *doc_id*."""
    return str(uuid.uuid5(NAMESPACE, f"{doc_id}:split:{number}"))


def rfc3339_or(seconds: float | None, otherwise: str) -> str:
    """Return seconds since 1970 in RFC 3339, *otherwise* when there is no date."""
    if seconds is None:
        return otherwise
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def first_and_last(times: Iterable[float | None]) -> tuple[float | None, float | None]:
    """Return the first and the last of some event times; None when no article has a date."""
    dated = [time for time in times if time is not None]
    return (min(dated), max(dated)) if dated else (None, None)
