"""Solar Hijri (Jalali), lunar Hijri (Umm al-Qura) and Gregorian days, one into the other.

Nothing raises: None stands for a day that does not exist.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from hijridate import Hijri

Calendar = Literal["gregory", "persian", "islamic-umalqura"]
"""Calendars by their CLDR names."""

YEARS: dict[Calendar, range] = {
    "persian": range(1300, 1451),
    "islamic-umalqura": range(1343, 1501),
    "gregory": range(1900, 2101),
}
"""Years in which a date is believed. A year below 1900 is never emitted."""

_EPOCH = dt.date(1600, 3, 20)
_EPOCH_YEAR = 979


def _days_before(year: int) -> int:
    """Return the days from the epoch to a Jalali year, by the 33-year rule (right for 1178–1633)."""
    years = year - _EPOCH_YEAR
    return 365 * years + (years // 33) * 8 + (years % 33 + 3) // 4


def is_jalali_leap(year: int) -> bool:
    """Tell whether the Jalali *year* has 366 days."""
    return _days_before(year + 1) - _days_before(year) == 366


def jalali_to_date(year: int, month: int, day: int) -> dt.date | None:
    """Return the Gregorian day of a Jalali one, None when there is no such day."""
    if not 1 <= month <= 12:
        return None
    length = 31 if month <= 6 else 30 if month <= 11 or is_jalali_leap(year) else 29
    if not 1 <= day <= length:
        return None
    in_year = 31 * (month - 1) - max(0, month - 7) + day - 1
    return _EPOCH + dt.timedelta(days=_days_before(year) + in_year)


def date_to_jalali(date: dt.date) -> tuple[int, int, int]:
    """Return the Jalali (year, month, day) of a Gregorian day."""
    days = (date - _EPOCH).days
    year = _EPOCH_YEAR + days // 366
    while _days_before(year + 1) <= days:
        year += 1
    in_year = days - _days_before(year)
    if in_year < 186:
        return year, in_year // 31 + 1, in_year % 31 + 1
    return year, (in_year - 186) // 30 + 7, (in_year - 186) % 30 + 1


def hijri_to_date(year: int, month: int, day: int) -> dt.date | None:
    """Return the Gregorian day of an Umm al-Qura one, or None; a sighting may differ by a day."""
    try:
        return dt.date(*Hijri(year, month, day).to_gregorian().datetuple())
    except (ValueError, OverflowError):
        return None


def gregorian(year: int, month: int, day: int) -> dt.date | None:
    """Return the day, None when there is no such day."""
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def to_date(calendar: Calendar, year: int, month: int, day: int) -> dt.date | None:
    """Return the Gregorian day of *calendar*'s day; None for no such day or an incredible year."""
    if year not in YEARS[calendar]:
        return None
    make = {"persian": jalali_to_date, "islamic-umalqura": hijri_to_date, "gregory": gregorian}[calendar]
    return make(year, month, day)
