"""Finds the article in HTML: trafilatura says which paragraphs are of it, the ledger where they stand."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from services.clean.edits.characters import CONTROL, LINE_BREAKS, SCRIPT_STEPS, unescape
from services.clean.edits.ledger import Edit, Traced
from services.clean.edits.wrapping import LINE
from services.clean.page.layout import Links, placed_lines
from services.clean.page.tag_stripping import without_tags
from services.clean.page.tags import Tag
from services.clean.page.tree import HtmlPage
from services.clean.page.witness import Spans, Witness
from services.clean.prepared_page import Claim

MOST_MISSES = 40
"""Paragraphs that may be looked for in vain; then the search ends, so that no page costs quadratic time."""
LINKED_SHARE = 0.8
"""A row of a table is a menu when so much of it is linked."""
MOST_MARKS = 8
"""Marks before the first letter of a paragraph that are taken in."""
LONG_PIECE = 60
"""A piece longer than this is missed when it is not found; a row of signs or a word is not."""
LONGEST_LEAD = 1000
"""Characters of a paragraph that is taken for the lead; of a longer one, what the markup says."""
_HEADING_BEGINS = re.compile(
    r"<h[2-5]\b[^<>]{0,200}>(?:\s|<(?:span|b|strong|em)\b[^<>]{0,200}>)*\Z", re.IGNORECASE
)
"""Matches where a heading begins, if what follows is its text."""
_SENTENCE = re.compile(r"(?<=[.!?؟۔])\s+")
_NOT_LETTERS = re.compile(r"[\W_]+")
_LETTERS = re.compile(r"[^\W_]+")
_HTML_START = re.compile(
    r"\s*(?:<\?xml[^<>]{0,200}>\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE
)
_BLOCK_TAG = re.compile(r"<(?:p|div|br|h[1-6]|article|table|ul|li)\b[^<>]{0,500}>", re.IGNORECASE)
_FRAGMENT_TAGS = 3
"""Tags of blocks that make a text without a head a piece of a page."""


def is_html(media_type: str, text: str) -> bool:
    """Tell whether *text* is a page of markup: by its type, or because it begins or reads like one."""
    if "html" in media_type or _HTML_START.match(text[:2000]):
        return "<" in text
    blocks = _BLOCK_TAG.finditer(text[:20_000])
    return sum(1 for _ in blocks) >= _FRAGMENT_TAGS and "</" in text


def visible(traced: Traced, tags: list[Tag] | None = None) -> Traced:
    """Return the visible text of an HTML page, a block a line; *tags*: its tags, if they are known."""
    traced = without_tags(traced, tags)
    for step in (SCRIPT_STEPS[0], CONTROL, LINE_BREAKS):
        traced = traced.substituted(step.pattern, step.give, step.op)
    return traced


_ESCAPED_TAG = re.compile(
    r"&(?:amp;)*lt;(/?)(p|br|div|span|strong|b|em|i|u|a|h[1-6]|ul|ol|li|img|figure|blockquote)\b(?:(?!&(?:amp;)*[lg]t;)[^<>]){0,500}?(?:&(?:amp;)*gt;|>)",
    re.IGNORECASE,
)
_PARAGRAPH_TAG = re.compile(r"</?p\b|<br\b", re.IGNORECASE)
LEAST_ESCAPED = 2
"""Escaped tags of blocks that show that a page was escaped once too often."""


def unescaped(traced: Traced) -> Traced:
    """Return the source with tags that were escaped once more; a page about tags keeps them."""
    escaped_blocks = (
        sum(bool(m[2].lower() in {"p", "br", "div"}) for m in _ESCAPED_TAG.finditer(traced.text))
        if "lt;" in traced.text
        else 0
    )
    if escaped_blocks < LEAST_ESCAPED or len(_PARAGRAPH_TAG.findall(traced.text)) > escaped_blocks:
        return traced
    return traced.substituted(_ESCAPED_TAG, unescape, "entity")


def article_paragraphs(source: str, *, thorough: bool = False) -> list[str]:
    """Return the paragraphs of the article in *source* as trafilatura sees them.

    *thorough*: it compares what it finds with what readability and jusText find, which costs as much again.
    """
    from trafilatura import extract  # noqa: PLC0415 - 0.5 s and 40 MB that a lane without HTML never pays

    text = extract(
        source, fast=not thorough, include_comments=False, include_formatting=False, deduplicate=False
    )
    return [line for line in (text or "").split("\n") if line.strip()]


class LetterIndex:
    """Where paragraphs stand in a visible text: compared by letters and digits alone."""

    def __init__(self, text: str) -> None:
        self.text = text
        runs = [run.span() for run in _LETTERS.finditer(text)]
        self.starts = [start for start, _ in runs]
        self.before = list(accumulate([end - start for start, end in runs], initial=0))
        """Where each run of letters begins, in the text and among its letters."""
        self.letters = "".join([text[start:end] for start, end in runs])
        self.misses = 0

    def _offset(self, letter: int) -> int:
        """Return where a letter stands in the text."""
        run = bisect_right(self.before, letter) - 1
        return self.starts[run] + letter - self.before[run]

    def _letter(self, offset: int) -> int:
        """Return the first letter at *offset* or behind it."""
        run = bisect_right(self.starts, offset) - 1
        if run < 0:
            return 0
        return min(self.before[run] + offset - self.starts[run], self.before[run + 1])

    def find(self, paragraph: str, start: int = 0, end: int | None = None) -> tuple[int, int] | None:
        """Return the span of *paragraph* with the marks around it in ``text[start:end]``, or None."""
        wanted = _NOT_LETTERS.sub("", paragraph)
        if not wanted or self.misses > MOST_MISSES:
            return None
        end_letter = len(self.letters) if end is None else self._letter(end)
        first_letter = self.letters.find(wanted, self._letter(start), end_letter)
        if first_letter < 0:
            self.misses += 1
            return None
        return self._widened(
            self._offset(first_letter), self._offset(first_letter + len(wanted) - 1) + 1, paragraph
        )

    def _widened(self, start: int, end: int, paragraph: str) -> tuple[int, int]:
        """Return a span with the quotation marks and full stops around it that the paragraph has."""
        lead = next((i for i, char in enumerate(paragraph[:MOST_MARKS]) if char.isalnum()), MOST_MARKS)
        while lead and start > 0 and self.text[start - 1] != "\n" and not self.text[start - 1].isalnum():
            start, lead = start - 1, lead - 1
        while end < len(self.text) and self.text[end] != "\n" and not self.text[end].isalnum():
            end += 1
        return start, end

    def find_all(self, paragraphs: Sequence[str]) -> list[tuple[int, int] | None]:
        """Return the span of each of *paragraphs*, None where one is not there.

        The longest are placed first, and every other one between its neighbours: a short one («Read more»)
        may stand in many places.
        """
        spans: list[tuple[int, int] | None] = [None] * len(paragraphs)
        found_places: list[int] = []
        for i in sorted(range(len(paragraphs)), key=lambda i: (-len(paragraphs[i]), i)):
            rank = bisect_left(found_places, i)
            before = spans[found_places[rank - 1]] if rank else None
            after = spans[found_places[rank]] if rank < len(found_places) else None
            spans[i] = self.find(paragraphs[i], before[1] if before else 0, after[0] if after else None)
            if spans[i]:
                found_places.insert(rank, i)
        for i, paragraph in enumerate(paragraphs):
            if spans[i] is None and len(paragraph) > LONG_PIECE:
                spans[i] = self.find(paragraph)  # the extractor moved it
        return spans


@dataclass(frozen=True, slots=True)
class VisiblePage:
    """What a page shows: *flat*, its visible text; *html*, its tree and tags; *links* that lead elsewhere.

    *claimed* are headline and lead by the markup: they are kept where the page shows them above its first
    paragraph. *stated* are lines of *flat* that say something of the article (its code, date, source): they
    are kept, to be read and cut later.
    """

    flat: Traced
    html: HtmlPage
    links: Links
    claimed: tuple[Claim | None, Claim | None]
    stated: Spans

    def linked(self, span: tuple[int, int]) -> float:
        """Return the share of the text at *span* that links elsewhere."""
        return self.links.share(*self.flat.raw_spans([span])[0])


def cut_to_article(page: VisiblePage, paragraphs: list[str]) -> tuple[Traced, tuple[str, ...]]:
    """Return the visible text cut down to *paragraphs*, a line each, and warnings.

    A second witness adds what was left out inside of it.
    """
    flat = page.flat
    letters = LetterIndex(flat.text)
    pieces = [piece for paragraph in paragraphs for piece in _pieces(page, letters, paragraph)]
    places = letters.find_all(pieces)
    is_lost = any(
        span is None and len(piece) > LONG_PIECE for span, piece in zip(places, pieces, strict=True)
    )
    title, lead = page.claimed
    headline = letters.find(title.text) if title else None
    lines = [match.span() for match in LINE.finditer(flat.text) if not match.group().isspace()]
    witness = Witness(flat.text, placed_lines(flat, lines, page.html, page.links))
    body, warnings = witness.corrected(_merged(sorted(span for span in places if span)), headline)
    if not body:
        return flat.edited(_cuts(flat.text, [])), ("no_article_found",)
    body = _without_menus(page, _merged(body), headline)
    with_title, below = _with_claim(body, headline, 0)
    with_lead, _ = _with_claim(with_title, _lead_paragraph(letters, lead, below), below)
    with_headings = sorted(with_lead + _headings(page, with_lead))
    stated = [
        (start, end) for start, end in page.stated if all(end <= a or start >= b for a, b in with_headings)
    ]
    article = flat.edited(_cuts(flat.text, sorted(with_headings + stated)))
    return article, (*(("paragraphs_not_located",) if is_lost else ()), *warnings)


def _pieces(page: VisiblePage, letters: LetterIndex, paragraph: str) -> list[str]:
    """Return what to look for of a paragraph: cells of a table's row, sentences of a broken text."""
    cells = (
        [cell for cell in paragraph.split("|") if any(map(str.isalnum, cell))]
        if paragraph.startswith("|")
        else [paragraph]
    )
    if paragraph.startswith("|") and _is_menu(page, letters, paragraph):
        return []
    out: list[str] = []
    for cell in cells:
        whole = len(cell) <= LONG_PIECE or _NOT_LETTERS.sub("", cell) in letters.letters
        out += [cell] if whole else _SENTENCE.split(cell)
    return out


