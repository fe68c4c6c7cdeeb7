"""A story as ninjs 2.1 (IPTC): its first article as the item, the others as associations.

What ninjs has no field for is not carried.
"""

from __future__ import annotations

from typing import Any

from services.archive.reading.answers import Member, StoryPage
from services.web.addresses import path
from shared.records.story import TopEntity

PEOPLE, ORGANISATIONS, PLACES = "people", "organisations", "places"
STANDARD = {
    "name": "ninjs",
    "version": "2.1",
    "schema": "https://www.iptc.org/std/ninjs/ninjs-schema_2.1.json",
}
LISTS = {"PER": PEOPLE, "ORG": ORGANISATIONS, "LOC": PLACES, "FAC": PLACES}


def document(page: StoryPage, base: str) -> dict[str, Any]:
    """Return the item; *base* is the address of this site."""
    story = page.story
    made: dict[str, Any] = {
        "uri": base + path("story", story.story_id),
        "standard": STANDARD,
        "type": "composite",
        "version": str(story.version),
        "headlines": [
            {"role": "main", "contenttype": "text/plain", "value": one.text} for one in page.card.headlines
        ],
        "events": [{"name": _name(page), "rel": "about", "uri": base + path("story", story.story_id)}],
        "associations": [_associated(one, base) for one in page.members],
        "infosources": [
            {"name": name, "role": "publisher"}
            for name in dict.fromkeys(one.source_name for one in page.members)
        ],
        "firstcreated": page.card.first_seen_at,
    }
    for one in story.top_entities:
        if (kind := LISTS.get(one.type)) is not None:
            made.setdefault(kind, []).append(_named(one, base))
    return made


def _name(page: StoryPage) -> str:
    return page.card.headlines[0].text if page.card.headlines else page.story.story_id


def _named(one: TopEntity, base: str) -> dict[str, str]:
    name = one.label.get("en") or next(iter(one.label.values()), one.entity_id)
    return {"name": name, "rel": "mentions", "uri": base + path("entity", one.entity_id)}


def _associated(one: Member, base: str) -> dict[str, Any]:
    return {
        "name": one.doc_id,
        "uri": base + path("article", one.doc_id),
        "type": "text",
        "language": one.lang,
        "headlines": [{"role": "main", "contenttype": "text/plain", "value": one.title}],
    }
