"""Finds the article in HTML: trafilatura says which paragraphs belong to it, the ledger says where they stand in the payload."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from services.clean.characters import CONTROL, LINE_BREAKS, SCRIPT_STEPS
from services.clean.ledger import Edit, Traced
from services.clean.page import Claim
from services.clean.tags import linked_stretches, without_tags

MOST_MISSES = 40
"""Paragraphs that may be looked for in vain; then the search ends, so that no page costs a square."""
LINKED_SHARE = 0.8
"""A row of a table is a menu when so much of it is linked."""
MOST_MARKS = 8
"""Marks before the first letter of a paragraph that are taken in."""
LONG_PIECE = 60
"""A piece longer than this is missed when it is not found; a row of signs or a word is not."""
LONGEST_LEAD = 1000
LONGEST_TAG = 2000
_OPENED = re.compile(r"<h[2-5]\b[^<>]{0,200}>(?:\s|<(?:span|b|strong|em)\b[^<>]{0,200}>)*\Z", re.IGNORECASE)
"""A heading begins right here."""
_SENTENCE = re.compile(r"(?<=[.!?؟۔])\s+")
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
    """Where paragraphs stand in a visible text: compared by letters and digits alone."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.offsets = [i for i, char in enumerate(text) if char.isalnum()]
        self.letters = "".join(text[i] for i in self.offsets)
        self.misses = 0

    def find(self, paragraph: str, start: int = 0, end: int | None = None) -> tuple[int, int] | None:
        """Return the span of *paragraph* with the marks around it, inside of ``text[start:end]``; None when it is not there."""
        wanted = _NOT_LETTERS.sub("", paragraph)
        if not wanted or self.misses > MOST_MISSES:
            return None
        high = len(self.letters) if end is None else bisect_left(self.offsets, end)
        found = self.letters.find(wanted, bisect_left(self.offsets, start), high)
        if found < 0:
            self.misses += 1
            return None
        first, last = self.offsets[found], self.offsets[found + len(wanted) - 1]
        return self._widened(first, last + 1, paragraph)

    def _widened(self, start: int, end: int, paragraph: str) -> tuple[int, int]:
        """Take in the quotation marks and full stops that the paragraph begins and ends with."""
        lead = next((i for i, char in enumerate(paragraph[:MOST_MARKS]) if char.isalnum()), MOST_MARKS)
        while lead and start > 0 and self.text[start - 1] != "\n" and not self.text[start - 1].isalnum():
            start, lead = start - 1, lead - 1
        while end < len(self.text) and self.text[end] != "\n" and not self.text[end].isalnum():
            end += 1
        return start, end

    def all(self, paragraphs: Sequence[str]) -> list[tuple[int, int] | None]:
        """Return the span of each of *paragraphs*, None where one is not there.

        The longest are placed first, and every other one between its neighbours: a short one («Read more») may stand in many places.
        """
        spans: list[tuple[int, int] | None] = [None] * len(paragraphs)
        placed: list[int] = []
        for i in sorted(range(len(paragraphs)), key=lambda i: (-len(paragraphs[i]), i)):
            at = bisect_left(placed, i)
            before = spans[placed[at - 1]] if at else None
            after = spans[placed[at]] if at < len(placed) else None
            spans[i] = self.find(paragraphs[i], before[1] if before else 0, after[0] if after else None)
            if spans[i]:
                placed.insert(at, i)
        for i, paragraph in enumerate(paragraphs):
            if spans[i] is None and len(paragraph) > LONG_PIECE:
                spans[i] = self.find(paragraph)  # the extractor moved it
        return spans


type Spans = list[tuple[int, int]]


def article(flat: Traced, paragraphs: list[str], claimed: tuple[Claim | None, Claim | None], stated: Spans) -> tuple[Traced, bool]:
    """Return *flat* cut down to *paragraphs*, a line each; and whether every long paragraph was found in it.

    *claimed* are headline and lead by the markup: they come along where the page shows them above its first paragraph. *stated*
    are lines of *flat* that say something of the article (its code, date, source): they come along, to be read and cut later.
    """
    located = Located(flat.text)
    pieces = [piece for paragraph in paragraphs for piece in _pieces(flat, located, paragraph)]
    found = located.all(pieces)
    lost = any(span is None and len(piece) > LONG_PIECE for span, piece in zip(found, pieces, strict=True))
    spans = _apart(sorted(span for span in found if span))
    if spans:
        title, lead = claimed
        headline = located.find(title.text) if title else None
        spans, below = _with_claim(_without_menus(flat, spans, headline), headline, 0)
        spans, _ = _with_claim(spans, _paragraph(located, lead, below), below)
    spans = sorted(spans + _headings(flat, spans))
    spans = sorted(spans + [s for s in stated if all(s[1] <= a or s[0] >= b for a, b in spans)])
    return flat.edited(_cuts(flat.text, spans)), not lost


