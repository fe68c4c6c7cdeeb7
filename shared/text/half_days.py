"""Half days beside a clock: «5:30 pm», 오후 5:30, «عصر پنجشنبه … ساعت ۵:۳۰», and the hour they leave."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from shared.text.calendar_words import Hours, readable
from shared.text.dates_names import BOUND, alternatives, squeezed

NEAR = 3
"""Hours by which a clock may lie outside of the half day that CLDR gives a word: «7:30 عصر»."""
DAYBREAK = 6
"""Before this hour the night belongs to the day before as well: «2 at night on Monday» is on either of two
days.
"""


@dataclass(frozen=True, slots=True)
class HalfDay:
    """A half day at ``text[start:end]`` with the hours it may mean."""

    start: int
    end: int
    hours: Hours


@cache
def _pattern(lang: str) -> tuple[re.Pattern[str], dict[str, Hours]]:
    found = readable(lang).half_days
    words = re.compile(rf"(?<!{BOUND})(?:{alternatives(found)})(?!{BOUND})\.?")
    return words, {squeezed(word): hours for word, hours in found.items()}


def half_days(text: str, start: int, end: int, lang: str) -> Iterator[HalfDay]:
    """Yield the half days of a folded text between *start* and *end*, from left to right."""
    pattern, meanings = _pattern(lang)
    for match in pattern.finditer(text, max(0, start), end):
        hours = meanings.get(squeezed(match.group())) or meanings.get(squeezed(match.group().rstrip(".")))
        if hours:
            yield HalfDay(match.start(), match.end(), hours)


def hour_of(hour: int, hours: Hours) -> int | None:
    """Return the hour of 24 of the clock's *hour* in a half day; None for a contradiction."""
    ways = {hour} if hour > 12 else {hour % 12, hour % 12 + 12}
    apart = {way: min(_apart(way, first, last) for first, last in hours) for way in ways}
    best = min(apart, key=lambda way: apart[way])
    others = [apart[way] for way in ways if way != best]
    if apart[best] > (0 if hour == 12 else NEAR) or any(other <= apart[best] for other in others):
        return None
    over_midnight = best < DAYBREAK and any(last <= first or (first, last) == (0, 1) for first, last in hours)
    return None if over_midnight or (hour == 0 and best == 12) else best


def _apart(hour: int, first: int, last: int) -> int:
    """Hours between *hour* and the span [first, last), which may cross midnight; 0 inside."""
    inside = first <= hour < last if first < last else hour >= first or hour < last
    return 0 if inside else min((first - hour) % 24, (hour - last) % 24 + 1)
