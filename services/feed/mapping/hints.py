"""What a field may have been meant to be: the nearest name that is known, for refusals."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from services.feed.mapping import shapes

NEAR = 0.75
MOST_FIELDS, LONGEST_NAME = 50, 40
"""Only so many fields, and names so long, are compared."""


def looks_like(given: Iterable[str], known: Collection[str], wanted: Collection[str]) -> str:
    """Return, as the end of a sentence, which field of *given* looks like one of ours in *wanted*; or ""."""
    meant = {name: ours for name, ours in shapes.known_names().items() if ours in wanted} | {
        name: name for name in wanted
    }
    for name in list(given)[:MOST_FIELDS]:
        near = (
            []
            if name in known or len(name) > LONGEST_NAME
            else get_close_matches(name.lower(), meta := sorted(meant), 1, NEAR)
        )
        if near and near[0] in meta:
            as_ours = "" if meant[near[0]] == near[0] else f', which is read as "{meant[near[0]]}"'
            return f' ("{name}" looks like "{near[0]}"{as_ours})'
    return ""
