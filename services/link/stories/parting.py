"""A story taken apart: what its record says of the members that leave, and what is left of it.

Everything that names a member goes with it: counts, documents, headlines, time line, quotes, names, numbers
last told, origins. The story's places, its day, its follow-ups and how well those that stay agree with those
that left are not known by member: they stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from services.link.memory.items import Card, StoryItem
from services.link.reading import declared_origins
from services.link.reading.notes import Notes
from services.link.stories.story_record import ends, entities, headed, labels, moment
from shared.records.story import FirstSeen, Members, TopEntity, TopQuote


def parted(
    story: StoryItem, leaving: Mapping[str, float], notes: Mapping[str, Notes]
) -> tuple[StoryItem, StoryItem]:
    """Return what is left of a story and the part that leaves, still under the story's id.

    *leaving*: the members that go, all of which have a card, each with how well it agrees with the others
    that go; *notes* of those that were compared.
    """
    old, stays = story.record, {doc: card for doc, card in story.cards.items() if doc not in leaving}
    known, theirs = declared_origins.divided(
        story.origins, [_resting(story.cards[doc]) for doc in leaving], list(map(_resting, stays.values()))
    )
    whole = len(story.cards) == old.members.n  # else some are forgotten, and might be the first or the last
    first, newest = ends(card.at for card in stays.values()) if whole else (story.first, story.newest)
    support = {doc: value for doc, value in story.support.items() if doc not in leaving}
    record = replace(
        headed(old, support, stays, (first, newest)),
        top_entities=_fewer(old.top_entities, notes.values()),
        top_quotes=_quotes(old.top_quotes, lambda doc: doc not in leaving),
        members=_members(old.members, [story.cards[doc] for doc in leaving]),
        doc_ids=[doc for doc in old.doc_ids if doc not in leaving],
        origins=declared_origins.listed(known),
        timeline=[item for item in old.timeline if item.doc_id not in leaving],
    )
    told = {key: stated for key, stated in story.figures.items() if stated.doc_id not in leaving}
    left = StoryItem(record, first, newest, story.opened, support, stays, told, known)
    return left, _part(story, leaving, notes, theirs)


def _resting(card: Card) -> declared_origins.Resting:
    return card.origin, card.outlet


def _part(
    story: StoryItem,
    leaving: Mapping[str, float],
    notes: Mapping[str, Notes],
    known: list[declared_origins.Voucher],
) -> StoryItem:
    """Return those that leave as a story that has nothing else."""
    old, cards = story.record, {doc: story.cards[doc] for doc in leaving}
    timeline = [item for item in old.timeline if item.doc_id in leaving]
    first, newest = ends(card.at for card in cards.values())
    found: list[TopEntity] = []
    for doc, note in notes.items():
        found = entities(found, note.names, cards[doc].lang)
    named = {name.entity_id for note in notes.values() for name in note.names}
    label, medoid = labels(dict(leaving), cards)
    oldest, card = next(iter(cards.items()))
    record = replace(
        old,
        label=label,
        medoid=medoid,
        first_event_at=moment(first, card.first_seen_at),
        first_seen=FirstSeen(doc_id=oldest, source=card.source, at=card.first_seen_at),
        last_at=moment(newest, card.first_seen_at),
        event_date=None,
        places=[place for place in old.places if place in named],
        top_entities=found,
        top_quotes=_quotes(old.top_quotes, lambda doc: doc in leaving),
        members=_counted(cards.values()),
        doc_ids=list(leaving),
        origins=declared_origins.listed(known),
        timeline=timeline,
        aliases=[],
        gaps=[],
        links_out=[],
        cut=False,
    )
    told = {key: stated for key, stated in story.figures.items() if stated.doc_id in leaving}
    return StoryItem(record, first, newest, story.opened, dict(leaving), cards, told, known)


def _counted(cards: Iterable[Card]) -> Members:
    known = list(cards)
    by_lang, by_source = Counter(card.lang for card in known), Counter(card.source for card in known)
    return Members(n=len(known), by_lang=dict(by_lang), by_source=dict(by_source))


def _members(old: Members, leaving: Iterable[Card]) -> Members:
    gone = _counted(leaving)
    by_lang = {lang: n - gone.by_lang.get(lang, 0) for lang, n in old.by_lang.items()}
    # the smallest may have been cut
    by_source = {source: n - gone.by_source.get(source, 0) for source, n in old.by_source.items()}
    return Members(
        n=old.n - gone.n,
        by_lang={lang: n for lang, n in by_lang.items() if n > 0},
        by_source={source: n for source, n in by_source.items() if n > 0},
    )


def _fewer(old: Iterable[TopEntity], notes: Iterable[Notes]) -> list[TopEntity]:
    gone = Counter(name.entity_id for note in notes for name in note.names)
    left = [replace(item, n=item.n - gone[item.entity_id]) for item in old if item.n > gone[item.entity_id]]
    return sorted(left, key=lambda item: (-item.n, item.entity_id))


def _quotes(old: Iterable[TopQuote], kept: Callable[[str], bool]) -> list[TopQuote]:
    """Return the quotes with the wordings of the documents that are *kept*."""
    found = [
        replace(quote, wording={lang: said for lang, said in quote.wording.items() if kept(said.doc_id)})
        for quote in old
    ]
    return [quote for quote in found if quote.wording]
