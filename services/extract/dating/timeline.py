"""The expressions of time found so far in one text, and the day that «yesterday» is counted from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.extract.dating.calendar_values import day_of
from services.extract.words_of_article import Words
from shared.records import DateValue, TimeExpression
from shared.text.calendars import Calendar

Kind = Literal["DATE", "TIME", "DURATION", "SET"]
Anchor = Literal["published", "text", "none"]
SURE, ANCHORED, LOOSE = 0.97, 0.85, 0.6
"""Confidence in a time told whole, in one told from the day of publication, and in one with a gap."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an expression of time says: *value* in ISO 8601, told from the *anchor*, *sure* 0–1."""

    kind: Kind
    value: str | None
    calendar: Calendar = "gregory"
    anchor: Anchor = "none"
    sure: float = 0.9


class Timeline:
    """Collects expressions that do not overlap: the first rule to take a stretch keeps it."""

    def __init__(self, words: Words, published: DateValue | None) -> None:
        self.words = words
        self.today = day_of(published)
        self.found: list[TimeExpression] = []
        self.taken = bytearray(len(words.text))
        self.home: Calendar = "persian" if words.is_persian else "gregory"

    def add(self, first: int, last: int, meant: Meaning) -> None:
        """Place an expression over ``tokens[first:last]``."""
        self.place(self.words.tokens[first].start, self.words.tokens[last - 1].end, meant)

    def place(self, start: int, end: int, meant: Meaning) -> None:
        """Place an expression over ``text[start:end]`` if nothing is there yet."""
        if 1 in self.taken[start:end]:
            return
        self.taken[start:end] = b"\1" * (end - start)
        self.found.append(
            TimeExpression(
                start=start,
                end=end,
                type=meant.kind,
                value=meant.value,
                calendar=meant.calendar,
                anchor=meant.anchor,
                confidence=meant.sure,
            )
        )

    def add_anchored(self, first: int, last: int, value: str | None, calendar: Calendar) -> None:
        """Place a date told from the day of publication; without one *value* holds what is certain."""
        if self.today:
            self.add(first, last, Meaning("DATE", value, calendar, anchor="published", sure=ANCHORED))
        else:
            self.add(first, last, Meaning("DATE", value, calendar, sure=LOOSE))

    def free(self, i: int) -> bool:
        """Tell whether token *i* is in no expression yet."""
        token = self.words.tokens[i]
        return 1 not in self.taken[token.start : token.end]
