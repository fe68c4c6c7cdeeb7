"""Addresses within this site, which links lead out of it, and titles that are too long to be shown whole."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

LONGEST_SHOWN = 300
"""Characters of a title in a list: one of 2 MB must not be a page of 2 MB. The article's own page has it
whole, up to what stages read.
"""


def path(kind: str, name: str, **query: str) -> str:
    """Return the address of a page within this site."""
    return f"/{kind}/{quote(name, safe=':-._~')}{'?' + urlencode(query) if query else ''}"


def with_query(place: str, kept: Mapping[str, object] | None = None, /, **changed: object) -> str:
    """Return the address of *place* with the parameters *kept*, of which those *changed* are replaced.

    What is None or empty is left out.
    """
    query = {key: value for key, value in {**(kept or {}), **changed}.items() if value not in (None, "")}
    return f"{place}?{urlencode(query)}" if query else place


def outside(url: object) -> str | None:
    """Return *url* when a reader may follow it: http or https with a host.

    Autoescape looks at no scheme, so we do.
    """
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def shortened(text: str, most: int = LONGEST_SHOWN) -> str:
    """Return *text* up to its last whole word within *most* characters; « …» at its end says it is cut."""
    if len(text) <= most:
        return text
    head = text[:most].rpartition(" ")[0]
    return f"{head or text[:most]} …"
