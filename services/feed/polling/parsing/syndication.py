"""RSS 0.9 to 2.0, RSS 1.0 (RDF) and Atom, read by feedparser, which takes feeds with their faults."""

from __future__ import annotations

import io
import re
import warnings
from typing import Any
from urllib.parse import urlsplit

import feedparser

from services.feed.polling.parsing.document import MOST_ENTRIES, Document, Entry
from services.feed.polling.parsing.plain_text import one_line, plain
from shared.errors import BadRecord

HTML = frozenset({"text/html", "application/xhtml+xml"})
TEXTS = HTML | {"text/plain"}
LONGEST_SKIP = 2_000
_HOUR = re.compile(r"<hour>\s*(\d{1,2})\s*<", re.IGNORECASE)


def syndicated(text: str, address: str, root: str) -> Document:
    """Return the feed in *text*, whose root element is written *root*; raises BadRecord (wrong_type).

    Nothing is sanitised and no address inside of an article is touched: the article must be what the feed
    carries.
    """
    with warnings.catch_warnings(action="ignore"):
        found = feedparser.parse(
            io.BytesIO(text.encode("utf-8", "replace")),
            response_headers={"content-type": "application/xml; charset=utf-8", "content-location": address},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    if not found.version and not found.entries:
        raise BadRecord("wrong_type", f"<{root}> is no feed")
    is_cut = f"</{root}" not in text
    taken = found.entries[: -1 if is_cut else None][:MOST_ENTRIES]
    return Document(
        entries=tuple(_entry(raw, _string(found.feed, "language")) for raw in taken),
        home=_web(_string(found.feed, "link")),
        ttl_s=60.0 * float(ttl) if (ttl := _string(found.feed, "ttl")).isdecimal() and len(ttl) < 9 else 0.0,
        skip_hours=_skipped(text),
        is_cut=is_cut,
    )


def _entry(raw: Any, feed_lang: str) -> Entry:
    body = _body(raw)
    text = _string(body, "value")
    title = _detail(raw, "title_detail")
    tags = _plainly(raw, "tags") or [{}]
    return Entry(
        guid=_string(raw, "id"),
        url=_web(_string(raw, "feedburner_origlink")) or _web(_string(raw, "link")),
        title=plain(title["value"]) if title.get("type") in HTML else one_line(_string(raw, "title")),
        text=text if text.strip() else "",
        is_html=body.get("type") in HTML and ("<" in text or "&" in text),
        author=one_line(_string(raw, "author")),
        lang=_string(body, "language") or _string(raw, "language") or feed_lang,
        published=_string(raw, "published") or _string(raw, "updated") or _string(raw, "created"),
        section=one_line(_string(tags[0], "term")),
    )


def _body(raw: Any) -> Any:
    """Return the content of an entry, else its summary."""
    contents = [
        one
        for one in _plainly(raw, "content") or []
        if one.get("type") in TEXTS and one.get("value", "").strip()
    ]
    return contents[0] if contents else _detail(raw, "summary_detail")


def _plainly(holder: Any, key: str) -> Any:
    """Read a key as it is: for an absent key feedparser's own reading gives the value of another."""
    return dict.get(holder, key)


def _detail(raw: Any, key: str) -> Any:
    return _plainly(raw, key) or {"value": ""}


def _string(holder: Any, key: str) -> str:
    value = _plainly(holder, key)
    return (
        value.strip()
        if isinstance(value, str) and key != "value"
        else value
        if isinstance(value, str)
        else ""
    )


def _web(address: str) -> str:
    """Return *address* when it is one of the web: guids that look like links are often none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in ("http", "https") and parts.hostname else ""


def _skipped(text: str) -> tuple[int, ...]:
    """Return the hours of ``<skipHours>``, of which feedparser keeps the last alone."""
    start = text.find("<skipHours")
    block = text[start : start + LONGEST_SKIP].partition("</skipHours")[0] if start >= 0 else ""
    return tuple(sorted({int(hour) % 24 for hour in _HOUR.findall(block)}))
