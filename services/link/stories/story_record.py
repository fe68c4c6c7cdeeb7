"""A story's record: how it begins and how it grows with each article.

Labels are headlines of members, never generated.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from services.link.memory.items import Card, StoryItem
from services.link.reading import declared_origins
from services.link.reading.declared_origins import Voucher
from services.link.reading.notes import NotedName, NotedQuote, Notes
from services.link.reading.signature import Signature
from services.link.stories import figures
from services.link.stories.limits import MAX_DOCS, MAX_SPELLINGS, MAX_TIMELINE, MAX_TOP, fitted
from shared.records import By, Span, Story
from shared.records.story import (
    FirstSeen,
    Gap,
    LinkOut,
    Members,
    Status,
    TimelineItem,
    TopEntity,
    TopQuote,
    Wording,
)

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:khabar:story")


def story_id(doc_id: str, generation: int) -> str:
    """Return the id of the story that *doc_id* opens for the *generation*-th time."""
    return str(uuid.uuid5(NAMESPACE, f"{doc_id}:{generation}"))


def split_id(doc_id: str, number: int) -> str:
    """Return the id of the story that arrival *number* splits off another, and that begins with *doc_id*."""
    return str(uuid.uuid5(NAMESPACE, f"{doc_id}:split:{number}"))


def moment(seconds: float | None, otherwise: str) -> str:
    """Return seconds since 1970 in RFC 3339, *otherwise* when there is no date."""
    if seconds is None:
        return otherwise
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ends(times: Iterable[float | None]) -> tuple[float | None, float | None]:
    """Return the first and the last of some event times; None when no article has a date."""
    dated = [time for time in times if time is not None]
    return (min(dated), max(dated)) if dated else (None, None)


def opened(signature: Signature, notes: Notes, *, number: int, generation: int, by: By) -> StoryItem:
    """Return the story that an article opens; *number* is the article's arrival."""
    at = moment(signature.at, signature.first_seen_at)
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
    empty = StoryItem(record, None, None, number, {}, {}, {})
    return grown(empty, signature, notes, novelty="first", agreement={}, score=1.0)


def grown(
    story: StoryItem,
    signature: Signature,
    notes: Notes,
    *,
    novelty: str,
    agreement: dict[str, float],
    score: float,
) -> StoryItem:
    """Return the story with one article more.

    *agreement*: how well it agrees with members, by document, in log-odds.
    """
    old, n = story.record, story.record.members.n
    first, newest = ends([story.first, story.newest, signature.at])
    support = {doc: value + agreement.get(doc, 0.0) for doc, value in story.support.items()}
    support[signature.doc_id] = sum(agreement.values())
    known, name = _origin(story, signature)
    cards = story.cards | {signature.doc_id: _card(signature, name)}
    at = moment(signature.at, signature.first_seen_at)
    timeline = [*old.timeline, TimelineItem(at=at, doc_id=signature.doc_id, novelty=novelty)]
    record = msgspec.structs.replace(
        headed(old, support, cards, (first, newest)),
        event_date=old.event_date or signature.event_date,
        places=list(dict.fromkeys([*old.places, *signature.places]))[:MAX_TOP],
        top_entities=entities(old.top_entities, notes.names, signature.lang),
        top_quotes=_quotes(old.top_quotes, notes.quotes, signature),
        members=_members(old.members, signature),
        doc_ids=[*old.doc_ids, signature.doc_id][:MAX_DOCS],
        origins=declared_origins.listed(known),
        timeline=timeline[-MAX_TIMELINE:],
        gaps=[gap for gap in old.gaps if gap.group != signature.lang],
        cohesion=round((old.cohesion * n + score) / (n + 1), 4) if n > 1 else round(score, 4),
        cut=n + 1 > MAX_TIMELINE or old.cut,
    )
    record = fitted(record)
    keep = {item.doc_id for item in record.timeline}
    return StoryItem(
        record,
        first,
        newest,
        story.opened,
        {doc: round(value, 3) for doc, value in support.items() if doc in keep},
        {doc: card for doc, card in cards.items() if doc in keep},
        figures.told(story.figures, notes, doc_id=signature.doc_id, at=signature.at),
        known,
    )


