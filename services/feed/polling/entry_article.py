"""An entry of a feed as an article for the engine. Pure: the time is an argument."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, UnsetType

from services.feed.core import Item, require_page
from services.feed.polling.delivered import mark
from services.feed.polling.feed_list import ListedFeed
from services.feed.polling.parsing.document import Entry
from services.feed.polling.parsing.plain_text import lines, one_line
from services.feed.submission import Submission
from shared.errors import BadRecord
from shared.records import Declared, Scraper
from shared.version import VERSION
from shared.wire import codec

_SECRET = re.compile(r"([?&][^=&]*(?:key|token|auth|secret|pass|sig)[^=&]*=)[^&]*", re.IGNORECASE)
SCRAPER = Scraper(name="khabar feeds", version=VERSION)


def article_of(entry: Entry, feed: ListedFeed, *, home: str, fetched_at: str) -> Submission:
    """Return the article that *entry* carries; *home* is the site of a feed whose entries have no links.

    A date in it is a claim and stays one, however wrong: the time of fetching is ours.
    """
    page, media_type = page_of(entry)
    payload = page.encode("utf-8", "replace")
    where = f"{shown(feed.address)} {entry.guid or entry.url}"[:400]
    try:
        require_page(payload)
    except BadRecord as error:
        return Submission(where, codec.encode(entry._asdict()), None, payload, error)
    item = Item(
        source=feed.source or site_of(entry.url) or site_of(home) or site_of(feed.address),
        media_type=media_type,
        url=entry.url or UNSET,
        publisher_code=_given(entry.guid) if not entry.url else UNSET,
        fetched_at=fetched_at,
        declared=Declared(
            lang=_given(entry.lang),
            published=_given(entry.published),
            title=_given(entry.title),
            author=_given(entry.author),
            section=_given(entry.section),
        ),
        scraper=SCRAPER,
        extra={"feed": shown(feed.address)} | ({"guid": entry.guid} if entry.guid else {}),
    )
    return Submission(where, codec.encode(msgspec.to_builtins(item) | {"payload": page}), item, payload)


def page_of(entry: Entry) -> tuple[str, str]:
    """Return the article's text and its media type. A headline alone is an article.

    The headline belongs to the text: it stands above it, unless the text shows it anyway. So an entry with a
    new headline is a revision.
    """
    if not entry.text:
        return entry.title, "text/plain"
    shows = entry.title in (lines(entry.text) if entry.is_html else map(one_line, entry.text.split("\n")))
    if entry.is_html:
        return (
            entry.text
            if shows or not entry.title
            else f"<h1>{html.escape(entry.title, quote=False)}</h1>\n{entry.text}",
            "text/html",
        )
    return entry.text if shows or not entry.title else f"{entry.title}\n\n{entry.text}", "text/plain"


def mark_of(entry: Entry, feed: ListedFeed) -> bytes:
    """Return what *feed* remembers of a delivered *entry*: another headline or text gives another mark."""
    parts = (feed.source, entry.url or entry.guid, entry.title, entry.text)
    return mark(part.encode("utf-8", "replace") for part in parts)


def site_of(address: str) -> str:
    """Return the host of *address*, in lower case and without ``www.``; empty when it has none."""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def shown(address: str) -> str:
    """Return *address* as it may be written down: without a name, a password or a token in it."""
    parts = urlsplit(address)
    return _SECRET.sub(
        r"\1…",
        f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}{'?' if parts.query else ''}{parts.query}",
    )


def _given(text: str) -> str | UnsetType:
    return text or UNSET
