"""The article that a payload shows: what trafilatura takes of markup, or all that is visible."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from services.clean.edits.characters import repaired
from services.clean.edits.ledger import Traced, trace
from services.clean.edits.wrapping import LINE
from services.clean.lines import patterns
from services.clean.lines.line_signature import signature
from services.clean.page import article_html, head_claims
from services.clean.page.json_body import json_body
from services.clean.page.layout import Links
from services.clean.page.tree import HtmlPage
from services.clean.page.unseen import seen
from services.clean.prepared_page import Claim, Markup
from services.clean.typed_lines import MOST_CHARACTERS
from shared.records import Raw
from shared.text import mojibake

_STATED = frozenset({"news_code", "pub_line", "source_line"})
_MOST_STATED = 12
"""Lines that say something of the article; a page with more is a list of articles."""
THIN = 0.3
"""A second look is believed when the first found no more than this share of it; of 1.5 times as much the half
was furniture.
"""


@dataclass(frozen=True, slots=True)
class PageText:
    """An article's text before its lines are judged, what its markup claims, and warnings."""

    traced: Traced
    markup: Markup
    claims: dict[str, list[Claim]]
    warnings: tuple[str, ...]


def shown(record: Raw, text: str) -> PageText:
    """Return the article in the decoded payload *text*, its mojibake repaired."""
    article = _page_text(record, text)
    traced, names = repaired(article.traced)
    marked = article.markup
    marked = Markup(_reread(marked.title), _reread(marked.lead), _reread(marked.byline), marked.declared)
    return PageText(
        traced, marked, article.claims, (*(f"mojibake_{name}" for name in sorted(names)), *article.warnings)
    )


def _reread(claim: Claim | None) -> Claim | None:
    found = mojibake.repair(claim.text) if claim else None
    return replace(claim, text=found.text) if claim and found else claim


def _page_text(record: Raw, text: str) -> PageText:
    """Read the payload as markup, or as plain text when it is none."""
    traced = trace(text)
    unescaped = article_html.unescaped(traced)
    if unescaped is traced and not article_html.is_html(record.media_type, text[: 4 * MOST_CHARACTERS]):
        return PageText(traced, Markup(), {}, ())
    page = HtmlPage(text)
    marked, claims = head_claims.read_markup(page)
    visible_source, tags = seen(traced, page.tags, page.closes)
    visible_markup = article_html.unescaped(visible_source)
    visible_text = article_html.visible(visible_markup, tags if visible_markup is visible_source else None)
    visible_page = article_html.VisiblePage(
        visible_text,
        page,
        Links(text, page.tags),
        (marked.title, marked.lead),
        _stated(visible_text.text),
    )
    body, warnings = _witnessed(visible_page, visible_markup.text)
    whole = json_body(traced, body.text)
    if whole:
        return PageText(whole, marked, claims, ())
    return PageText(body if body.text.strip() else visible_text, marked, claims, warnings)


def _witnessed(page: article_html.VisiblePage, source: str) -> tuple[Traced, tuple[str, ...]]:
    """Return the article and warnings; where prose was left out, the extractor looks again."""
    found, warnings = article_html.article(page, article_html.extracted(source))
    if "text_beside" not in warnings or len(found.text) > THIN * len(page.flat.text):
        return found, warnings
    closer, after = article_html.article(page, article_html.extracted(source, thorough=True))
    better = len(found.text) < THIN * len(closer.text) and "text_beside" not in after
    return (closer, after) if better else (found, warnings)


@lru_cache(maxsize=8192)
def _kind(line: str) -> str:
    """Return the type of furniture that *line* is, or nothing: menus are the same all over a host."""
    family = patterns.load().match(signature(line))
    return family.type if family else ""


def _stated(text: str) -> list[tuple[int, int]]:
    """Lines of a visible text that give code, date or source of the article."""
    found: list[tuple[int, int]] = []
    known = patterns.load()
    bare_source = False
    for match in LINE.finditer(text):
        line = match.group().strip()
        if not line or len(line) > known.longest:
            bare_source = bare_source and not line
            continue
        kind = _kind(line)
        if bare_source or kind in _STATED:
            found.append(match.span())
        bare_source = kind == "source_line" and len(line) < 9
    return found if len(found) <= _MOST_STATED else []
