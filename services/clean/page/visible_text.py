"""The visible text of HTML, inside of the ledger, so that every character keeps its place in the payload."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.clean.edits.character_rules import CONTROL, ENTITY, LINE_BREAKS, unescape
from services.clean.edits.ledger import Edit, Traced
from services.clean.page.tags import OPAQUE, Tag, read_tags

_HTML_START = re.compile(
    r"\s*(?:<\?xml[^<>]{0,200}>\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE
)
_BLOCK_TAG = re.compile(r"<(?:p|div|br|h[1-6]|article|table|ul|li)\b[^<>]{0,500}>", re.IGNORECASE)
_FRAGMENT_TAGS = 3
"""Tags of blocks that make a text without a head a piece of a page."""
_ESCAPED_TAG = re.compile(
    r"&(?:amp;)*lt;(/?)(p|br|div|span|strong|b|em|i|u|a|h[1-6]|ul|ol|li|img|figure|blockquote)\b(?:(?!&(?:amp;)*[lg]t;)[^<>]){0,500}?(?:&(?:amp;)*gt;|>)",
    re.IGNORECASE,
)
_PARAGRAPH_TAG = re.compile(r"</?p\b|<br\b", re.IGNORECASE)
LEAST_ESCAPED = 2
"""Escaped tags of blocks that show that a page was escaped once too often."""
_UNSEEN = OPAQUE | {"object", "button"}
"""Elements whose content a reader does not see as text of the article."""
_INLINE = frozenset(
    (
        "! a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd mark nobr q rb rtc data output "
        "picture meter progress relative-time time-ago local-time rp rt ruby s samp small span strike "
        "strong sub sup time tt u var wbr img"
    ).split()
)
_BLOCK_BEGINS = re.compile(r"<(?:p|div|br|li|td|h[1-6]|article|section)\b", re.IGNORECASE)
_MOST_TAGS_TO_END = 2000
"""Tags among which the end of an unseen element is looked for; else nothing closes it."""
_BREAK = re.compile(r"[ \t]*[\r\n]\s*")


def is_html(media_type: str, text: str) -> bool:
    """Tell whether *text* is a page of markup: by its type, or because it begins or reads like one."""
    if "html" in media_type or _HTML_START.match(text[:2000]):
        return "<" in text
    blocks = _BLOCK_TAG.finditer(text[:20_000])
    return sum(1 for _ in blocks) >= _FRAGMENT_TAGS and "</" in text


def unescaped(traced: Traced) -> Traced:
    """Return the source with tags that were escaped once more; a page about tags keeps them."""
    if "lt;" not in traced.text:
        return traced
    escaped_blocks = sum(m[2].lower() in {"p", "br", "div"} for m in _ESCAPED_TAG.finditer(traced.text))
    if escaped_blocks < LEAST_ESCAPED or len(_PARAGRAPH_TAG.findall(traced.text)) > escaped_blocks:
        return traced
    return traced.substituted(_ESCAPED_TAG, unescape, "entity")


def visible_text(traced: Traced, tags: list[Tag] | None = None) -> Traced:
    """Return the text between the tags: a block is a line, a line break a space, the unseen is gone.

    *tags*: those of the text, if they are known. In a source without any block (posts with bold words and
    links) the line breaks are the lines: there they stay.
    """
    traced = traced.edited(list(_replacements(traced.text, read_tags(traced.text) if tags is None else tags)))
    for step in (ENTITY, CONTROL, LINE_BREAKS):
        traced = traced.substituted(step.pattern, step.replacement, step.rule)
    return traced


def _replacements(source: str, tags: list[Tag]) -> Iterator[Edit]:
    """Yield the replacements of tags, comments, unseen elements and breaks, from left to right."""
    joins_lines = _BLOCK_BEGINS.search(source) is not None
    done = 0
    for place, tag in enumerate(tags):
        if tag.start < done:
            continue
        if joins_lines and tag.start > done:
            yield from ((m.start(), m.end(), " ", "markup") for m in _BREAK.finditer(source, done, tag.start))
        done = tag.end
        if tag.name in _UNSEEN and not tag.closing:
            done = _element_end(tags, place)
        elif tag.name == "pre":  # inside of it line breaks stay
            joins_lines = tag.closing
        # names with a colon are of a word processor: «<st1:place>»
        yield tag.start, done, "" if tag.name in _INLINE or ":" in tag.name else "\n", "markup"
    if joins_lines:
        yield from ((m.start(), m.end(), " ", "markup") for m in _BREAK.finditer(source, done))


def _element_end(tags: list[Tag], place: int) -> int:
    """Return where the unseen element that begins at *place* ends: with its tag when nothing closes it.

    What is opaque holds no tags, so the next one does.
    """
    name, depth = tags[place].name, 0
    for tag in tags[place : place + _MOST_TAGS_TO_END]:
        if tag.name == name:
            depth += -1 if tag.closing else 1
            if not depth:
                return tag.end
    return tags[place].end