def _is_menu(page: VisiblePage, letters: LetterIndex, row: str) -> bool:
    """Tell whether a row of a table is a row of links."""
    span = letters.find(row)
    return span is not None and page.linked(span) >= LINKED_SHARE


def _merged(spans: Spans) -> Spans:
    """Return *spans* with those joined that touch or overlap."""
    merged: Spans = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _without_menus(page: VisiblePage, spans: Spans, headline: tuple[int, int] | None) -> Spans:
    """Return *spans* without rows of links above the headline."""
    if headline is None:
        return spans
    return [span for span in spans if span[1] > headline[0] or page.linked(span) < LINKED_SHARE] or spans


def _headings(page: VisiblePage, spans: Spans) -> Spans:
    """Return the headings right above one of *spans*, which an extractor often leaves out."""
    flat = page.flat
    lines: Spans = []
    for (_, above), (below, _) in pairwise(spans):
        line = flat.text[above:below].rstrip()
        start = above + line.rfind("\n") + 1
        if any(map(str.isalpha, flat.text[start : above + len(line)])):
            lines.append((start, above + len(line)))
    raw_starts = (start for start, _ in flat.raw_spans(lines))
    return [
        line
        for line, raw_start in zip(lines, raw_starts, strict=True)
        if _HEADING_BEGINS.search(flat.raw, max(0, raw_start - 300), raw_start) and page.linked(line) == 0
    ]


