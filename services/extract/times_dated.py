"""Dates by the name of a month or the digits of a year: ۲۲ بهمن, December 2021, في ديسمبر, سال ۱۴۰۰."""

from __future__ import annotations

from functools import cache

from services.extract.amounts import amount_at, phrases, table
from services.extract.cues import Phrases
from services.extract.name import Words
from services.extract.timeline import ANCHORED, LOOSE, SURE, Timeline
from services.extract.when import month_value, nearest_day, nearest_month, year_value
from shared.text.calendars import YEARS, Calendar
from shared.text.dates_names import months
from shared.text.stems import readings
from shared.text.tokens import fold

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


@cache
def _month_phrases() -> Phrases:
    return Phrases({tuple(fold(part) for part in name.split("_")): name for name in months()})


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


def day_and_month(finder: Timeline) -> None:
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


def month_and_year(finder: Timeline) -> None:
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


def months_alone(finder: Timeline) -> None:
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


def years_alone(finder: Timeline) -> None:
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
