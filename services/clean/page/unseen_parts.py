"""Takes out of a page what no reader sees, and writes signs as signs, before its article is looked for.

Ruby readings, hidden and struck out parts go. ``<q>`` becomes quotation marks, a digit in ``<sup>`` a raised
one, a break in a headline a space.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import chain
from operator import attrgetter

from services.clean.edits.ledger import Edit, Traced
from services.clean.page.tags import ENDS_PARAGRAPH, OPAQUE, Tag, attributes, is_json_ld

_CUT = frozenset({"style", "template", "svg", "rt", "rp", "rtc", "del", "s", "strike"})
_OPTIONAL_END = {
    "p": ENDS_PARAGRAPH,
    "li": frozenset({"li", "ul", "ol"}),
    "rt": frozenset({"rt", "rp", "rb", "ruby"}),
    "rp": frozenset({"rt", "rp", "rb", "ruby"}),
    "td": frozenset({"td", "tr", "th"}),
    "dd": frozenset({"dt", "dd", "dl"}),
}  # fmt: skip
"""Elements whose end tag may be left out, and the tags that end them."""
_FARTHEST = 40
"""Tags in which the end of such an element is looked for."""
_START = attrgetter("start")
_VEILS = tuple(
    map(
        re.compile,
        ("hidden", "HIDDEN", "none", "NONE", "sr-only", "screen-reader-text", "<dialog", "<DIALOG"),
    )
)
"""What a tag that hides has in it.

One pattern a word is ten times as fast as one for all of them in any case.
"""
_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_FOR_THE_EAR = frozenset({"sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text"})
_HIDING = frozenset({"d-none", "hidden", "is-hidden", "u-hidden"})
"""Classes of common style sheets that hide, unless another of the element shows it on some screens («hidden
md:block», «d-none d-lg-block»).
"""
_SHOWING = re.compile(
    r"(?:^|\s)(?:[a-z0-9]{1,12}:(?!hidden)|d-(?!none(?:\s|$))|visible|is-visible|show(?:\s|$))"
)
_NEVER_HIDDEN = frozenset(
    {"html", "head", "body", "main", "article", "input", "meta", "link", "img", "br", "hr", "source"}
)
_HEADINGS = frozenset({"h1", "h2", "h3"})
_TELLING = _CUT | _HEADINGS | {"!", "script", "q", "br", "sup"}
"""Elements that are cut or stand for a sign."""
_QUOTES = {"fa": "«»‹›", "ar": "«»‹›", "ps": "«»‹›", "ckb": "«»‹›", "fr": "«»‹›", "ru": "«»„“", "de": "„“‚‘"}
"""Outer and inner quotation marks by language, as browsers set them; elsewhere “” and ‘’."""
_LANG = re.compile(r"""<html\s[^<>]{0,500}?\blang\s*=\s*["']?([A-Za-z]{2,3})""", re.IGNORECASE)
_RAISED = str.maketrans("0123456789+-−()n۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿ⁰¹²³⁴⁵⁶⁷⁸⁹⁰¹²³⁴⁵⁶⁷⁸⁹")
_POWER = re.compile(r"[+\-−]?[0-9۰-۹٠-٩n]{1,3}")
_NOTE = re.compile(r"[\[(]\s*\w{1,3}\s*[\])]|\d{1,3}(?:\s*[,،–-]\s*\d{1,3})+")
_LINKED_NOTE = re.compile(r"[\[(]?\s*(?:\w{1,3}|[*†‡§]+)\s*[\])]?")
LONGEST_RAISED = 600
"""Characters of markup around a raised number or the mark of a note."""


type TellingTags = list[tuple[int, Tag]]
"""Tags of elements that are cut or stand for a sign, each with its place among all tags."""


def without_unseen(traced: Traced, tags: list[Tag], closes: dict[int, int]) -> tuple[Traced, list[Tag]]:
    """Return the source of a page without what no reader sees, and the tags that are left."""
    source = traced.text
    telling_tags = [(place, tag) for place, tag in enumerate(tags) if tag.name in _TELLING]
    cuts = _merged([*_never_shown(source, tags, telling_tags, closes), *_hidden(source, tags, closes)])
    edits = _in_order(cuts, _signs(source, tags, telling_tags, closes))
    return traced.edited(edits), list(_moved_tags(tags, edits))


def _moved_tags(tags: list[Tag], edits: list[Edit]) -> Iterator[Tag]:
    """Yield the tags that *edits* leave, by their new places."""
    shift = place = 0
    for start, end, after, _ in [*edits, (sys.maxsize, 0, "", "")]:
        until = bisect_left(tags, start, place, key=_START)
        yield from [
            Tag._make((name, begin + shift, close + shift, closing))
            for name, begin, close, closing in tags[place:until]
        ]
        place = bisect_left(tags, end, until, key=_START) if end else until
        shift += len(after) - (end - start)


def _never_shown(
    source: str, tags: list[Tag], telling_tags: TellingTags, closes: dict[int, int]
) -> Iterator[tuple[int, int]]:
    """Yield comments, code, and elements that stand for nothing in the text."""
    for place, tag in telling_tags:
        if tag.name == "!":
            yield tag.start, tag.end
        elif not tag.closing and (tag.name in _CUT or (tag.name == "script" and not is_json_ld(source, tag))):
            yield tag.start, _element_end(tags, closes, place)


