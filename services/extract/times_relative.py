"""Times told from the day of publication, and lengths of time: دیروز, الشهر الماضي, three days ago, چهارشنبه, P3D."""

from __future__ import annotations

import datetime as dt
from functools import cache

from services.extract.amounts import amount_at, phrases, table
from services.extract.cues import Phrases, keys
from services.extract.name import Words
from services.extract.timeline import ANCHORED, LOOSE, Kind, Timeline
from services.extract.when import duration, shifted, weekday_value
from shared.text.dates_names import weekdays
from shared.text.stems import readings
from shared.text.tokens import fold


def shifted_units(finder: Timeline) -> None:
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


def relative_days(finder: Timeline) -> None:
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


def amounts_of_time(finder: Timeline) -> None:
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


def _one_amount(finder: Timeline, first: int, last: int, *, unit: str, value: float) -> None:
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


def weekdays_named(finder: Timeline) -> None:
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
