"""RSS 2.0: an item a story, or an article of a search. Text alone; what XML 1.0 forbids is left out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from services.archive.reading.answers import Headline, Hit, Member, StoryCard
from services.web.addresses import path, shortened, with_query
from shared.text.moments import milliseconds

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Item:
    """One entry; *guid* changes when a reader should see it again.

    *source_feed* is the feed of its outlet here.
    """

    title: str
    link: str
    guid: str
    at: str
    text: str
    source: str = ""
    source_feed: str = ""


def of_stories(cards: Iterable[StoryCard], base: str, lang: str | None) -> list[Item]:
    """Return the entries of stories, each with its headline in *lang* if there is one, then the others."""
    return [_of_story(one, base, lang) for one in cards]


def _of_story(card: StoryCard, base: str, lang: str | None) -> Item:
    lines = card.headlines or [Headline(lang="und", dir="ltr", text=card.story_id, doc_id="")]
    first = next((one for one in lines if one.lang == lang), lines[0])
    others = " · ".join(shortened(one.text) for one in lines if one is not first)
    return Item(
        first.text,
        base + path("story", card.story_id),
        f"{card.story_id}#{card.version}",
        card.last_at,
        others,
    )


def of_hits(hits: Iterable[Hit], base: str) -> list[Item]:
    """Return the entries of articles that a search has found."""
    return [
        Item(
            hit.article.title,
            base + path("article", hit.article.doc_id),
            f"{hit.article.doc_id}#{hit.article.rev}",
            hit.article.at,
            "".join(piece.text for piece in hit.excerpt),
            hit.article.source_name,
            _feed_of(hit.article.source, base),
        )
        for hit in hits
    ]


def of_members(members: Iterable[Member], base: str) -> list[Item]:
    """Return the entries of a story's articles, the newest first."""
    newest = sorted(members, key=lambda one: one.at, reverse=True)
    return [
        Item(
            one.title,
            base + path("article", one.doc_id),
            f"{one.doc_id}#{one.rev}",
            one.at,
            one.lead,
            one.source_name,
            _feed_of(one.source, base),
        )
        for one in newest
    ]


def _feed_of(source: str, base: str) -> str:
    return base + with_query("/stories.rss", source=source)


def text(title: str, link: str, lang: str | None, items: list[Item]) -> str:
    """Return the feed; *link* is the page that it is a feed of."""
    head = [
        f"<title>{_said(title)}</title>",
        f"<link>{_said(link)}</link>",
        f"<description>{_said(title)}</description>",
    ]
    if lang:
        head.append(f"<language>{_said(lang)}</language>")
    if items:
        head.append(f"<lastBuildDate>{_date(max(one.at for one in items))}</lastBuildDate>")
    body = "".join(_entry(one) for one in items)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>{"".join(head)}{body}</channel></rss>\n'


def _entry(one: Item) -> str:
    source = (
        f"<source url={quoteattr(FORBIDDEN.sub('', one.source_feed))}>{_said(one.source)}</source>"
        if one.source
        else ""
    )
    return (
        f"<item><title>{_said(shortened(one.title))}</title><link>{_said(one.link)}</link>"
        f'<guid isPermaLink="false">{_said(one.guid)}</guid><pubDate>{_date(one.at)}</pubDate>'
        f"<description>{_said(shortened(one.text, 1000))}</description>{source}</item>"
    )


def _said(value: str) -> str:
    return escape(FORBIDDEN.sub("", value))


def _date(moment: str) -> str:
    return format_datetime(dt.datetime.fromtimestamp(milliseconds(moment) / 1000, dt.UTC), usegmt=True)
