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

from shared.text.calendar_words import collisions, own, words_of
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

_NAMED = ("day name year", "word name year", "name day year", "year name day", "year day name")

_DIGITS_OF_A_YEAR = re.compile(r"\d{4}|\d\d?[:/.-]\d")

_TWINS = re.compile(r"الموافق|موافق|برابر با|مصادف با|مطابق با|corresponding")

LONGEST_LINE = 200
"""Lines up to this length are remembered: those of a day and of a host say the same dates."""


@dataclass(frozen=True, slots=True)
class Found:
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
    """What stands beside the time and is not understood: then the day alone is given."""


@dataclass(frozen=True, slots=True)
class Searchable:
    """A text as it is searched, and for each of its characters the offset in the text as given."""

    text: str
    offsets: list[int] | None

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Return where ``text[start:end]`` stands in the text as given."""
        if self.offsets is None or start >= end:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1


def searchable(text: str) -> Searchable:
    """Return *text* with ASCII digits, one letter per sound-alike and without marks."""
    if not DROPPED.search(text):
        return Searchable(text.translate(FOLD), None)
    offsets = [i for i, char in enumerate(text) if not DROPPED.match(char)]
    return Searchable("".join(text[i] for i in offsets).translate(FOLD), offsets)


def find(text: str, *, lang: str = "") -> list[Found]:
    """Return the absolute dates of *text* from left to right, each with the time of day beside it.

    *lang* is the language of the page: it decides whether 05/04/2022 may be read (day first, but not in
    English).
    """
    return list(_of_line(text, lang) if len(text) <= LONGEST_LINE else _of_text(text, lang))


def parse(text: str, *, lang: str = "") -> Found | None:
    """Return the first date of *text*; of twins in several calendars Gregorian, then Jalali, then Hijri.

    Twins that are joined by «الموافق» or «برابر با» and differ by more than a day give None.
    """
    found = find(text, lang=lang)
    if not found:
        return None
    first = found[0]
    twins = [
        f
        for f in found
        if abs((f.local.date() - first.local.date()).days)
        <= ("islamic-umalqura" in {f.calendar, first.calendar})
    ]
    if len(found) > len(twins) and _TWINS.search(searchable(text).text):
        return None
    best = min(twins, key=lambda f: (_RANK[f.calendar], f.start))
    timed = next((f for f in twins if f.precision != "day"), None)
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


def value(found: Found, default_zone: str) -> str:
    """Return the date as records write it: UTC with milliseconds, or the local day without time or zone."""
    name = found.zone or default_zone
    if found.precision == "day" or not name:
        return found.local.date().isoformat()
    moment = found.local.replace(tzinfo=zone(name)).astimezone(dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@dataclass(frozen=True, slots=True)
class _Day:
    start: int
    end: int
    date: dt.date
    calendar: Calendar
    confidence: float


def _era(text: str, at: int) -> Calendar | None:
    """Return the calendar that an era mark after a date states."""
    found = patterns("")["era"].match(text, at)
    if not found:
        return None
    mark = squeezed(found["era"]).replace(".", "")
    if mark in {"هق", "هجریقمری", "هجریا"}:
        return "islamic-umalqura"
    if mark in {"هش", "هجریشمسی"}:
        return "persian"
    return _ERAS[mark]


def _named(text: str, found: re.Match[str], lang: str) -> _Day | None:
    """Read a named month: the year decides the calendar; two names of a month must agree."""
    table = tables(lang).months
    name = squeezed(found["name"])
    if not own(lang) and not _stands_for_itself(text, found, name, lang):
        return None
    meanings = table[name]
    parts = found.groupdict()
    twin = parts.get("twin")
    if twin:
        other = table[squeezed(twin)]
        meanings = tuple(m for m in meanings if m in other)
    era = _era(text, found.end())
    if parts.get("word") and _ends_a_month(text, found, lang):
        return None
    number = int(parts["day"]) if parts.get("day") else tables(lang).days[squeezed(parts["word"] or "")]
    for calendar, month in meanings:
        date = to_date(calendar, int(found["year"]), month, number)
        if date and (era in (None, calendar) or (era == "islamic-umalqura" and calendar == "persian")):
            return _Day(found.start(), found.end(), date, calendar, 0.99)
    return None


def _stands_for_itself(text: str, found: re.Match[str], name: str, lang: str) -> bool:
    """Whether a month of perhaps another language is a month here.

    It may be an ending («مه» of a Pashto number) or a word («out 27, 2022»).
    """
    at = found.start("name")
    glued = at > 0 and text[at - 1].isdigit()
    if len(name) <= 2 and (glued or lang == ANYWHERE):
        return False
    behind = found.groupdict().get("day") and at < found.start("day")
    return not behind or name in words_of("en").months or name not in collisions()["months"]


def _ends_a_month(text: str, found: re.Match[str], lang: str) -> bool:
    """Whether the ordinal is the second part of a month's name: «كانون الثاني/فبراير 2022»."""
    before = text[: found.start()].split()
    return bool(before) and squeezed(before[-1] + found["word"]) in tables(lang).months


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
        named = _weekday_before(text, found.start(), lang)
        if named is not None:
            fitting = [d for d in (day_first, month_first) if d.weekday() == named]
            return _Day(found.start(), found.end(), fitting[0], calendar, 0.97) if len(fitting) == 1 else None
        if lang in _MONTH_FIRST:
            return None
    date = day_first or month_first
    return _Day(found.start(), found.end(), date, calendar, 0.95) if date else None


