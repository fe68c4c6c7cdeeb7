"""Times of day beside a date: 24 and 12 hours, half days, and the zone they are told in.

What stands right beside a clock and is not understood may be a half day or a zone: then the time is left out,
and ``unread`` says why. Where «ماسپښین» is not known, «5:30 ماسپښین» gives the day alone, not half past five
in the morning.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from shared.text.calendar_words import readable
from shared.text.dates_names import alternatives, squeezed
from shared.text.dates_stated_zones import stated_zone, zone_before
from shared.text.half_days import HalfDay, half_days, hour_of

_HOUR, _MINUTE = r"(?P<hour>[01]?\d|2[0-3])", r"(?P<minute>[0-5]\d)"
_COLON = re.compile(
    rf"(?<![\d:.]){_HOUR}(?::|\s?h\s?){_MINUTE}(?::(?P<second>[0-5]\d)(?:[.,]\d{{1,9}})?)?(?![\d:])"
)
_DOT = re.compile(rf"(?<![\d:./-]){_HOUR}\.{_MINUTE}(?P<second>)(?![\d:/-]|\.\d)")
"""«5.30pm»: a time where a half day or a word of clocks stands right beside it, else a number."""
_SIGNS = re.compile(rf"(?<!\d){_HOUR}\s?[时時点點시]\s?{_MINUTE}\s?[分분](?P<second>)")
_SPELLED = re.compile(rf"(?<!\d){_HOUR}\s?و\s?{_MINUTE}(?P<second>)\s?دقیق[هة]")
_CLOCKS = (_COLON, _SIGNS, _SPELLED, _DOT)
_COMPACT = re.compile(r"t(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?P<second>[0-5]\d)?(?!\d)")
LONGEST_GAP = 30
"""Most characters between a date and its time; digits may not stand between them."""
HALF_DAY_REACH = 24
"""Characters around a date and its clock within which a half day belongs to them."""
SHORT_HALF_DAY = 2
"""A half day of so few letters counts only right beside the clock: «م» is also an era."""
SHORT_LATIN_HALF_DAY = 3
"""A half day of so few Latin letters counts only right beside the clock: «de» is also a word."""
_WORDS_OF_LINES = """
at on by um a as las la alle ore às kl klo klokken kell godz o ob u v в о у saat saati pukul jam luc hora horas heure hour hours hrs h time uhr ora oclock o'clock
час часов ч год годин hod min ساعت ساعه الساعه بساعه دقیقه دقایق عند فی در سعت بجه بجے وقت زمان بوقت کاتژمیر کاتژمێر کات בשעה שעה बजे समय টায় টা মিনিট น
t published updated posted modified last edited first issued date edit به روز رسانی بروزرسانی انتشار نشر تحدیث اخر the of and de
کد خبر شناسه شماره سرویس گروه تعداد بازدید نظرات منتشر شد شده ارسال چاپ منبع رقم عدد المشاهدات کتب بقلم المصدر مشاهدات read views comments share source print
"""
_WORDS_BESIDE_CLOCKS = frozenset(_WORDS_OF_LINES.split())
"""Folded words beside a clock that say nothing of its half."""
_WORDS_BEFORE_TIMES = "at um kl klo klokken kell godz ore alle uhr h hrs hod ساعت الساعه saat pukul jam"
_WORDS_THAT_MAKE_A_TIME = frozenset(_WORDS_BEFORE_TIMES.split())
"""Folded words that make «5.30» a time when they stand right before or behind it."""
_FIELD_BORDER = re.compile(r"[|\n•;؛!?؟]|\d|(?<=[^\W\d_]{3})\.\s")
"""What separates a half day from a clock: another field of the line, or another number."""
_WORDS = re.compile(r"[^\W\d_]+")
_WORD_BEHIND = re.compile(r"\s?\(?(?P<word>[^\W\d_][^\W\d_'’.]*)")
_WORD_BEFORE = re.compile(r"(?P<word>[^\W\d_]+)[.,:،]?\s*$")


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day at ``text[start:end]`` of the folded text; *zone* is an IANA name, an offset or empty.

    *unread* says what stands beside it and is not understood (``half_day``, ``zone``); then *time* is not to
    be used.
    """

    start: int
    end: int
    time: dt.time
    precision: Literal["minute", "second"]
    zone: str
    unread: Literal["", "half_day", "zone"] = ""


