"""A story: its languages over time, why its articles are one, what was refused, its origins and events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from services.archive.reading import past_story, story_page
from services.archive.reading.answers import Member, StoryPage
from services.web.drawing.lanes_drawing import drawn
from services.web.views.asked import Asked, Shown, Unreadable
from shared.records import Evidence
from shared.records.linked import least_shown


class Weighed(NamedTuple):
    """A member's reasons: those shown, and what the others and the bias add up to the score's log-odds."""

    reasons: list[Evidence]
    against: list[Evidence]
    rest: float
    bias: float
    log_odds: float


class Origin(NamedTuple):
    """One independent origin, and the articles that rest on it with the way to it."""

    name: str
    members: list[Member]


def weighed(member: Member) -> Weighed:
    """Return the strongest reasons of *member*, as a reader is convinced, and what is left of the sum."""
    least = least_shown(one.weight for one in member.evidence)
    reasons = [one for one in member.evidence if one.weight >= least]
    against = [one for one in member.evidence if one.weight <= -least]
    total = member.bias + sum(one.weight for one in member.evidence) + member.evidence_rest
    shown = sum(one.weight for one in (*reasons, *against))
    return Weighed(reasons, against, total - member.bias - shown, member.bias, total)


def origins(members: Iterable[Member]) -> list[Origin]:
    """Return the members by the origin they name, the largest first; those that name none come last.

    Each of these stands on its own word.
    """
    found: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        found[member.origin or ""].append(member)
    return [
        Origin(name, found[name])
        for name in sorted(found, key=lambda name: (not name, -len(found[name]), name))
    ]


def beside(member: Member, members: list[Member]) -> str | None:
    """Return the article to hold *member* against: the one that speaks most for it, else the first other."""
    known = {one.doc_id for one in members} - {member.doc_id}
    strongest = sorted(member.evidence, key=lambda one: -one.weight)
    said = [one.other.doc_id for one in strongest if one.other.doc_id in known]
    return next(iter(said or [one.doc_id for one in members if one.doc_id in known]), None)


def links_of(member: Member) -> list[str]:
    """Return the way of *member* from its outlet to its origin, each once and the outlet first."""
    return list(
        dict.fromkeys([member.source_name, *member.chain, *([member.origin] if member.origin else [])])
    )


async def found_story(asked: Asked) -> StoryPage:
    """Return the story of the path; raises NotFound."""
    return asked.there(await asked.library.ask(story_page.story, asked.name))


async def story(asked: Asked) -> Shown:
    """Show a story, as it is or as it stood at the moment of ``at``."""
    page = await found_story(asked)
    if at := asked.text("at"):
        return await _past(asked, page, at)
    return Shown("story.html", _title(page, asked), page, await _told(page, page.members, asked))


async def _past(asked: Asked, page: StoryPage, at: str) -> Shown:
    try:
        past = asked.there(await asked.library.ask(past_story.story_at, page.story.story_id, at))
    except ValueError:
        raise Unreadable("at is a moment, written as 2022-01-27T10:32:00.000Z") from None
    later = [member for member in page.members if member.doc_id in past.not_yet]
    shown = await _told(page, past.members, asked) | {"past": past, "later": later}
    return Shown("story.html", _title(page, asked), past, shown)


def _title(page: StoryPage, asked: Asked) -> str:
    """Return the headline in the reader's language, else the first one."""
    lines = page.card.headlines
    return next(
        (one.text for one in lines if one.lang == asked.tongue.lang),
        lines[0].text if lines else page.story.story_id,
    )


async def _told(page: StoryPage, members: list[Member], asked: Asked) -> dict[str, Any]:
    return {
        "page": page,
        "members": members,
        "moments": await asked.library.ask(past_story.moments, page.story.story_id),
        "lanes": drawn(members, mirrored=asked.tongue.dir == "rtl"),
        "weighed": {member.doc_id: weighed(member) for member in members},
        "beside": {member.doc_id: beside(member, members) for member in members},
        "ways": {member.doc_id: links_of(member) for member in members},
        "origins": origins(members),
        "by_doc": {member.doc_id: member for member in page.members},
        "quotes": sorted(page.story.top_quotes, key=lambda one: -len(one.wording)),
        "copies": [member for member in members if member.copy_of],
        "changed": [member for member in members if member.changed_numbers],
    }
