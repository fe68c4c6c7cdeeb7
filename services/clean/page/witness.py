"""A second witness for the body of a page: by where its prose is densest, not by what elements are called.

It adds, replaces, and says what disagrees.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from services.clean.lines.verdicts import ends_a_sentence
from services.clean.page.layout import Node, PlacedLine

type Spans = list[tuple[int, int]]
_START, _END = attrgetter("start"), attrgetter("end")

SHORTEST_PROSE = 40
"""Least length of a line that is prose when it ends a sentence."""
SHORTEST_ITEM = 12
"""Least length of an item of a list that is part of a text."""
MOST_LINKED = 0.4
"""Share of a line of a text that may link elsewhere."""
FEWEST_PARAGRAPHS = 3
"""Paragraphs of a body that is taken instead of another."""
LEAST_SIZE = 250
"""Characters of prose that make a body worth taking."""
DENSER_TIMES = 1.5
"""A part of the page replaces or joins what was taken when it has this many times its prose.

It joins where it holds some of what was taken: trafilatura takes a paragraph that stands twice only once.
"""
OUTWEIGHS_TIMES = 1.0
"""Parts about something else go when the prose of the rest has at least this many times their size."""
BESIDE_SHARE = 0.35
"""Prose that was left out beside a text gives a warning from this share of the text on."""
LONG_PROSE = 100
"""Length of a line that counts as left out beside a text."""
FEWEST_TEASERS = 3
"""Teasers or links among the lines of a text without which a page is no index."""
TEASER_SHARE = 0.5
"""Their share of its lines, from which it is one."""
HEADLINE_LINKED = 0.8
"""Share of a line from which it is a link and nothing beside."""
LONGEST_TAIL = 24
"""Length of the words that lead on to the rest («Read more»)."""
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_ITEMS = frozenset({"li", "dd", "dt"})
_TAIL = re.compile(r"[.!?…؟۔।。]\W{0,4}(\w[^.!?؟۔।。\n]{2,24})\W{0,4}\Z")


@dataclass(frozen=True, slots=True)
class Witness:
    """The visible *lines* of a page with their *text*."""

    text: str
    lines: Sequence[PlacedLine]

    def corrected(self, spans: Spans, headline: tuple[int, int] | None) -> tuple[Spans, tuple[str, ...]]:
        """Return the corrected *spans* of a body, and warnings.

        Parts about something else are taken out, and lines that were left out inside are put in. Where
        another part of the page has much more prose, its lines replace the body or join it.
        """
        warnings: tuple[str, ...] = ()
        spans = self._without_other_parts(spans)
        densest = self._densest_prose()
        if densest and _size(self._lines_in(spans)) * DENSER_TIMES < _size(densest):
            cover = Cover(spans)
            missing = [(line.start, line.end) for line in densest if not cover.has(line)]
            if len(missing) < len(densest):
                spans = sorted([*spans, *missing])
            elif len(densest) >= FEWEST_PARAGRAPHS:
                spans, warnings = missing, ("body_replaced",)
        spans = sorted([*spans, *self._left_out(spans, headline)])
        if self._is_index(spans):
            return spans, (*warnings, "index_page")
        if self._leaves_prose_out(spans):
            return spans, (*warnings, "text_beside")
        return spans, warnings

    def _without_other_parts(self, spans: Spans) -> Spans:
        """Return *spans* without parts about something else (comments, other articles), if enough is left."""
        taken = self._lines_in(spans)
        others = [line for line in taken if line.node.is_other]
        own_prose = [line for line in taken if not line.node.is_other and self._is_prose(line)]
        if not others or _size(own_prose) < max(LEAST_SIZE, _size(others) * OUTWEIGHS_TIMES):
            return spans
        others_cover = Cover([(line.start, line.end) for line in others])
        return [span for span in spans if not others_cover.meets(*span)]

    def _is_prose(self, line: PlacedLine) -> bool:
        """Tell whether *line* is long enough, ends a sentence and hardly links elsewhere."""
        return (
            line.size >= SHORTEST_PROSE
            and ends_a_sentence(self.text[line.start : line.end])
            and line.linked < MOST_LINKED
        )

    def _densest_prose(self) -> list[PlacedLine]:
        """Return the prose of the part with most of it; nothing when it is too little for an article."""
        parts: dict[int, list[PlacedLine]] = {}
        for line in self.lines:
            if not (line.node.is_other or line.node.is_detail) and self._is_prose(line):
                parts.setdefault(id(line.part), []).append(line)
        best = max(parts.values(), key=_size, default=[])
        return best if _size(best) >= LEAST_SIZE else []

    def _lines_in(self, spans: Spans) -> list[PlacedLine]:
        return [self.lines[at] for at in self._places(spans)]

    def _places(self, spans: Spans) -> list[int]:
        """Return the places of lines that *spans* cover in part; both are in order."""
        places: list[int] = []
        for start, end in spans:
            first = max(bisect_right(self.lines, start, key=_END), places[-1] + 1 if places else 0)
            if first < len(self.lines):
                places += range(first, bisect_left(self.lines, end, first, key=_START))
        return places

    def _left_out(self, spans: Spans, headline: tuple[int, int] | None) -> Spans:
        """Return lines that were left out of the body: a loose lead, the items of a list."""
        if not spans:
            return []
        times_of_part = Counter(
            id(line.part)
            for line in self._lines_in(spans)
            if line.size >= SHORTEST_PROSE and not line.node.name.startswith("h")
        )
        bodies = {part for part, times in times_of_part.items() if times >= FEWEST_PARAGRAPHS - 1}
        begin, end = headline[1] if headline else spans[0][0], spans[-1][1]
        cover = Cover(spans)
        return [
            (line.start, line.end)
            for line in self.lines
            if begin <= line.start < end
            and id(line.part) in bodies
            and not cover.has(line)
            and self._is_of_text(line)
        ]

    def _is_of_text(self, line: PlacedLine) -> bool:
        """Tell whether *line* may be of a text that left it out: prose, or an item of a list."""
        node = line.node
        if node.is_beside or node.name in _HEADINGS:
            return False
        if node.name in _ITEMS or _in_list(node):
            return line.size >= SHORTEST_ITEM and line.linked < MOST_LINKED
        return self._is_prose(line)

    def _leaves_prose_out(self, spans: Spans) -> bool:
        """Tell whether much prose was left out that no element says to be something else."""
        cover = Cover(spans)
        left = [
            line
            for line in self.lines
            if line.size >= LONG_PROSE
            and not line.node.is_beside
            and not cover.has(line)
            and self._is_prose(line)
        ]
        return _size(left) > max(LEAST_SIZE, BESIDE_SHARE * _size(self._lines_in(spans)))

    def _is_index(self, spans: Spans) -> bool:
        """Tell whether the text is mostly links, or teasers: below a linked headline or above «Read more»."""
        places = [place for place in self._places(spans) if self.lines[place].size >= SHORTEST_ITEM]
        lines = [self.lines[place] for place in places]
        linked_lines = sum(line.linked >= HEADLINE_LINKED for line in lines)
        prose = [
            place
            for place, line in zip(places, lines, strict=True)
            if line.size >= SHORTEST_PROSE and line.linked < HEADLINE_LINKED
        ]
        tails = Counter(tail for place in prose if (tail := self._leading_words(place)))
        repeated_tails = sum(times for times in tails.values() if times >= FEWEST_TEASERS)
        linked_headlines = {self._headline_of(place) for place in prose} - {None}
        teasers = max(len(linked_headlines), repeated_tails)
        share = max(linked_lines / max(1, len(lines)), teasers / max(1, len(prose)))
        return share >= TEASER_SHARE and max(linked_lines, teasers) >= FEWEST_TEASERS

    def _leading_words(self, place: int) -> str:
        """Return the words that lead on from the line at *place*: «Read more», or a link right below."""
        line, below = self.lines[place], self.lines[place + 1 : place + 2]
        for link in below:
            if link.size <= LONGEST_TAIL and link.linked >= HEADLINE_LINKED and link.part is line.part:
                return self.text[link.start : link.end].strip().lower()
        end = _TAIL.search(self.text, line.start, line.end) if line.linked else None
        return end[1].strip().lower() if end else ""

    def _headline_of(self, teaser: int) -> int | None:
        """Return the place of the headline link right before or behind the *teaser* at that place."""
        places = [teaser - 1, teaser - 2, teaser + 1]
        if teaser and self.lines[teaser - 1].size >= SHORTEST_PROSE:
            places.remove(teaser - 2)
        for place in places:
            line = self.lines[place] if 0 <= place < len(self.lines) else None
            if (
                line
                and line.linked >= HEADLINE_LINKED
                and line.size >= SHORTEST_ITEM
                and line.part is self.lines[teaser].part
            ):
                return place
        return None


def _in_list(node: Node) -> bool:
    outer: Node | None = node
    while outer and outer.name in {"p", "a", "div"}:
        outer = outer.parent
    return outer is not None and outer.name in _ITEMS


def _size(lines: Sequence[PlacedLine]) -> int:
    return sum(line.size for line in lines)


class Cover:
    """Sorted spans that do not overlap, to be asked for the lines that they cover."""

    def __init__(self, spans: Spans) -> None:
        self.spans = spans
        self.ends = [end for _, end in spans]

    def has(self, line: PlacedLine) -> bool:
        """Tell whether some of *line* is covered."""
        return self.meets(line.start, line.end)

    def meets(self, start: int, end: int) -> bool:
        """Tell whether some of the text at ``[start:end]`` is covered."""
        at = bisect_right(self.ends, start)
        return at < len(self.spans) and self.spans[at][0] < end
