"""What a feed says, whatever form it has. Tuples, because they cross from a process slot."""

from __future__ import annotations

from typing import NamedTuple

MOST_ENTRIES = 2_000
"""Entries of one document that are looked at, from its top: what is older has been there for long."""


class Entry(NamedTuple):
    """One entry as its feed gives it; what it does not give is empty.

    *is_html* is about the text, *title* is always plain.
    """

    guid: str = ""
    url: str = ""
    title: str = ""
    text: str = ""
    is_html: bool = False
    author: str = ""
    lang: str = ""
    published: str = ""
    section: str = ""


class Document(NamedTuple):
    """A feed as it was at one moment.

    *children* are the sitemaps that an index names, the newest first. *ttl_s* and *skip_hours* (UTC) say how
    often the feed wants to be asked. *is_cut*: the document ends in the middle, so its last entry was left
    out.
    """

    entries: tuple[Entry, ...] = ()
    children: tuple[str, ...] = ()
    home: str = ""
    ttl_s: float = 0.0
    skip_hours: tuple[int, ...] = ()
    is_cut: bool = False