@dataclass(frozen=True, slots=True)
class _DateInLine:
    """Where a date stands in a line, and the language in which the line is read."""

    text: str
    start: int
    end: int
    lang: str


def clock_near(text: str, start: int, end: int, lang: str = "") -> Clock | None:
    """Return the time of day that belongs to the date at ``text[start:end]``: after it, else before it."""
    date = _DateInLine(text, start, end, lang)
    compact = _COMPACT.match(text, end)
    if compact:
        return _zoned(date, compact, int(compact["hour"]), compact.end())
    after = [
        match
        for pattern in _CLOCKS
        for match in pattern.finditer(text, end, end + LONGEST_GAP + 16)
        if match.start() - end <= LONGEST_GAP
    ]
    for match in sorted(after, key=re.Match[str].start):
        if not any(c.isdigit() for c in text[end : match.start()]) and _is_clock(date, match):
            return _read(date, match)
    before = [
        match
        for pattern in _CLOCKS
        for match in pattern.finditer(text, max(0, start - LONGEST_GAP - 8), start)
    ]
    for match in sorted(before, key=re.Match[str].start, reverse=True):
        if not any(c.isdigit() for c in text[match.end() : start]) and _is_clock(date, match):
            return _read(date, match)
    return None


def _is_clock(date: _DateInLine, match: re.Match[str]) -> bool:
    """Tell whether «5.30» is a time: a half day stands behind it, or a word of clocks on either side."""
    if match.re is not _DOT:
        return True
    following = _WORD_BEHIND.match(date.text, match.end())
    ahead = _WORD_BEFORE.search(date.text, max(0, match.start() - HALF_DAY_REACH), match.start())
    words = {neighbour["word"] for neighbour in (following, ahead) if neighbour}
    near = any(
        half.start - match.end() <= 1
        for half in half_days(date.text, match.end(), match.end() + HALF_DAY_REACH, date.lang)
    )
    return near or bool(words & _WORDS_THAT_MAKE_A_TIME)


def _read(date: _DateInLine, match: re.Match[str]) -> Clock:
    hour, end = int(match["hour"]), match.end()
    halves = list(_halves(date, match))
    halves_end = max((half.end for half in halves if half.start >= end), default=end)
    too_far = halves_end - end > HALF_DAY_REACH
    over_the_date = end <= date.start < halves_end
    clock = _zoned(date, match, hour, end if too_far or over_the_date else halves_end)
    meant = {hour_of(hour, half.hours) for half in halves}
    halves_disagree = len(meant) > 1 or None in meant
    half_not_known = (
        not meant and hour <= 12 and not clock.unread and _has_unknown_neighbour(date, match, clock)
    )
    if halves_disagree or half_not_known:
        return replace(clock, unread="half_day")
    hour_meant = next(iter(meant), hour)
    return replace(clock, time=clock.time.replace(hour=hour_meant if hour_meant is not None else hour))


def _zoned(date: _DateInLine, match: re.Match[str], hour: int, zone_start: int) -> Clock:
    """Return the clock of *match* with the zone stated at *zone_start*, or before the clock or the date."""
    second = match["second"]
    time = dt.time(hour, int(match["minute"]), int(second or 0))
    precision: Literal["minute", "second"] = "second" if second else "minute"
    zone, end = stated_zone(date.text, zone_start)
    if zone == "" and match.start() > date.end:
        zone = stated_zone(date.text[date.end : match.start()].rstrip(" -،,"), 0).name
    if zone == "":
        zone = zone_before(date.text, min(date.start, match.start()))
    return Clock(match.start(), end, time, precision, zone or "", "zone" if zone is None else "")


