"""Days in a folded text: with the name of a month, or in digits alone; each is checked by its weekday."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace

from shared.text.calendar_words import collisions, table_language, words_of
from shared.text.calendars import YEARS, Calendar, to_date
from shared.text.dates_names import squeezed
from shared.text.dates_patterns import ANYWHERE, patterns, tables

RANK: dict[Calendar, int] = {"gregory": 0, "persian": 1, "islamic-umalqura": 2}
"""Which of two readings is taken, by calendar: the lower."""

_MONTH_FIRST = frozenset({"en", ""})
"""Languages in which a page may write the month first: there 05/04/2022 is not read."""

_NAMED_FORMS = ("day name year", "word name year", "name day year", "year name day", "year day name")
_YEAR_FIRST_FORMS = ("cjk", "year first", "compact")
_WEEKDAY_REACH = 24
"""Characters before a date within which its weekday stands."""

_ERAS: dict[str, Calendar] = {
    **dict.fromkeys(("ه", "ah", "قمری", "هجری", "هق", "هجریقمری", "هجریا"), "islamic-umalqura"),
    **dict.fromkeys(("شمسی", "خورشیدی", "هش", "هجریشمسی"), "persian"),
    **dict.fromkeys(("م", "میلادی", "ء", "عیسوی"), "gregory"),
}
"""Squeezed marks of eras → their calendars."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day at ``text[start:end]``, the calendar it is written in, and how sure it is (0–1)."""

    start: int
    end: int
    date: dt.date
    calendar: Calendar
    confidence: float


def days(text: str, lang: str) -> list[Day]:
    """Return the days in a folded *text*, from left to right, the longer of two that overlap."""
    finders = patterns(lang)
    readings = [
        _with_named_month(text, match, lang)
        for form in _NAMED_FORMS
        for match in finders[form].finditer(text)
    ]
    if lang != ANYWHERE:
        readings += [
            _year_first(text, match) for form in _YEAR_FIRST_FORMS for match in finders[form].finditer(text)
        ]
        readings += [_year_last(text, match, lang) for match in finders["year last"].finditer(text)]
    checked = [_checked_by_weekday(text, day, lang) for day in readings if day]
    kept: list[Day] = []
    for day in sorted(checked, key=lambda day: (day.start, -day.end, RANK[day.calendar])):
        if not kept or day.start >= kept[-1].end:
            kept.append(day)
    return kept


def _with_named_month(text: str, match: re.Match[str], lang: str) -> Day | None:
    """Read a named month: the year decides the calendar; two names of a month must agree."""
    words, parts = tables(lang), match.groupdict()
    name, twin, day_in_words = squeezed(match["name"]), parts.get("twin"), parts.get("word")
    if not table_language(lang) and not _stands_for_itself(text, match, name, lang):
        return None
    if day_in_words and _ends_a_month(text, match, lang):
        return None
    number = words.days[squeezed(day_in_words)] if day_in_words else int(match["day"])
    meanings = words.months[name]
    if twin:
        meanings = tuple(meaning for meaning in meanings if meaning in words.months[squeezed(twin)])
    era = _era(text, match.end())
    for calendar, month in meanings:
        date = to_date(calendar, int(match["year"]), month, number)
        # «هجری» is also said of Jalali years
        if date and (era in (None, calendar) or (era, calendar) == ("islamic-umalqura", "persian")):
            return Day(match.start(), match.end(), date, calendar, 0.99)
    return None


def _stands_for_itself(text: str, match: re.Match[str], name: str, lang: str) -> bool:
    """Tell whether a month's name, perhaps of another language, is a month here.

    It may be an ending («مه» of a Pashto number) or a word («out 27, 2022»).
    """
    start = match.start("name")
    glued = start > 0 and text[start - 1].isdigit()
    if len(name) <= 2 and (glued or lang == ANYWHERE):
        return False
    day_behind = match.groupdict().get("day") and start < match.start("day")
    return not day_behind or name in words_of("en").months or name not in collisions()["months"]


def _ends_a_month(text: str, match: re.Match[str], lang: str) -> bool:
    """Tell whether the ordinal is the second part of a month's name: «كانون الثاني/فبراير 2022»."""
    before = text[: match.start()].split()
    return bool(before) and squeezed(before[-1] + match["word"]) in tables(lang).months


def _year_first(text: str, match: re.Match[str]) -> Day | None:
    """Read a date in digits that begins with its year."""
    year = int(match["year"])
    calendar = _numeric_calendar(text, match.end(), year)
    date = to_date(calendar, year, int(match["month"]), int(match["day"])) if calendar else None
    return Day(match.start(), match.end(), date, calendar, 0.97) if calendar and date else None


def _year_last(text: str, match: re.Match[str], lang: str) -> Day | None:
    """Read the day first; the month only where the numbers or the weekday before them allow nothing else."""
    year, first, second = int(match["year"]), int(match["a"]), int(match["b"])
    calendar = _numeric_calendar(text, match.end(), year)
    if calendar is None:
        return None
    day_first = to_date(calendar, year, second, first)
    may_begin_with_month = calendar == "gregory" and "." not in match["sep"]
    month_first = to_date(calendar, year, first, second) if may_begin_with_month else None
    if day_first and month_first and day_first != month_first:
        weekday = _weekday_before(text, match.start(), lang)
        if weekday is not None:
            fitting = [date for date in (day_first, month_first) if date.weekday() == weekday]
            return Day(match.start(), match.end(), fitting[0], calendar, 0.97) if len(fitting) == 1 else None
        if lang in _MONTH_FIRST:
            return None
    date = day_first or month_first
    return Day(match.start(), match.end(), date, calendar, 0.95) if date else None


def _numeric_calendar(text: str, end: int, year: int) -> Calendar | None:
    """Return the calendar of a date in digits: the era mark decides, else the year (1300-1450 is Jalali)."""
    era = _era(text, end)
    if era == "islamic-umalqura" and year in YEARS[era]:
        return era
    calendar: Calendar | None = next((name for name in ("persian", "gregory") if year in YEARS[name]), None)
    return None if era and era != calendar else calendar


def _era(text: str, start: int) -> Calendar | None:
    """Return the calendar that an era mark after a date states."""
    match = patterns("")["era"].match(text, start)
    if not match:
        return None
    mark = squeezed(match["era"]).replace(".", "")
    return _ERAS[mark]


def _checked_by_weekday(text: str, day: Day, lang: str) -> Day:
    """Return *day* checked against the weekday before it.

    A Hijri day that differs is moved by one; any other that differs gets a lower confidence.
    """
    weekday = _weekday_before(text, day.start, lang)
    if weekday is None or weekday == day.date.weekday():
        return day
    if day.calendar == "islamic-umalqura":
        for shift in (-1, 1):
            moved = day.date + dt.timedelta(days=shift)
            if moved.weekday() == weekday:
                return replace(day, date=moved)
    return replace(day, confidence=0.6)


def _weekday_before(text: str, end: int, lang: str) -> int | None:
    """Return the weekday, Monday 0, that stands right before ``text[end]``."""
    match = patterns(lang)["weekday"].search(text, max(0, end - _WEEKDAY_REACH), end)
    return tables(lang).weekdays[squeezed(match["weekday"])] if match else None
