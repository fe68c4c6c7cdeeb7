"""What the markup of a page claims (JSON-LD, OpenGraph, meta, dates, headline), each with its place."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from services.clean.page import json_ld, marked_times
from services.clean.page.json_ld import LONGEST_CLAIM, date_text
from services.clean.page.meta_names import DATES, role_of
from services.clean.page.tree import HtmlPage, text_of
from services.clean.prepared_page import Claim, Markup
from shared.text.match_key import match_key

LONGEST_HEADING = 600
"""Code points of a headline at most."""
MOST_HEADINGS = 20
"""Elements that are looked at to find it, or the paragraphs beside it."""
LONG_PARAGRAPH = 60
"""Characters from which a paragraph is one of an article."""
FEWEST_PARAGRAPHS = 2
"""Such paragraphs that make the part around a headline the article."""
LONGEST_LANG_TAG = 12
"""Code points kept of the language that a page declares."""
SAME_TITLE = 0.4
"""Two titles are one when the shorter holds at least this share of the longer, which may name the site too.
"""
_OBJECT_ROLES = {"title": "title", "pub_date": "published", "author": "author"}
_SITE_EDGE = re.compile(r"\s[|–—»«:•-]{1,2}\s|\s?[|»]\s?")


def read_markup(page: HtmlPage) -> tuple[Markup, dict[str, list[Claim]]]:
    """Return what *page* claims, and every claim by role (published, modified …), the most trusted first."""
    heading = _heading_element(page)
    heading_title = _claim_of(page, heading) if heading is not None else None
    window_title = _window_title(page)
    canonical = _canonical_address(page)
    headline = " ".join(claim.text for claim in (heading_title, window_title) if claim)
    claims = _claims_by_role(page, heading, canonical, headline)
    if heading is not None and _is_first_of_window(page, heading):
        title = heading_title
    else:
        title = _title(heading_title, window_title, claims)
    declared = {role: of_role[0].text for role, of_role in claims.items()}
    lang = page.root.get("lang") if page.root is not None else None
    if lang:
        declared["lang"] = lang[:LONGEST_LANG_TAG]
    if canonical:
        declared["canonical_url"] = canonical
    if title:
        declared.setdefault("title", title.text)
    return Markup(title, _lead(claims, title), _author(claims, canonical), declared), claims


def _claims_by_role(
    page: HtmlPage, heading: HtmlElement | None, canonical: str, headline: str
) -> dict[str, list[Claim]]:
    """Return the claims of scripts, <meta> tags and marked elements by role, the most trusted first.

    *canonical* address and *headline* tell the page's own article from others.
    """
    article = _article_element(page, heading)
    metas = list(_metas(page, article))
    address = canonical or next((claim.text for role, claim in metas if role == "url"), "")
    dates = marked_times.claims(page, article, article if article is not None else _body_element(heading))
    claims: dict[str, list[Claim]] = {}
    for role, claim in (*json_ld.claims(page, address, headline), *metas, *dates):
        claims.setdefault(role, []).append(claim)
    claims["published"] = [*claims.get("published", []), *claims.pop("created", [])]
    return {role: of_role for role, of_role in claims.items() if of_role}


def _lead(claims: dict[str, list[Claim]], title: Claim | None) -> Claim | None:
    """Return the first description that says more than the headline."""
    for claim in claims.get("description", ()):
        if title is None or not _are_same_title(claim.text, title.text):
            return claim
    return None


def _author(claims: dict[str, list[Claim]], canonical: str) -> Claim | None:
    """Return the first author that is a name, and neither an address nor the site itself."""
    sites = [_letters(claim.text) for claim in claims.get("site_name", ())]
    names_of_site = "|".join([*sites, _letters(_host(canonical))])
    for claim in claims.get("author", ()):
        name = _letters(claim.text)
        is_site = name in names_of_site or any(site and name.startswith(site) for site in sites)
        if name and "://" not in claim.text and not is_site:
            return claim
    return None


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:  # «http://[»
        return ""


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, match_key(text)))


def _title(heading: Claim | None, window: Claim | None, claims: dict[str, list[Claim]]) -> Claim | None:
    """Return the <h1>, else the claimed title, then the window's.

    An <h1> that no other title of the page holds is a logo.
    """
    others = [*claims.get("title", ())[:1], *([window] if window else [])]
    if heading and (not others or any(_are_same_title(heading.text, other.text) for other in others)):
        return heading
    return others[0] if others else None


def _is_first_of_window(page: HtmlPage, heading: HtmlElement) -> bool:
    """Tell whether the window's title is the <h1> and the site's name, as «Mozilla - Wikipedia».

    A linked <h1> is the site itself.
    """
    window = _window_element(page)
    first = match_key(_SITE_EDGE.split(_claim_of(page, window).text)[0]) if window is not None else ""
    return (
        bool(first)
        and first == match_key(text_of(heading))
        and next(heading.iter("a"), None) is None
        and next(heading.iterancestors("a"), None) is None
    )


def _are_same_title(a: str, b: str) -> bool:
    """Tell whether one text is most of the other."""
    a, b = match_key(a), match_key(b)
    return (a in b or b in a) and min(len(a), len(b)) >= SAME_TITLE * max(len(a), len(b))


def _heading_element(page: HtmlPage) -> HtmlElement | None:
    """Return the first <h1> that has a text of the length of a headline."""
    headings = islice(page.all("h1"), MOST_HEADINGS)
    return next((heading for heading in headings if 0 < len(text_of(heading)) <= LONGEST_HEADING), None)


def _window_title(page: HtmlPage) -> Claim | None:
    """Return the longest part of the window's title: the others name the site."""
    element = _window_element(page)
    if element is None:
        return None
    claim = _claim_of(page, element)
    return Claim(max(_SITE_EDGE.split(claim.text), key=len).strip(), claim.start, claim.end)