def headed(
    old: Story, support: dict[str, float], cards: dict[str, Card], times: tuple[float | None, float | None]
) -> Story:
    """Return the next version of a record, with the headlines and the first and last time of its members."""
    label, medoid = labels(support, cards)
    first, last = moment(times[0], old.first_event_at), moment(times[1], old.last_at)
    return msgspec.structs.replace(
        old, version=old.version + 1, label=label, medoid=medoid, first_event_at=first, last_at=last
    )


def grown_by_copy(
    story: StoryItem, signature: Signature, notes: Notes, *, of: str, score: float
) -> StoryItem:
    """Return the story with a copy of its member *of*, which adds neither an origin nor a quote."""
    item = grown(
        story,
        signature,
        msgspec.structs.replace(notes, quotes=[]),
        novelty="repeat",
        agreement={},
        score=score,
    )
    name = story.cards[of].origin if of in story.cards else ""
    known = declared_origins.with_copy(story.origins, [name], signature.source_name)
    record = msgspec.structs.replace(item.record, origins=declared_origins.listed(known))
    return msgspec.structs.replace(
        item, record=record, origins=known, cards=item.cards | {signature.doc_id: _card(signature, name)}
    )


def merged(into: StoryItem, other: StoryItem) -> tuple[StoryItem, Story]:
    """Return the story that is left of two, and the last record of the one that ends in it."""
    a, b = into.record, other.record
    whole = united(into, other)
    links = [*a.links_out, *(link for link in b.links_out if link.story_id != a.story_id)][:MAX_TOP]
    record = msgspec.structs.replace(
        whole.record, aliases=[*a.aliases, b.story_id, *b.aliases], links_out=links
    )
    last = msgspec.structs.replace(b, version=b.version + 1, status="merged", merged_into=a.story_id)
    return msgspec.structs.replace(whole, record=fitted(record), opened=min(into.opened, other.opened)), last


def united(into: StoryItem, other: StoryItem) -> StoryItem:
    """Return a story with the members of another; which one that was is left unsaid."""
    a, b = into.record, other.record
    support, cards = into.support | other.support, into.cards | other.cards
    known = declared_origins.merged_vouchers(into.origins, other.origins)
    label, medoid = labels(support, cards)
    n = a.members.n + b.members.n
    timeline = sorted([*a.timeline, *b.timeline], key=lambda item: item.at)[-MAX_TIMELINE:]
    doc_ids = [*a.doc_ids, *b.doc_ids][:MAX_DOCS]
    record = fitted(
        msgspec.structs.replace(
            a,
            version=a.version + 1,
            status=_status(a.status, b.status),
            label=label,
            medoid=medoid,
            first_event_at=min(a.first_event_at, b.first_event_at),
            last_at=max(a.last_at, b.last_at),
            event_date=a.event_date or b.event_date,
            places=list(dict.fromkeys([*a.places, *b.places]))[:MAX_TOP],
            top_entities=_both_entities(a.top_entities, b.top_entities),
            top_quotes=[*a.top_quotes, *b.top_quotes][:MAX_TOP],
            members=Members(
                n=n,
                by_lang=_summed(a.members.by_lang, b.members.by_lang),
                by_source=_summed(a.members.by_source, b.members.by_source),
            ),
            doc_ids=doc_ids,
            origins=declared_origins.listed(known),
            timeline=timeline,
            gaps=_gaps(a, b),
            cohesion=round((a.cohesion * a.members.n + b.cohesion * b.members.n) / n, 4),
            cut=a.cut or b.cut or n > MAX_TIMELINE,
        )
    )
    first, newest = ends([into.first, into.newest, other.first, other.newest])
    told = figures.latest(into.figures, other.figures)
    return StoryItem(record, first, newest, into.opened, support, cards, told, known)


def _status(into: Status, other: Status) -> Status:
    """Return the status of what is left of two stories: a quiet one is woken by one that is not."""
    return "reopened" if into == "quiet" and other != "quiet" else into


def _gaps(a: Story, b: Story) -> list[Gap]:
    """Return the gaps of two stories, without the languages that one of them has."""
    found = {
        gap.group: gap for gap in sorted([*a.gaps, *b.gaps], key=lambda gap: gap.silent_since, reverse=True)
    }
    return [found[group] for group in sorted(found) if group not in a.members.by_lang | b.members.by_lang]


def _summed(a: dict[str, int], b: dict[str, int]) -> dict[str, int]:
    return {key: a.get(key, 0) + b.get(key, 0) for key in (a | b)}


