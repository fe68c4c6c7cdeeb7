"""News sitemaps, where an article is its headline, and indexes of sitemaps."""

from __future__ import annotations

from typing import Any

from services.feed.polling.parsing.document import MOST_ENTRIES, Document, Entry
from services.feed.polling.parsing.plain_text import one_line
from services.feed.polling.parsing.safe_xml import local_name, tree_of

MOST_CHILDREN = 20
"""Sitemaps of one index that are polled: those with the newest date. The others are archives."""


def sitemap(text: str) -> Document:
    """Return the titled entries of a sitemap, or the sitemaps of an index; raises BadRecord (wrong_type)."""
    root = tree_of(text)
    if local_name(root) == "sitemapindex":
        rows = [_fields(element) for element in root if local_name(element) == "sitemap"]
        rows.sort(key=lambda row: row.get("lastmod", ""), reverse=True)
        return Document(
            children=tuple(dict.fromkeys(row["loc"] for row in rows if row.get("loc")))[:MOST_CHILDREN]
        )
    rows = [_fields(element) for element in root if local_name(element) == "url"]
    return Document(
        entries=tuple(_entry(row) for row in rows if row.get("title") and row.get("loc"))[:MOST_ENTRIES]
    )


def _entry(row: dict[str, str]) -> Entry:
    return Entry(
        guid=row["loc"],
        url=row["loc"],
        title=row["title"],
        lang=row.get("language", ""),
        published=row.get("publication_date", ""),
    )


def _fields(element: Any) -> dict[str, str]:
    """Return the texts in *element* by local name, and those of its ``news:news``: images have titles too."""
    parts = [
        part
        for child in element
        for part in (child.iterdescendants() if local_name(child) == "news" else [child])
    ]
    return {local_name(part): one_line(part.text or "") for part in reversed(parts)}