def _element_end(tags: list[Tag], closes: dict[int, int], place: int) -> int:
    """Return where the element of the start tag at *place* ends; without an end, where its tag does."""
    tag = tags[place]
    enders = _OPTIONAL_END.get(tag.name, frozenset())
    close = closes.get(place)
    for later in range(place + 1, min(place + _FARTHEST, len(tags)) if enders else 0):
        if later == close:
            break
        if tags[later].name in enders and (not tags[later].closing or tags[later].name != tag.name):
            return tags[later].start
    return tags[close].end if close is not None else tag.end


def _hidden(source: str, tags: list[Tag], closes: dict[int, int]) -> list[tuple[int, int]]:
    """Return what is hidden; nothing when that is most of the page, which a script then shows."""
    starts = [tag.start for tag in tags]
    spans: list[tuple[int, int]] = []
    for start in {veil.start() for pattern in _VEILS for veil in pattern.finditer(source)}:
        place = bisect_right(starts, start) - 1
        if place < 0 or start >= tags[place].end or tags[place].closing or tags[place].name in _NEVER_HIDDEN:
            continue
        if _is_hidden(tags[place], attributes(source, tags[place])):
            spans.append((tags[place].start, _element_end(tags, closes, place)))
    if not spans:
        return spans
    spans, text = _merged(spans), _TextBetweenTags(tags)
    hidden = sum(text.between(start, end) for start, end in spans)
    return spans if 2 * hidden <= text.sums[-1] else []


def _is_hidden(tag: Tag, of_tag: dict[str, str]) -> bool:
    """Tell whether *tag* hides its element; *of_tag* are its attributes."""
    if "hidden" in of_tag or (tag.name == "dialog" and "open" not in of_tag):
        return True
    class_value = of_tag.get("class", "")
    classes = frozenset(class_value.split())
    if not _HIDING.isdisjoint(classes) and not _SHOWING.search(class_value):
        return True
    return _STYLE.search(of_tag.get("style", "")) is not None or not _FOR_THE_EAR.isdisjoint(classes)


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


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


def _signs(source: str, tags: list[Tag], telling_tags: TellingTags, closes: dict[int, int]) -> list[Edit]:
    """Return what stands for a mark: quotation marks, a space in a headline, raised digits."""
    raised_places = [
        place for place, tag in telling_tags if tag.name == "sup" and not tag.closing and place in closes
    ]
    digits = chain.from_iterable(_raised(source, tags, place, closes[place]) for place in raised_places)
    return sorted(
        [
            *_quotation_marks(source, telling_tags, closes),
            *_breaks_in_headlines(tags, telling_tags, closes),
            *digits,
        ]
    )


def _quotation_marks(source: str, telling_tags: TellingTags, closes: dict[int, int]) -> Iterator[Edit]:
    """Yield the marks of <q> in the page's language, outer and inner by turns; an end alone has none."""
    quotes = [(place, tag) for place, tag in telling_tags if tag.name == "q"]
    lang = _LANG.search(source) if quotes else None
    marks = _QUOTES.get(lang[1].lower() if lang else "", "“”‘’")
    depth = 0
    for place, tag in quotes:
        depth -= tag.closing
        if place in closes or (tag.closing and depth >= 0):
            inner = 2 * (depth % 2)
            yield tag.start, tag.end, marks[inner + tag.closing], "markup"
        depth = max(0, depth + (place in closes))


def _breaks_in_headlines(
    tags: list[Tag], telling_tags: TellingTags, closes: dict[int, int]
) -> Iterator[Edit]:
    """Yield a space for each <br> in a headline."""
    until = 0
    for place, tag in telling_tags:
        if tag.name in _HEADINGS and not tag.closing and place in closes:
            until = tags[closes[place]].start
        elif tag.name == "br" and tag.start < until:
            yield tag.start, tag.end, " ", "markup"


def _raised(source: str, tags: list[Tag], opening: int, closing: int) -> Iterator[Edit]:
    """Write a raised number in raised digits, so that none before it grows; the mark of a note goes."""
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
        number += source[done : tag.start]
        done = tag.end
    number = number.strip()
    if _NOTE.fullmatch(number) or (is_linked and _LINKED_NOTE.fullmatch(number)):
        yield start, end, "", "markup"
    elif _POWER.fullmatch(number):
        yield start, end, number.translate(_RAISED), "markup"


def _in_order(cuts: list[tuple[int, int]], signs: list[Edit]) -> list[Edit]:
    """Return the edits of *cuts* and *signs* in order; a sign inside of a cut is cut with it."""
    outside: list[Edit] = []
    starts = [start for start, _ in cuts]
    for sign in signs:
        start, end, _, _ = sign
        cut = bisect_right(starts, start) - 1
        if (
            (cut < 0 or cuts[cut][1] <= start)
            and (cut + 1 >= len(cuts) or cuts[cut + 1][0] >= end)
            and (not outside or outside[-1][1] <= start)
        ):
            outside.append(sign)
    return sorted([*outside, *((start, end, "", "markup") for start, end in cuts)])
