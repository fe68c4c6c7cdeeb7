"""The article that a payload shows: what trafilatura takes of markup, or all that is visible."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from services.clean.edits.ledger import Traced, trace
from services.clean.edits.wrapping import LINE
from services.clean.edits.wrong_charset import repaired
from services.clean.lines import patterns
from services.clean.lines.line_signature import signature
from services.clean.lines.verdicts import BARE_SOURCE
from services.clean.page import head_claims
from services.clean.page.article_html import VisiblePage, article_paragraphs, cut_to_article
from services.clean.page.json_body import json_body
from services.clean.page.layout import Links
from services.clean.page.tree import HtmlPage
from services.clean.page.unseen_parts import without_unseen
from services.clean.page.visible_text import is_html, unescaped, visible_text
from services.clean.prepared_page import Claim, Markup
from services.clean.typed_lines import MOST_CHARACTERS
from shared.records import Raw
from shared.text import mojibake

_STATING_TYPES = frozenset({"news_code", "pub_line", "source_line"})
_MOST_STATED = 12
"""Lines that say something of the article; a page with more is a list of articles."""
THIN_SHARE = 0.3
"""A second look is believed when the first found no more than this share of it: where the second found 1.5
times as much, half of that was furniture.
"""


@dataclass(frozen=True, slots=True)
class PageText:
    """An article's text before its lines are judged, what its markup claims, and warnings."""

    traced: Traced
    markup: Markup
    claims: dict[str, list[Claim]]
    warnings: tuple[str, ...]


def article_of_page(record: Raw, text: str) -> PageText:
    """Return the article in the decoded payload *text*, its mojibake repaired."""
    article = _page_text(record, text)
    traced, names = repaired(article.traced)
    markup = replace(
        article.markup,
        title=_with_charset_repaired(article.markup.title),
        lead=_with_charset_repaired(article.markup.lead),
        byline=_with_charset_repaired(article.markup.byline),
    )
    warnings = (*(f"mojibake_{name}" for name in sorted(names)), *article.warnings)
    return replace(article, traced=traced, markup=markup, warnings=warnings)


def _with_charset_repaired(claim: Claim | None) -> Claim | None:
    repair = mojibake.repair(claim.text) if claim else None
    return replace(claim, text=repair.text) if claim and repair else claim


def _page_text(record: Raw, text: str) -> PageText:
    """Read the payload as markup, or as plain text when it is none."""
    traced = trace(text)
    if unescaped(traced) is traced and not is_html(record.media_type, text[: 4 * MOST_CHARACTERS]):
        return PageText(traced, Markup(), {}, ())
    page = HtmlPage(text)
    markup, claims = head_claims.read_markup(page)
    seen, seen_tags = without_unseen(traced, page)
    source = unescaped(seen)
    flat = visible_text(source, seen_tags if source is seen else None)
    visible_page = VisiblePage(
        flat, page, Links(text, page.tags), markup.title, markup.lead, _stating_lines(flat.text)
    )
    body, warnings = _witnessed(visible_page, source.text)
    of_script = json_body(traced, body.text)
    if of_script:
        return PageText(of_script, markup, claims, ())
    return PageText(body if body.text.strip() else flat, markup, claims, warnings)


def _witnessed(page: VisiblePage, source: str) -> tuple[Traced, tuple[str, ...]]:
    """Return the article and warnings; where prose was left out, the extractor looks again."""
    body, warnings = cut_to_article(page, article_paragraphs(source))
    if "text_beside" not in warnings or len(body.text) > THIN_SHARE * len(page.flat.text):
        return body, warnings
    closer_body, closer_warnings = cut_to_article(page, article_paragraphs(source, thorough=True))
    is_better = len(body.text) < THIN_SHARE * len(closer_body.text) and "text_beside" not in closer_warnings
    return (closer_body, closer_warnings) if is_better else (body, warnings)


def _stating_lines(text: str) -> list[tuple[int, int]]:
    """Return the spans of lines that give code, date or source of the article."""
    spans: list[tuple[int, int]] = []
    longest = patterns.load().longest
    is_below_bare_source = False
    for match in LINE.finditer(text):
        line = match.group().strip()
        if not line or len(line) > longest:
            is_below_bare_source = is_below_bare_source and not line
            continue
        furniture_type = _furniture_type(line)
        if is_below_bare_source or furniture_type in _STATING_TYPES:
            spans.append(match.span())
        is_below_bare_source = furniture_type == "source_line" and len(line) <= BARE_SOURCE
    return spans if len(spans) <= _MOST_STATED else []


@lru_cache(maxsize=8192)
def _furniture_type(line: str) -> str:
    """Return the type of furniture that *line* is, or nothing: menus are the same all over a host."""
    family = patterns.load().match(signature(line))
    return family.type if family else ""
