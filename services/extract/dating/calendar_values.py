"""Calendar arithmetic for expressions of time: from words, and a day where they need one, to ISO 8601."""

from __future__ import annotations

import datetime as dt
import re

from shared.records import DateValue
from shared.text.calendars import Calendar, date_to_jalali, to_date

_UNITS_OF_A_DAY = {"TS", "TM", "TH"}


def day_of(published: DateValue | None) -> dt.date | None:
    """Return the local day of publication, None when it is unknown.

    A time in UTC is taken to its own zone first: 22:30 UTC is tomorrow in Tehran.
    """
    if published is None:
        return None
    if "T" not in published.value:
        return dt.date.fromisoformat(published.value)
    moment = dt.datetime.fromisoformat(published.value)
    hours = re.search(r"([+-])(\d\d):?(\d\d)$", published.tz) if isinstance(published.tz, str) else None
    if hours:
        shift = dt.timedelta(hours=int(hours[2]), minutes=int(hours[3]))
        return (moment + (shift if hours[1] == "+" else -shift)).date()
    if isinstance(published.tz, str) and "/" in published.tz:
        import zoneinfo  # noqa: PLC0415 - reads the zone's file only when a zone is named

        try:
            return moment.astimezone(zoneinfo.ZoneInfo(published.tz)).date()
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return moment.date()
    return moment.date()


def month_value(calendar: Calendar, year: int, month: int) -> str | None:
    """Return ``2022-01``, or the days of another calendar's month ``2022-01-21/2022-02-19``.

    None for a year not believed.
    """
    first = to_date(calendar, year, month, 1)
    if first is None:
        return None
    if calendar == "gregory":
        return f"{year:04d}-{month:02d}"
    after = to_date(calendar, year + (month == 12), month % 12 + 1, 1)
    return f"{first.isoformat()}/{(after - dt.timedelta(days=1)).isoformat()}" if after else None


def year_value(calendar: Calendar, year: int) -> str | None:
    """Return ``2022``, or for another calendar the interval of its days; None for a year not believed."""
    first, after = to_date(calendar, year, 1, 1), to_date(calendar, year + 1, 1, 1)
    if calendar == "gregory":
        return f"{year:04d}" if first else None
    return f"{first.isoformat()}/{(after - dt.timedelta(days=1)).isoformat()}" if first and after else None


def nearest_day(calendar: Calendar, month: int, day: int, anchor: dt.date) -> dt.date | None:
    """Return the day of a yearless date that lies nearest to *anchor*."""
    year = _year_of(calendar, anchor)
    candidates = [date for y in (year - 1, year, year + 1) if (date := to_date(calendar, y, month, day))]
    return min(candidates, key=lambda date: abs((date - anchor).days)) if candidates else None


def nearest_month(calendar: Calendar, month: int, anchor: dt.date, *, ahead: bool) -> str | None:
    """Return the value of the last month of that name up to *anchor*, or with *ahead* the next one."""
    year = _year_of(calendar, anchor)
    for y in (year, year + 1) if ahead else (year, year - 1):
        first = to_date(calendar, y, month, 1)
        if first and ((first > anchor) if ahead else (first <= anchor)):
            return month_value(calendar, y, month)
    return None


def _year_of(calendar: Calendar, date: dt.date) -> int:
    """Return the year of a *calendar* in which a day lies; that of the Islamic one is estimated."""
    if calendar == "persian":
        return date_to_jalali(date)[0]
    if calendar == "islamic-umalqura":
        return round((date.year - 622) * 33 / 32 + (date.timetuple().tm_yday / 365))
    return date.year


def weekday_value(weekday: int, anchor: dt.date, *, ahead: bool) -> dt.date:
    """Return the last such weekday up to and with *anchor*, or with *ahead* the next one after it."""
    back = (anchor.weekday() - weekday) % 7
    return anchor + dt.timedelta(days=7 - back if ahead else -back)


def shifted(unit: str, amount: float, anchor: dt.date, calendar: Calendar) -> str | None:
    """Return ``anchor + amount units`` as a day, week, month or year; None for other units and for parts."""
    whole = int(amount)
    if unit in _UNITS_OF_A_DAY or whole != amount:
        return None
    if unit == "D":
        return (anchor + dt.timedelta(days=whole)).isoformat()
    if unit == "W":
        year, week, _ = (anchor + dt.timedelta(weeks=whole)).isocalendar()
        return f"{year}-W{week:02d}"
    year = _year_of(calendar, anchor)
    month = date_to_jalali(anchor)[1] if calendar == "persian" else anchor.month
    if unit == "M":
        months = year * 12 + month - 1 + whole
        return month_value(calendar, months // 12, months % 12 + 1)
    return year_value(calendar, year + whole) if unit == "Y" else None


def duration(unit: str, amount: float) -> str:
    """Return an amount of time in ISO 8601: ``P3D``, ``PT2H``, for two decades ``P20Y``."""
    size = amount * {"E": 10, "C": 100}.get(unit, 1)
    number = f"{size:g}"
    return (
        f"PT{number}{unit[1]}"
        if unit in _UNITS_OF_A_DAY
        else f"P{number}{'Y' if unit in {'E', 'C'} else unit}"
    )