def _both_entities(a: list[TopEntity], b: list[TopEntity]) -> list[TopEntity]:
    counts = {item.entity_id: item for item in a}
    for item in b:
        was = counts.get(item.entity_id)
        if was is None:
            counts[item.entity_id] = item
            continue
        spellings = {
            lang: list(dict.fromkeys([*was.spellings.get(lang, []), *item.spellings.get(lang, [])]))[
                :MAX_SPELLINGS
            ]
            for lang in (was.spellings | item.spellings)
        }
        counts[item.entity_id] = msgspec.structs.replace(
            was, label=item.label | was.label, spellings=spellings, n=was.n + item.n
        )
    return sorted(counts.values(), key=lambda item: (-item.n, item.entity_id))[:MAX_TOP]


def labels(support: dict[str, float], cards: dict[str, Card]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the headline of the most central article per language, ties to the older."""
    best: dict[str, str] = {}
    for doc, value in support.items():
        lang = cards[doc].lang
        if lang not in best or value > support[best[lang]]:
            best[lang] = doc
    return {lang: cards[doc].title for lang, doc in best.items()}, best


def _card(signature: Signature, origin: str) -> Card:
    return Card(
        signature.lang,
        signature.title,
        signature.source,
        signature.source_name,
        origin,
        signature.first_seen_at,
        signature.at,
    )


def _members(old: Members, signature: Signature) -> Members:
    by_lang = old.by_lang | {signature.lang: old.by_lang.get(signature.lang, 0) + 1}
    by_source = old.by_source | {signature.source: old.by_source.get(signature.source, 0) + 1}
    return Members(n=old.n + 1, by_lang=by_lang, by_source=by_source)


def _origin(story: StoryItem, signature: Signature) -> tuple[list[Voucher], str]:
    """Return the story's origins with the article's counted, and the name by which that one is known."""
    name = signature.origin or signature.source_name
    names = signature.origin_names or [declared_origins.folded(name) or name]
    return declared_origins.with_article(story.origins, name, names, signature.source_name), names[0]


def entities(old: list[TopEntity], names: Iterable[NotedName], lang: str) -> list[TopEntity]:
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
    return _both_entities(old, new)


def _quotes(old: list[TopQuote], quotes: Iterable[NotedQuote], signature: Signature) -> list[TopQuote]:
    fresh = [
        TopQuote(
            quote_cluster_id=f"{signature.doc_id}:{quote.start}",
            speaker=quote.speaker or None,
            wording={
                signature.lang: Wording(
                    text=quote.text, doc_id=signature.doc_id, span=Span(start=quote.start, end=quote.end)
                )
            },
        )
        for quote in quotes
    ]
    return [*old, *fresh][:MAX_TOP]


def aligned(record: Story, signature: Signature, shared: dict[int, tuple[str, int]]) -> Story:
    """Return the record with each quote's wording beside the one it shares (start -> document, start)."""
    wording = {
        quote.wording[signature.lang].span.start: quote
        for quote in record.top_quotes
        if _is_of(quote, signature)
    }
    quotes = list(record.top_quotes)
    for start, (doc_id, other_start) in shared.items():
        mine = wording.get(start)
        at = next((i for i, quote in enumerate(quotes) if _has(quote, doc_id, other_start)), None)
        if mine is None or at is None or signature.lang in quotes[at].wording:
            continue
        speaker = quotes[at].speaker or mine.speaker
        quotes[at] = msgspec.structs.replace(
            quotes[at], wording=quotes[at].wording | mine.wording, speaker=speaker
        )
        quotes.remove(mine)
    return msgspec.structs.replace(record, top_quotes=quotes)


def beside(record: Story, story_id: str | None) -> Story:
    """Return the record with a link to a story of the same saga, unless it is linked already."""
    if story_id is None or any(link.story_id == story_id for link in record.links_out):
        return record
    links = [*record.links_out, LinkOut(story_id=story_id, relation="same_saga")]
    return msgspec.structs.replace(record, links_out=links[-MAX_TOP:])


def _is_of(quote: TopQuote, signature: Signature) -> bool:
    return (
        len(quote.wording) == 1
        and signature.lang in quote.wording
        and quote.wording[signature.lang].doc_id == signature.doc_id
    )


def _has(quote: TopQuote, doc_id: str, start: int) -> bool:
    return any(wording.doc_id == doc_id and wording.span.start == start for wording in quote.wording.values())
