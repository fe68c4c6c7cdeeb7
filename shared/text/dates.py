"""Absolute dates in text: Jalali, Hijri and Gregorian, in the month names and digits of many languages.

A wrong date is worse than none, so what can be read in two ways gives nothing: 05/04/2022 on a page whose
order of day and month is not known, a day that its month does not have, a time beside a zone's short name
that two zones have.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from shared.text.calendar_words import table_language
from shared.text.calendars import Calendar
from shared.text.dates_clock import clock_near
from shared.text.dates_days import RANK, Day, days
from shared.text.dates_names import Searchable, searchable
from shared.text.dates_patterns import ANYWHERE
from shared.text.dates_zones import zone

Precision = Literal["second", "minute", "day"]

_DIGITS_OF_A_YEAR = re.compile(r"\d{4}|\d\d?[:/.-]\d")
"""What every text with a date has; looked for first, since most lines have none."""

_TWINS = re.compile(r"الموافق|موافق|برابر با|مصادف با|مطابق با|corresponding")
"""Words between a date and the same one in another calendar."""

LONGEST_LINE = 200
"""Lines up to this length are remembered with their dates: those of one host and day repeat."""


@dataclass(frozen=True, slots=True)
class DateInText:
    """A date at ``text[start:end]``; *zone* is what the text states: an IANA name, an offset or nothing."""

    start: int
    end: int
    raw: str
    local: dt.datetime
    precision: Precision
    calendar: Calendar
    zone: str
    confidence: float
    unread: Literal["", "half_day", "zone"] = ""
    """What stands beside the time and is not understood; the date is then given without its time."""


def find(text: str, *, lang: str = "") -> list[DateInText]:
    """Return the absolute dates of *text* from left to right, each with the time of day beside it.

    *lang* is the language of the page: it decides whether 05/04/2022 may be read (day first, but not in
    English).
    """
    return list(_of_line(text, lang) if len(text) <= LONGEST_LINE else _of_text(text, lang))


def parse(text: str, *, lang: str = "") -> DateInText | None:
    """Return the first date of *text*; of twins in several calendars Gregorian, then Jalali, then Hijri.

    Twins that are joined by «الموافق» or «برابر با» and differ by more than a day give None.
    """
    dates = find(text, lang=lang)
    if not dates:
        return None
    first = dates[0]
    twins = [date for date in dates if _may_be_twins(date, first)]
    if len(dates) > len(twins) and _TWINS.search(searchable(text).text):
        return None
    best = min(twins, key=lambda twin: (RANK[twin.calendar], twin.start))
    timed = next((twin for twin in twins if twin.precision != "day"), None)
    if best.precision != "day" or timed is None:
        return best
    start, end = min(best.start, timed.start), max(best.end, timed.end)
    return replace(
        best,
        start=start,
        end=end,
        raw=text[start:end],
        local=dt.datetime.combine(best.local.date(), timed.local.time()),
        precision=timed.precision,
        zone=timed.zone,
    )


def _may_be_twins(first: DateInText, second: DateInText) -> bool:
    """Tell whether two dates may be one day; a Hijri one may lie a day beside."""
    days_apart = abs((first.local.date() - second.local.date()).days)
    return days_apart <= ("islamic-umalqura" in {first.calendar, second.calendar})


def value(date: DateInText, default_zone: str) -> str:
    """Return *date* as records write it: UTC with milliseconds, or the local day without time or zone."""
    name = date.zone or default_zone
    if date.precision == "day" or not name:
        return date.local.date().isoformat()
    moment = date.local.replace(tzinfo=zone(name)).astimezone(dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _of_text(text: str, lang: str) -> tuple[DateInText, ...]:
    folded = searchable(text)
    if not _DIGITS_OF_A_YEAR.search(folded.text):
        return ()
    days_read = days(folded.text, lang) or (days(folded.text, ANYWHERE) if table_language(lang) else [])
    return tuple(_with_clock(text, folded, day, lang) for day in days_read)


_of_line = lru_cache(maxsize=2048)(_of_text)


def _with_clock(text: str, folded: Searchable, day: Day, lang: str) -> DateInText:
    """Return *day* as a date of *text*, with the time of day beside it."""
    clock = clock_near(folded.text, day.start, day.end, lang)
    start, end = day.start, day.end
    if clock:
        start, end = min(start, clock.start), max(end, clock.end)
    start, end = folded.original_span(start, end)
    date = DateInText(
        start=start,
        end=end,
        raw=text[start:end],
        local=dt.datetime.combine(day.date, dt.time()),
        precision="day",
        calendar=day.calendar,
        zone="",
        confidence=day.confidence,
        unread=clock.unread if clock else "",
    )
    if clock is None or clock.unread:
        return date
    local = dt.datetime.combine(day.date, clock.time)
    return replace(date, local=local, precision=clock.precision, zone=clock.zone)
