"""Names the parts of an article: headline, the line above it, lead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.clean.lines.verdicts import ends_a_sentence
from services.clean.prepared_page import PageLine

TITLE_AMONG = 4
"""Kept lines from the top among which the headline is looked for."""
FEWEST_TITLE_WORDS = 3
"""Words of a headline at least, where nothing claims it."""
MOST_TITLE_WORDS = 25
"""Words of a headline at most."""
LONGEST_COINCIDENCE = 15
"""A line with a longer match key that begins the claimed headline is the headline, cut short."""
RETURNING_SHARE = 0.6
"""Share of a headline's words that come back in the next lines."""
RETURNING_WITHIN = 8
"""First kept lines in which they are looked for."""
MOST_KICKER_WORDS = 8
"""Most words of a line above the headline."""
_WORD = re.compile(r"[^\W_]{3,}")


@dataclass(frozen=True, slots=True)
class ArticleParts:
    """Places of the parts among the kept lines; None where there is none."""

    title: int | None
    lead: int | None
    kicker: int | None


def parts_of(kept: Sequence[PageLine], claimed_title: str, *, stated: bool = False) -> ArticleParts:
    """Return the parts of *kept* lines.

    *claimed_title* is the match key of the headline in feed or markup; *stated*: the page's markup has one.
    Where the page does not show that one, no line is the headline.
    """
    if len(kept) == 1 and not stated:
        return ArticleParts(0, None, None)
    title = _title(kept, claimed_title, stated=stated)
    if title is None:
        return ArticleParts(None, 0 if kept else None, None)
    kicker = lead = None
    for i, line in reversed(list(enumerate(kept[:title]))):
        if len(line.key.split()) > MOST_KICKER_WORDS:
            lead = i
        elif not ends_a_sentence(line.text):
            kicker = i
    if lead is None and title + 1 < len(kept):
        lead = title + 1
    return ArticleParts(title, lead, kicker)


def _title(kept: Sequence[PageLine], claimed: str, *, stated: bool) -> int | None:
    """Return the place of the headline: the claimed line, one whose words return, or a short first line."""
    for i, line in enumerate(kept[:TITLE_AMONG] if claimed else ()):
        if line.key == claimed or (len(line.key) > LONGEST_COINCIDENCE and claimed.startswith(line.key)):
            return i
    if stated:
        return None
    candidates = [
        i
        for i, line in enumerate(kept[:TITLE_AMONG])
        if FEWEST_TITLE_WORDS <= len(line.key.split()) <= MOST_TITLE_WORDS and not ends_a_sentence(line.text)
    ]
    for i in candidates:
        if _returning_share(kept, i) >= RETURNING_SHARE:
            return i
    return 0 if candidates[:1] == [0] and len(kept[1].text) > len(kept[0].text) else None


def _returning_share(kept: Sequence[PageLine], place: int) -> float:
    """Return the share of the line's words that the other first lines have, also inside of a longer word."""
    words = _WORD.findall(kept[place].key)
    rest = " ".join(line.key for i, line in enumerate(kept[:RETURNING_WITHIN]) if i != place)
    return sum(word in rest for word in words) / len(words) if words else 0.0
