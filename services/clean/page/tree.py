"""Parses a page as browsers do (lxml), and tells each element's place and part of the page."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice
from operator import attrgetter

from lxml import etree, html

from services.clean.page.tags import OPAQUE, Tag, closing_tags, is_json_ld, read_tags

PLACE_ATTRIBUTE = "data-khabar-at"
_START = attrgetter("start")
TIMES = frozenset({"time", "relative-time", "time-ago", "local-time"})
"""The element of HTML, and those of a library of elements that many sites use."""
DATING = ("publish", "date", "updated")
"""What a class has in it that may mark a date."""
_PLACED = frozenset({"script", "h1", "title", "meta", "article", "abbr"}) | TIMES
_DATE_WORDS = ("itemprop", "property", *DATING)
"""Elements whose place is asked for: those of these names, and those whose start tag holds such a word."""
_UNREAD = OPAQUE - {"title"}
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
DEEPEST = 100
"""Elements around an element that are looked at, the innermost."""
NEAREST = 4
"""The innermost of them, in which a linked headline is looked for."""
MOST_HEADLINES = 4
"""Headlines that are looked at in each of these."""
_WHOLE = frozenset({"html", "body", "main", "article"})
_ASIDE = frozenset({"aside", "nav", "form", "dialog", "menu"})
OTHERS = re.compile(
    r"related|recommend|suggest|read-?more|more-?(?:news|stor|from|on|like)|also-?(?:read|like)|see-?also|latest|popular|most-?(?:read|view)|trend"
    r"|(?<!has-)(?<!no-)(?<!with-)side-?bar|comment|teaser|(?<!elementor-)\bwidgets?(?:-area)?(?:$|\s)|promo|sponsor|(?:^|[-_ ])(?:ads?|advert\w*)(?:$|[-_ ])|newsletter|cookie|consent|gdpr|breadcrumb"
    r"|(?:^|[-_ ])(?:menu|nav|navbar|footer|share|sharing|social|carousel|slider|ticker|next|prev(?:ious)?)(?:$|[-_ ])",
    re.IGNORECASE,
)
"""Classes of parts that are about other articles, or about the site."""


class HtmlPage:
    """The *tags* of a page with the ends of their elements (*closes*), and its tree below *root*."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tags = read_tags(source)
        self.closes = closing_tags(self.tags)
        self.root = _parsed(source, self.tags)

    def all(self, *names: str) -> Iterator[html.HtmlElement]:
        """Yield the elements called *names* in the order of the page."""
        return iter(()) if self.root is None else self.root.iter(*names)

    def placed_elements(self) -> list[html.HtmlElement]:
        """Return the elements whose place is known, in the order of the page."""
        elements: list[html.HtmlElement] = (
            [] if self.root is None else self.root.xpath(f"//*[@{PLACE_ATTRIBUTE}]")
        )
        return elements

    def span(self, element: html.HtmlElement, value: str = "") -> tuple[int, int]:
        """Return where *value* stands in the start tag of *element*, else where the tag does."""
        tag = self._tag(element)
        if tag is None:
            return 0, 0
        at = self.source.find(value, tag.start, tag.end) if value else -1
        return (at, at + len(value)) if at >= 0 else (tag.start, tag.end)

    def _tag(self, element: html.HtmlElement) -> Tag | None:
        """Return the start tag of *element*; None when the parser put the element in."""
        start = _place(element)
        at = bisect_left(self.tags, start, key=_START)
        return self.tags[at] if start >= 0 and at < len(self.tags) and self.tags[at].start == start else None

    def behind(self, element: html.HtmlElement) -> int:
        """Return where the start tag of *element* ends."""
        return self.span(element)[1]


