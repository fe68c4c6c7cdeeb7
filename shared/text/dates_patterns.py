"""The patterns that find absolute dates in text, by language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from shared.text.calendar_words import CalendarWords, Meanings, anywhere, readable
from shared.text.dates_names import WORD_LETTER, alternatives, squeezed

ANYWHERE = "*"
"""In place of a language: names that mean one thing in every language that has them."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The words of dates in one language, squeezed as `squeezed` does."""

    months: dict[str, Meanings]
    weekdays: dict[str, int]
    days: dict[str, int]
    """Days of the month in words."""


def _words(lang: str) -> CalendarWords:
    return anywhere() if lang == ANYWHERE else readable(lang)


@cache
def tables(lang: str) -> Tables:
    """Return the words of dates in *lang*."""
    words = _words(lang)
    return Tables(
        months={squeezed(name): meanings for name, meanings in words.months.items()},
        weekdays={squeezed(name): number for name, number in words.weekdays.items()},
        days={squeezed(word): day for word, day in {**words.ordinals, **words.cardinals}.items()},
    )


@cache
def patterns(lang: str) -> dict[str, re.Pattern[str]]:
    """Return what finds dates in a text of *lang* (or `ANYWHERE`), by kind."""
    table = _words(lang)
    name = alternatives(table.months)
    ends = rf"(?:(?=ماه)|(?!{WORD_LETTER}))"
    year = r"(?:سال\s+|عام\s+|سنه\s+|لعام\s+|لسنه\s+|nam\s+)?(?P<year>\d{4})(?!\d|[-/.:]\d)"
    twin = rf"(?:\s?[/(،-]\s?(?P<twin>{name})\s?\)?)?"
    ordinal = r"(?:st|nd|rd|th|er|e|\.?[ºª°]|\.|ی|ام|مه|م|-?го)?"
    join = r"\s*(?:(?:of|del|de|من|[-/،,])\s*|d['’])?(?:از\s+)?(?:شهر\s+|ماه\s+)?"
    before = r"(?<!\d)(?<!\d[-/.:])"
    of_year = (
        r"\.?(?:\s?-?(?:م\s+کال|ز\s+کال|کال|gada|m|yil|йил|жылгы|жылы|ж|жылдын|оны))?\.?[,،/-]?\s?(?:د\s+)?"
    )
    after = r"(?!\d|[:/.-]\d)"
    days_in_words = {**table.ordinals, **table.cardinals}
    spelled = f"(?P<word>{alternatives(days_in_words)})" if days_in_words else "(?!)"
    return {
        "day name year": re.compile(
            rf"{before}(?P<day>\d{{1,2}}){ordinal}{join}(?P<name>{name}){ends}\.?{twin}\s*(?:ماه\s*)?(?:del?\s+)?[,،/-]?\s*{year}"
        ),
        "word name year": re.compile(
            rf"(?<!{WORD_LETTER}){spelled}{join}(?P<name>{name}){ends}\.?{twin}\s*(?:ماه\s*)?(?:del?\s+)?[,،/-]?\s*{year}"
        ),
        "name day year": re.compile(
            rf"(?<!{WORD_LETTER})(?P<name>{name})\.?\s+(?:په\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th|مه|م)?\s*[,،]?\s*(?:د\s+)?(?<!\d){year}"
        ),
        "year name day": re.compile(
            rf"{before}(?P<year>\d{{4}}){of_year}(?P<name>{name}){ends}\.?[,،/-]?\s?(?:په\s+)?(?P<day>\d{{1,2}}){after}"
        ),
        "year day name": re.compile(
            rf"{before}(?P<year>\d{{4}}){of_year}(?P<day>\d{{1,2}})[.-]?\s?(?P<name>{name}){ends}"
        ),
        "cjk": re.compile(
            r"(?<!\d)(?P<year>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일號号]"
        ),
        "year first": re.compile(
            r"(?<!\d)(?<!\d[-/.:])(?P<year>\d{4})(?P<sep>\s?[-/.]\s?)(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})(?![-/.]?\d)"
        ),
        "year last": re.compile(
            r"(?<!\d)(?<!\d[-/.:])(?P<a>\d{1,2})(?P<sep>\s?[-/.]\s?)(?P<b>\d{1,2})(?P=sep)(?P<year>\d{4})(?![-/.]?\d)"
        ),
        "compact": re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)t?(?=t\d{4}|$)"),
        "weekday": re.compile(
            rf"(?:(?<=\W)|^)(?P<weekday>{alternatives(table.weekdays)})\s?(?:مورخ\s|الموافق\s)?[،,:.]?\s?-?\s?$"
        ),
        "era": re.compile(
            r"\s?(?P<era>ه\.?\s?ق|هجری قمری|قمری|ه\.?\s?ش|هجری شمسی|شمسی|خورشیدی|هجریا?|ه|ah|م|میلادی|ء|عیسوی)(?![^\W\d_])"
        ),
    }
