"""Hard-wrapped text: which line breaks only kept a line from growing wider than a terminal or a telegram.

A wrapping program breaks a line because the next word does not fit. Where nearly every break inside of a
paragraph can be told so, the text is wrapped; a list, a poem or one paragraph a line does not look like that.
"""

from __future__ import annotations

import re
from itertools import pairwise

from services.clean.lines.verdicts import ends_a_sentence

NARROWEST = 45
"""Width, in code points, that texts are wrapped at, at least."""
WIDEST = 100
"""Width that texts are wrapped at, at most."""
LEAST_BREAKS = 6
"""Breaks inside of paragraphs without which a text is not wrapped."""
FULL_SHARE = 0.85
"""Share of these breaks at which the next word did not fit, from which a text is wrapped."""
MOST_SENTENCE_ENDS = 0.5
"""Share of the lines that may end a sentence; of more, each is a paragraph of its own."""
SLACK = 3
"""Code points that marks and doubled spaces, gone since, may have taken."""

LINE = re.compile(r"[^\n]+")
_ITEM = re.compile(r"[-–—*•▪◾🔹🔸#]|\d{1,2}[.)-]\s")


def wrapped_breaks(text: str) -> list[int]:
    """Return the offsets of line breaks of *text* that are spaces, if it is clearly hard-wrapped."""
    lines = list(LINE.finditer(text))
    inner = [(line, below) for line, below in pairwise(lines) if below.start() == line.end() + 1]
    if len(inner) < LEAST_BREAKS:
        return []
    lengths = sorted(line.end() - line.start() for line, _ in inner)
    width = lengths[int(0.95 * (len(lengths) - 1))]
    if not NARROWEST <= width <= WIDEST:
        return []
    full = [line for line, below in inner if _fills(line.group(), below.group(), width)]
    sentence_ends = sum(ends_a_sentence(line.group()) for line in full)
    is_wrapped = len(full) >= FULL_SHARE * len(inner) and sentence_ends <= MOST_SENTENCE_ENDS * len(full)
    return [line.end() for line in full] if is_wrapped else []


def _fills(line: str, following: str, width: int) -> bool:
    """Tell whether the first word of *following* had no room in *line*."""
    if _ITEM.match(following):
        return False
    return len(line) + 1 + len(following.split(" ", 1)[0]) > width - SLACK
