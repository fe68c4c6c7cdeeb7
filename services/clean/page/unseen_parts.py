"""Takes out of a page what no reader sees, and writes signs as signs, before its article is looked for.

Ruby readings, hidden and struck out parts go. ``<q>`` becomes quotation marks, a digit in ``<sup>`` a raised
one, a break in a headline a space.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from operator import attrgetter, itemgetter

from services.clean.edits.ledger import Edit, Traced
from services.clean.page.tags import ENDS_PARAGRAPH, OPAQUE, Tag, attributes, is_json_ld
from services.clean.page.tree import HtmlPage
from services.clean.page.witness import Spans

_CUT_ELEMENTS = frozenset({"style", "template", "svg", "rt", "rp", "rtc", "del", "s", "strike"})
_OPTIONAL_END = {
    "p": ENDS_PARAGRAPH,
    "li": frozenset({"li", "ul", "ol"}),
    "rt": frozenset({"rt", "rp", "rb", "ruby"}),
    "rp": frozenset({"rt", "rp", "rb", "ruby"}),
    "td": frozenset({"td", "tr", "th"}),
    "dd": frozenset({"dt", "dd", "dl"}),
}  # fmt: skip
"""Elements whose end tag may be left out, and the tags that end them."""
_MOST_TAGS_TO_END = 40
"""Tags among which the end of such an element is looked for."""
_START = attrgetter("start")
_HIDING_WORDS = tuple(
    map(
        re.compile,
        ("hidden", "HIDDEN", "none", "NONE", "sr-only", "screen-reader-text", "<dialog", "<DIALOG"),
    )
)
"""A tag that hides its element has one of these in it.

One pattern a word is ten times as fast as one for all of them in any case.
"""
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SCREEN_READER_CLASSES = frozenset({"sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text"})
_HIDING_CLASSES = frozenset({"d-none", "hidden", "is-hidden", "u-hidden"})
"""Classes of common style sheets that hide, unless another of the element shows it on some screens («hidden
md:block», «d-none d-lg-block»).
"""
_SHOWING_CLASSES = re.compile(
    r"(?:^|\s)(?:[a-z0-9]{1,12}:(?!hidden)|d-(?!none(?:\s|$))|visible|is-visible|show(?:\s|$))"
)
_NEVER_HIDDEN = frozenset(
    {"html", "head", "body", "main", "article", "input", "meta", "link", "img", "br", "hr", "source"}
)
_HEADINGS = frozenset({"h1", "h2", "h3"})
_TELLING = _CUT_ELEMENTS | _HEADINGS | {"!", "script", "q", "br", "sup"}
"""Elements that are cut or stand for a sign."""
_QUOTES = {"fa": "«»‹›", "ar": "«»‹›", "ps": "«»‹›", "ckb": "«»‹›", "fr": "«»‹›", "ru": "«»„“", "de": "„“‚‘"}
"""Outer and inner quotation marks by language, as browsers set them; elsewhere “” and ‘’."""
_LANG = re.compile(r"""<html\s[^<>]{0,500}?\blang\s*=\s*["']?([A-Za-z]{2,3})""", re.IGNORECASE)
_RAISED = str.maketrans("0123456789+-−()n۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿ⁰¹²³⁴⁵⁶⁷⁸⁹⁰¹²³⁴⁵⁶⁷⁸⁹")
_POWER = re.compile(r"[+\-−]?[0-9۰-۹٠-٩n]{1,3}")
_NOTE_MARK = re.compile(r"[\[(]\s*\w{1,3}\s*[\])]|\d{1,3}(?:\s*[,،–-]\s*\d{1,3})+")
_LINKED_NOTE_MARK = re.compile(r"[\[(]?\s*(?:\w{1,3}|[*†‡§]+)\s*[\])]?")
LONGEST_RAISED = 600
"""Characters of markup around a raised number or the mark of a note."""

type PlacedTags = list[tuple[int, Tag]]
"""Tags, each with its place among all tags of the page."""


