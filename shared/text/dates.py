"""Absolute dates in text: Jalali, Hijri and Gregorian, in the month names and digits of many languages.

A wrong date is worse than none, so what can be read in two ways gives nothing: 05/04/2022 on a page whose order of day and month
is not known, a day that its month does not have, a time beside an abbreviation of two zones.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from shared.text.calendars import YEARS, Calendar, to_date
from shared.text.dates_clock import Clock, clock_near
from shared.text.dates_names import DROPPED, FOLD, alternatives, months, squeezed, weekdays
from shared.text.dates_zones import zone

Precision = Literal["second", "minute", "day"]
_RANK: dict[Calendar, int] = {"gregory": 0, "persian": 1, "islamic-umalqura": 2}
_MONTH_FIRST = frozenset({"en", ""})
"""Languages in which a page may write the month first: there 05/04/2022 is not read."""


@dataclass(frozen=True, slots=True)
class Found:
    """A date at ``text[start:end]``: local wall time, and the zone the text states (IANA name, offset or empty)."""

    start: int
    end: int
    raw: str
    local: dt.datetime
    precision: Precision
    calendar: Calendar
    zone: str
    confidence: float


@dataclass(frozen=True, slots=True)
class _Day:
    start: int
    end: int
    date: dt.date
    calendar: Calendar
    confidence: float


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as it is searched, and for each of its characters the offset in the text as given."""

    text: str
    offsets: list[int] | None

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Return where ``text[start:end]`` stands in the text as given."""
        if self.offsets is None or start >= end:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1


def fold(text: str) -> Folded:
    """Return *text* with ASCII digits, one letter per sound-alike and without marks."""
    if not DROPPED.search(text):
        return Folded(text.translate(FOLD), None)
    offsets = [i for i, char in enumerate(text) if not DROPPED.match(char)]
    return Folded("".join(text[i] for i in offsets).translate(FOLD), offsets)


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    name = alternatives(months())
    year = r"(?:سال\s+|عام\s+|سنه\s+|لعام\s+|لسنه\s+)?(?P<year>\d{4})(?!\d|[-/.:]\d)"
    twin = rf"(?:\s?[/(،-]\s?(?P<twin>{name})\s?\)?)?"
    ordinal = r"(?:st|nd|rd|th|er|\.|º|ی|ام|م)?"
    join = r"\s*(?:(?:of|de|من|[-/،,])\s*)?(?:شهر\s+|ماه\s+)?"
    before = r"(?<![\d:])(?<!\d[-/.])"
    return {
        "day name year": re.compile(
            rf"{before}(?P<day>\d{{1,2}}){ordinal}{join}(?P<name>{name})\.?{twin}\s*(?:ماه\s*)?(?:del?\s+)?[,،/-]?\s*{year}"
        ),
        "name day year": re.compile(rf"(?<!\w)(?P<name>{name})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s*[,،]?\s+{year}"),
        "cjk": re.compile(r"(?<!\d)(?P<year>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일]"),
        "year first": re.compile(
            r"(?<![\d:])(?<!\d[-/.])(?P<year>\d{4})(?P<sep>\s?[-/.]\s?)(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})(?![-/.]?\d)"
        ),
        "year last": re.compile(
            r"(?<![\d:])(?<!\d[-/.])(?P<a>\d{1,2})(?P<sep>\s?[-/.]\s?)(?P<b>\d{1,2})(?P=sep)(?P<year>\d{4})(?![-/.]?\d)"
        ),
        "compact": re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)t?(?=t\d{4}|$)"),
        "weekday": re.compile(rf"(?:(?<=\W)|^)(?P<weekday>{alternatives(weekdays())})\s?(?:مورخ\s|الموافق\s)?[،,:.]?\s?-?\s?$"),
        "era": re.compile(r"\s?(?P<era>ه\.?\s?ق|هجری قمری|قمری|ه\.?\s?ش|هجری شمسی|شمسی|خورشیدی|هجریا?|ه|ah|م|میلادی)(?!\w)"),
    }


_ERAS: dict[str, Calendar] = {
    "ه": "islamic-umalqura", "ah": "islamic-umalqura", "قمری": "islamic-umalqura", "هجری": "islamic-umalqura",
    "شمسی": "persian", "خورشیدی": "persian", "م": "gregory", "میلادی": "gregory",
}  # fmt: skip


def _era(text: str, at: int) -> Calendar | None:
    """Return the calendar that an era mark after a date states."""
    found = _patterns()["era"].match(text, at)
    if not found:
        return None
    mark = squeezed(found["era"]).replace(".", "")
    if mark in {"هق", "هجریقمری", "هجریا"}:
        return "islamic-umalqura"
    if mark in {"هش", "هجریشمسی"}:
        return "persian"
    return _ERAS[mark]


def _named(text: str, found: re.Match[str]) -> _Day | None:
    """Read a named month: the year decides which calendar the name belongs to; two names of a month must agree."""
    table = _squeezed_months()
    meanings = table[squeezed(found["name"])]
    twin = found.groupdict().get("twin")
    if twin:
        other = table[squeezed(twin)]
        meanings = tuple(m for m in meanings if m in other)
    era = _era(text, found.end())
    for calendar, month in meanings:
        date = to_date(calendar, int(found["year"]), month, int(found["day"]))
        if date and (era in (None, calendar) or (era == "islamic-umalqura" and calendar == "persian")):
            return _Day(found.start(), found.end(), date, calendar, 0.99)
    return None


@cache
def _squeezed_months() -> dict[str, tuple[tuple[Calendar, int], ...]]:
    return {squeezed(name): meanings for name, meanings in months().items()}


def _numeric_calendar(text: str, at: int, year: int) -> Calendar | None:
    """Digits only: an era mark decides, else 1300-1450 is Jalali and 1900-2100 Gregorian."""
    era = _era(text, at)
    if era == "islamic-umalqura" and year in YEARS[era]:
        return era
    calendar: Calendar | None = next((c for c in ("persian", "gregory") if year in YEARS[c]), None)
    return None if era and era != calendar else calendar


def _year_first(text: str, found: re.Match[str]) -> _Day | None:
    year = int(found["year"])
    calendar = _numeric_calendar(text, found.end(), year)
    date = to_date(calendar, year, int(found["month"]), int(found["day"])) if calendar else None
    return _Day(found.start(), found.end(), date, calendar, 0.97) if calendar and date else None


def _year_last(text: str, found: re.Match[str], lang: str) -> _Day | None:
    """Day first; month first only where the numbers allow nothing else, or the weekday before it says so."""
    year, a, b = int(found["year"]), int(found["a"]), int(found["b"])
    calendar = _numeric_calendar(text, found.end(), year)
    if calendar is None:
        return None
    day_first, month_first = to_date(calendar, year, b, a), to_date(calendar, year, a, b)
    if calendar != "gregory" or "." in found["sep"]:
        month_first = None
    if day_first and month_first and a != b:
        named = _weekday_before(text, found.start())
        if named is not None:
            fitting = [d for d in (day_first, month_first) if d.weekday() == named]
            return _Day(found.start(), found.end(), fitting[0], calendar, 0.97) if len(fitting) == 1 else None
        if lang in _MONTH_FIRST:
            return None
    date = day_first or month_first
    return _Day(found.start(), found.end(), date, calendar, 0.95) if date else None


def _weekday_before(text: str, at: int) -> int | None:
    found = _patterns()["weekday"].search(text, max(0, at - 24), at)
    return _squeezed_weekdays()[squeezed(found["weekday"])] if found else None


@cache
def _squeezed_weekdays() -> dict[str, int]:
    return {squeezed(name): number for name, number in weekdays().items()}


def _against_weekday(text: str, day: _Day) -> _Day:
    """Hold a date against the weekday before it, which corrects a Hijri day by one and lowers the confidence in any other."""
    named = _weekday_before(text, day.start)
    if named is None or named == day.date.weekday():
        return day
    if day.calendar == "islamic-umalqura":
        for shift in (-1, 1):
            moved = day.date + dt.timedelta(days=shift)
            if moved.weekday() == named:
                return replace(day, date=moved)
    return replace(day, confidence=0.6)


def _days(text: str, lang: str) -> list[_Day]:
    patterns = _patterns()
    out: list[_Day | None] = [_named(text, m) for kind in ("day name year", "name day year") for m in patterns[kind].finditer(text)]
    out += [_year_first(text, m) for kind in ("cjk", "year first", "compact") for m in patterns[kind].finditer(text)]
    out += [_year_last(text, m, lang) for m in patterns["year last"].finditer(text)]
    return sorted((_against_weekday(text, day) for day in out if day), key=lambda day: (day.start, _RANK[day.calendar]))


_DIGITS_OF_A_YEAR = re.compile(r"\d{4}|\d\d?[:/.-]\d")


def find(text: str, *, lang: str = "") -> list[Found]:
    """Return the absolute dates of *text* from left to right, each with the time of day that stands beside it.

    *lang* is the language of the page: it decides whether 05/04/2022 may be read (day first, but not in English).
    """
    folded = fold(text)
    if not _DIGITS_OF_A_YEAR.search(folded.text):
        return []
    return [_with_clock(text, folded, day) for day in _days(folded.text, lang)]


def _with_clock(text: str, folded: Folded, day: _Day) -> Found:
    clock: Clock | None = clock_near(folded.text, day.start, day.end)
    start, end = day.start, day.end
    at = dt.time()
    precision: Precision = "day"
    if clock:
        start, end = min(start, clock.start), max(end, clock.end)
        at, precision = clock.time, clock.precision
    start, end = folded.back(start, end)
    local = dt.datetime.combine(day.date, at)
    return Found(start, end, text[start:end], local, precision, day.calendar, clock.zone if clock else "", day.confidence)


_TWINS = re.compile(r"الموافق|موافق|برابر با|مصادف با|مطابق با|corresponding")


def parse(text: str, *, lang: str = "") -> Found | None:
    """Return the first date of *text*; of twins in several calendars the Gregorian one, then Jalali, then Hijri.

    Twins that are joined by «الموافق» or «برابر با» and differ by more than a day give None.
    """
    found = find(text, lang=lang)
    if not found:
        return None
    first = found[0]
    twins = [f for f in found if abs((f.local.date() - first.local.date()).days) <= ("islamic-umalqura" in {f.calendar, first.calendar})]
    if len(found) > len(twins) and _TWINS.search(fold(text).text):
        return None
    best = min(twins, key=lambda f: (_RANK[f.calendar], f.start))
    timed = next((f for f in twins if f.precision != "day"), None)
    if best.precision == "day" and timed:
        start, end = min(best.start, timed.start), max(best.end, timed.end)
        local = dt.datetime.combine(best.local.date(), timed.local.time())
        best = replace(best, start=start, end=end, raw=text[start:end], local=local, precision=timed.precision, zone=timed.zone)
    return best


def value(found: Found, default_zone: str) -> str:
    """Return the date as the record writes it: UTC with milliseconds, or the local day when time or zone are not known."""
    name = found.zone or default_zone
    if found.precision == "day" or not name:
        return found.local.date().isoformat()
    moment = found.local.replace(tzinfo=zone(name)).astimezone(dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
