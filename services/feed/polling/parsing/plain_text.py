"""Plain text out of the small pieces of markup that stand in titles."""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"<[^<>]{0,2000}>")


def one_line(text: str) -> str:
    """Return *text* with its white space as single blanks."""
    return " ".join(text.split())


def plain(markup: str) -> str:
    """Return what a piece of HTML shows, on one line."""
    return one_line(html.unescape(_TAG.sub("", markup)))


def lines(markup: str) -> set[str]:
    """Return the lines that a piece of HTML shows, roughly: every tag ends one."""
    return {one_line(html.unescape(line)) for line in _TAG.split(markup)}
