"""Dates that lack a day, a month or a year: ۲۲ بهمن, December 2021, في ديسمبر, سال ۱۴۰۰."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from services.extract.counting.amounts import amount_at, phrase_at
from services.extract.dating.calendar_values import month_value, nearest_day, nearest_month, year_value
from services.extract.dating.timeline import SURE_WHOLE, Meaning, Timeline
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

A number beside them is a day after a cue only.
"""
_DAY_CUES = folded_words("در از تا روز مورخ تاریخ شب صبح عصر بامداد یوم فی منذ حتی شهر ماه")
_MONTH_WORDS = frozenset({"ماه", "شهر"})
"""«Month» beside its name: «ماه دسامبر», شهر يناير."""
_ORDINAL_ENDINGS = frozenset({"st", "nd", "rd", "th"})
_BETWEEN_DAY_AND_MONTH = _MONTH_WORDS | _ORDINAL_ENDINGS | {"من", "of", "-", "de", "."}
_BETWEEN_MONTH_AND_YEAR = frozenset({"ماه", "سال", "عام", "من", "لعام", ",", "،", "سنه", "of", "/"})
_BETWEEN_YEARS = frozenset({"-", "–", "و", "تا", "and", "الی", "الى"})


def day_and_month(timeline: Timeline) -> None:
    """Add days without a year, ۲۲ بهمن, January 27: the nearest to publication, or ``XXXX-01-27``."""
    words = timeline.words
    for i in range(len(words.tokens)):
        name = _month_at(words, i) if timeline.free(i) else None
        day = _day_beside(words, i, i + name.length) if name else None
        month = _month_meant(name.value, words.lang) if name else None
        if day and month and _is_day(words, day, i):
            _add_day(timeline, day, month)


@cache
def _month_phrases(lang: str) -> Phrases:
    """Return the month names that stand without a year in texts of *lang*: its own."""
    return Phrases({tuple(fold(part) for part in name.split("_")): name for name in words_of(lang).months})


def _month_at(words: Words, i: int) -> Hit | None:
    """Return the month at *i*; an Arabic one may carry و ب ل."""
    if i >= len(words.tokens):
        return None
    month_names = _month_phrases(words.lang)
    hit = month_names.at(words.keys, i)
    # «باب» is a door, not «ب» before August
    if hit is None and words.lang == "ar" and words.keys[i] not in snapshot.seen_outside_names("ar"):
        hit = words.phrase_behind_clitics(i, month_names)
    if hit and words.keys[i].isascii() and not words.tokens[i].text[0].isupper() and words.lang == "en":
        return None
    return hit


class _Month(NamedTuple):
    """A month of a *calendar*, and its *number* in the year."""

    calendar: Calendar
    number: int


def _month_meant(name: str, lang: str, year: int | None = None) -> _Month | None:
    """Return the month that a name means in *year*, else the likeliest; None where it means none.

    Without a year Arabic and English have no Persian months.
    """
    meanings = [_Month(*meaning) for meaning in words_of(lang).months[name]]
    if year is not None:
        return next((month for month in meanings if year in YEARS[month.calendar]), None)
    if lang in {"ar", "en"}:
        meanings = [month for month in meanings if month.calendar != "persian"]
    likeliest: Calendar = "persian" if lang == "fa" else "gregory"
    return min(meanings, key=lambda month: month.calendar != likeliest, default=None)


class _Day(NamedTuple):
    """A day with its month over ``tokens[first:last]``, and the *number* of the day."""

    first: int
    last: int
    number: int


def _add_day(timeline: Timeline, day: _Day, month: _Month) -> None:
    """Add a day of a month, if the month may have it."""
    if day.number > (29 if month == ("gregory", 2) else 31):
        return
    calendar = month.calendar
    if timeline.today is None:
        value = f"XXXX-{month.number:02d}-{day.number:02d}" if calendar == "gregory" else None
        timeline.add_anchored(day.first, day.last, value, calendar)
    elif date := nearest_day(calendar, month.number, day.number, timeline.today):
        timeline.add_anchored(day.first, day.last, date.isoformat(), calendar)


def _is_day(words: Words, day: _Day, month: int) -> bool:
    """Tell whether a number beside the month at token *month* is its day, where that name is counted too.

    A cue, a weekday or an ordinal shows it.
    """
    if words.keys[month] not in _NEEDS_A_CUE:
        return True
    before = words.key_before(day.first)
    return (
        before in _DAY_CUES
        or fold(before) in {fold(weekday) for weekday in words_of(words.lang).weekdays}
        or words.beside(day.first, day.last) == "ماه"
        or words.keys[month - 1] in _MONTH_WORDS
        or _ordinal_days(words.lang).at(words.keys, day.first) is not None
    )


@cache
def _ordinal_days(lang: str) -> Phrases:
    return Phrases(
        {
            tuple(fold(part) for part in word.split("_")): str(day)
            for word, day in words_of(lang).ordinals.items()
        }
    )


def _day_beside(words: Words, first: int, last: int) -> _Day | None:
    """Return the day before the month over ``tokens[first:last]``, or after it in English."""
    before = first - 1
    while before >= 0 and words.keys[before] in _BETWEEN_DAY_AND_MONTH and first - before <= 2:
        before -= 1
    if before >= 0 and words.same_sentence(before, first):
        if number := _day_in_digits(words, before):
            return _Day(before, last, number)
        for start in range(max(0, before - 2), before + 1):
            if number := _day_in_words(words, start, before, month=first):
                return _Day(start, last, number)
    if words.lang == "en" and words.same_sentence(first, last):
        number = _day_in_digits(words, last)
        following = words.beside(first, last + 1)
        if number and not following.startswith(("percent", "%", ":")) and not _is_counted(words, last + 1):
            return _Day(first, last + 1 + (following in _ORDINAL_ENDINGS), number)
    return None


