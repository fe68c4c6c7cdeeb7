"""Names of months, days of the week, half days and days of the month, each in its own language alone.

One table for all languages took «هفته» (a Persian week) for Saturday, because Urdu's «ہفتہ» is spelled so. A
language reads its own names and English ones, which stand in pages of every language; where the language is
not known, a name counts that means the same wherever it is used. The artefact is built by
``services.workshop.building.calendar.word_table``.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from shared.text.calendars import Calendar
from shared.text.dates_names import fold_name

_SHARES_NAMES_OF = {
    "fa-AF": "fa", "prs": "fa", "mzn": "fa", "glk": "fa", "lrc": "fa", "hac": "ckb", "sdh": "ckb", "ar-dia": "ar", "arz": "ar", "ary": "ar",
    "kmr": "ku", "no": "nb", "iw": "he", "in": "id", "tl": "fil", "zh-Hant": "zh", "zh-Hans": "zh", "pnb": "ur", "skr": "ur", "sh": "sr",
    "kmr-Arab": "ckb", "azb": "",
}  # fmt: skip
"""Languages that use the names of another."""
_CALENDARS: tuple[Calendar, ...] = ("persian", "gregory", "islamic-umalqura")

type Meanings = tuple[tuple[Calendar, int], ...]
type Hours = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class CalendarWords:
    """Folded name (parts joined by ``_``) → its meaning: month by calendar, weekday from 0, hours, day."""

    months: dict[str, Meanings]
    weekdays: dict[str, int]
    half_days: dict[str, Hours]
    ordinals: dict[str, int]
    cardinals: dict[str, int]
    """Plain numbers, which are days of a month only before its name and a year: «سه تیر» are three shots."""


@cache
def _packed() -> dict[str, Any]:
    tables: dict[str, Any] = orjson.loads(
        gzip.decompress((files("shared.text") / "data/calendar_words.json.gz").read_bytes())
    )
    return tables


def table_language(lang: str) -> str:
    """Return the language whose table *lang* uses, empty when there is none."""
    same = _SHARES_NAMES_OF.get(lang, lang)
    return same if same in _packed() else ""


def languages() -> list[str]:
    """Return the languages that have a table."""
    return sorted(_packed())


@cache
def collisions() -> dict[str, dict[str, list[str]]]:
    """Return the names, by kind, that are common words in other languages, each with these languages."""
    names: dict[str, dict[str, list[str]]] = orjson.loads(
        (files("shared.text") / "data/calendar_collisions.json").read_bytes()
    )
    return names


def _is_a_word(name: str) -> bool:
    """Tell whether a half day is a common word elsewhere; English ones stand in pages of every language."""
    return name in collisions()["half_days"] and name not in words_of("en").half_days


@cache
def words_of(lang: str) -> CalendarWords:
    """Return the names that belong to *lang*; none for a language without a table."""
    table = _packed().get(table_language(lang))
    if table is None:
        return CalendarWords({}, {}, {}, {}, {})
    months: dict[str, Meanings] = {}
    for name, meaning in _month_names(table):
        months[name] = tuple(dict.fromkeys((*months.get(name, ()), meaning)))
    weekdays = {
        form: day
        for day, names in enumerate(table["weekdays"])
        for name in names
        for form in _forms(name, table_language(lang))
    }
    hours = {
        fold_name(word): tuple((first, last) for first, last in spans)
        for word, spans in table["half_days"].items()
    }
    ordinals, cardinals = (
        {fold_name(word): day for word, day in table[spelled].items()}
        for spelled in ("ordinals", "cardinals")
    )
    if table_language(lang) in {"he", "ckb"}:
        months = {
            form: meaning for name, meaning in months.items() for form in _forms(name, table_language(lang))
        }
    return CalendarWords(months, weekdays, hours, ordinals, cardinals)


def _month_names(table: dict[str, Any]) -> Iterator[tuple[str, tuple[Calendar, int]]]:
    for calendar in _CALENDARS:
        for number, names in enumerate(table["months"].get(calendar, ()), 1):
            yield from ((fold_name(name), (calendar, number)) for name in names)


def _forms(name: str, lang: str) -> list[str]:
    """Return a folded name, in Hebrew also with «in» and without «day», in Sorani with the linking ی."""
    plain = fold_name(name)
    if lang == "he":
        return [plain, "ב" + plain]
    return [plain, plain + "ی"] if lang == "ckb" and not plain.endswith("ی") else [plain]


@cache
def readable(lang: str) -> CalendarWords:
    """Return the names read in a text of *lang*: its own, and English ones that do not contradict.

    Without a table it is `anywhere`.
    """
    if not table_language(lang):
        return anywhere()
    native, english = words_of(lang), words_of("en")
    return CalendarWords(
        english.months | native.months,
        english.weekdays | native.weekdays,
        english.half_days | native.half_days,
        english.ordinals | native.ordinals,
        native.cardinals,
    )


@cache
def anywhere() -> CalendarWords:
    """Return the names that mean one thing in all languages («listopad» is a month in two)."""
    months: dict[str, dict[Calendar, set[int]]] = {}
    weekdays: dict[str, set[int]] = {}
    half_days: dict[str, set[Hours]] = {}
    for lang in languages():
        table = words_of(lang)
        for name, meanings in table.months.items():
            for calendar, number in meanings:
                months.setdefault(name, {}).setdefault(calendar, set()).add(number)
        for name, day in table.weekdays.items():
            weekdays.setdefault(name, set()).add(day)
        for name, hours in table.half_days.items():
            half_days.setdefault(name, set()).add(hours)
    return CalendarWords(
        {
            name: tuple((calendar, next(iter(numbers))) for calendar, numbers in by_calendar.items())
            for name, by_calendar in months.items()
            if all(len(numbers) == 1 for numbers in by_calendar.values())
        },
        {
            name: next(iter(days))
            for name, days in weekdays.items()
            if len(days) == 1 and not (len(name) <= 3 and name in collisions()["weekdays"])
        },
        {
            name: tuple(sorted({span for spans in hours for span in spans}))
            for name, hours in half_days.items()
            if not _is_a_word(name)
        },
        {},
        {},
    )
