"""Finds the article in HTML: trafilatura says which paragraphs belong to it, the ledger says where they stand in the payload."""

from __future__ import annotations

import re
from bisect import bisect_left

from services.clean.characters import CONTROL, LINE_BREAKS, SCRIPT_STEPS
from services.clean.ledger import Edit, Traced
from services.clean.page import Claim
from services.clean.tags import without_tags

MOST_MISSES = 40
"""Paragraphs that may be looked for in vain; then the search ends, so that no page costs a square."""
_NOT_LETTERS = re.compile(r"[\W_]+")
_HTML_START = re.compile(r"\s*(?:<\?xml[^<>]{0,200}>\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_BLOCK_TAG = re.compile(r"<(?:p|div|br|h[1-6]|article|table|ul|li)\b[^<>]{0,500}>", re.IGNORECASE)
_FRAGMENT_TAGS = 3


def is_html(media_type: str, text: str) -> bool:
    """Tell whether *text* is a page of markup: by its declared type, or because it begins or reads like one."""
    if "html" in media_type or _HTML_START.match(text[:2000]):
        return "<" in text
    found = _BLOCK_TAG.finditer(text[:20_000])
    return sum(1 for _ in found) >= _FRAGMENT_TAGS and "</" in text


def visible(traced: Traced) -> Traced:
    """Return the visible text of an HTML page, entities read, a block a line."""
    traced = without_tags(traced)
    for step in (SCRIPT_STEPS[0], CONTROL, LINE_BREAKS):
        traced = traced.substituted(step.pattern, step.give, step.op)
    return traced


def extracted(source: str) -> list[str]:
    """Return the paragraphs of the article in *source* as trafilatura sees them; an empty list when it sees none."""
    from trafilatura import extract  # noqa: PLC0415 - 0.5 s and 40 MB that a lane without HTML never pays

    found = extract(source, fast=True, include_comments=False, include_formatting=False, deduplicate=False)
    return [line for line in (found or "").split("\n") if line.strip()]


class Located:
    """Where paragraphs stand in a visible text: compared by letters and digits alone, searched from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.offsets = [i for i, char in enumerate(text) if char.isalnum()]
        self.letters = "".join(text[i] for i in self.offsets)
        self.at = 0
        self.misses = 0

    def find(self, paragraph: str, start: int) -> tuple[int, int] | None:
        """Return the span of *paragraph* with the marks around it, not before *start*; None when it is not there."""
        wanted = _NOT_LETTERS.sub("", paragraph)
        if not wanted or self.misses > MOST_MISSES:
            return None
        found = self.letters.find(wanted, bisect_left(self.offsets, start))
        if found < 0:
            self.misses += 1
            return None
        first, last = self.offsets[found], self.offsets[found + len(wanted) - 1]
        return self._widened(first, last + 1, paragraph)

    def _widened(self, start: int, end: int, paragraph: str) -> tuple[int, int]:
        """Take in the quotation marks and full stops that the paragraph begins and ends with."""
        lead = len(paragraph) - len(paragraph.lstrip(" \t«“\"'([{-–—•*#@"))
        while lead and start > 0 and self.text[start - 1] != "\n" and not self.text[start - 1].isalnum():
            start, lead = start - 1, lead - 1
        while end < len(self.text) and self.text[end] != "\n" and not self.text[end].isalnum():
            end += 1
        return start, end


type Spans = list[tuple[int, int]]


def article(flat: Traced, paragraphs: list[str], title: Claim | None, stated: Spans) -> tuple[Traced, bool]:
    """Return *flat* cut down to its title and *paragraphs*, a line each; and whether every paragraph was found in it.

    *stated* are lines of *flat* that say something of the article (its code, date, source): they come along, to be read and cut later.
    """
    located = Located(flat.text)
    spans: Spans = []
    at = 0
    complete = True
    for paragraph in paragraphs:
        span = located.find(paragraph, at)
        if span is None:
            complete = False
            continue
        spans.append(span)
        at = span[1]
    if title and spans:
        spans = _with_title(located, title, spans)
    spans = sorted(spans + [s for s in stated if all(s[1] <= a or s[0] >= b for a, b in spans)])
    return flat.edited(_cuts(flat.text, spans)), complete


def _with_title(located: Located, title: Claim, spans: Spans) -> Spans:
    """Put the headline in front, where it stands before the first paragraph and outside of it."""
    span = located.find(title.text, 0)
    if span and span[1] <= spans[0][0]:
        return [span, *spans]
    return spans


def _cuts(text: str, spans: Spans) -> list[Edit]:
    """What lies between *spans* becomes one line break."""
    edits: list[Edit] = []
    at = 0
    for start, end in spans:
        if start > at:
            edits.append((at, start, "\n\n" if at else "", "markup"))
        at = end
    if at < len(text):
        edits.append((at, len(text), "", "markup"))
    return edits
