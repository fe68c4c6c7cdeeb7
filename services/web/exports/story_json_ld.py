"""A story as schema.org JSON-LD: a Collection of its articles, with what it is about.

Served by itself, never inside a page.
"""

from __future__ import annotations

from typing import Any

from services.archive.reading.answers import Member, StoryPage
from services.web.addresses import outside, path
from shared.records.story import TopEntity

KINDS = {"PER": "Person", "ORG": "Organization", "LOC": "Place", "FAC": "Place", "EVENT": "Event"}


def document(page: StoryPage, base: str) -> dict[str, Any]:
    """Return the document; *base* is the address of this site."""
    story = page.story
    made: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Collection",
        "@id": base + path("story", story.story_id),
        "identifier": story.story_id,
        "version": story.version,
        "name": [{"@language": one.lang, "@value": one.text} for one in page.card.headlines],
        "about": [_thing(one, base) for one in story.top_entities],
        "hasPart": [_article(one, base) for one in page.members],
    }
    if story.event_date:
        made["temporalCoverage"] = story.event_date
    return made


def _thing(one: TopEntity, base: str) -> dict[str, Any]:
    return {
        "@type": KINDS.get(one.type, "Thing"),
        "@id": base + path("entity", one.entity_id),
        "name": [{"@language": lang, "@value": name} for lang, name in one.label.items()],
        "alternateName": sorted({name for names in one.spellings.values() for name in names}),
    }


def _article(one: Member, base: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "@type": "NewsArticle",
        "@id": base + path("article", one.doc_id),
        "headline": one.title,
        "inLanguage": one.lang,
        "version": one.rev,
        "publisher": {"@type": "Organization", "name": one.source_name},
        "sdDatePublished": one.at,
    }
    if one.lead:
        made["abstract"] = one.lead
    if one.published:
        made["datePublished"] = one.published
    if (url := outside(one.url)) is not None:
        made["url"] = url
    if one.origin:
        made["citation"] = one.origin  # a name, which isBasedOn would not take
    return made