def _lead_paragraph(letters: LetterIndex, lead: Claim | None, start: int) -> tuple[int, int] | None:
    """Return the whole paragraph that *lead* stands in: what markup says of it is often cut short.

    It is looked for below the headline (*start*): above it stands what the site says of itself.
    """
    span = letters.find(lead.text, start) if lead else None
    if span is None:
        return None
    first, last = letters.text.rfind("\n", 0, span[0]) + 1, letters.text.find("\n", span[1])
    whole = max(first, start), last if last >= 0 else len(letters.text)
    return whole if whole[1] - whole[0] <= LONGEST_LEAD else span


def _with_claim(spans: Spans, span: tuple[int, int] | None, start: int) -> tuple[Spans, int]:
    """Return *spans* with the headline or lead at *span* in front, and where it ends, else *start*."""
    if span is None or span[1] > spans[-1][0]:
        return spans, start
    if any(span[1] > a and span[0] < b for a, b in spans):
        return spans, span[1]
    return sorted([*spans, span]), span[1]


def _cuts(text: str, spans: Spans) -> list[Edit]:
    """Return the edits that make one line break of what lies between *spans*."""
    edits: list[Edit] = []
    done = 0
    for start, end in spans:
        if start > done:
            edits.append((done, start, "\n\n" if done else "", "markup"))
        done = end
    if done < len(text):
        edits.append((done, len(text), "", "markup"))
    return edits
