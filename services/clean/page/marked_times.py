"""The dates that elements mark: itemprop and property, ``<time>``, classes; not of other articles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml import html

from services.clean.page.json_ld import date_text
from services.clean.page.meta_names import DATES, role_of
from services.clean.page.tree import DATING, TIMES, HtmlPage, is_of_others, text_of
from services.clean.prepared_page import Claim

LONGEST_DATE = 80
"""Code points of a date in an attribute or an element; a longer text is a sentence."""
MOST_ELEMENTS = 300
"""Marked elements that are looked at."""
_CLASSES = {
    "published": "published", "dt-published": "published", "entry-date": "published", "pubdate": "published", "publish-date": "published",
    "published-date": "published", "date-published": "published", "post-date": "published", "article-date": "published",
    "updated": "modified", "dt-updated": "modified", "modified": "modified", "date-modified": "modified", "updated-date": "modified",
}  # fmt: skip
"""Classes of microformats and of common systems; one element may have both, and is then what it was first."""
_VALUES = "datetime content title data-datetime data-date data-time data-timestamp data-published".split()
_ARTICLES = re.compile(r"article|posting|report|newsitem|webpage|creativework", re.IGNORECASE)
_DIGIT = re.compile(r"\d")


def claims(
    page: HtmlPage, article: html.HtmlElement | None, body: html.HtmlElement | None
) -> Iterator[tuple[str, Claim]]:
    """Yield the marked dates by role; ``time`` is that of a bare ``<time>``, once for each moment.

    *body* holds headline and paragraphs where no *article* is marked: behind it no bare ``<time>`` counts.
    """
    if page.root is None:
        return
    bare_times: dict[str, Claim] = {}
    for element in islice(filter(_is_candidate, page.placed_elements()), MOST_ELEMENTS):
        if element.tag == "meta":
            continue
        role = _role(element)
        value = _value(element) if role or element.tag in TIMES else ""
        if not value or _is_linked(element) or not is_own(element, article if role else body):
            continue
        claim = Claim(date_text(value), *page.span(element, value))
        if role:
            yield role, claim
        elif claim.text:
            bare_times.setdefault(claim.text, claim)
    for claim in bare_times.values():
        yield "time", claim


def _is_candidate(element: html.HtmlElement) -> bool:
    """Tell whether *element* may mark a date, by its tag, attributes or class."""
    if (
        element.tag in TIMES
        or element.tag == "abbr"
        or element.get("itemprop") is not None
        or element.get("property") is not None
    ):
        return True
    class_names = element.get("class") or ""
    return any(word in class_names for word in DATING)


def is_own(element: html.HtmlElement, article: html.HtmlElement | None) -> bool:
    """Tell whether *element* speaks of the page's own *article*."""
    return not is_of_others(element, article) and _is_of_article(element)


def _role(element: html.HtmlElement) -> str:
    """Return the role that an element gives its date, or nothing."""
    for key in ("itemprop", "property"):
        for name in (element.get(key) or "").split():
            role = role_of(name.rpartition(":")[2] if key == "property" else name)
            if role in DATES:
                return role
    if element.tag == "time" and element.get("pubdate") is not None:
        return "published"
    roles = {_CLASSES.get(name, "") for name in (element.get("class") or "").lower().split()}
    return next((role for role in ("published", "modified") if role in roles), "")


def _value(element: html.HtmlElement) -> str:
    """Return the machine form of a date, else the text of the element when it is short and has a digit."""
    for key in _VALUES:
        value = " ".join((element.get(key) or "").split())
        if value and len(value) <= LONGEST_DATE and _DIGIT.search(value):
            return value
    if element.tag != "time" and not element.get("itemprop") and not element.get("property"):
        return ""
    text = text_of(element)
    return text if len(text) <= LONGEST_DATE and _DIGIT.search(text) else ""


def _is_linked(element: html.HtmlElement) -> bool:
    """Tell whether a date stands in a link with other words: there it is the date of what is linked."""
    link = next(element.iterancestors("a"), None)
    return link is not None and len(text_of(link)) > 2 * max(LONGEST_DATE // 4, len(text_of(element)))


def _is_of_article(element: html.HtmlElement) -> bool:
    """Tell whether an itemprop belongs to an article: a picture's date is not the page's."""
    if element.get("itemprop") is None:
        return True
    scope = next((outer for outer in element.iterancestors() if outer.get("itemscope") is not None), None)
    return (
        scope is None
        or not scope.get("itemtype")
        or _ARTICLES.search(scope.get("itemtype").rpartition("/")[2]) is not None
    )
