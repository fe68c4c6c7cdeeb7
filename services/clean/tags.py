"""Takes the tags out of HTML inside of the ledger, so that every character keeps its place in the payload."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.clean.ledger import Edit, Traced

_TAG_NAME = re.compile(r"/?\s?([a-zA-Z][a-zA-Z0-9:-]{0,30})")
_UNSEEN = frozenset({"script", "style", "noscript", "template", "svg", "title", "textarea", "select", "iframe", "object", "math", "button"})
"""Elements whose content a reader does not see as text of the article."""
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "mark",
        "nobr",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
        "img",
    ]
)


_FLOWING = re.compile(r"<(?:p|div|br|li|td|h[1-6]|article|section)\b", re.IGNORECASE)
_BREAK = re.compile(r"[ \t]*[\r\n]\s*")


def without_tags(traced: Traced) -> Traced:
    """Return the text between the tags: a block is a line, a line break of the source is a space, and what no reader sees is gone.

    A source without any block (posts with bold words and links) says its lines by its line breaks: there they stay.
    """
    return traced.edited(list(_Tags(traced.text).edits()))


_LINK_START = re.compile(r"<a\s[^<>]{0,2000}>", re.IGNORECASE)


def linked_stretches(source: str) -> list[tuple[int, int]]:
    """Return where the links of *source* begin and end, from left to right."""
    lower = source.lower()
    out: list[tuple[int, int]] = []
    for opening in _LINK_START.finditer(source):
        end = lower.find("</a", opening.end())
        if end < 0:
            break
        if not out or opening.end() >= out[-1][1]:
            out.append((opening.end(), end))
    return out


class _Tags:
    """One pass over the source; a closing mark that is missing once is not looked for again, so the pass stays linear."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lower = source.lower()
        if len(self.lower) != len(source):
            self.lower = source
        self.missing: set[str] = set()
        self.flowing = _FLOWING.search(source) is not None

    def _after(self, mark: str, at: int) -> int:
        """Offset behind the next *mark*, or the end of the source."""
        if mark in self.missing:
            return len(self.source)
        found = self.lower.find(mark, at)
        if found < 0:
            self.missing.add(mark)
            return len(self.source)
        return found + len(mark)

    def edits(self) -> Iterator[Edit]:
        """Give the replacements of all tags, comments, unseen elements and breaks of the source, from left to right."""
        text_from = at = 0
        while (at := self.source.find("<", at)) >= 0:
            end, after = self._tag(at)
            if end > at:
                yield from self._breaks(text_from, at)
                yield at, end, after, "markup"
                self._enter(at)
                text_from = end
            at = max(end, at + 1)
        yield from self._breaks(text_from, len(self.source))

    def _breaks(self, start: int, end: int) -> Iterator[Edit]:
        if self.flowing:
            for found in _BREAK.finditer(self.source, start, end):
                yield found.start(), found.end(), " ", "markup"

    def _enter(self, at: int) -> None:
        """Inside of <pre> line breaks stay."""
        if self.lower.startswith("<pre", at):
            self.flowing = False
        elif self.lower.startswith("</pre", at):
            self.flowing = True

    def _tag(self, at: int) -> tuple[int, str]:
        """Where the markup at *at* ends and what stands for it; the same offset when it is no markup."""
        if self.source.startswith("<!--", at):
            return self._after("-->", at + 4), ""
        if self.source.startswith(("<!", "<?"), at):
            return self._after(">", at), ""
        name = _TAG_NAME.match(self.source, at + 1)
        if not name:
            return at, ""
        element = name[1].lower()
        end = self._after(">", name.end())
        if element in _UNSEEN and self.source[at + 1] != "/":
            close = f"</{element}"
            if self.source[end - 2 : end] != "/>" and close not in self.missing:
                found = self._after(close, end)
                end = self._after(">", found) if close not in self.missing else end
            return end, "\n"
        return end, "" if element in _INLINE else "\n"
