"""Dates as programs write them in a field: ctime, RFC 822, web logs, digits, seconds since 1970.

In running text such digits may be anything, so these forms are read in what a feed or markup declares, never
in a line.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from functools import lru_cache

from shared.text import dates, epochs
from shared.text.calendar_words import words_of
from shared.text.calendars import gregorian

_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_CLOCK = r"(?P<clock>\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s?[AaPp][Mm])?)"
_WEEKDAY = r"(?:(?P<weekday>[A-Za-z]{3,9})\.?,?\s+)?"
_ZONE = r"(?P<zone>\s?(?:[A-Za-z]{1,5}|(?:GMT|UTC)?[+-]\d{1,2}:?\d{0,2})(?:\s?\([^()]{1,40}\))?)?"
_FORMS = (
    re.compile(rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})\s+{_CLOCK}{_ZONE}\s+(?P<year>\d{{4}})"),
    re.compile(
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})[\s-]{_MONTH[:-3]}[\s-](?P<year>\d\d|\d{{4}})\s+{_CLOCK}\s?{_ZONE}"
    ),
    re.compile(rf"\[?(?P<day>\d{{1,2}})/{_MONTH}/(?P<year>\d{{4}}):{_CLOCK}{_ZONE}\]?(?P<weekday>)"),
)
_DIGITS = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)[T ]?(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?P<second>[0-5]\d)?(?:\.\d+)?(?P<zone>\s?(?:Z|[+-]\d\d:?\d\d))?"
)
_WEEK = re.compile(r"(?P<year>\d{4})-?W(?P<week>\d\d)-?(?P<day>[1-7])")
_DAY_OF_YEAR = re.compile(r"(?P<year>\d{4})-(?P<day>\d{3})")
_EPOCH = re.compile(rf"(?:/?Date\()?(?P<number>{epochs.NUMBER})(?:[+-]\d{{4}})?(?:\)/?)?")
_NO_DATE = dt.date(1970, 1, 1)
"""What a program writes that was given no date: no article is so old."""
_PIVOT = 50
"""Years of two digits below it are of this century (RFC 2822)."""


@lru_cache(maxsize=256)
def declared(text: str, *, lang: str = "") -> dates.DateInText | None:
    """Return the date that a field declares, as programs or pages write it; None for nothing certain.

    A page says its date in three or four places, and it is read once.
    """
    plain = _rewritten(text.strip())
    if plain is None:
        other = dates.parse(text, lang=lang)
        return None if other and other.local.date() == _NO_DATE else other
    date = dates.parse(plain, lang="en")
    if date and date.local.date() == _NO_DATE:
        return None
    return replace(date, start=0, end=len(text), raw=text) if date else None


def _rewritten(text: str) -> str | None:
    """Return a program's date as ``weekday year-month-day clock zone``.

    None when *text* has no such form, empty when it is no date.
    """
    for form in _FORMS:
        match = form.fullmatch(text)
        if match:
            month = words_of("en").months.get(match["month"].lower())
            year = int(match["year"])
            year += 0 if year > 99 else 2000 if year < _PIVOT else 1900
            day = (
                f"{match['weekday'] or ''} {year}-{month[0][1]:02d}-{int(match['day']):02d}" if month else ""
            )
            return f"{day} {match['clock']} {(match['zone'] or '').strip()}" if month else ""
    digits = _DIGITS.fullmatch(text)
    if digits:
        second = f":{digits['second']}" if digits["second"] else ""
        return f"{digits['year']}-{digits['month']}-{digits['day']} {digits['hour']}:{digits['minute']}{second}{digits['zone'] or ''}"
    return _counted(text)


def _counted(text: str) -> str | None:
    """Read a moment counted from 1970, or a day counted in its year."""
    epoch = _EPOCH.fullmatch(text)
    if epoch:
        counted = epochs.moment(epoch["number"])
        return counted.strftime("%Y-%m-%d %H:%M:%SZ") if counted else ""
    week = _WEEK.fullmatch(text)
    if week:
        return _week(int(week["year"]), int(week["week"]), int(week["day"]))
    numbered = _DAY_OF_YEAR.fullmatch(text)
    if numbered:
        first = gregorian(int(numbered["year"]), 1, 1)
        day = (
            first + dt.timedelta(days=int(numbered["day"]) - 1)
            if first and numbered["day"] != "000"
            else None
        )
        return day.isoformat() if day and first and day.year == first.year else ""
    return None


def _week(year: int, week: int, day: int) -> str:
    try:
        return dt.date.fromisocalendar(year, week, day).isoformat()
    except ValueError:
        return ""