def _halves(date: _DateInLine, match: re.Match[str]) -> Iterable[HalfDay]:
    """Yield the half days around a date and its clock; those of a letter or two right beside the clock.

    Nothing but small words and names of days may stand between: the «Evening Standard» tells no hour.
    """
    text, lang = date.text, date.lang
    after = (
        min(date.start, _field_end(text, match.end()))
        if match.end() <= date.start
        else _field_end(text, match.end())
    )
    for half in half_days(text, match.end(), after, lang):
        if half.start - match.end() <= 1 or (
            not _is_short(text[half.start : half.end]) and _only_small_words(date, match.end(), half.start)
        ):
            yield half
    between = date.end if match.start() >= date.end else _field_start(text, match.start())
    for half in half_days(text, between, match.start(), lang):
        beside = match.start() - half.end <= 1 and half.end - half.start > 1
        if beside or (
            not _is_short(text[half.start : half.end]) and _only_small_words(date, half.end, match.start())
        ):
            yield half
    if date.start < match.start():
        for half in half_days(text, _field_start(text, date.start), date.start, lang):
            if not _is_short(text[half.start : half.end]) and _belongs_to_date(date, half):
                yield half


def _only_small_words(date: _DateInLine, start: int, end: int) -> bool:
    """Tell whether a stretch holds only words of clocks and dates, or of three letters at most."""
    return all(
        len(word) <= 3 or _is_known_word(word, date.lang) for word in _WORDS.findall(date.text[start:end])
    )


def _belongs_to_date(date: _DateInLine, half: HalfDay) -> bool:
    """Tell whether a half day before a date is its: «عصر پنجشنبه ۷ بهمن», not «Le Soir, 27 janvier»."""
    if not _only_small_words(date, half.end, date.start):
        return False
    if date.text[half.end : half.end + 1] not in {",", "،"} or _date_word(date.lang).match(
        date.text, half.start, half.end
    ):
        return True  # «Donnerstagabend» is a day already
    ahead = _WORD_BEFORE.search(date.text, max(0, half.start - HALF_DAY_REACH), half.start)
    return ahead is not None and bool(_date_word(date.lang).fullmatch(ahead["word"]))


def _is_short(word: str) -> bool:
    """Tell whether *word* has too few letters to be a half day for certain; 下午 has enough."""
    letters = [char for char in word if char.isalpha()]
    if any("\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7af" for char in letters):
        return False
    return len(letters) <= (SHORT_LATIN_HALF_DAY if word.isascii() else SHORT_HALF_DAY)


def _field_end(text: str, start: int) -> int:
    cut = _FIELD_BORDER.search(text, start, start + HALF_DAY_REACH)
    return cut.start() if cut else min(len(text), start + HALF_DAY_REACH)


def _field_start(text: str, end: int) -> int:
    start = max(0, end - HALF_DAY_REACH)
    cuts = [match.end() for match in _FIELD_BORDER.finditer(text, start, end)]
    return cuts[-1] if cuts else start


def _has_unknown_neighbour(date: _DateInLine, match: re.Match[str], clock: Clock) -> bool:
    """Tell whether a word right beside the clock is no part of the date, of the clock or of a zone."""
    text = date.text
    following = _WORD_BEHIND.match(text, clock.end)
    ahead = (
        _WORD_BEFORE.search(text, max(date.end, match.start() - HALF_DAY_REACH), match.start())
        if match.start() > date.end
        else None
    )
    inside = following and date.start <= following.start("word") < date.end
    return any(
        neighbour and not inside and not _is_known_word(neighbour["word"], date.lang)
        for neighbour in (following if clock.end == match.end() else None, ahead)
    )


def _is_known_word(word: str, lang: str) -> bool:
    return (
        word in _WORDS_BESIDE_CLOCKS
        or bool(_date_word(lang).fullmatch(word))
        or stated_zone(" " + word, 0).name not in {"", None}
    )


@cache
def _date_word(lang: str) -> re.Pattern[str]:
    table = readable(lang)
    return re.compile(
        alternatives(dict.fromkeys(squeezed(name) for name in (*table.months, *table.weekdays)))
    )
