"""Finds the article in HTML: trafilatura says which paragraphs belong to it, the ledger says where they stand in the payload."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from services.clean.characters import CONTROL, LINE_BREAKS, SCRIPT_STEPS
from services.clean.ledger import Edit, Traced
from services.clean.page import Claim
from services.clean.tags import linked_stretches, without_tags

MOST_MISSES = 40
"""Paragraphs that may be looked for in vain; then the search ends, so that no page costs a square."""
LONGEST_LINKS, LINKED_SHARE = 200, 0.8
"""A paragraph of up to so many characters is a menu or a list of links when so much of it is linked."""
_TAG = re.compile(r"<[^<>]{0,2000}>")
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


def article(flat: Traced, paragraphs: list[str], claimed: Sequence[Claim | None], stated: Spans) -> tuple[Traced, bool]:
    """Return *flat* cut down to *paragraphs*, a line each; and whether every paragraph was found in it.

    *claimed* are headline and lead by the markup: they come along where the page shows them above its first paragraph. *stated* are lines of *flat* that say something of the article (its code, date, source): they come along, to be read and cut later.
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
    spans = _without_links(flat, spans)
    for claim in claimed if spans else ():
        spans = _with_claim(located, claim, spans)
    spans = sorted(spans + [s for s in stated if all(s[1] <= a or s[0] >= b for a, b in spans)])
    return flat.edited(_cuts(flat.text, spans)), complete


def _without_links(flat: Traced, spans: Spans) -> Spans:
    """Leave out short paragraphs that are links: menus in tables, lists of other articles."""
    links = linked_stretches(flat.raw)
    starts = [start for start, _ in links]
    out: Spans = []
    for (start, end), (raw_start, raw_end) in zip(spans, flat.raw_spans(spans), strict=True):
        inside = links[max(0, bisect_left(starts, raw_start) - 1) : bisect_left(starts, raw_end)]
        linked = sum(_letters(_TAG.sub("", flat.raw[max(a, raw_start) : min(b, raw_end)])) for a, b in inside if b > raw_start)
        if end - start > LONGEST_LINKS or linked < LINKED_SHARE * _letters(flat.text[start:end]):
            out.append((start, end))
    return out


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _with_claim(located: Located, claim: Claim | None, spans: Spans) -> Spans:
    """Put headline or lead in front, where the page shows it whole, above its body and outside of it."""
    span = located.find(claim.text, 0) if claim else None
    if span is None or span[1] > spans[-1][0] or any(span[1] > a and span[0] < b for a, b in spans):
        return spans
    return sorted([*spans, span])


def _cuts(text: str, spans: Spans) -> list[Edit]:
    """Let what lies between *spans* become one line break."""
    edits: list[Edit] = []
    at = 0
    for start, end in spans:
        if start > at:
            edits.append((at, start, "\n\n" if at else "", "markup"))
        at = end
    if at < len(text):
        edits.append((at, len(text), "", "markup"))
    return edits