def _window_element(page: HtmlPage) -> HtmlElement | None:
    return next((element for element in page.all("title") if (element.text or "").strip()), None)


def _claim_of(page: HtmlPage, element: HtmlElement) -> Claim:
    """Return the text of *element* and where it stands: up to its end tag."""
    start = page.behind(element)
    close = re.compile(rf"</{element.tag}", re.IGNORECASE).search(page.source, start)
    text = _in_one_line(text_of(element))[:LONGEST_HEADING]
    return Claim(text, start, close.start() if close else start)


def _article_element(page: HtmlPage, heading: HtmlElement | None) -> HtmlElement | None:
    """Return the element that holds the article: around its *heading*, else the only one there is."""
    around = next(heading.iterancestors("article"), None) if heading is not None else None
    if around is not None:
        return around
    every = list(page.all("article"))
    return every[0] if len(every) == 1 else None


def _body_element(heading: HtmlElement | None) -> HtmlElement | None:
    """Return the part of a page with its *heading* and some paragraphs; None for the whole page."""
    for around in heading.iterancestors("div", "section", "main", "td") if heading is not None else ():
        paragraphs = islice(around.iter("p"), MOST_HEADINGS)
        if sum(len(text_of(paragraph)) >= LONG_PARAGRAPH for paragraph in paragraphs) >= FEWEST_PARAGRAPHS:
            return around
    return None


def _in_one_line(value: str) -> str:
    """Return *value* in one line; some entities are escaped twice: ``&amp;zwnj;``."""
    return " ".join(html.unescape(value).split())


def _metas(page: HtmlPage, article: HtmlElement | None) -> Iterator[tuple[str, Claim]]:
    """Yield what each <meta> says, by any of its names; dates are those of the page's own *article*."""
    for meta in page.all("meta"):
        value = meta.get("content") or ""
        text = _in_one_line(value)[:LONGEST_CLAIM]
        names = [name for key in ("property", "name", "itemprop") for name in (meta.get(key) or "").split()]
        if "parsely-page" in names:
            yield from _of_object(page, meta, value)
            continue
        for role in dict.fromkeys(filter(None, map(role_of, names))) if text else ():
            if role not in DATES:
                yield role, Claim(text, *page.span(meta, value))
            elif date_text(text) and marked_times.is_own(meta, article):
                yield role, Claim(date_text(text), *page.span(meta, value))


def _of_object(page: HtmlPage, meta: HtmlElement, value: str) -> Iterator[tuple[str, Claim]]:
    """Yield the claims of a <meta> whose content is an object, as Parse.ly (it counts readers) asks for."""
    for thing in json_ld.documents(value):
        for key, role in _OBJECT_ROLES.items():
            stated = thing.get(key) if isinstance(thing, dict) else None
            text = _in_one_line(stated)[:LONGEST_CLAIM] if isinstance(stated, str) else ""
            if text:
                yield role, Claim(date_text(text) if role in DATES else text, *page.span(meta))


def _canonical_address(page: HtmlPage) -> str:
    for link in page.all("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href"):
            return str(link.get("href")).strip()[:LONGEST_CLAIM]
    return ""