def _day_in_digits(words: Words, i: int) -> int:
    """Return the day of the month that token *i* writes in digits; 0 for none."""
    text = words.keys[i]
    alone = not (
        i and words.tokens[i - 1].text in "./:-" and words.tokens[i - 1].end == words.tokens[i].start
    )
    return int(text) if text.isdecimal() and len(text) <= 2 and 1 <= int(text) <= 31 and alone else 0


def _day_in_words(words: Words, start: int, last: int, *, month: int) -> int:
    """Return the day that the words from token *start* to *last* spell before the *month*; 0 for none."""
    ordinal = _ordinal_days(words.lang).at(words.keys, start)
    if ordinal and start + ordinal.length == last + 1:
        return int(ordinal.value)
    amount = amount_at(words, start) if words.same_sentence(start, last) else None
    if amount is None or not amount.spelled or amount.last != month:
        return 0
    return int(amount.value) if 1 <= amount.value <= 31 and amount.value.is_integer() else 0


def month_and_year(timeline: Timeline) -> None:
    """Add months with a year: بهمن ۱۴۰۰, يناير 2022, December 2021."""
    words = timeline.words
    for i in range(len(words.tokens)):
        name = _month_at(words, i) if timeline.free(i) else None
        if name is None:
            continue
        end = i + name.length
        while (
            words.same_sentence(i, end)
            and (words.keys[end] in _BETWEEN_MONTH_AND_YEAR or _month_at(words, end))
            and end - i < 6
        ):
            end += 1
        year = _year_at(words, end)
        if year is None or not timeline.free(end) or words.key_before(i).isdecimal():
            continue
        month = _month_meant(name.value, words.lang, year)
        if month:
            first = i - (words.key_before(i) in _MONTH_WORDS)
            value = month_value(month.calendar, year, month.number)
            timeline.add(first, end + 1, Meaning("DATE", value, month.calendar, "text", SURE_WHOLE))


def _year_at(words: Words, i: int) -> int | None:
    """Return the year of any calendar that token *i* writes in four digits."""
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


def months_alone(timeline: Timeline) -> None:
    """Add months alone: در ماه دسامبر, في ديسمبر, last December; the last one before publication."""
    words = timeline.words
    coming = phrases("times", "next", words.lang)
    for i in range(len(words.tokens)):
        name = _month_at(words, i) if timeline.free(i) else None
        month = _month_meant(name.value, words.lang) if name and _is_a_month(words, i, name) else None
        if name is None or month is None:
            continue
        before, last = words.key_before(i), i + name.length
        if timeline.today:
            ahead = before in coming or words.begins_beside(i, last, coming)
            value = nearest_month(month.calendar, month.number, timeline.today, ahead=ahead)
        else:
            value = f"XXXX-{month.number:02d}" if month.calendar == "gregory" else None
        first = i - (before in _MONTH_WORDS or (words.lang == "en" and before in {"last", "next"}))
        timeline.add_anchored(first, last + (words.beside(i, last) == "ماه"), value, month.calendar)


def _is_a_month(words: Words, i: int, name: Hit) -> bool:
    """Tell whether the *name* of a month at token *i* means it: beside «ماه», «شهر», or after «in»."""
    before = words.key_before(i)
    if before in _MONTH_WORDS or words.beside(i, i + name.length) == "ماه":
        return True
    if words.lang == "en" and before in {"in", "since", "last", "next", "until"}:
        return True
    clitic = words.lang == "ar" and name.length == 1 and fold(name.value) != words.keys[i]
    cued = clitic or before in phrases("times", "month_cues", words.lang)
    return cued and _DOUBTFUL_MONTHS.isdisjoint({words.keys[i], fold(name.value)})


def years_alone(timeline: Timeline) -> None:
    """Add years alone, after a word of years: سال ۱۴۰۰, عام 2022, in 2022."""
    words = timeline.words
    year_cues = phrases("times", "year_cues", words.lang)
    for i in range(len(words.tokens)):
        year = _year_at(words, i) if timeline.free(i) else None
        if year is None or not words.same_sentence(i - 1, i):
            continue
        before = words.keys[i - 1]
        ends_range = before in _BETWEEN_YEARS and i > 1 and _year_at(words, i - 2) is not None
        if not (ends_range or words.reads_as(i - 1, year_cues)) or _is_counted(words, i + 1):
            continue
        calendar = _calendar_of(words, i, year)
        value = year_value(calendar, year) if calendar and year in YEARS[calendar] else None
        if calendar and value:
            timeline.add(i, i + 1, Meaning("DATE", value, calendar, "text"))


def _calendar_of(words: Words, i: int, year: int) -> Calendar | None:
    """Return the calendar of the *year* at token *i*; None where it may be of several, as 1461 in Pashto."""
    after = words.beside(i, i + 1)
    if year >= 1900:
        return "gregory"
    if words.is_persian and after != "قمری":
        return "persian"
    marked = after in {"هجری", "قمری", "هـ", "ه"}
    return "islamic-umalqura" if words.lang == "ar" or (marked and words.lang != "en") else None


def _is_counted(words: Words, i: int) -> bool:
    """Tell whether what follows a four-digit number makes it an amount: «۲۰۰۰ نفر», 1900 dollars."""
    if i >= len(words.tokens) or not words.same_sentence(i - 1, i):
        return False
    if words.tokens[i].text in "%٪$€":
        return True
    parts = ("percent", "currencies", "measures", "classifiers", "counted", "scales")
    return any(phrase_at(words, part, i) for part in parts if part != "scales" or len(words.keys[i]) > 2)