def without_unseen(traced: Traced, page: HtmlPage) -> tuple[Traced, list[Tag]]:
    """Return the source of *page* without what no reader sees, and the tags that are left.

    *traced* is that source.
    """
    telling_tags = [(place, tag) for place, tag in enumerate(page.tags) if tag.name in _TELLING]
    cuts = _without_overlaps([*_never_shown(page, telling_tags), *_hidden(page)])
    edits = _in_order(cuts, _signs(page, telling_tags))
    return traced.edited(edits), list(_moved_tags(page.tags, edits))


def _never_shown(page: HtmlPage, telling_tags: PlacedTags) -> Iterator[tuple[int, int]]:
    """Yield the spans of comments, code, and elements that stand for nothing in the text."""
    for place, tag in telling_tags:
        if tag.name == "!":
            yield tag.start, tag.end
        elif tag.closing:
            continue
        elif tag.name in _CUT_ELEMENTS or (tag.name == "script" and not is_json_ld(page.source, tag)):
            yield tag.start, _element_end(page, place)


def _element_end(page: HtmlPage, place: int) -> int:
    """Return where the element of the start tag at *place* ends; without an end, where its tag does."""
    tags, tag, close = page.tags, page.tags[place], page.closes.get(place)
    enders = _OPTIONAL_END.get(tag.name, frozenset())
    for later in range(place + 1, min(place + _MOST_TAGS_TO_END, len(tags)) if enders else 0):
        if later == close:
            break
        if tags[later].name in enders and (not tags[later].closing or tags[later].name != tag.name):
            return tags[later].start
    return tags[close].end if close is not None else tag.end


def _hidden(page: HtmlPage) -> Spans:
    """Return what is hidden; nothing when that is most of the page, which a script then shows."""
    tags = page.tags
    spans: Spans = []
    for at in {match.start() for word in _HIDING_WORDS for match in word.finditer(page.source)}:
        place = bisect_right(tags, at, key=_START) - 1
        if place < 0 or at >= tags[place].end or tags[place].closing or tags[place].name in _NEVER_HIDDEN:
            continue
        if _is_hidden(tags[place].name, attributes(page.source, tags[place])):
            spans.append((tags[place].start, _element_end(page, place)))
    if not spans:
        return spans
    spans, text = _without_overlaps(spans), _TextBetweenTags(tags)
    hidden = sum(text.between(start, end) for start, end in spans)
    return spans if 2 * hidden <= text.sums[-1] else []


def _is_hidden(name: str, attributes_of_tag: dict[str, str]) -> bool:
    """Tell whether the start tag of an element called *name* hides it."""
    if "hidden" in attributes_of_tag or (name == "dialog" and "open" not in attributes_of_tag):
        return True
    class_value = attributes_of_tag.get("class", "")
    classes = frozenset(class_value.split())
    if not _HIDING_CLASSES.isdisjoint(classes) and not _SHOWING_CLASSES.search(class_value):
        return True
    hides_by_style = _HIDING_STYLE.search(attributes_of_tag.get("style", "")) is not None
    return hides_by_style or not _SCREEN_READER_CLASSES.isdisjoint(classes)


class _TextBetweenTags:
    """The number of characters between tags: *sums* has that of all before each tag."""

    def __init__(self, tags: list[Tag]) -> None:
        self.starts = [tag.start for tag in tags]
        self.sums = [0]
        at = 0
        for tag, before in zip(tags, [None, *tags], strict=False):
            opaque = before is not None and before.name in OPAQUE and not before.closing
            self.sums.append(self.sums[-1] + (0 if opaque else tag.start - at))
            at = tag.end

    def between(self, start: int, end: int) -> int:
        """Return the characters between the tag that begins at *start* and the last before *end*."""
        return self.sums[bisect_left(self.starts, end)] - self.sums[bisect_left(self.starts, start) + 1]


def _without_overlaps(spans: Spans) -> Spans:
    """Return *spans* in order, those joined that overlap, without empty ones."""
    joined: Spans = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif start < end:
            joined.append((start, end))
    return joined


