"""The expressions of time found so far in one text, and the day that «yesterday» is counted from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.extract.dating.calendar_values import day_of
from services.extract.words_of_article import Words
from shared.records import DateValue, TimeExpression
from shared.text.calendars import Calendar

TimeKind = Literal["DATE", "TIME", "DURATION", "SET"]
TimeAnchor = Literal["published", "text", "none"]
SURE_WHOLE = 0.97
"""Confidence in a time told whole."""
SURE_ANCHORED = 0.85
"""Confidence in a time told from the day of publication."""
SURE_WITH_GAP = 0.6
"""Confidence in a time with a gap."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an expression of time says: *value* in ISO 8601, told from the *anchor*, *confidence* 0–1."""

    kind: TimeKind
    value: str | None
    calendar: Calendar = "gregory"
    anchor: TimeAnchor = "none"
    confidence: float = 0.9


class Timeline:
    """Collects expressions of time that do not overlap: the first rule to take a stretch keeps it."""

    def __init__(self, words: Words, published: DateValue | None) -> None:
        self.words = words
        self.today = day_of(published)
        self.expressions: list[TimeExpression] = []
        self.taken = bytearray(len(words.text))
        self.home: Calendar = "persian" if words.is_persian else "gregory"

    def add(self, first: int, last: int, meaning: Meaning) -> None:
        """Place an expression over ``tokens[first:last]`` if nothing is there yet."""
        self.place(self.words.tokens[first].start, self.words.tokens[last - 1].end, meaning)

    def place(self, start: int, end: int, meaning: Meaning) -> None:
        """Place an expression over ``text[start:end]`` if nothing is there yet."""
        if 1 in self.taken[start:end]:
            return
        self.taken[start:end] = b"\1" * (end - start)
        self.expressions.append(
            TimeExpression(
                start=start,
                end=end,
                type=meaning.kind,
                value=meaning.value,
                calendar=meaning.calendar,
                anchor=meaning.anchor,
                confidence=meaning.confidence,
            )
        )

    def add_anchored(self, first: int, last: int, value: str | None, calendar: Calendar) -> None:
        """Place a date told from the day of publication; without one *value* is what is certain."""
        if self.today:
            self.add(
                first, last, Meaning("DATE", value, calendar, anchor="published", confidence=SURE_ANCHORED)
            )
        else:
            self.add(first, last, Meaning("DATE", value, calendar, confidence=SURE_WITH_GAP))

    def free(self, i: int) -> bool:
        """Tell whether token *i* is in no expression yet."""
        token = self.words.tokens[i]
        return 1 not in self.taken[token.start : token.end]