def _pieces(flat: Traced, located: Located, paragraph: str) -> list[str]:
    """Cut a paragraph into what can be looked for: a row of a table is its cells, a text that does not stand whole is its sentences."""
    cells = [cell for cell in paragraph.split("|") if any(map(str.isalnum, cell))] if paragraph.startswith("|") else [paragraph]
    if paragraph.startswith("|") and _is_menu(flat, located, paragraph):
        return []
    out: list[str] = []
    for cell in cells:
        whole = len(cell) <= LONG_PIECE or _NOT_LETTERS.sub("", cell) in located.letters
        out += [cell] if whole else _SENTENCE.split(cell)
    return out


def _is_menu(flat: Traced, located: Located, row: str) -> bool:
    """Tell whether a row of a table is a row of links."""
    span = located.find(row)
    return span is not None and _linked_share(flat, span) >= LINKED_SHARE


def _apart(spans: Spans) -> Spans:
    """Join what stands side by side in one line; leave out what lies inside of another span."""
    out: Spans = []
    for start, end in spans:
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _linked_share(flat: Traced, span: tuple[int, int]) -> float:
    """Share of a span's letters that are linked; the first link may open before it, the last close behind it."""
    ((start, end),) = flat.raw_spans([span])
    begin = max(0, start - LONGEST_TAG)
    links = [(max(start, begin + a), min(end, begin + b)) for a, b in linked_stretches(flat.raw[begin : end + LONGEST_TAG])]
    linked = sum(_letters(_TAG.sub("", flat.raw[a:b])) for a, b in links if a < b)
    return linked / max(1, _letters(flat.text[span[0] : span[1]]))


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _without_menus(flat: Traced, spans: Spans, headline: tuple[int, int] | None) -> Spans:
    """Leave out rows of links above the headline."""
    if headline is None:
        return spans
    return [span for span in spans if span[1] > headline[0] or _linked_share(flat, span) < LINKED_SHARE] or spans


def _headings(flat: Traced, spans: Spans) -> Spans:
    """Return the headings that stand right above one of *spans*: an extractor often leaves them out, above all in live pages."""
    lines: Spans = []
    for (_, above), (below, _) in pairwise(spans):
        line = flat.text[above:below].rstrip()
        start = above + line.rfind("\n") + 1
        if any(map(str.isalpha, flat.text[start : above + len(line)])):
            lines.append((start, above + len(line)))
    raw_starts = (start for start, _ in flat.raw_spans(lines))
    return [
        line
        for line, at in zip(lines, raw_starts, strict=True)
        if _OPENED.search(flat.raw, max(0, at - 300), at) and _linked_share(flat, line) == 0
    ]


def _paragraph(located: Located, lead: Claim | None, start: int) -> tuple[int, int] | None:
    """Return the whole paragraph that *lead* stands in: what markup says of it is often cut short.

    It is looked for below the headline (*start*): above it stands what the site says of itself.
    """
    span = located.find(lead.text, start) if lead else None
    if span is None:
        return None
    first, last = located.text.rfind("\n", 0, span[0]) + 1, located.text.find("\n", span[1])
    whole = max(first, start), last if last >= 0 else len(located.text)
    return whole if whole[1] - whole[0] <= LONGEST_LEAD else span


def _with_claim(spans: Spans, span: tuple[int, int] | None, start: int) -> tuple[Spans, int]:
    """Put headline or lead in front, where the page shows it above its body and outside of it; return where it ends, else *start*."""
    if span is None or span[1] > spans[-1][0]:
        return spans, start
    if any(span[1] > a and span[0] < b for a, b in spans):
        return spans, span[1]
    return sorted([*spans, span]), span[1]


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
