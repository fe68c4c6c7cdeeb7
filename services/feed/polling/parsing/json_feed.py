"""JSON Feed 1.0 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson

from services.feed.polling.parsing.document import MOST_ENTRIES, Document, Entry
from services.feed.polling.parsing.plain_text import one_line
from shared.errors import BadRecord

VERSION = "https://jsonfeed.org/version/"


def json_feed(text: str, address: str) -> Document:
    """Return the feed in *text*; raises BadRecord (not_json, wrong_type).

    A field of the wrong type counts as absent.
    """
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadRecord("not_json", f"line {error.lineno} column {error.colno}: {error.msg}") from None
    if not isinstance(found, dict) or not str(found.get("version", "")).startswith(VERSION):
        raise BadRecord("wrong_type", f"JSON, but no JSON Feed: its version does not begin with {VERSION}")
    items = found.get("items")
    taken = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return Document(
        entries=tuple(_entry(item, found, address) for item in taken[:MOST_ENTRIES]),
        home=_link(_string(found, "home_page_url"), address),
    )


def _entry(item: dict[str, Any], feed: dict[str, Any], address: str) -> Entry:
    guid = item.get("id")
    guid = str(guid) if isinstance(guid, str | int | float) else ""
    marked = _string(item, "content_html")
    text = marked or _string(item, "content_text") or _string(item, "summary")
    tags = item.get("tags")
    return Entry(
        guid=guid,
        url=_link(_string(item, "url"), address) or _link(guid, ""),
        title=one_line(_string(item, "title")),
        text=text if text.strip() else "",
        is_html=bool(marked),
        author=_author(item) or _author(feed),
        lang=_string(item, "language") or _string(feed, "language"),
        published=_string(item, "date_published") or _string(item, "date_modified"),
        section=tags[0] if isinstance(tags, list) and tags and isinstance(tags[0], str) else "",
    )


def _string(holder: dict[str, Any], key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def _author(holder: dict[str, Any]) -> str:
    """Return the names in ``authors``, or in the ``author`` of version 1.0."""
    authors = holder.get("authors")
    if not isinstance(authors, list):
        authors = [holder.get("author")]
    return ", ".join(
        name for author in authors if isinstance(author, dict) and (name := one_line(_string(author, "name")))
    )


def _link(link: str, address: str) -> str:
    """Return *link*, which may be relative to *address*, when it leads into the web."""
    try:
        whole = urljoin(address, link.strip()) if link.strip() else ""
        parts = urlsplit(whole)
    except ValueError:
        return ""
    return whole if parts.scheme in ("http", "https") and parts.hostname else ""
