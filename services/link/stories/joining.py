"""Two stories made one: their records, members and what the record does not say."""

from __future__ import annotations

from msgspec.structs import replace

from services.link.memory.items import StoryItem
from services.link.reading import declared_origins
from services.link.stories import figures
from services.link.stories.limits import MAX_DOCS, MAX_TIMELINE, MAX_TOP, fitted
from services.link.stories.story_record import first_and_last, headlines, joined_entities
from shared.records import Story
from shared.records.story import Gap, Members, Status


def merged(into: StoryItem, other: StoryItem) -> tuple[StoryItem, Story]:
    """Return the story *into* which another is merged, and the last record of that other one."""
    ours, theirs = into.record, other.record
    whole = joined_members(into, other)
    links = [*ours.links_out, *(link for link in theirs.links_out if link.story_id != ours.story_id)]
    aliases = [*ours.aliases, theirs.story_id, *theirs.aliases]
    record = replace(whole.record, aliases=aliases, links_out=links[:MAX_TOP])
    last = replace(theirs, version=theirs.version + 1, status="merged", merged_into=ours.story_id)
    return replace(whole, record=fitted(record), opened=min(into.opened, other.opened)), last


def joined_members(into: StoryItem, other: StoryItem) -> StoryItem:
    """Return a story with the members of another, of whose id the record says nothing."""
    ours, theirs = into.record, other.record
    support, cards = into.support | other.support, into.cards | other.cards
    origins = declared_origins.joined_origins(into.origins, other.origins)
    label, medoid = headlines(support, cards)
    n = ours.members.n + theirs.members.n
    timeline = sorted([*ours.timeline, *theirs.timeline], key=lambda item: item.at)[-MAX_TIMELINE:]
    record = fitted(
        replace(
            ours,
            version=ours.version + 1,
            status=_status(ours.status, theirs.status),
            label=label,
            medoid=medoid,
            first_event_at=min(ours.first_event_at, theirs.first_event_at),
            last_at=max(ours.last_at, theirs.last_at),
            event_date=ours.event_date or theirs.event_date,
            places=list(dict.fromkeys([*ours.places, *theirs.places]))[:MAX_TOP],
            top_entities=joined_entities(ours.top_entities, theirs.top_entities),
            top_quotes=[*ours.top_quotes, *theirs.top_quotes][:MAX_TOP],
            members=Members(
                n=n,
                by_lang=_added(ours.members.by_lang, theirs.members.by_lang),
                by_source=_added(ours.members.by_source, theirs.members.by_source),
            ),
            doc_ids=[*ours.doc_ids, *theirs.doc_ids][:MAX_DOCS],
            origins=declared_origins.listed(origins),
            timeline=timeline,
            gaps=_open_gaps(ours, theirs),
            cohesion=round((ours.cohesion * ours.members.n + theirs.cohesion * theirs.members.n) / n, 4),
            cut=ours.cut or theirs.cut or n > MAX_TIMELINE,
        )
    )
    first, newest = first_and_last([into.first, into.newest, other.first, other.newest])
    last_figures = figures.latest(into.figures, other.figures)
    return StoryItem(record, first, newest, into.opened, support, cards, last_figures, origins)


def _status(into: Status, other: Status) -> Status:
    """Return the status of what is left of two stories: a quiet one is woken by one that is not."""
    return "reopened" if into == "quiet" and other != "quiet" else into


def _open_gaps(ours: Story, theirs: Story) -> list[Gap]:
    """Return the gaps of two stories, without the languages that one of them has."""
    latest_first = sorted([*ours.gaps, *theirs.gaps], key=lambda gap: gap.silent_since, reverse=True)
    earliest = {gap.group: gap for gap in latest_first}
    known = ours.members.by_lang | theirs.members.by_lang
    return [earliest[lang] for lang in sorted(earliest) if lang not in known]


def _added(ours: dict[str, int], theirs: dict[str, int]) -> dict[str, int]:
    return {key: ours.get(key, 0) + theirs.get(key, 0) for key in (ours | theirs)}
