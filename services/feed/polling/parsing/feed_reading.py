"""Reads an answer, whatever kind of feed it is."""

from __future__ import annotations

from services.feed.polling.parsing.body_text import text_of
from services.feed.polling.parsing.document import Document
from services.feed.polling.parsing.json_feed import json_feed
from services.feed.polling.parsing.safe_xml import root_of
from services.feed.polling.parsing.sitemaps import sitemap
from services.feed.polling.parsing.syndication import syndicated
from shared.errors import BadRecord


def read(body: bytes, content_type: str, address: str) -> Document:
    """Return the feed in *body*, which came from *address*; raises BadRecord that says what it is instead."""
    text = text_of(body, content_type)
    if text.startswith(("{", "[")):
        return json_feed(text, address)
    written, root = root_of(text)
    if root == "html":
        raise BadRecord(
            "wrong_type", "a web page, no feed: look in it for a link of type application/rss+xml"
        )
    if root in ("urlset", "sitemapindex"):
        return sitemap(text)
    return syndicated(text, address, written)
