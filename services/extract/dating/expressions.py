"""Expressions of time with their value in ISO 8601: dates, weekdays, «دیروز», durations, hours, repetitions.

A wrong year is worse than none: what the words leave open is resolved against the day of publication and says
so (``anchor``), and without one keeps its gap (``XXXX-01-27``) or has no value.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import cache

from services.extract.dating.partial_dates import day_and_month, month_and_year, months_alone, years_alone
from services.extract.dating.relative import amounts_of_time, relative_days, shifted_units
from services.extract.dating.timeline import LOOSE, Kind, Meaning, Timeline
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
    finder = Timeline(words, published)
    _absolute(finder)
    for rule in (
        day_and_month,
        month_and_year,
        amounts_of_time,
        shifted_units,
        relative_days,
        weekdays_named,
        _clock,
        months_alone,
        years_alone,
        _sets,
    ):
        rule(finder)
    return sorted(finder.found, key=lambda time: time.start)


def _absolute(finder: Timeline) -> None:
    for found in dates.find(finder.words.text, lang=finder.words.lang):
        if found.confidence < LOOSE:
            continue
        finder.place(
            found.start, found.end, Meaning(*_value(found), found.calendar, "text", found.confidence)
        )


def _value(found: dates.DateInText) -> tuple[Kind, str]:
    """Return a date's kind and value: a day, or a time as finely as told, in UTC where its zone is known."""
    if found.precision == "day":
        return "DATE", found.local.date().isoformat()
    if found.zone:
        return "TIME", dates.value(found, "")
    return "TIME", found.local.isoformat(timespec="minutes" if found.precision == "minute" else "seconds")


def _clock(finder: Timeline) -> None:
    """ساعت ۱۴:۳۰, الساعة 3 مساء, at 5 p.m., «عصر ساعت ۵»; without a value where the hour stays open."""
    for i, key in enumerate(finder.words.keys):
        if key.isdecimal() and len(key) <= 2 and int(key) <= 24 and finder.free(i):
            _clock_at(finder, i)


def _clock_at(finder: Timeline, i: int) -> None:
    """Add the time of day whose hour token *i* may be."""
    words = finder.words
    minute = _minute(words, i)
    last = i + 3 if minute is not None else i + 1
    half = _half_day(words, last)
    precise = half is not None or minute is not None
    cued = words.beside(i, i - 1) in phrases("times", "clock_cues", words.lang) and (
        words.lang != "en" or precise
    )
    if not (
        cued or (minute is not None and (half or words.lang in {"fa", "ar"})) or (half and words.lang == "en")
    ):
        return
    first = i - (cued and words.lang != "en")
    ahead = _half_day_before(words, first) if half is None else None
    half_day = half or ahead
    hour = hour_of(int(words.keys[i]), half_day[1]) if half_day else int(words.keys[i])
    clock = None if hour is None else f"T{hour:02d}" if minute is None else f"T{hour:02d}:{minute:02d}"
    meant = Meaning("TIME", clock) if clock else Meaning("TIME", None, sure=LOOSE)
    finder.add(ahead[0] if ahead else first, half[0] if half else last, meant)


def _minute(words: Words, i: int) -> int | None:
    colon = (
        i + 2 < len(words.tokens)
        and words.tokens[i + 1].text == ":"
        and words.tokens[i + 1].end == words.tokens[i + 2].start
    )
    text = words.keys[i + 2] if colon and words.tokens[i].end == words.tokens[i + 1].start else ""
    return int(text) if re.fullmatch(r"[0-5]\d", text) else None


@cache
def _half_days(lang: str) -> tuple[Phrases, dict[str, Hours]]:
    table = words_of(lang).half_days
    return Phrases({key: word for word in table for key in keys(word.replace("_", " "))}), table


def _half_day(words: Words, i: int) -> tuple[int, Hours] | None:
    """Return where the half day at *i* ends, and its hours."""
    if i >= len(words.tokens) or not words.same_sentence(i - 1, i):
        return None
    listed, table = _half_days(words.lang)
    hit = listed.at(words.keys, i)
    if hit and len(words.keys[i]) == 1 and words.lang == "ar" and words.tokens[i].text not in {"م", "ص"}:
        return None
    return (i + hit.length, table[hit.value]) if hit else None


def _half_day_before(words: Words, i: int) -> tuple[int, Hours] | None:
    """Return where a half day that ends right before *i* begins, and its hours; a letter alone is none."""
    listed, table = _half_days(words.lang)
    for first in range(max(0, i - 3), i):
        hit = listed.at(words.keys, first) if words.same_sentence(first, i) else None
        if hit and first + hit.length == i and len(words.keys[first]) > 1:
            return first, table[hit.value]
    return None


def _sets(finder: Timeline) -> None:
    """روزانه, سنويا, every week."""
    words = finder.words
    if words.lang not in table("times")["sets"]:
        return
    listed = phrases("times", "sets", words.lang)
    for i in range(len(words.tokens)):
        hit = listed.at(words.keys, i) if finder.free(i) else None
        if hit:
            finder.add(i, i + hit.length, Meaning("SET", hit.value))


def resolved(found: list[TimeExpression]) -> Iterator[tuple[TimeExpression, dt.date]]:
    """Yield the expressions whose value is one day."""
    for time in found:
        if time.value and re.match(r"\d{4}-\d\d-\d\d(T|$)", time.value):
            yield time, dt.date.fromisoformat(time.value[:10])
