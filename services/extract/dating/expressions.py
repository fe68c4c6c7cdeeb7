"""Expressions of time with their value in ISO 8601: dates, weekdays, «دیروز», durations, hours, repetitions.

A wrong year is worse than none: what the words leave open is resolved against the day of publication and says
so (``anchor``), and without one keeps its gap (``XXXX-01-27``) or has no value.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from services.extract.dating.partial_dates import day_and_month, month_and_year, months_alone, years_alone
from services.extract.dating.relative import amounts_of_time, relative_days, shifted_units
from services.extract.dating.timeline import SURE_WITH_GAP, Meaning, TimeKind, Timeline
from services.extract.dating.weekdays import weekdays_named
from services.extract.lexicon.phrases import Phrases, keys
from services.extract.lexicon.word_tables import phrases, table
from services.extract.words_of_article import Words
from shared.records import DateValue, TimeExpression
from shared.text import dates
from shared.text.calendar_words import Hours, words_of
from shared.text.half_days import hour_of


def times(words: Words, published: DateValue | None) -> list[TimeExpression]:
    """Return the expressions of time in order, not overlapping; *published* resolves what is relative."""
    timeline = Timeline(words, published)
    _full_dates(timeline)
    for rule in (
        day_and_month,
        month_and_year,
        amounts_of_time,
        shifted_units,
        relative_days,
        weekdays_named,
        _times_of_day,
        months_alone,
        years_alone,
        _repetitions,
    ):
        rule(timeline)
    return sorted(timeline.expressions, key=lambda time: time.start)


def _full_dates(timeline: Timeline) -> None:
    for date in dates.find(timeline.words.text, lang=timeline.words.lang):
        if date.confidence < SURE_WITH_GAP:
            continue
        timeline.place(
            date.start, date.end, Meaning(*_kind_and_value(date), date.calendar, "text", date.confidence)
        )


def _kind_and_value(date: dates.DateInText) -> tuple[TimeKind, str]:
    """Return a date's kind and value: a day, or a time as finely as told, in UTC where its zone is known."""
    if date.precision == "day":
        return "DATE", date.local.date().isoformat()
    if date.zone:
        return "TIME", dates.value(date, "")
    return "TIME", date.local.isoformat(timespec="minutes" if date.precision == "minute" else "seconds")


def _times_of_day(timeline: Timeline) -> None:
    """Add times of day: ساعت ۱۴:۳۰, الساعة 3 مساء, at 5 p.m.; without a value where the hour stays open."""
    for i, key in enumerate(timeline.words.keys):
        if key.isdecimal() and len(key) <= 2 and int(key) <= 24 and timeline.free(i):
            _add_time_of_day(timeline, i)


def _add_time_of_day(timeline: Timeline, i: int) -> None:
    """Add the time of day whose hour token *i* may be."""
    words = timeline.words
    minute = _minute(words, i)
    last = i + 3 if minute is not None else i + 1
    behind = _half_day_behind(words, last)
    precise = behind is not None or minute is not None
    cued = words.key_before(i) in phrases("times", "clock_cues", words.lang) and (
        words.lang != "en" or precise
    )
    written = minute is not None and (behind is not None or words.lang in {"fa", "ar"})
    if not (cued or written or (behind is not None and words.lang == "en")):
        return
    first = i - (cued and words.lang != "en")
    before = _half_day_before(words, first) if behind is None else None
    half_day = behind or before
    hour = hour_of(int(words.keys[i]), half_day.hours) if half_day else int(words.keys[i])
    first, last = before.first if before else first, behind.last if behind else last
    if hour is None:
        timeline.add(first, last, Meaning("TIME", None, confidence=SURE_WITH_GAP))
        return
    clock = f"T{hour:02d}" if minute is None else f"T{hour:02d}:{minute:02d}"
    timeline.add(first, last, Meaning("TIME", clock))


def _minute(words: Words, i: int) -> int | None:
    """Return the minute that a colon joins to the hour at token *i*."""
    colon = (
        i + 2 < len(words.tokens)
        and words.tokens[i + 1].text == ":"
        and words.tokens[i + 1].end == words.tokens[i + 2].start
    )
    text = words.keys[i + 2] if colon and words.tokens[i].end == words.tokens[i + 1].start else ""
    return int(text) if re.fullmatch(r"[0-5]\d", text) else None


@cache
def _half_days(lang: str) -> tuple[Phrases, dict[str, Hours]]:
    """Return the names of half days, and the hours of each."""
    half_days = words_of(lang).half_days
    return Phrases({key: word for word in half_days for key in keys(word.replace("_", " "))}), half_days


class _HalfDay(NamedTuple):
    """The name of a half day over ``tokens[first:last]``, and its hours."""

    first: int
    last: int
    hours: Hours


def _half_day_behind(words: Words, i: int) -> _HalfDay | None:
    """Return the half day named at *i*."""
    if i >= len(words.tokens) or not words.same_sentence(i - 1, i):
        return None
    names, hours_of = _half_days(words.lang)
    hit = names.at(words.keys, i)
    if hit and len(words.keys[i]) == 1 and words.lang == "ar" and words.tokens[i].text not in {"م", "ص"}:
        return None
    return _HalfDay(i, i + hit.length, hours_of[hit.value]) if hit else None


def _half_day_before(words: Words, i: int) -> _HalfDay | None:
    """Return the half day whose name ends before *i*; a letter alone does not count."""
    names, hours_of = _half_days(words.lang)
    for first in range(max(0, i - 3), i):
        hit = names.at(words.keys, first) if words.same_sentence(first, i) else None
        if hit and first + hit.length == i and len(words.keys[first]) > 1:
            return _HalfDay(first, i, hours_of[hit.value])
    return None


def _repetitions(timeline: Timeline) -> None:
    """Add repetitions: روزانه, سنويا, every week."""
    words = timeline.words
    if words.lang not in table("times")["sets"]:
        return
    repetitions = phrases("times", "sets", words.lang)
    for i in range(len(words.tokens)):
        hit = repetitions.at(words.keys, i) if timeline.free(i) else None
        if hit:
            timeline.add(i, i + hit.length, Meaning("SET", hit.value))


def with_one_day(expressions: list[TimeExpression]) -> Iterator[tuple[TimeExpression, dt.date]]:
    """Yield the expressions whose value lies in one day, with that day."""
    for time in expressions:
        if time.value and re.match(r"\d{4}-\d\d-\d\d(T|$)", time.value):
            yield time, dt.date.fromisoformat(time.value[:10])
