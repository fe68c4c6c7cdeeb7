"""Reads the article that JSON-LD holds whole, for pages that show only its beginning, or a script."""

from __future__ import annotations

import re

import orjson

from services.clean.edits.ledger import Traced
from services.clean.page.visible_text import unescaped, visible_text

SHOWN_SHARE = 0.3
"""The page itself is read when it shows at least this share of the characters: there the paragraphs are
surer.
"""

_BODY = re.compile(r'"articleBody"\s{0,5}:\s{0,5}"((?:[^"\\]|\\.)+)"', re.DOTALL)
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL
)


def json_body(page: Traced, shown: str) -> Traced | None:
    """Return *page* cut down to the ``articleBody`` of its JSON-LD, unless *shown* is enough.

    *shown* is the article as the page shows it.
    """
    match = _BODY.search(page.text)
    if match is None or len(shown) >= SHOWN_SHARE * len(match[1]):
        return None
    start, end = match.span(1)
    literal = page.edited([(0, start, "", "markup"), (end, len(page.text), "", "markup")])
    body = visible_text(unescaped(literal.substituted(_ESCAPE, _character, "entity")))
    return body if len(body.text) > len(shown) else None


def _character(escape: re.Match[str]) -> str:
    """Return the character of an escape; nothing for half of a surrogate pair."""
    try:
        return str(orjson.loads(f'"{escape.group()}"'))
    except orjson.JSONDecodeError:
        return ""
