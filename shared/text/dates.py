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

from shared.text.calendar_words import collisions, table_language, words_of
from shared.text.calendars import YEARS, Calendar, to_date
from shared.text.dates_clock import Clock, clock_near
from shared.text.dates_names import DROPPED, FOLD, squeezed
from shared.text.dates_patterns import ANYWHERE, patterns, tables
from shared.text.dates_zones import zone

Precision = Literal["second", "minute", "day"]

_RANK: dict[Calendar, int] = {"gregory": 0, "persian": 1, "islamic-umalqura": 2}

_MONTH_FIRST = frozenset({"en", ""})
"""Languages in which a page may write the month first: there 05/04/2022 is not read."""

_ERAS: dict[str, Calendar] = {
    "ه": "islamic-umalqura", "ah": "islamic-umalqura", "قمری": "islamic-umalqura", "هجری": "islamic-umalqura",
    "شمسی": "persian", "خورشیدی": "persian", "م": "gregory", "میلادی": "gregory", "ء": "gregory", "عیسوی": "gregory",
}  # fmt: skip

_NAMED_FORMS = ("day name year", "word name year", "name day year", "year name day", "year day name")

_DIGITS_OF_A_YEAR = re.compile(r"\d{4}|\d\d?[:/.-]\d")

_TWINS = re.compile(r"الموافق|موافق|برابر با|مصادف با|مطابق با|corresponding")

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


