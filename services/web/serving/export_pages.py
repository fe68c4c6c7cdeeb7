"""What can be taken along: a story as CSV, JSON-LD, ninjs or RSS, and feeds.

The feeds are of stories by language and filter, of a search, and of a name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple
from urllib.parse import urlencode

import orjson

from services.web.addresses import path
from services.web.exports import members_csv, rss_feed, story_json_ld, story_ninjs
from services.web.views.asked import Asked, Unreadable
from services.web.views.entity_view import found_entity
from services.web.views.front_view import found_stories, wanted
from services.web.views.search_view import found
from services.web.views.story_view import found_story

RSS = "application/rss+xml"


class Taken(NamedTuple):
    """A file: its bytes and what they are."""

    body: bytes
    media_type: str


Export = Callable[[Asked], Awaitable[Taken]]


async def story_csv(asked: Asked) -> Taken:
    """Give a story's articles as a table."""
    return Taken(members_csv.text(await found_story(asked)).encode("utf-8", "replace"), "text/csv")


async def story_ld(asked: Asked) -> Taken:
    """Give a story as JSON-LD."""
    return Taken(
        orjson.dumps(story_json_ld.document(await found_story(asked), asked.base)), "application/ld+json"
    )


async def story_news(asked: Asked) -> Taken:
    """Give a story as ninjs."""
    return Taken(orjson.dumps(story_ninjs.document(await found_story(asked), asked.base)), "application/json")


async def story_rss(asked: Asked) -> Taken:
    """Give a story's articles as a feed."""
    page = await found_story(asked)
    title = page.card.headlines[0].text if page.card.headlines else page.story.story_id
    return _feed(
        title,
        asked.base + path("story", page.story.story_id),
        None,
        rss_feed.of_members(page.members, asked.base),
    )


async def stories_rss(asked: Asked) -> Taken:
    """Give the stories that fit the address as a feed, in its language if it names one."""
    what = wanted(asked)
    cards = (await found_stories(asked, what)).stories
    query = f"?{urlencode(asked.query)}" if asked.query else ""
    return _feed(
        asked.tongue.say("front_title"),
        f"{asked.base}/{query}",
        what.lang,
        rss_feed.of_stories(cards, asked.base, what.lang),
    )


async def search_rss(asked: Asked) -> Taken:
    """Give what a search finds as a feed; raises Unreadable where the address asks for nothing."""
    answer = await found(asked)
    if answer is None:
        raise Unreadable("q is what to search for")
    link = f"{asked.base}/search?{urlencode(asked.query)}"
    return _feed(asked.text("q") or "", link, asked.text("lang"), rss_feed.of_hits(answer.hits, asked.base))


async def entity_rss(asked: Asked) -> Taken:
    """Give the stories of a name as a feed."""
    page = await found_entity(asked)
    title = next(iter(page.entity.label.values()), page.entity.entity_id)
    return _feed(
        title,
        asked.base + path("entity", page.entity.entity_id),
        None,
        rss_feed.of_stories(page.stories, asked.base, None),
    )


def _feed(title: str, link: str, lang: str | None, items: list[rss_feed.Item]) -> Taken:
    return Taken(rss_feed.text(title, link, lang, items).encode("utf-8", "replace"), RSS)


EXPORTS: dict[str, Export] = {
    "/story/{name:.+}.csv": story_csv,
    "/story/{name:.+}.jsonld": story_ld,
    "/story/{name:.+}.ninjs": story_news,
    "/story/{name:.+}.rss": story_rss,
    "/entity/{name:.+}.rss": entity_rss,
    "/stories.rss": stories_rss,
    "/search.rss": search_rss,
}
"""Address → what gives it."""
