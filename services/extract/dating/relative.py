"""Times told from the day of publication, and lengths of time: دیروز, الشهر الماضي, three days ago, P3D."""

from __future__ import annotations

import datetime as dt
import math

from services.extract.counting.amounts import MOST_PARTS, amount_at
from services.extract.dating.calendar_values import duration, shifted
from services.extract.dating.timeline import (
    SURE_ANCHORED,
    SURE_WITH_GAP,
    Meaning,
    TimeAnchor,
    TimeKind,
    Timeline,
)
from services.extract.dating.weekdays import DAY_WORDS, day_names
from services.extract.lexicon.phrases import folded_words
from services.extract.lexicon.word_tables import phrases, table
from services.extract.words_of_article import Words

_BEHIND_ANOTHER_DAY = folded_words(
    "التالی الموالی السابق الاول الثانی الثالث الرابع الخامس السادس السابع الاخیر العالمی الدولی "
    "الوطنی الواحد نفسه ذاته الذی"
)
"""Behind «اليوم» these make it another day than today: «اليوم التالي», «اليوم العالمي»."""
_YEAR_FIRST = frozenset({"ps", "ru", "uk", "tr", "az"})
"""Languages that write «2022 کال», "2022 года", "2022 yılı": a year, and no length of two thousand years."""


def shifted_units(timeline: Timeline) -> None:
    """Add units told from today: سال گذشته, الشهر المقبل, last week."""
    words = timeline.words
    if words.lang not in table("times")["single"]:
        return
    shifts = phrases("times", "single", words.lang)
    for i in range(len(words.tokens)):
        hit = shifts.at(words.keys, i) if timeline.free(i) else None
        if hit is None and words.lang == "ar":
            hit = words.phrase_behind_clitics(i, shifts)
        if hit:
            value = (
                shifted(hit.value[0], float(hit.value[1:]), timeline.today, timeline.home)
                if timeline.today
                else None
            )
            timeline.add_anchored(i, i + hit.length, value, timeline.home)


def relative_days(timeline: Timeline) -> None:
    """Add days told from today: دیروز, أمس, tomorrow."""
    words = timeline.words
    days = phrases("times", "days", words.lang)
    for i in range(len(words.tokens)):
        hit = days.at(words.keys, i) if timeline.free(i) else None
        if hit and not _is_another_day(words, i, i + hit.length):
            value = (
                (timeline.today + dt.timedelta(days=int(hit.value))).isoformat() if timeline.today else None
            )
            timeline.add_anchored(i, i + hit.length, value, "gregory")


def _is_another_day(words: Words, i: int, last: int) -> bool:
    """Tell whether «اليوم» is not today («ذلك اليوم», «اليوم العالمي»), or «غداء» lunch and not tomorrow."""
    if words.lang != "ar":
        return False
    if words.keys[i] == "غدا":
        return words.tokens[i].text.endswith("ء")
    before = words.key_before(i)
    after = words.beside(i, last)
    return words.keys[i] == "الیوم" and (before in {"ذلک", "نفس", "ذات"} or after in _BEHIND_ANOTHER_DAY)


def amounts_of_time(timeline: Timeline) -> None:
    """Add amounts of time: with «ago» or «later» beside them a date (سه روز پیش), alone a duration."""
    words = timeline.words
    units, duals = phrases("times", "units", words.lang), phrases("times", "duals", words.lang)
    i = 0
    while i < len(words.tokens):
        amount = amount_at(words, i) if timeline.free(i) else None
        if amount and math.isnan(amount.value):
            i = amount.last
            continue
        dual = amount is None and words.lang == "ar" and words.keys[i] in duals
        unit_first = amount.last if amount else i
        unit = (
            units.at(words.keys, unit_first)
            if (amount or dual)
            and unit_first < len(words.tokens)
            and (dual or words.same_sentence(i, unit_first))
            else None
        )
        if (
            unit is None
            or (amount and _is_no_duration(words, i, unit_first, unit.value))
            or _belongs_to_a_day(words, unit_first + unit.length)
        ):
            i = unit_first if unit_first - i >= MOST_PARTS else i + 1
            continue
        value = amount.value if amount else 2.0
        _add_amount(timeline, i, unit_first + unit.length, unit=unit.value, value=value)
        i = unit_first + unit.length


def _is_no_duration(words: Words, i: int, unit_first: int, unit: str) -> bool:
    """Tell whether an amount of time is an age (Persian «ساله») or a year (Pashto «۲۰۲۲ کال»)."""
    if words.lang in _YEAR_FIRST and unit == "Y" and words.keys[i].isdecimal() and len(words.keys[i]) == 4:
        return True
    return words.keys[unit_first] in {"ساله", "سالگی"} or (
        words.lang == "ar"
        and words.keys[unit_first] == "عاما"
        and i > 0
        and words.keys[i - 1] in {"العمر", "عمره", "عمرها"}
    )


def _belongs_to_a_day(words: Words, after: int) -> bool:
    """Tell whether the unit before *after* belongs to the day that follows: «الدقيقة 89 يوم السبت»."""
    return words.key_before(after) in DAY_WORDS and bool(day_names(words.lang).at(words.keys, after))


def _add_amount(timeline: Timeline, first: int, last: int, *, unit: str, value: float) -> None:
    """Add an amount of time: a date or time where «ago» or «later» stands beside it, else a duration."""
    words = timeline.words
    ago, hence = _length_behind(words, "ago", first, last), _length_behind(words, "hence", first, last)
    sign = 0
    if ago:
        sign, last = -1, last + ago
    elif hence and unit in {"D", "W", "M", "Y"}:
        sign, last = 1, last + hence
    elif words.key_before(first) in phrases("times", "before", words.lang):
        sign, first = -1, first - 1
    if not sign:
        timeline.add(first, last, Meaning("DURATION", duration(unit, value)))
        return
    date = shifted(unit, sign * value, timeline.today, timeline.home) if timeline.today else None
    kind: TimeKind = "TIME" if unit.startswith("T") else "DATE"
    anchor: TimeAnchor = "published" if timeline.today else "none"
    timeline.add(
        first, last, Meaning(kind, date, timeline.home, anchor, SURE_ANCHORED if date else SURE_WITH_GAP)
    )


def _length_behind(words: Words, part: str, first: int, last: int) -> int:
    """Return how many tokens of a phrase of *part* stand behind ``tokens[first:last]``."""
    return (
        phrases("times", part, words.lang).length(words.keys, last) if words.same_sentence(first, last) else 0
    )
