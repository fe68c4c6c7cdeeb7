"""Reads the tags of HTML with their places, by the standard: quoted «>», scripts without tags."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

_TAG = re.compile(
    r"""<(?:!--|[!?][^>]*+>?|(/?)([a-zA-Z][^\s/>]*+)(?:[^>="']++|=\s*+(?:"[^"]*+"|'[^']*+')?+|["'])*+>?)"""
)
_ATTRIBUTE = re.compile(r"""([^\s"'>/=]{1,60})(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
OPAQUE = frozenset("script style textarea title iframe xmp noembed noscript template svg select math".split())
"""Elements in which tags are no tags, or say nothing of the page."""
ENDS_PARAGRAPH = frozenset(
    "p div ul ol table section article aside h1 h2 h3 h4 h5 h6 blockquote hr pre form".split()
)
"""Elements whose start ends a paragraph that is open."""
_CLOSE = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in OPAQUE}
_JSON_LD = re.compile(r"ld\+json", re.IGNORECASE)


class Tag(NamedTuple):
    """The tag *name* (lower case; ``!``: comment or declaration) at ``source[start:end]``.

    *closing*: of an end tag.
    """

    name: str
    start: int
    end: int
    closing: bool


_tag_of = Tag._make
"""Makes a tag in half the time of a call by names: a page has a thousand."""


def read_tags(source: str) -> list[Tag]:
    """Return all tags, comments and declarations of *source* in order, but for those in opaque elements.

    A closing mark that is missing once is not looked for again, so the pass stays linear.
    """
    tags: list[Tag] = []
    missing: set[str] = set()
    at, search = 0, _TAG.search
    while match := search(source, at):
        start, at = match.span()
        slash, written_name = match.groups()
        if written_name is None:
            if at - start == len("<!--") and source.startswith("<!--", start):
                at = _behind_comment(source, at, missing)
            tags.append(Tag("!", start, at, closing=False))
            continue
        name = written_name if written_name.islower() else written_name.lower()
        tags.append(_tag_of((name, start, at, slash == "/")))
        if name in OPAQUE and not slash and name not in missing and source[at - 2 : at] != "/>":
            close = _CLOSE[name].search(source, at)
            if close:
                at = close.start()
            else:
                missing.add(name)
    return tags


_COMMENT_END = re.compile(r"--!?>")
_EMPTY_COMMENT = re.compile(r"-?>")


def _behind_comment(source: str, at: int, missing: set[str]) -> int:
    """Return where the comment open at *at* ends: at «-->», «--!>», «<!-->», «<!--->», or the end."""
    empty = _EMPTY_COMMENT.match(source, at)
    end = empty or (_COMMENT_END.search(source, at) if "--" not in missing else None)
    if end is None:
        missing.add("--")
        return len(source)
    return end.end()


def is_json_ld(source: str, tag: Tag) -> bool:
    """Tell whether *tag* begins a script that holds data of the page."""
    return tag.name == "script" and _JSON_LD.search(source, tag.start, tag.end) is not None


def attributes(source: str, tag: Tag) -> dict[str, str]:
    """Return the attributes of *tag*, entities read; names are in lower case."""
    inside = source[tag.start + 1 + len(tag.name) : tag.end - 1]
    by_name: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(inside):
        by_name.setdefault(match[1].lower(), html.unescape(match[2] or match[3] or match[4] or ""))
    return by_name


def closing_tags(tags: list[Tag]) -> dict[int, int]:
    """Return, for each start tag that has one, the place of its end tag in *tags*."""
    open_by_name: dict[str, list[int]] = {}
    closes: dict[int, int] = {}
    for place, (name, _, _, closing) in enumerate(tags):
        open_places = open_by_name.get(name)
        if closing:
            if open_places:
                closes[open_places.pop()] = place
        elif open_places is None:
            open_by_name[name] = [place]
        else:
            open_places.append(place)
    return closes