def _weekday_before(text: str, at: int, lang: str) -> int | None:
    found = patterns(lang)["weekday"].search(text, max(0, at - 24), at)
    return tables(lang).weekdays[squeezed(found["weekday"])] if found else None


def _against_weekday(text: str, day: _Day, lang: str) -> _Day:
    """Hold a date against the weekday before it.

    That corrects a Hijri day by one and lowers the confidence in any other.
    """
    named = _weekday_before(text, day.start, lang)
    if named is None or named == day.date.weekday():
        return day
    if day.calendar == "islamic-umalqura":
        for shift in (-1, 1):
            moved = day.date + dt.timedelta(days=shift)
            if moved.weekday() == named:
                return replace(day, date=moved)
    return replace(day, confidence=0.6)


def _days(text: str, lang: str) -> list[_Day]:
    finders = patterns(lang)
    out: list[_Day | None] = [_named(text, m, lang) for kind in _NAMED for m in finders[kind].finditer(text)]
    if lang != ANYWHERE:
        out += [
            _year_first(text, m)
            for kind in ("cjk", "year first", "compact")
            for m in finders[kind].finditer(text)
        ]
        out += [_year_last(text, m, lang) for m in finders["year last"].finditer(text)]
    found = sorted(
        (_against_weekday(text, day, lang) for day in out if day),
        key=lambda day: (day.start, -day.end, _RANK[day.calendar]),
    )
    return _apart(found)


def _apart(days: list[_Day]) -> list[_Day]:
    """Return *days* without those that share characters with an earlier or longer one."""
    kept: list[_Day] = []
    for day in days:
        if not kept or day.start >= kept[-1].end:
            kept.append(day)
    return kept


def _of_text(text: str, lang: str) -> tuple[Found, ...]:
    folded = searchable(text)
    if not _DIGITS_OF_A_YEAR.search(folded.text):
        return ()
    days = _days(folded.text, lang) or (_days(folded.text, ANYWHERE) if own(lang) else [])
    return tuple(_with_clock(text, folded, day, lang) for day in days)


_of_line = lru_cache(maxsize=2048)(_of_text)


def _with_clock(text: str, folded: Searchable, day: _Day, lang: str) -> Found:
    clock: Clock | None = clock_near(folded.text, day.start, day.end, lang)
    start, end = day.start, day.end
    at = dt.time()
    precision: Precision = "day"
    if clock:
        start, end = min(start, clock.start), max(end, clock.end)
    if clock and not clock.unread:
        at, precision = clock.time, clock.precision
    start, end = folded.back(start, end)
    local = dt.datetime.combine(day.date, at)
    zone_name = clock.zone if clock and not clock.unread else ""
    return Found(
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
