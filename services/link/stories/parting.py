"""A story taken apart: what its record says of the members that leave, and what is left of it.

Whatever is known by member goes with it: counts, documents, headlines, time line, quotes, names, numbers last
told, origins. What is not known by member stays: the story's places, its day, its follow-ups, and how well
those that stay agree with those that left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import replace

from services.link.memory.items import Card, StoryItem
from services.link.reading import declared_origins
from services.link.reading.notes import Notes
from services.link.stories.story_record import (
    first_and_last,
    headlines,
    rfc3339_or,
    with_entities,
    with_headlines_and_times,
)
from services.link.stories.top_quotes import quotes_kept
from shared.records.story import FirstSeen, Members, TopEntity


def parted(
    story: StoryItem, leaving: Mapping[str, float], notes: Mapping[str, Notes]
) -> tuple[StoryItem, StoryItem]:
    """Return what is left of a story and the part that leaves, still under the story's id.

    *leaving* are the members that go, all of which have a card, each with how well it agrees with the others
    that go. *notes* are those of the members that were compared.
    """
    old, stays = story.record, {doc: card for doc, card in story.cards.items() if doc not in leaving}
    origins, origins_of_part = declared_origins.divided(
        story.origins,
        [_origin_of(story.cards[doc]) for doc in leaving],
        list(map(_origin_of, stays.values())),
    )
    # without a card for each member, those that are forgotten might be the first or the last
    all_known = len(story.cards) == old.members.n
    first, newest = (
        first_and_last(card.at for card in stays.values()) if all_known else (story.first, story.newest)
    )
    support = {doc: value for doc, value in story.support.items() if doc not in leaving}
    record = replace(
        with_headlines_and_times(old, support, stays, first=first, newest=newest),
        top_entities=_without_names_of(notes.values(), old.top_entities),
        top_quotes=quotes_kept(old.top_quotes, lambda doc: doc not in leaving),
        members=_members_left(old.members, [story.cards[doc] for doc in leaving]),
        doc_ids=[doc for doc in old.doc_ids if doc not in leaving],
        origins=declared_origins.listed(origins),
        timeline=[item for item in old.timeline if item.doc_id not in leaving],
    )
    figures = {key: figure for key, figure in story.figures.items() if figure.doc_id not in leaving}
    left = StoryItem(record, first, newest, story.opened, support, stays, figures, origins)
    return left, _part(story, leaving, notes, origins_of_part)


def _origin_of(card: Card) -> declared_origins.ArticleOrigin:
    return declared_origins.ArticleOrigin(card.origin, card.outlet)


def _part(
    story: StoryItem,
    leaving: Mapping[str, float],
    notes: Mapping[str, Notes],
    origins: list[declared_origins.StoryOrigin],
) -> StoryItem:
    """Return the members that leave as a story of their own."""
    old, cards = story.record, {doc: story.cards[doc] for doc in leaving}
    timeline = [item for item in old.timeline if item.doc_id in leaving]
    first, newest = first_and_last(card.at for card in cards.values())
    top_entities: list[TopEntity] = []
    for doc, note in notes.items():
        top_entities = with_entities(top_entities, note.names, cards[doc].lang)
    named = {name.entity_id for note in notes.values() for name in note.names}
    label, medoid = headlines(dict(leaving), cards)
    oldest, card = next(iter(cards.items()))
    record = replace(
        old,
        label=label,
        medoid=medoid,
        first_event_at=rfc3339_or(first, card.first_seen_at),
        first_seen=FirstSeen(doc_id=oldest, source=card.source, at=card.first_seen_at),
        last_at=rfc3339_or(newest, card.first_seen_at),
        event_date=None,
        places=[place for place in old.places if place in named],
        top_entities=top_entities,
        top_quotes=quotes_kept(old.top_quotes, lambda doc: doc in leaving),
        members=_members_of(cards.values()),
        doc_ids=list(leaving),
        origins=declared_origins.listed(origins),
        timeline=timeline,
        aliases=[],
        gaps=[],
        links_out=[],
        cut=False,
    )
    figures = {key: figure for key, figure in story.figures.items() if figure.doc_id in leaving}
    return StoryItem(record, first, newest, story.opened, dict(leaving), cards, figures, origins)


def _members_of(cards: Collection[Card]) -> Members:
    by_lang, by_source = Counter(card.lang for card in cards), Counter(card.source for card in cards)
    return Members(n=len(cards), by_lang=dict(by_lang), by_source=dict(by_source))


def _members_left(old: Members, leaving: Collection[Card]) -> Members:
    gone = _members_of(leaving)
    by_lang = {lang: n - gone.by_lang.get(lang, 0) for lang, n in old.by_lang.items()}
    # the smallest may have been cut
    by_source = {source: n - gone.by_source.get(source, 0) for source, n in old.by_source.items()}
    return Members(
        n=old.n - gone.n,
        by_lang={lang: n for lang, n in by_lang.items() if n > 0},
        by_source={source: n for source, n in by_source.items() if n > 0},
    )


def _without_names_of(notes: Iterable[Notes], old: Iterable[TopEntity]) -> list[TopEntity]:
    """Return the entities of a story without the mentions in the articles that have these *notes*."""
    gone = Counter(name.entity_id for note in notes for name in note.names)
    left = [replace(item, n=item.n - gone[item.entity_id]) for item in old if item.n > gone[item.entity_id]]
    return sorted(left, key=lambda item: (-item.n, item.entity_id))
