"""Dates that lack a day, a month or a year: ۲۲ بهمن, December 2021, في ديسمبر, سال ۱۴۰۰."""

from __future__ import annotations

from functools import cache

from services.extract.counting.amounts import amount_at, unit_at
from services.extract.dating.calendar_values import month_value, nearest_day, nearest_month, year_value
from services.extract.dating.timeline import SURE, Meaning, Timeline
from services.extract.lexicon import snapshot
from services.extract.lexicon.phrases import Hit, Phrases, folded_words
from services.extract.lexicon.word_tables import phrases
from services.extract.words_of_article import Words
from shared.text.calendar_words import words_of
from shared.text.calendars import YEARS, Calendar
from shared.text.tokens import fold

_DOUBTFUL_MONTHS = folded_words(
    "may mar march dec sept jan mai juin avril mart ocak temmuz might مه می ماي آب مهر تیر دی آبان آذر "
    "صفر رجب اسد جدی دلو حوت ثور جوزا سرطان سنبله میزان عقرب قوس حمل کب مئی اوت أوت جوان جون محرم "
    "شعبان"
)
"""Month names that are other words too: alone they count only beside «ماه», «شهر» or a day."""
_NEEDS_A_CUE = folded_words(
    "تیر حمل ثور جوزا سرطان اسد سنبله میزان عقرب قوس جدی دلو حوت کب صفر وری تله لړم زمری"
)
"""Month names that are counted too: «سه تیر» are three shots, «3 صفر» a score, «۵ سرطان» five cancers.

A day beside them is one after a cue.
"""
_DAY_CUES = folded_words("در از تا روز مورخ تاریخ شب صبح عصر بامداد یوم فی منذ حتی شهر ماه")


@cache
def _month_phrases(lang: str) -> Phrases:
    """Return the month names that stand without a year in texts of *lang*: its own."""
    return Phrases({tuple(fold(part) for part in name.split("_")): name for name in words_of(lang).months})


def _month_at(words: Words, i: int) -> Hit | None:
    """Return the month at *i*; an Arabic one may carry و ب ل."""
    if i >= len(words.tokens):
        return None
    listed = _month_phrases(words.lang)
    hit = listed.at(words.keys, i)
    # «باب» is a door, not «ب» before August
    if hit is None and words.lang == "ar" and words.keys[i] not in snapshot.seen("ar"):
        hit = words.without_clitics(i, listed)
    if hit and words.keys[i].isascii() and not words.tokens[i].text[0].isupper() and words.lang == "en":
        return None
    return hit


def _calendars(name: str, lang: str, year: int | None = None) -> list[tuple[Calendar, int]]:
    """Return what a month name means; without a year, Persian months only where Persian ones are kept."""
    meanings = list(words_of(lang).months[name])
    if year is not None:
        return [(calendar, month) for calendar, month in meanings if year in YEARS[calendar]]
    if lang in {"ar", "en"}:
        meanings = [meaning for meaning in meanings if meaning[0] != "persian"]
    first: Calendar = "persian" if lang == "fa" else "gregory"
    return sorted(meanings, key=lambda meaning: meaning[0] != first)


def _cued_day(words: Words, first: int, last: int, name: int) -> bool:
    """Tell whether a number beside a month name that is counted too is a day: by cue, weekday or ordinal."""
    if words.keys[name] not in _NEEDS_A_CUE:
        return True
    before = words.beside(first, first - 1)
    after = words.beside(first, last)
    weekday = fold(before) in {fold(day) for day in words_of(words.lang).weekdays}
    ordinal = _ordinal_days(words.lang).at(words.keys, first)
    return (
        before in _DAY_CUES
        or weekday
        or after == "ماه"
        or words.keys[name - 1] in {"ماه", "شهر"}
        or ordinal is not None
    )


@cache
def _ordinal_days(lang: str) -> Phrases:
    return Phrases(
        {
            tuple(fold(part) for part in word.split("_")): str(day)
            for word, day in words_of(lang).ordinals.items()
        }
    )


def day_and_month(finder: Timeline) -> None:
    """۲۲ بهمن, 27 يناير, January 27: the nearest such day to publication, or ``XXXX-01-27``."""
    words = finder.words
    for i in range(len(words.tokens)):
        if not finder.free(i):
            continue
        hit = _month_at(words, i)
        if hit is None:
            continue
        day = _day_beside(words, i, i + hit.length)
        if day is None:
            continue
        first, last, number = day
        if not _cued_day(words, first, last, i):
            continue
        options = _calendars(hit.value, words.lang)
        if not options:
            continue
        calendar, month = options[0]
        if not 1 <= number <= (29 if calendar == "gregory" and month == 2 else 31):
            continue
        if finder.today is None:
            finder.add_anchored(
                first, last, f"XXXX-{month:02d}-{number:02d}" if calendar == "gregory" else None, calendar
            )
        elif date := nearest_day(calendar, month, number, finder.today):
            finder.add_anchored(first, last, date.isoformat(), calendar)


def _day_beside(words: Words, first: int, last: int) -> tuple[int, int, int] | None:
    """Return the tokens and the number of the day that stands before a month name, or after it in English."""
    back = first - 1
    while (
        back >= 0
        and words.keys[back] in {"ماه", "من", "of", "شهر", "-", "de", ".", "st", "nd", "rd", "th"}
        and first - back <= 2
    ):
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
        follows = words.beside(first, last + 1)
        if number and not follows.startswith(("percent", "%", ":")) and not _counts(words, last + 1):
            ends = last + 1 + (follows in {"st", "nd", "rd", "th"})
            return first, ends, number
    return None