@dataclass(frozen=True, slots=True)
class Searchable:
    """A folded text to search, and for each of its characters the offset in the original text."""

    text: str
    offsets: list[int] | None

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return where ``text[start:end]`` stands in the original text."""
        if self.offsets is None or start >= end:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1


def searchable(text: str) -> Searchable:
    """Return *text* with ASCII digits, one letter per sound-alike and without marks."""
    if not DROPPED.search(text):
        return Searchable(text.translate(FOLD), None)
    offsets = [i for i, char in enumerate(text) if not DROPPED.match(char)]
    return Searchable("".join(text[i] for i in offsets).translate(FOLD), offsets)


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
    twins = [
        date
        for date in dates
        if abs((date.local.date() - first.local.date()).days)
        <= ("islamic-umalqura" in {date.calendar, first.calendar})
    ]
    if len(dates) > len(twins) and _TWINS.search(searchable(text).text):
        return None
    best = min(twins, key=lambda twin: (_RANK[twin.calendar], twin.start))
    timed = next((twin for twin in twins if twin.precision != "day"), None)
    if best.precision == "day" and timed:
        start, end = min(best.start, timed.start), max(best.end, timed.end)
        local = dt.datetime.combine(best.local.date(), timed.local.time())
        best = replace(
            best,
            start=start,
            end=end,
            raw=text[start:end],
            local=local,
            precision=timed.precision,
            zone=timed.zone,
        )
    return best


def value(date: DateInText, default_zone: str) -> str:
    """Return *date* as records write it: UTC with milliseconds, or the local day without time or zone."""
    name = date.zone or default_zone
    if date.precision == "day" or not name:
        return date.local.date().isoformat()
    moment = date.local.replace(tzinfo=zone(name)).astimezone(dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@dataclass(frozen=True, slots=True)
class _Day:
    start: int
    end: int
    date: dt.date
    calendar: Calendar
    confidence: float


def _era(text: str, start: int) -> Calendar | None:
    """Return the calendar that an era mark after a date states."""
    match = patterns("")["era"].match(text, start)
    if not match:
        return None
    mark = squeezed(match["era"]).replace(".", "")
    if mark in {"هق", "هجریقمری", "هجریا"}:
        return "islamic-umalqura"
    if mark in {"هش", "هجریشمسی"}:
        return "persian"
    return _ERAS[mark]


def _day_of_named_month(text: str, match: re.Match[str], lang: str) -> _Day | None:
    """Read a named month: the year decides the calendar; two names of a month must agree."""
    table = tables(lang).months
    name = squeezed(match["name"])
    if not table_language(lang) and not _stands_for_itself(text, match, name, lang):
        return None
    meanings = table[name]
    parts = match.groupdict()
    twin = parts.get("twin")
    if twin:
        other = table[squeezed(twin)]
        meanings = tuple(m for m in meanings if m in other)
    era = _era(text, match.end())
    if parts.get("word") and _ends_a_month(text, match, lang):
        return None
    number = int(parts["day"]) if parts.get("day") else tables(lang).days[squeezed(parts["word"] or "")]
    for calendar, month in meanings:
        date = to_date(calendar, int(match["year"]), month, number)
        if date and (era in (None, calendar) or (era == "islamic-umalqura" and calendar == "persian")):
            return _Day(match.start(), match.end(), date, calendar, 0.99)
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


def _numeric_calendar(text: str, end: int, year: int) -> Calendar | None:
    """Return the calendar of a date in digits: the era mark decides, else the year (1300-1450 is Jalali)."""
    era = _era(text, end)
    if era == "islamic-umalqura" and year in YEARS[era]:
        return era
    calendar: Calendar | None = next((c for c in ("persian", "gregory") if year in YEARS[c]), None)
    return None if era and era != calendar else calendar


def _year_first(text: str, match: re.Match[str]) -> _Day | None:
    year = int(match["year"])
    calendar = _numeric_calendar(text, match.end(), year)
    date = to_date(calendar, year, int(match["month"]), int(match["day"])) if calendar else None
    return _Day(match.start(), match.end(), date, calendar, 0.97) if calendar and date else None


def _year_last(text: str, match: re.Match[str], lang: str) -> _Day | None:
    """Read the day first; the month only where the numbers or the weekday before them allow nothing else."""
    year, a, b = int(match["year"]), int(match["a"]), int(match["b"])
    calendar = _numeric_calendar(text, match.end(), year)
    if calendar is None:
        return None
    day_first, month_first = to_date(calendar, year, b, a), to_date(calendar, year, a, b)
    if calendar != "gregory" or "." in match["sep"]:
        month_first = None
    if day_first and month_first and a != b:
        weekday = _weekday_before(text, match.start(), lang)
        if weekday is not None:
            fitting = [d for d in (day_first, month_first) if d.weekday() == weekday]
            return _Day(match.start(), match.end(), fitting[0], calendar, 0.97) if len(fitting) == 1 else None
        if lang in _MONTH_FIRST:
            return None
    date = day_first or month_first
    return _Day(match.start(), match.end(), date, calendar, 0.95) if date else None


def _weekday_before(text: str, end: int, lang: str) -> int | None:
    match = patterns(lang)["weekday"].search(text, max(0, end - 24), end)
    return tables(lang).weekdays[squeezed(match["weekday"])] if match else None


def _checked_by_weekday(text: str, day: _Day, lang: str) -> _Day:
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


def _days(text: str, lang: str) -> list[_Day]:
    finders = patterns(lang)
    readings: list[_Day | None] = [
        _day_of_named_month(text, match, lang)
        for kind in _NAMED_FORMS
        for match in finders[kind].finditer(text)
    ]
    if lang != ANYWHERE:
        readings += [
            _year_first(text, match)
            for kind in ("cjk", "year first", "compact")
            for match in finders[kind].finditer(text)
        ]
        readings += [_year_last(text, match, lang) for match in finders["year last"].finditer(text)]
    days = sorted(
        (_checked_by_weekday(text, day, lang) for day in readings if day),
        key=lambda day: (day.start, -day.end, _RANK[day.calendar]),
    )
    return _without_overlaps(days)


def _without_overlaps(days: list[_Day]) -> list[_Day]:
    """Return *days* without those that share characters with an earlier or longer one."""
    kept: list[_Day] = []
    for day in days:
        if not kept or day.start >= kept[-1].end:
            kept.append(day)
    return kept


def _of_text(text: str, lang: str) -> tuple[DateInText, ...]:
    folded = searchable(text)
    if not _DIGITS_OF_A_YEAR.search(folded.text):
        return ()
    days = _days(folded.text, lang) or (_days(folded.text, ANYWHERE) if table_language(lang) else [])
    return tuple(_with_clock(text, folded, day, lang) for day in days)


_of_line = lru_cache(maxsize=2048)(_of_text)


def _with_clock(text: str, folded: Searchable, day: _Day, lang: str) -> DateInText:
    clock: Clock | None = clock_near(folded.text, day.start, day.end, lang)
    start, end = day.start, day.end
    time = dt.time()
    precision: Precision = "day"
    if clock:
        start, end = min(start, clock.start), max(end, clock.end)
    if clock and not clock.unread:
        time, precision = clock.time, clock.precision
    start, end = folded.original_span(start, end)
    local = dt.datetime.combine(day.date, time)
    zone_name = clock.zone if clock and not clock.unread else ""
    return DateInText(
        start,
        end,
        text[start:end],
        local,
        precision,
        day.calendar,
        zone_name,
        day.confidence,
        clock.unread if clock else "",
    )
