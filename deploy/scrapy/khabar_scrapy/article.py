"""An item from a response: the page as it came, where from, and when."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

from scrapy.http import Response

from khabar_scrapy.page import page


def article(response: Response, **fields: Any) -> dict[str, Any]:
    """Return an item with the page of *response*; *fields* (title, published, publisher_code, source …) are
    added or replace what it says.

    The source is the host without ``www.``, as the engine makes it of an address; the charset is the one that
    the HTTP header declares: what the page itself declares the engine reads there.
    """
    header = Message()
    header["Content-Type"] = (response.headers.get("Content-Type") or b"text/html").decode("latin-1")
    item: dict[str, Any] = {
        "source": (urlsplit(response.url).hostname or "").removeprefix("www."),
        "url": response.url,
        **page(response.body, "html", header.get_content_type()),
        "fetched_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    charset = header.get_param("charset")
    if isinstance(charset, str) and charset:
        item["encoding"] = charset
    return item | {name: value for name, value in fields.items() if value is not None}
