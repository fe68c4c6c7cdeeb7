"""Expressions of time with their value in ISO 8601: dates in three calendars, weekdays, «دیروز», durations, hours, repetitions.

A wrong year is worse than none: what the words leave open is resolved against the day of publication and says so (``anchor``), and
without one keeps its gap (``XXXX-01-27``) or has no value.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

from services.extract.amounts import amount_at, phrases, table
from services.extract.cues import Phrases, keys
from services.extract.name import Words
from services.extract.when import day_of, duration, month_value, nearest_day, nearest_month, shifted, weekday_value, year_value
from shared.records import DateValue, TimeExpression
from shared.text import dates
from shared.text.calendars import YEARS, Calendar
from shared.text.dates_names import months, weekdays
from shared.text.stems import readings
from shared.text.tokens import fold

Kind = Literal["DATE", "TIME", "DURATION", "SET"]
Anchor = Literal["published", "fetched", "text", "none"]
SURE, ANCHORED, LOOSE = 0.97, 0.85, 0.6
_DOUBTFUL_MONTHS = frozenset(
    fold(name)
    for name in [
        "may",
        "mar",
        "march",
        "dec",
        "sept",
        "jan",
        "mai",
        "juin",
        "avril",
        "mart",
        "ocak",
        "temmuz",
        "might",
        "مه",
        "می",
        "ماي",
        "آب",
        "مهر",
        "تیر",
        "دی",
        "آبان",
        "آذر",
        "صفر",
        "رجب",
        "اسد",
        "جدی",
        "دلو",
        "حوت",
        "ثور",
        "جوزا",
        "سرطان",
        "سنبله",
        "میزان",
        "عقرب",
        "قوس",
        "حمل",
        "کب",
        "مئی",
        "اوت",
        "أوت",
        "جوان",
        "جون",
        "محرم",
        "شعبان",
    ]
)
"""Month names that are other words too: alone they count only beside «ماه», «شهر» or a day."""


class _Finder:
    def __init__(self, words: Words, published: DateValue | None) -> None:
        self.words = words
        self.today = day_of(published)
        self.found: list[TimeExpression] = []
        self.taken: list[tuple[int, int]] = []
        self.home: Calendar = "persian" if words.lang in {"fa", "fa-AF"} else "gregory"

    def add(self, first: int, last: int, kind: Kind, value: str | None, calendar: Calendar, anchor: Anchor, sure: float) -> None:  # noqa: PLR0913, PLR0917 - one row
        start, end = self.words.tokens[first].start, self.words.tokens[last - 1].end
        self.place(start, end, kind, value, calendar, anchor, sure)

    def place(self, start: int, end: int, kind: Kind, value: str | None, calendar: Calendar, anchor: Anchor, sure: float) -> None:  # noqa: PLR0913, PLR0917 - one row
        if any(a < end and start < b for a, b in self.taken):
            return
        self.taken.append((start, end))
        self.found.append(TimeExpression(start=start, end=end, type=kind, value=value, calendar=calendar, anchor=anchor, confidence=sure))

    def free(self, i: int) -> bool:
        token = self.words.tokens[i]
        return not any(a < token.end and token.start < b for a, b in self.taken)


def times(words: Words, published: DateValue | None) -> list[TimeExpression]:
    """Return the expressions of time in order, not overlapping; *published* resolves what is relative."""
    finder = _Finder(words, published)
    _absolute(finder)
    for rule in (_day_and_month, _month_and_year, _amounts_of_time, _single, _relative_days, _weekday, _clock, _months, _years, _sets):
        rule(finder)
    return sorted(finder.found, key=lambda time: time.start)


def _absolute(finder: _Finder) -> None:
    for found in dates.find(finder.words.text, lang=finder.words.lang):
        if found.confidence < LOOSE:
            continue
        if found.precision == "day":
            finder.place(found.start, found.end, "DATE", found.local.date().isoformat(), found.calendar, "text", found.confidence)
        else:
            value = (
                dates.value(found, "")
                if found.zone
                else found.local.isoformat(timespec="minutes" if found.precision == "minute" else "seconds")
            )
            finder.place(found.start, found.end, "TIME", value, found.calendar, "text", found.confidence)


@cache
def _month_phrases() -> Phrases:
    return Phrases({tuple(fold(part) for part in name.split("_")): name for name in months()})


@cache
def _weekday_phrases(lang: str) -> Phrases:
    found = {}
    for name, number in weekdays().items():
        key = tuple(fold(part) for part in name.split("_"))
        if len("".join(key)) > 3 or name in {"جمعه", "شنبه", "پیر"}:
            found[key] = str(number)
    extra = {"سه‌شنبه": 1, "سه شنبه": 1, "پنج‌شنبه": 3, "پنج شنبه": 3, "چهار شنبه": 2, "یک‌شنبه": 6, "یک شنبه": 6, "دو شنبه": 0}
    for name, number in extra.items() if lang == "fa" else ():
        for key in keys(name):
            found[key] = str(number)
    return Phrases(found)


def _month_at(words: Words, i: int) -> tuple[int, str] | None:
    """Return length and name of the month at *i*; an Arabic one may carry و ب ل."""
    if i >= len(words.tokens):
        return None
    hit = _month_phrases().at(words.keys, i)
    if hit is None and words.lang == "ar":
        for _, form, _ in readings(words.keys[i], "ar")[1:]:
            hit = hit or _month_phrases().at([form, *words.keys[i + 1 : i + 2]], 0)
    if hit and words.keys[i].isascii() and not words.tokens[i].text[0].isupper() and words.lang == "en":
        return None
    if hit and not _of_script(words.keys[i], words.lang):
        return None
    return hit


def _of_script(key: str, lang: str) -> bool:
    return key.isascii() == (lang not in {"fa", "ar", "ckb", "ur", "ps"}) or not key.isascii()


def _calendars(name: str, lang: str, year: int | None = None) -> list[tuple[Calendar, int]]:
    meanings = list(months()[name])
    if year is not None:
        return [(calendar, month) for calendar, month in meanings if year in YEARS[calendar]]
    first: Calendar = "persian" if lang == "fa" else "gregory"
    return sorted(meanings, key=lambda meaning: meaning[0] != first)


def _day_and_month(finder: _Finder) -> None:
    """۲۲ بهمن, 27 يناير, January 27: the nearest such day to publication, or ``XXXX-01-27``."""
    words = finder.words
    for i in range(len(words.tokens)):
        if not finder.free(i):
            continue
        hit = _month_at(words, i)
        if hit is None:
            continue
        day = _day_beside(words, i, i + hit[0])
        if day is None:
            continue
        first, last, number = day
        options = _calendars(hit[1], words.lang)
        if not options:
            continue
        calendar, month = options[0]
        if not 1 <= number <= (29 if calendar == "gregory" and month == 2 else 31):
            continue
        if finder.today:
            date = nearest_day(calendar, month, number, finder.today)
            if date:
                finder.add(first, last, "DATE", date.isoformat(), calendar, "published", ANCHORED)
        else:
            value = f"XXXX-{month:02d}-{number:02d}" if calendar == "gregory" else None
            finder.add(first, last, "DATE", value, calendar, "none", LOOSE)


def _day_beside(words: Words, first: int, last: int) -> tuple[int, int, int] | None:
    """Return the tokens and the number of the day that stands before a month name, or after it in English."""
    back = first - 1
    while back >= 0 and words.keys[back] in {"ماه", "من", "of", "شهر", "-", "de", ".", "st", "nd", "rd", "th"} and first - back <= 2:
        back -= 1
    if back >= 0 and words.same_sentence(back, first):
        number = _small(words, back)
        if number:
            return back, last, number
        spelled = _spelled_day(words, back, first)
        if spelled:
            return spelled[0], last, spelled[1]
    if words.lang == "en" and words.same_sentence(first, last) and last < len(words.tokens):
        number = _small(words, last)
        follows = words.keys[last + 1] if words.same_sentence(first, last + 1) else ""
        if number and not follows.startswith(("percent", "%", ":")):
            ends = last + 1 + (follows in {"st", "nd", "rd", "th"})
            return first, ends, number
    return None


def _small(words: Words, i: int) -> int:
    text = words.keys[i]
    alone = not (i and words.tokens[i - 1].text in "./:-" and words.tokens[i - 1].end == words.tokens[i].start)
    return int(text) if text.isdigit() and len(text) <= 2 and 1 <= int(text) <= 31 and alone else 0


def _spelled_day(words: Words, back: int, first: int) -> tuple[int, int] | None:
    named = phrases("times", "ordinal_days", words.lang) if words.lang in table("times")["ordinal_days"] else None
    for start in range(max(0, back - 2), back + 1):
        hit = named.at(words.keys, start) if named else None
        if hit and start + hit[0] == back + 1:
            return start, int(hit[1])
        amount = amount_at(words, start) if words.same_sentence(start, back) else None
        if amount and amount.words and amount.last == first and 1 <= amount.value <= 31 and amount.value == int(amount.value):
            return start, int(amount.value)
    return None


def _month_and_year(finder: _Finder) -> None:
    """بهمن ۱۴۰۰, يناير 2022, December 2021."""
    words = finder.words
    for i in range(len(words.tokens)):
        hit = _month_at(words, i) if finder.free(i) else None
        if hit is None:
            continue
        at = i + hit[0]
        while (
            words.same_sentence(i, at)
            and (words.keys[at] in {"ماه", "سال", "عام", "من", "لعام", ",", "،", "سنه", "of", "/"} or _month_at(words, at))
            and at - i < 6
        ):
            at += 1
        year = _year_at(words, at)
        if year is None or not finder.free(at) or (words.same_sentence(i - 1, i) and words.keys[i - 1].isdigit()):
            continue
        for calendar, month in _calendars(hit[1], words.lang, year):
            first = i - (i > 0 and words.keys[i - 1] in {"ماه", "شهر"} and words.same_sentence(i - 1, i))
            finder.add(first, at + 1, "DATE", month_value(calendar, year, month), calendar, "text", SURE)
            break


def _year_at(words: Words, i: int) -> int | None:
    if i >= len(words.tokens) or len(words.keys[i]) != 4 or not words.keys[i].isdigit():
        return None
    year = int(words.keys[i])
    after = words.tokens[i + 1] if i + 1 < len(words.tokens) else None
    if (
        after
        and after.start == words.tokens[i].end
        and after.text in ".,٫:"
        and i + 2 < len(words.tokens)
        and words.tokens[i + 2].start == after.end
    ):
        return None
    return year if any(year in YEARS[calendar] for calendar in YEARS) else None


def _months(finder: _Finder) -> None:
    """در ماه دسامبر, في ديسمبر, last December: the last one before publication."""
    words = finder.words
    cues_ = phrases("times", "month_cues", words.lang)
    for i in range(len(words.tokens)):
        hit = _month_at(words, i) if finder.free(i) else None
        if hit is None:
            continue
        before = words.keys[i - 1] if words.same_sentence(i - 1, i) else ""
        after = words.keys[i + hit[0]] if words.same_sentence(i, i + hit[0]) else ""
        named = before in {"ماه", "شهر"} or after == "ماه"
        clitic = words.lang == "ar" and hit[0] == 1 and fold(hit[1]) != words.keys[i]
        if not (
            named
            or ((before in cues_ or clitic) and words.keys[i] not in _DOUBTFUL_MONTHS)
            or (words.lang == "en" and before in {"in", "since", "last", "next", "until"})
        ):
            continue
        calendar, month = _calendars(hit[1], words.lang)[0]
        ahead = before in phrases("times", "next", words.lang) or after in phrases("times", "next", words.lang)
        value = (
            nearest_month(calendar, month, finder.today, ahead=ahead)
            if finder.today
            else f"XXXX-{month:02d}"
            if calendar == "gregory"
            else None
        )
        first = i - (before in {"ماه", "شهر"} or (words.lang == "en" and before in {"last", "next"}))
        last = i + hit[0] + (after == "ماه")
        finder.add(first, last, "DATE", value, calendar, "published" if finder.today else "none", ANCHORED if finder.today else LOOSE)


def _years(finder: _Finder) -> None:
    """سال ۱۴۰۰, عام 2022, in 2022: digits of a year after a word of years."""
    words = finder.words
    listed = phrases("times", "year_cues", words.lang)
    for i in range(len(words.tokens)):
        year = _year_at(words, i) if finder.free(i) else None
        if year is None or not words.same_sentence(i - 1, i):
            continue
        before = words.keys[i - 1]
        hyphen = before in {"-", "–", "و", "تا", "and", "الی", "الى"} and i > 1 and _year_at(words, i - 2) is not None
        cued = before in listed or any(form in listed for _, form, _ in readings(before, words.lang)[1:])
        if not (cued or hyphen) or _counts(words, i + 1):
            continue
        calendar: Calendar = "gregory" if year >= 1900 else "persian" if words.lang == "fa" else "islamic-umalqura"
        after = words.keys[i + 1] if words.same_sentence(i, i + 1) else ""
        if after in {"هجری", "قمری", "هـ", "ه"} and year < 1600:
            calendar = "persian" if words.lang == "fa" and after != "قمری" else "islamic-umalqura"
        if year < 1600 and calendar == "islamic-umalqura" and words.lang == "en":
            continue
        value = year_value(calendar, year) if year in YEARS[calendar] else None
        if value:
            finder.add(i, i + 1, "DATE", value, calendar, "text", 0.9)


def _counts(words: Words, i: int) -> bool:
    """Whether what follows a four-digit number makes it an amount: «۲۰۰۰ نفر», 1900 dollars."""
    if i >= len(words.tokens) or not words.same_sentence(i - 1, i):
        return False
    if words.tokens[i].text in "%٪$€":
        return True
    parts = ("percent", "currencies", "measures", "classifiers", "counted", "scales")
    return any(phrases("units", part, words.lang).at(words.keys, i) for part in parts if part != "scales" or len(words.keys[i]) > 2)


def _single(finder: _Finder) -> None:
    """سال گذشته, الشهر المقبل, last week."""
    words = finder.words
    listed = phrases("times", "single", words.lang) if words.lang in table("times")["single"] else None
    for i in range(len(words.tokens)) if listed else ():
        hit = listed.at(words.keys, i) if listed and finder.free(i) else None
        if hit is None and listed and words.lang == "ar":
            hit = next(
                (h for h in (listed.at([f, *words.keys[i + 1 : i + 3]], 0) for _, f, _ in readings(words.keys[i], "ar")[1:]) if h), None
            )
        if hit:
            value = shifted(hit[1][0], float(hit[1][1:]), finder.today, finder.home) if finder.today else None
            finder.add(
                i, i + hit[0], "DATE", value, finder.home, "published" if finder.today else "none", ANCHORED if finder.today else LOOSE
            )


def _relative_days(finder: _Finder) -> None:
    """دیروز, أمس, tomorrow."""
    words = finder.words
    listed = phrases("times", "days", words.lang)
    for i in range(len(words.tokens)):
        hit = listed.at(words.keys, i) if finder.free(i) else None
        if hit:
            value = (finder.today + dt.timedelta(days=int(hit[1]))).isoformat() if finder.today else None
            finder.add(
                i, i + hit[0], "DATE", value, "gregory", "published" if finder.today else "none", ANCHORED if finder.today else LOOSE
            )


def _amounts_of_time(finder: _Finder) -> None:
    """سه روز پیش, قبل ثلاثة أيام, two weeks later; an amount of time alone is a duration."""
    words = finder.words
    units, duals = phrases("times", "units", words.lang), phrases("times", "duals", words.lang)
    i = 0
    while i < len(words.tokens):
        amount = amount_at(words, i) if finder.free(i) else None
        dual = amount is None and words.lang == "ar" and words.keys[i] in duals
        at = amount.last if amount else i
        unit = units.at(words.keys, at) if (amount or dual) and at < len(words.tokens) and (dual or words.same_sentence(i, at)) else None
        if unit is None or (amount and _age_or_clock(words, i, at)) or _names_a_day(words, at + unit[0]):
            i += 1
            continue
        value = amount.value if amount else 2.0
        _one_amount(finder, i, at + unit[0], unit=unit[1], value=value)
        i = at + unit[0]


def _age_or_clock(words: Words, i: int, at: int) -> bool:
    """«ساعت ۵» is a clock, and Persian «ساله» an age; both are no durations."""
    return words.keys[at] in {"ساله", "سالگی"} or (
        words.lang == "ar" and words.keys[at] == "عاما" and i > 0 and words.keys[i - 1] in {"العمر", "عمره", "عمرها"}
    )


def _names_a_day(words: Words, after: int) -> bool:
    """«الدقيقة 89 يوم السبت»: the day that follows has nothing to do with the number."""
    return (
        words.same_sentence(after - 1, after)
        and words.keys[after - 1] in {"یوم", "روز"}
        and bool(_weekday_phrases(words.lang).at(words.keys, after))
    )


def _one_amount(finder: _Finder, first: int, last: int, *, unit: str, value: float) -> None:
    words = finder.words
    after = words.keys[last] if words.same_sentence(first, last) else ""
    before = words.keys[first - 1] if words.same_sentence(first - 1, first) else ""
    sign = 0
    if after in phrases("times", "ago", words.lang) and words.lang != "ar":
        sign = -1
    elif after in phrases("times", "hence", words.lang) and unit in {"D", "W", "M", "Y"} and words.lang == "fa":
        sign = 1
    elif words.lang == "ar" and before in phrases("times", "before", "ar") and before == "قبل":
        sign, first = -1, first - 1
    if not sign:
        finder.add(first, last, "DURATION", duration(unit, value), "gregory", "none", 0.9)
        return
    resolved = shifted(unit, sign * value, finder.today, finder.home) if finder.today else None
    kind: Kind = "TIME" if unit.startswith("T") else "DATE"
    end = last + (words.lang != "ar")
    finder.add(first, end, kind, resolved, finder.home, "published" if finder.today else "none", ANCHORED if resolved else LOOSE)


def _weekday(finder: _Finder) -> None:
    """چهارشنبه, يوم الأربعاء, next Friday: the last one up to publication unless «next» stands beside it."""
    words = finder.words
    listed = _weekday_phrases(words.lang)
    for i in range(len(words.tokens)):
        hit = listed.at(words.keys, i) if finder.free(i) else None
        if hit is None or (words.keys[i].isascii() and not words.tokens[i].text[0].isupper()):
            continue
        if words.lang == "ar" and not words.keys[i].startswith("ال"):
            continue
        after = words.keys[i + hit[0]] if words.same_sentence(i, i + hit[0]) else ""
        before = words.keys[i - 1] if words.same_sentence(i - 1, i) else ""
        if any(words.same_sentence(i, j) and not finder.free(j) for j in (i + hit[0], i + hit[0] + (after in {"،", ",", "مورخ"}))):
            continue
        ahead = after in phrases("times", "next", words.lang) or (before in phrases("times", "next", words.lang) and words.lang == "en")
        number = int(hit[1])
        value = weekday_value(number, finder.today, ahead=ahead).isoformat() if finder.today else f"XXXX-WXX-{number + 1}"
        first = i - (before in {"یوم", "روز"})
        finder.add(
            first, i + hit[0], "DATE", value, "gregory", "published" if finder.today else "none", ANCHORED if finder.today else LOOSE
        )


def _clock(finder: _Finder) -> None:
    """ساعت ۱۴:۳۰, الساعة 3 مساء, at 5 p.m."""
    words = finder.words
    listed = phrases("times", "clock_cues", words.lang)
    for i in range(len(words.tokens)):
        text = words.keys[i]
        if not (text.isdigit() and len(text) <= 2 and int(text) <= 24 and finder.free(i)):
            continue
        minute = _minute(words, i)
        last = i + 3 if minute is not None else i + 1
        half = _half_day(words, last)
        cued = words.same_sentence(i - 1, i) and (
            words.keys[i - 1] in listed and (words.lang != "en" or half is not None or minute is not None)
        )
        if not (cued or (minute is not None and (half or words.lang in {"fa", "ar"})) or (half and words.lang == "en")):
            continue
        hour = int(text)
        if half and hour <= 12:
            hour = hour % 12 + (12 if half[1] == "pm" else 0)
        value = f"T{hour:02d}:{minute:02d}" if minute is not None else f"T{hour:02d}"
        first = i - (cued and words.lang != "en")
        finder.add(first, half[0] if half else last, "TIME", value, "gregory", "none", 0.9)


def _minute(words: Words, i: int) -> int | None:
    colon = i + 2 < len(words.tokens) and words.tokens[i + 1].text == ":" and words.tokens[i + 1].end == words.tokens[i + 2].start
    text = words.keys[i + 2] if colon and words.tokens[i].end == words.tokens[i + 1].start else ""
    return int(text) if re.fullmatch(r"[0-5]\d", text) else None


def _half_day(words: Words, i: int) -> tuple[int, str] | None:
    if i >= len(words.tokens) or not words.same_sentence(i - 1, i) or words.lang not in table("times")["half_days"]:
        return None
    hit = phrases("times", "half_days", words.lang).at(words.keys, i)
    if hit and len(words.keys[i]) == 1 and words.lang == "ar" and words.tokens[i].text not in {"م", "ص"}:
        return None
    return (i + hit[0], hit[1]) if hit else None


def _sets(finder: _Finder) -> None:
    """روزانه, سنويا, every week."""
    words = finder.words
    listed = phrases("times", "sets", words.lang) if words.lang in table("times")["sets"] else None
    for i in range(len(words.tokens)) if listed else ():
        hit = listed.at(words.keys, i) if listed and finder.free(i) else None
        if hit:
            finder.add(i, i + hit[0], "SET", hit[1], "gregory", "none", 0.9)


def resolved(found: list[TimeExpression]) -> Iterator[tuple[TimeExpression, dt.date]]:
    """Yield the expressions whose value is one day."""
    for time in found:
        if time.value and re.match(r"\d{4}-\d\d-\d\d(T|$)", time.value):
            yield time, dt.date.fromisoformat(time.value[:10])