def _small(words: Words, i: int) -> int:
    text = words.keys[i]
    alone = not (
        i and words.tokens[i - 1].text in "./:-" and words.tokens[i - 1].end == words.tokens[i].start
    )
    return int(text) if text.isdecimal() and len(text) <= 2 and 1 <= int(text) <= 31 and alone else 0


def _spelled_day(words: Words, back: int, first: int) -> tuple[int, int] | None:
    """Return where a day in words begins that ends at token *back*, right before *first*, and its number."""
    named = _ordinal_days(words.lang)
    for start in range(max(0, back - 2), back + 1):
        hit = named.at(words.keys, start)
        if hit and start + hit.length == back + 1:
            return start, int(hit.value)
        amount = amount_at(words, start) if words.same_sentence(start, back) else None
        if (
            amount
            and amount.spelled
            and amount.last == first
            and 1 <= amount.value <= 31
            and amount.value == int(amount.value)
        ):
            return start, int(amount.value)
    return None


def month_and_year(finder: Timeline) -> None:
    """بهمن ۱۴۰۰, يناير 2022, December 2021."""
    words = finder.words
    for i in range(len(words.tokens)):
        hit = _month_at(words, i) if finder.free(i) else None
        if hit is None:
            continue
        at = i + hit.length
        while (
            words.same_sentence(i, at)
            and (
                words.keys[at] in {"ماه", "سال", "عام", "من", "لعام", ",", "،", "سنه", "of", "/"}
                or _month_at(words, at)
            )
            and at - i < 6
        ):
            at += 1
        year = _year_at(words, at)
        if year is None or not finder.free(at) or words.beside(i, i - 1).isdecimal():
            continue
        for calendar, month in _calendars(hit.value, words.lang, year):
            first = i - (words.beside(i, i - 1) in {"ماه", "شهر"})
            finder.add(
                first, at + 1, Meaning("DATE", month_value(calendar, year, month), calendar, "text", SURE)
            )
            break


def _year_at(words: Words, i: int) -> int | None:
    if i >= len(words.tokens) or len(words.keys[i]) != 4 or not words.keys[i].isdecimal():
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
    coming = phrases("times", "next", words.lang)
    for i in range(len(words.tokens)):
        hit = _month_at(words, i) if finder.free(i) else None
        if hit is None or not _is_a_month(words, i, hit):
            continue
        before, after = words.beside(i, i - 1), words.beside(i, i + hit.length)
        calendar, month = _calendars(hit.value, words.lang)[0]
        ahead = before in coming or after in coming
        if finder.today:
            value = nearest_month(calendar, month, finder.today, ahead=ahead)
        else:
            value = f"XXXX-{month:02d}" if calendar == "gregory" else None
        first = i - (before in {"ماه", "شهر"} or (words.lang == "en" and before in {"last", "next"}))
        last = i + hit.length + (after == "ماه")
        finder.add_anchored(first, last, value, calendar)


def _is_a_month(words: Words, i: int, month: Hit) -> bool:
    """Tell whether a *month*'s name at token *i* means it: beside «ماه», «شهر», after «in» and its like."""
    length, name = month
    before = words.beside(i, i - 1)
    if before in {"ماه", "شهر"} or words.beside(i, i + length) == "ماه":
        return True
    if words.lang == "en" and before in {"in", "since", "last", "next", "until"}:
        return True
    clitic = words.lang == "ar" and length == 1 and fold(name) != words.keys[i]
    cued = clitic or before in phrases("times", "month_cues", words.lang)
    return cued and _DOUBTFUL_MONTHS.isdisjoint({words.keys[i], fold(name)})


def years_alone(finder: Timeline) -> None:
    """سال ۱۴۰۰, عام 2022, in 2022: digits of a year after a word of years."""
    words = finder.words
    listed = phrases("times", "year_cues", words.lang)
    for i in range(len(words.tokens)):
        year = _year_at(words, i) if finder.free(i) else None
        if year is None or not words.same_sentence(i - 1, i):
            continue
        before = words.keys[i - 1]
        hyphen = (
            before in {"-", "–", "و", "تا", "and", "الی", "الى"}
            and i > 1
            and _year_at(words, i - 2) is not None
        )
        if not (hyphen or words.reads_as(i - 1, listed)) or _counts(words, i + 1):
            continue
        calendar = _calendar_of(words, i, year)
        value = year_value(calendar, year) if calendar and year in YEARS[calendar] else None
        if calendar and value:
            finder.add(i, i + 1, Meaning("DATE", value, calendar, "text"))


def _calendar_of(words: Words, i: int, year: int) -> Calendar | None:
    """Return the calendar of the *year* at token *i*; None where it may be of several, as 1461 in Pashto."""
    after = words.beside(i, i + 1)
    if year >= 1900:
        return "gregory"
    if words.is_persian and (year >= 1600 or after != "قمری"):
        return "persian"
    marked = after in {"هجری", "قمری", "هـ", "ه"}
    return (
        "islamic-umalqura" if year >= 1600 or words.lang == "ar" or (marked and words.lang != "en") else None
    )


def _counts(words: Words, i: int) -> bool:
    """Tell whether what follows a four-digit number makes it an amount: «۲۰۰۰ نفر», 1900 dollars."""
    if i >= len(words.tokens) or not words.same_sentence(i - 1, i):
        return False
    if words.tokens[i].text in "%٪$€":
        return True
    parts = ("percent", "currencies", "measures", "classifiers", "counted", "scales")
    return any(unit_at(words, part, i) for part in parts if part != "scales" or len(words.keys[i]) > 2)
