"""Names the parts of an article: headline, the line above it, lead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.clean.lines.verdicts import ends_a_sentence
from services.clean.prepared import Line

TITLE_AMONG = 4
"""Kept lines from the top among which the headline is looked for."""
FEWEST, MOST = 3, 25
"""Words of a headline."""
RETURNING = 0.6
"""Share of a headline's words that come back in the next lines."""
KICKER = 8
"""Most words of a line above the headline."""
FLASH = 300
"""Longest one-line article, in code points, that is called a flash."""
_WORD = re.compile(r"[^\W_]{3,}")


@dataclass(frozen=True, slots=True)
class Parts:
    """Places of the parts among the kept lines; None where there is none."""

    title: int | None
    lead: int | None
    kicker: int | None


def parts_of(kept: Sequence[Line], claimed_title: str, *, stated: bool = False) -> Parts:
    """Return the parts of *kept* lines.

    *claimed_title* is the match key of the headline in feed or markup, *stated*: the page states it.

    A headline that the page states and does not show is the headline all the same: then none of the lines is.
    """
    if len(kept) == 1 and not stated:
        return Parts(0, None, None)
    title = _title(kept, claimed_title, stated=stated)
    if title is None:
        return Parts(None, 0 if kept else None, None)
    before = range(title)
    kicker = next(
        (i for i in before if len(kept[i].key.split()) <= KICKER and not ends_a_sentence(kept[i].text)), None
    )
    lead = next((i for i in before if len(kept[i].key.split()) > KICKER), None)
    if lead is None:
        lead = title + 1 if title + 1 < len(kept) else None
    return Parts(title, lead, kicker)


def _title(kept: Sequence[Line], claimed: str, *, stated: bool) -> int | None:
    if claimed:
        for i, line in enumerate(kept[:TITLE_AMONG]):
            if line.key == claimed or (len(line.key) > 15 and claimed.startswith(line.key)):
                return i
    if stated:
        return None
    able = [
        i
        for i, line in enumerate(kept[:TITLE_AMONG])
        if FEWEST <= len(line.key.split()) <= MOST and not ends_a_sentence(line.text)
    ]
    for i in able:
        if _returning(kept, i) >= RETURNING:
            return i
    first = able[0] if able else None
    return first if first == 0 and len(kept[1].text) > len(kept[0].text) else None


def _returning(kept: Sequence[Line], at: int) -> float:
    """Share of the line's words that stand, whole or inside a longer one, in the first kept lines."""
    words = _WORD.findall(kept[at].key)
    rest = " ".join(line.key for i, line in enumerate(kept[:8]) if i != at)
    return sum(word in rest for word in words) / len(words) if words else 0.0