def _signs(page: HtmlPage, telling_tags: PlacedTags) -> list[Edit]:
    """Return the edits that write quotation marks, spaces in headlines and raised digits, in order."""
    edits = [*_quotation_marks(page, telling_tags), *_breaks_in_headlines(page, telling_tags)]
    for place, tag in telling_tags:
        if tag.name == "sup" and not tag.closing and place in page.closes:
            edits += _raised(page, place, page.closes[place])
    return sorted(edits)


def _quotation_marks(page: HtmlPage, telling_tags: PlacedTags) -> Iterator[Edit]:
    """Yield the marks of <q> in the page's language, outer and inner by turns; an end alone has none."""
    quotes = [(place, tag) for place, tag in telling_tags if tag.name == "q"]
    lang = _LANG.search(page.source) if quotes else None
    marks = _QUOTES.get(lang[1].lower() if lang else "", "“”‘’")
    depth = 0
    for place, tag in quotes:
        depth -= tag.closing
        if place in page.closes or (tag.closing and depth >= 0):
            inner = 2 * (depth % 2)
            yield tag.start, tag.end, marks[inner + tag.closing], "markup"
        depth = max(0, depth + (place in page.closes))


def _breaks_in_headlines(page: HtmlPage, telling_tags: PlacedTags) -> Iterator[Edit]:
    """Yield a space for each <br> in a headline."""
    headline_end = 0
    for place, tag in telling_tags:
        if tag.name in _HEADINGS and not tag.closing and place in page.closes:
            headline_end = page.tags[page.closes[place]].start
        elif tag.name == "br" and tag.start < headline_end:
            yield tag.start, tag.end, " ", "markup"


def _raised(page: HtmlPage, opening: int, closing: int) -> Iterator[Edit]:
    """Write a raised number in raised digits, so that none before it grows; the mark of a note goes.

    *opening* and *closing* are the places of the tags of <sup>.
    """
    tags = page.tags
    start, end = tags[opening].start, tags[closing].end
    if end - start > LONGEST_RAISED:
        return
    is_linked = any(tag.name == "a" for tag in tags[opening:closing])
    before, after = tags[opening - 1 : opening], tags[closing + 1 : closing + 2]
    if (
        before
        and after
        and (before[0].name, before[0].closing, before[0].end) == ("a", False, start)
        and (after[0].name, after[0].start) == ("a", end)
    ):
        is_linked, start, end = True, before[0].start, after[0].end
    number, done = "", tags[opening].end
    for tag in tags[opening + 1 : closing + 1]:
        number += page.source[done : tag.start]
        done = tag.end
    number = number.strip()
    if _NOTE_MARK.fullmatch(number) or (is_linked and _LINKED_NOTE_MARK.fullmatch(number)):
        yield start, end, "", "markup"
    elif _POWER.fullmatch(number):
        yield start, end, number.translate(_RAISED), "markup"


def _in_order(cuts: Spans, signs: list[Edit]) -> list[Edit]:
    """Return the edits of *cuts* and *signs* in order; a sign inside of a cut is cut with it."""
    outside: list[Edit] = []
    for sign in signs:
        start, end, _, _ = sign
        next_cut = bisect_right(cuts, start, key=itemgetter(0))
        behind_cut = next_cut == 0 or cuts[next_cut - 1][1] <= start
        before_next_cut = next_cut == len(cuts) or cuts[next_cut][0] >= end
        behind_sign = not outside or outside[-1][1] <= start
        if behind_cut and before_next_cut and behind_sign:
            outside.append(sign)
    return sorted([*outside, *((start, end, "", "markup") for start, end in cuts)])


def _moved_tags(tags: list[Tag], edits: list[Edit]) -> Iterator[Tag]:
    """Yield the tags that *edits* leave, by their new places."""
    shift = place = 0
    for start, end, after, _ in [*edits, (sys.maxsize, 0, "", "")]:
        until = bisect_left(tags, start, place, key=_START)
        yield from [
            Tag._make((name, tag_start + shift, tag_end + shift, closing))
            for name, tag_start, tag_end, closing in tags[place:until]
        ]
        place = bisect_left(tags, end, until, key=_START) if end else until
        shift += len(after) - (end - start)
