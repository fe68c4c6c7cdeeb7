"""Half days beside a clock: «5:30 pm», 오후 5:30, «عصر پنجشنبه … ساعت ۵:۳۰», and the hour they leave."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from shared.text.calendar_words import Hours, readable
from shared.text.dates_names import WORD_LETTER, alternatives, squeezed

NEAR_HOURS = 3
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
    names = readable(lang).half_days
    words = re.compile(rf"(?<!{WORD_LETTER})(?:{alternatives(names)})(?!{WORD_LETTER})\.?")
    return words, {squeezed(word): hours for word, hours in names.items()}


def half_days(text: str, start: int, end: int, lang: str) -> Iterator[HalfDay]:
    """Yield the half days of a folded text between *start* and *end*, from left to right."""
    pattern, meanings = _pattern(lang)
    for match in pattern.finditer(text, max(0, start), end):
        hours = meanings.get(squeezed(match.group())) or meanings.get(squeezed(match.group().rstrip(".")))
        if hours:
            yield HalfDay(match.start(), match.end(), hours)


def hour_of(hour: int, hours: Hours) -> int | None:
    """Return the hour of 24 of the clock's *hour* in a half day; None for a contradiction."""
    candidates = {hour} if hour > 12 else {hour % 12, hour % 12 + 12}
    distances = {
        candidate: min(_hours_outside(candidate, first, last) for first, last in hours)
        for candidate in candidates
    }
    best = min(distances, key=lambda candidate: distances[candidate])
    others = [distances[candidate] for candidate in candidates if candidate != best]
    if distances[best] > (0 if hour == 12 else NEAR_HOURS) or any(
        other <= distances[best] for other in others
    ):
        return None
    over_midnight = best < DAYBREAK and any(last <= first or (first, last) == (0, 1) for first, last in hours)
    return None if over_midnight or (hour == 0 and best == 12) else best


def _hours_outside(hour: int, first: int, last: int) -> int:
    """Return the hours between *hour* and the span [first, last), which may cross midnight; 0 inside."""
    inside = first <= hour < last if first < last else hour >= first or hour < last
    return 0 if inside else min((first - hour) % 24, (hour - last) % 24 + 1)
