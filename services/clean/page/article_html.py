"""Finds the article in HTML: trafilatura says which paragraphs are of it, the ledger where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from services.clean.edits.ledger import Edit, Traced
from services.clean.edits.wrapping import LINE
from services.clean.page.layout import Links, placed_lines
from services.clean.page.letter_index import LONG_PIECE, LetterIndex, letters_of
from services.clean.page.tree import HtmlPage
from services.clean.page.witness import Cover, Spans, Witness
from services.clean.prepared_page import Claim

LINKED_SHARE = 0.8
"""A row of a table is a menu when so much of it is linked."""
LONGEST_LEAD = 1000
"""Characters of a paragraph that is taken for the lead; of a longer one, what the markup says."""
_HEADING_BEGINS = re.compile(
    r"<h[2-5]\b[^<>]{0,200}>(?:\s|<(?:span|b|strong|em)\b[^<>]{0,200}>)*\Z", re.IGNORECASE
)
"""Matches where a heading begins, if what follows is its text."""
_SENTENCE = re.compile(r"(?<=[.!?؟۔])\s+")


@dataclass(frozen=True, slots=True)
class VisiblePage:
    """What a page shows: *flat*, its visible text; *html*, its tree and tags; *links* that lead elsewhere.

    *title* and *lead* are the markup's: they are kept where the page shows them above its first paragraph.
    *stated_lines* of *flat* say something of the article (its code, date, source): they are kept, to be read
    and cut later.
    """

    flat: Traced
    html: HtmlPage
    links: Links
    title: Claim | None
    lead: Claim | None
    stated_lines: Spans

    def linked(self, span: tuple[int, int]) -> float:
        """Return the share of the text at *span* that links elsewhere."""
        return self.links.share(*self.flat.raw_spans([span])[0])


def article_paragraphs(source: str, *, thorough: bool = False) -> list[str]:
    """Return the paragraphs of the article in *source* as trafilatura sees them.

    *thorough*: it compares what it finds with what readability and jusText find, which costs as much again.
    """
    from trafilatura import extract  # noqa: PLC0415 - 0.5 s and 40 MB that a lane without HTML never pays

    text = extract(
        source, fast=not thorough, include_comments=False, include_formatting=False, deduplicate=False
    )
    return [line for line in (text or "").split("\n") if line.strip()]


def cut_to_article(page: VisiblePage, paragraphs: list[str]) -> tuple[Traced, tuple[str, ...]]:
    """Return the visible text cut down to *paragraphs*, a line each, and warnings.

    A second witness adds what was left out inside of it.
    """
    text = page.flat.text
    letters = LetterIndex(text)
    pieces = [piece for paragraph in paragraphs for piece in _pieces(page, letters, paragraph)]
    places = letters.find_all(pieces)
    headline = letters.find(page.title.text) if page.title else None
    lines = [match.span() for match in LINE.finditer(text) if not match.group().isspace()]
    witness = Witness(text, placed_lines(page.flat, lines, page.html, page.links))
    body, warnings = witness.corrected(_merged(sorted(filter(None, places))), headline)
    if not body:
        return page.flat.edited(_cuts(text, [])), ("no_article_found",)
    if any(place is None and len(piece) > LONG_PIECE for place, piece in zip(places, pieces, strict=True)):
        warnings = ("paragraphs_not_located", *warnings)
    kept, below_title = _with_claim(_without_menus(page, _merged(body), headline), headline, 0)
    kept, _ = _with_claim(kept, _lead_paragraph(letters, page.lead, below_title), below_title)
    kept = sorted(kept + _headings(page, kept))
    cover = Cover(kept)
    stated = [line for line in page.stated_lines if not cover.meets(*line)]
    return page.flat.edited(_cuts(text, sorted(kept + stated))), warnings


def _pieces(page: VisiblePage, letters: LetterIndex, paragraph: str) -> list[str]:
    """Return what to look for of a paragraph: cells of a table's row, sentences of a broken text."""
    cells = [paragraph]
    if paragraph.startswith("|"):
        if _is_menu(page, letters, paragraph):
            return []
        cells = [cell for cell in paragraph.split("|") if any(map(str.isalnum, cell))]
    pieces: list[str] = []
    for cell in cells:
        is_whole = len(cell) <= LONG_PIECE or letters_of(cell) in letters.letters
        pieces += [cell] if is_whole else _SENTENCE.split(cell)
    return pieces


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
    for (_, gap_start), (gap_end, _) in pairwise(spans):
        gap = flat.text[gap_start:gap_end].rstrip()
        line_start = gap.rfind("\n") + 1
        if any(map(str.isalpha, gap[line_start:])):
            lines.append((gap_start + line_start, gap_start + len(gap)))
    raw_starts = [start for start, _ in flat.raw_spans(lines)]
    return [
        line
        for line, start in zip(lines, raw_starts, strict=True)
        if _HEADING_BEGINS.search(flat.raw, max(0, start - 300), start) and page.linked(line) == 0
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
    if Cover(spans).meets(*span):
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
