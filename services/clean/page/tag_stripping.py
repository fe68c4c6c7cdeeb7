"""Takes the tags out of HTML inside of the ledger, so that every character keeps its place in the payload."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.clean.edits.ledger import Edit, Traced
from services.clean.page.tags import OPAQUE, Tag, read_tags

_UNSEEN = OPAQUE | {"object", "button"}
"""Elements whose content a reader does not see as text of the article."""
_INLINE = frozenset(
    (
        "! a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd mark nobr q rb rtc data output "
        "picture meter progress relative-time time-ago local-time rp rt ruby s samp small span strike "
        "strong sub sup time tt u var wbr img"
    ).split()
)


_BLOCK = re.compile(r"<(?:p|div|br|li|td|h[1-6]|article|section)\b", re.IGNORECASE)
_FARTHEST = 2000
"""Tags among which the end of an unseen element is looked for; else nothing closes it."""
_BREAK = re.compile(r"[ \t]*[\r\n]\s*")


def without_tags(traced: Traced, tags: list[Tag] | None = None) -> Traced:
    """Return the text between the tags: a block is a line, a line break a space, the unseen is gone.

    *tags*: those of the text, if they are known. In a source without any block (posts with bold words and
    links) the line breaks are the lines: there they stay.
    """
    return traced.edited(list(_replacements(traced.text, read_tags(traced.text) if tags is None else tags)))


def _element_end(tags: list[Tag], place: int) -> int:
    """Return where the unseen element that begins at *place* ends: with its tag when nothing closes it.

    What is opaque holds no tags, so the next one does.
    """
    name, depth = tags[place].name, 0
    for tag in tags[place : place + _FARTHEST]:
        if tag.name == name:
            depth += -1 if tag.closing else 1
            if not depth:
                return tag.end
    return tags[place].end


def _replacements(source: str, tags: list[Tag]) -> Iterator[Edit]:
    """Yield the replacements of tags, comments, unseen elements and breaks, from left to right."""
    has_blocks = _BLOCK.search(source) is not None
    done = 0
    for place, tag in enumerate(tags):
        if tag.start < done:
            continue
        if has_blocks and tag.start > done:
            yield from ((m.start(), m.end(), " ", "markup") for m in _BREAK.finditer(source, done, tag.start))
        done = tag.end
        if tag.name in _UNSEEN and not tag.closing:
            done = _element_end(tags, place)
        elif tag.name == "pre":  # inside of it line breaks stay
            has_blocks = tag.closing
        # names with a colon are of a word processor: «<st1:place>»
        yield tag.start, done, "" if tag.name in _INLINE or ":" in tag.name else "\n", "markup"
    if has_blocks:
        yield from ((m.start(), m.end(), " ", "markup") for m in _BREAK.finditer(source, done))
