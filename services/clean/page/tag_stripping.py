"""Takes the tags out of HTML inside of the ledger, so that every character keeps its place in the payload."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.clean.edits.ledger import Edit, Traced
from services.clean.page.tags import OPAQUE, Tag, tags

_UNSEEN = OPAQUE | {"object", "button"}
"""Elements whose content a reader does not see as text of the article."""
_INLINE = frozenset(
    (
        "! a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd mark nobr q rb rtc data output "
        "picture meter progress relative-time time-ago local-time rp rt ruby s samp small span strike "
        "strong sub sup time tt u var wbr img"
    ).split()
)


_FLOWING = re.compile(r"<(?:p|div|br|li|td|h[1-6]|article|section)\b", re.IGNORECASE)
_FARTHEST = 2000
"""Tags in which an unseen element ends; one that does not is not closed at all."""
_BREAK = re.compile(r"[ \t]*[\r\n]\s*")


def without_tags(traced: Traced, found: list[Tag] | None = None) -> Traced:
    """Return the text between the tags: a block is a line, a line break a space, the unseen is gone.

    *found* are its tags, if they are known. A source without any block (posts with bold words and links) says
    its lines by its line breaks: there they stay.
    """
    return traced.edited(list(_edits(traced.text, tags(traced.text) if found is None else found)))


def _end_of(found: list[Tag], place: int) -> int:
    """Return where the unseen element that begins at *place* ends: with its tag when nothing closes it.

    What is opaque holds no tags, so the next one does.
    """
    name, depth = found[place].name, 0
    for tag in found[place : place + _FARTHEST]:
        if tag.name == name:
            depth += -1 if tag.closing else 1
            if not depth:
                return tag.end
    return found[place].end


def _edits(source: str, found: list[Tag]) -> Iterator[Edit]:
    """Yield the replacements of tags, comments, unseen elements and breaks, from left to right."""
    flowing = _FLOWING.search(source) is not None
    at = 0
    for place, tag in enumerate(found):
        if tag.start < at:
            continue
        if flowing and tag.start > at:
            yield from ((m.start(), m.end(), " ", "markup") for m in _BREAK.finditer(source, at, tag.start))
        at = tag.end
        if tag.name in _UNSEEN and not tag.closing:
            at = _end_of(found, place)
        elif tag.name == "pre":  # inside of it line breaks stay
            flowing = tag.closing
        # names with a colon are of a word processor: «<st1:place>»
        yield tag.start, at, "" if tag.name in _INLINE or ":" in tag.name else "\n", "markup"
    if flowing:
        yield from ((m.start(), m.end(), " ", "markup") for m in _BREAK.finditer(source, at))