def _parsed(source: str, tags: list[Tag]) -> html.HtmlElement | None:
    """Return the root of the tree; None when there is nothing to parse.

    Code is left out, data of the page is not.
    """
    with_date_words = _tags_with_date_words(source, tags)
    pieces: list[str] = []
    done = 0
    for place, tag in enumerate(tags):
        name = tag.name
        if name == "!":
            pieces.append(source[done : tag.start])
            done = tag.end
        elif not tag.closing and (name in _PLACED or name in _UNREAD or place in with_date_words):
            name_end = tag.start + 1 + len(name)
            pieces.append(f'{source[done:name_end]} {PLACE_ATTRIBUTE}="{tag.start}"')
            done = name_end
            following = tags[place + 1] if name in _UNREAD and place + 1 < len(tags) else None
            if following is not None and following.name == name and not is_json_ld(source, tag):
                pieces.append(source[done : tag.end])
                done = following.start
    pieces.append(source[done:])
    text = _CONTROLS.sub(" ", "".join(pieces))
    try:
        return html.document_fromstring(text, parser=html.HTMLParser(remove_comments=True, remove_pis=True))
    except (etree.LxmlError, ValueError):
        return None


def _tags_with_date_words(source: str, tags: list[Tag]) -> set[int]:
    """Return the places of tags with a word that marks dates.

    Looking for one word after the other is ten times as fast as a pattern.
    """
    places: set[int] = set()
    for word in _DATE_WORDS:
        at = source.find(word)
        while at >= 0:
            place = bisect_right(tags, at, key=_START) - 1
            search_from = at + len(word)
            if place >= 0 and at < tags[place].end:
                places.add(place)
            elif 0 <= place < len(tags) - 1:
                search_from = tags[place + 1].start
            at = source.find(word, search_from)
    return places


def text_of(element: html.HtmlElement) -> str:
    """Return the text of *element*, a space for every break in it."""
    out: list[str] = []
    stack: list[tuple[html.HtmlElement, bool]] = [(element, False)]
    while stack:
        part, is_left = stack.pop()
        if is_left:
            out.append(part.tail or "")
            continue
        if part.tag in {"br", "div", "p", "li"}:
            out.append(" ")
        if part is not element:
            stack.append((part, True))
        if part is element or part.tag not in OPAQUE:
            out.append(part.text or "")
            stack += [(child, False) for child in reversed(part)]
    return " ".join("".join(out).split())


def is_of_others(element: html.HtmlElement, article: html.HtmlElement | None) -> bool:
    """Tell whether *element* stands in a part about other articles.

    Aside, related, comments, behind *article*, or beside another's headline.
    """
    above = list(islice(element.iterancestors(), DEEPEST))
    if article is not None:
        if article in above:
            return any(_speaks_of_others(part) for part in above[: above.index(article)])
        if _place(element) > _start_of(article):
            return True
    return any(_speaks_of_others(part) for part in above) or _is_beside_a_linked_headline(above)


def _speaks_of_others(part: html.HtmlElement) -> bool:
    """Tell whether *part* is about other articles or the site, by its tag, class or id."""
    if part.tag in _ASIDE or (part.tag == "footer" and next(part.iterancestors("article"), None) is None):
        return True
    if part.tag == "header" and next(part.iterancestors("article"), None) is None:
        return next(part.iter("h1"), None) is None
    class_and_id = f"{part.get('class', '')} {part.get('id', '')}"
    return (
        part.tag not in _WHOLE
        and OTHERS.search(class_and_id) is not None
        and next(part.iter("h1"), None) is None
    )


def _is_beside_a_linked_headline(above: list[html.HtmlElement]) -> bool:
    """Tell whether a part nearest around has a linked headline, and none inside of it the page's own."""
    for part in above[:NEAREST]:
        if part.tag in _WHOLE - {"article"} or next(part.iter("h1"), None) is not None:
            return False
        if any(
            next(heading.iter("a"), None) is not None or next(heading.iterancestors("a"), None) is not None
            for heading in islice(part.iter("h2", "h3", "h4"), MOST_HEADLINES)
        ):
            return True
    return False


def _start_of(article: html.HtmlElement) -> int:
    """Return where *article* begins, or its headline when it is no element whose place is known."""
    place = _place(article)
    if place >= 0:
        return place
    return max((_place(heading) for heading in islice(article.iter("h1"), 1)), default=-1)


def _place(element: html.HtmlElement) -> int:
    return int(element.get(PLACE_ATTRIBUTE, "-1"))
