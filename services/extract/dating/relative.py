"""Times told from the day of publication, and lengths of time: دیروز, الشهر الماضي, three days ago, چهارشنبه,
P3D.
"""

from __future__ import annotations

import datetime as dt
import math
from functools import cache

from services.extract.counting.amounts import MOST_PARTS, amount_at
from services.extract.dating.calendar_values import duration, shifted, weekday_value
from services.extract.dating.timeline import ANCHORED, LOOSE, Anchor, Kind, Meaning, Timeline
from services.extract.found_name import Words
from services.extract.lexicon.cues import Phrases, keys
from services.extract.lexicon.measures import phrases, table
from shared.text.calendar_words import words_of
from shared.text.tokens import fold


def shifted_units(finder: Timeline) -> None:
    """سال گذشته, الشهر المقبل, last week."""
    words = finder.words
    listed = phrases("times", "single", words.lang) if words.lang in table("times")["single"] else None
    for i in range(len(words.tokens)) if listed else ():
        hit = listed.at(words.keys, i) if listed and finder.free(i) else None
        if hit is None and listed and words.lang == "ar":
            hit = words.without_clitics(i, listed)
        if hit:
            value = (
                shifted(hit.value[0], float(hit.value[1:]), finder.today, finder.home)
                if finder.today
                else None
            )
            finder.add_anchored(i, i + hit.length, value, finder.home)


def relative_days(finder: Timeline) -> None:
    """دیروز, أمس, tomorrow."""
    words = finder.words
    listed = phrases("times", "days", words.lang)
    for i in range(len(words.tokens)):
        hit = listed.at(words.keys, i) if finder.free(i) else None
        if hit and not _another_day(words, i, i + hit.length):
            value = (finder.today + dt.timedelta(days=int(hit.value))).isoformat() if finder.today else None
            finder.add_anchored(i, i + hit.length, value, "gregory")


_OF_A_STORY = "التالی الموالی السابق الاول الثانی الثالث الرابع الخامس السادس السابع الاخیر العالمی الدولی الوطنی الواحد نفسه ذاته الذی"
_DAYS_OF_A_STORY = frozenset(_OF_A_STORY.split())


def _another_day(words: Words, i: int, last: int) -> bool:
    """Whether the word is none of today's: «ذلك اليوم», «اليوم التالي», «اليوم العالمي», and «غداء», a lunch
    that folds to tomorrow.
    """
    if words.lang != "ar":
        return False
    if words.keys[i] == "غدا":
        return words.tokens[i].text.endswith("ء")
    before = words.beside(i, i - 1)
    after = words.beside(i, last)
    return words.keys[i] == "الیوم" and (before in {"ذلک", "نفس", "ذات"} or after in _DAYS_OF_A_STORY)


def amounts_of_time(finder: Timeline) -> None:
    """سه روز پیش, قبل ثلاثة أيام, two weeks later; an amount of time alone is a duration."""
    words = finder.words
    units, duals = phrases("times", "units", words.lang), phrases("times", "duals", words.lang)
    i = 0
    while i < len(words.tokens):
        amount = amount_at(words, i) if finder.free(i) else None
        if amount and math.isnan(amount.value):
            i = amount.last
            continue
        dual = amount is None and words.lang == "ar" and words.keys[i] in duals
        at = amount.last if amount else i
        unit = (
            units.at(words.keys, at)
            if (amount or dual) and at < len(words.tokens) and (dual or words.same_sentence(i, at))
            else None
        )
        if (
            unit is None
            or (amount and _age_clock_or_year(words, i, at, unit.value))
            or _names_a_day(words, at + unit.length)
        ):
            i = at if at - i >= MOST_PARTS else i + 1
            continue
        value = amount.value if amount else 2.0
        _one_amount(finder, i, at + unit.length, unit=unit.value, value=value)
        i = at + unit.length


_YEAR_FIRST = frozenset({"ps", "ru", "uk", "tr", "az"})
"""Languages that write «2022 کال», "2022 года", "2022 yılı": a year, and no length of two thousand years."""


def _age_clock_or_year(words: Words, i: int, at: int, unit: str) -> bool:
    """«ساعت ۵» is a clock, Persian «ساله» an age, Pashto «۲۰۲۲ کال» a year: no durations."""
    if words.lang in _YEAR_FIRST and unit == "Y" and words.keys[i].isdecimal() and len(words.keys[i]) == 4:
        return True
    return words.keys[at] in {"ساله", "سالگی"} or (
        words.lang == "ar"
        and words.keys[at] == "عاما"
        and i > 0
        and words.keys[i - 1] in {"العمر", "عمره", "عمرها"}
    )


def _names_a_day(words: Words, after: int) -> bool:
    """«الدقيقة 89 يوم السبت»: the day that follows has nothing to do with the number."""
    return words.beside(after, after - 1) in {"یوم", "روز"} and bool(
        _weekday_phrases(words.lang).at(words.keys, after)
    )


def _one_amount(finder: Timeline, first: int, last: int, *, unit: str, value: float) -> None:
    words = finder.words
    ago, hence = _follows(words, "ago", first, last), _follows(words, "hence", first, last)
    sign = 0
    if ago:
        sign, last = -1, last + ago
    elif hence and unit in {"D", "W", "M", "Y"}:
        sign, last = 1, last + hence
    elif words.beside(first, first - 1) in phrases("times", "before", words.lang):
        sign, first = -1, first - 1
    if not sign:
        finder.add(first, last, Meaning("DURATION", duration(unit, value)))
        return
    resolved = shifted(unit, sign * value, finder.today, finder.home) if finder.today else None
    kind: Kind = "TIME" if unit.startswith("T") else "DATE"
    anchor: Anchor = "published" if finder.today else "none"
    finder.add(first, last, Meaning(kind, resolved, finder.home, anchor, ANCHORED if resolved else LOOSE))


def _follows(words: Words, part: str, first: int, last: int) -> int:
    """Return how many tokens of a phrase of *part* stand behind ``tokens[first:last]``."""
    return (
        phrases("times", part, words.lang).length(words.keys, last) if words.same_sentence(first, last) else 0
    )


_REVIEWED = frozenset(
    {"fa", "fa-AF", "ar", "ur", "ps", "ckb", "en", "de", "fr", "es", "it", "pt", "nl", "ru", "uk", "tr"}
)
"""Languages whose days of the week were looked through for words that are something else as well; in others
none is read alone.
"""
_DOUBTFUL_DAYS = {
    # also a week, an old or holy man, Mars, Buddha, a man's name
    "ur": {fold(day) for day in ("ہفتہ", "پیر", "منگل", "بدھ", "جمعہ")},
    "tr": {"pazar", "sali"},  # also a market, a man's name
    "ps": {fold("اونۍ")},  # also a week
    "ru": {fold("среда")},  # also the environment; the day is «в среду»
}


@cache
def _weekday_phrases(lang: str) -> Phrases:
    """Return the days of the week that stand alone in texts of *lang*, abbreviations left out."""
    found: dict[tuple[str, ...], str] = {}
    for name, number in words_of(lang).weekdays.items() if lang in _REVIEWED else ():
        for key in keys(name.replace("_", " ")):
            if len("".join(key)) > 3 or "".join(key) in _DOUBTFUL_DAYS.get(lang, ()):
                found[key] = str(number)
    for name, number in _HALF_SPACED.items() if lang in {"fa", "fa-AF"} else ():
        for key in keys(name):
            found[key] = str(number)
    return Phrases(found)


_HALF_SPACED = {
    "سه‌شنبه": 1,
    "سه شنبه": 1,
    "پنج‌شنبه": 3,
    "پنج شنبه": 3,
    "چهار شنبه": 2,
    "یک‌شنبه": 6,
    "یک شنبه": 6,
    "دو شنبه": 0,
}
_URDU_DAY_CUES = frozenset(fold(word) for word in ("روز", "دن", "صبح", "شام", "رات", "شب", "دوپہر", "سہ"))


_OFFICES = "امام امامان ائمه خطیب خطبای نماز نمازگزاران ستاد خطبه صلاه خطبا"
_WITH_FRIDAY = frozenset(_OFFICES.split())
_NAMED = {"black", "good", "super", "bloody", "easter", "palm", "cyber", "ash", "shrove", "maundy", "giving"}
_PAPERS = {"times", "telegraph", "mirror", "mail", "express", "herald", "league"}
_FEASTS = frozenset(
    map(
        fold,
        (
            "gras",
            "saint",
            "santo",
            "santa",
            "ramos",
            "passione",
            "pascua",
            "pâques",
            "páscoa",
            "pasqua",
            "negro",
            "noir",
        ),
    )
)
"""Behind a day these make it a feast: «Mardi Gras», «Viernes Santo», «lundi de Pâques»."""
_RITES = frozenset(
    map(
        fold,
        (
            "prayers",
            "prayer",
            "sermon",
            "market",
            "بازار",
            "namazı",
            "namazında",
            "namazına",
            "namazından",
            "pazarı",
        ),
    )
)
"""Behind a day these make it a rite or a market: «جمعه بازار», "Friday prayers"."""
_SMALL = frozenset({"fr", "es", "it", "pt", "nl", "ru", "uk"})
"""Languages that write days of the week small: a capital inside of a sentence is a name, «Plácido Domingo»,
«телеканал Пятница».
"""
_BOUND_ONLY = {"pt": frozenset({"segunda", "terca", "quarta", "quinta", "sexta"})}
"""Days that are numbers too («Segunda Guerra», «Quinta da Boa Vista»): they are days only with «-feira»."""


def _of_a_name(words: Words, i: int, last: int) -> bool:
    """Whether a day of the week belongs to an office, a rite, a feast or a paper: «امام جمعه», «صلاة الجمعة»,
    Black Friday, the Sunday Times.
    """
    before = words.beside(i, i - 1)
    after = words.beside(i, last)
    if after in _RITES:
        return True
    if words.keys[i] in {"جمعه", "الجمعه"}:
        return before in _WITH_FRIDAY or before.removeprefix("ال") in _WITH_FRIDAY
    if {after, words.beside(i, last + 1)} & _FEASTS:
        return True
    if words.lang == "en":
        return before in _NAMED or (after in _PAPERS and words.tokens[last].text[0].isupper())
    # «der Trainer Karl Freitag»
    return words.lang == "de" and _is_capital(words, i - 1) and words.same_sentence(i - 2, i)


def _is_capital(words: Words, i: int) -> bool:
    return i >= 0 and words.tokens[i].text[0].isupper()


def _spelled_as_a_day(words: Words, i: int, last: int) -> bool:
    """Whether a day is spelled as its language spells days: small or with a capital; at the start of a
    sentence a comma must follow.
    """
    if words.lang in _SMALL:
        after = words.tokens[last].text if words.same_sentence(i, last) else ""
        return not _is_capital(words, i) or (not words.same_sentence(i - 1, i) and after == ",")
    return not words.keys[i].isascii() or _is_capital(words, i)


def _is_a_day(words: Words, i: int, last: int) -> bool:
    """Whether a word that is a day of the week among other things is one here: «ہفتہ کے روز», «بروز پیر»,
    "پیر کو", not «ایک ہفتہ».
    """
    if words.keys[i] not in _DOUBTFUL_DAYS.get(words.lang, ()):
        return True
    before = words.beside(i, i - 1)
    after = [words.beside(i, last), words.beside(i, last + 1)]
    if words.lang in {"ps", "ru"}:
        return False
    if words.lang == "tr":
        return after[0] in {"gunu", "sabahi", "aksami", "gecesi"}
    if before and (before.isdecimal() or amount_at(words, i - 1) or before in _URDU_WEEKS):
        return False
    return (
        before in {fold("بروز"), fold("روز")}
        or after[0] == fold("کو")
        or (after[0] in {fold("کے"), fold("کی")} and after[1] in _URDU_DAY_CUES)
    )


_URDU_WEEKS = frozenset(
    fold(word)
    for word in ("اس", "ہر", "گزشتہ", "پچھلے", "اگلے", "آئندہ", "رواں", "پورا", "پورے", "کئی", "چند")
)


def _is_weekday(words: Words, i: int, last: int) -> bool:
    """Whether the name of a day of the week over ``tokens[i:last]`` is one: by its spelling, its article, and
    what stands beside it.
    """
    if not _spelled_as_a_day(words, i, last) or (words.lang == "ar" and not words.keys[i].startswith("ال")):
        return False
    if last - i == 1 and words.keys[i] in _BOUND_ONLY.get(words.lang, ()):
        return False
    return _is_a_day(words, i, last) and not _of_a_name(words, i, last)


def weekdays_named(finder: Timeline) -> None:
    """چهارشنبه, يوم الأربعاء, next Friday: the last one up to publication unless «next» stands beside it."""
    words = finder.words
    listed = _weekday_phrases(words.lang)
    for i in range(len(words.tokens)):
        hit = listed.at(words.keys, i) if finder.free(i) else None
        if hit is None or not _is_weekday(words, i, i + hit.length):
            continue
        after = words.beside(i, i + hit.length)
        before = words.beside(i, i - 1)
        if any(
            words.same_sentence(i, j) and not finder.free(j)
            for j in (i + hit.length, i + hit.length + (after in {"،", ",", "مورخ"}))
        ):
            continue
        coming = phrases("times", "next", words.lang)
        ahead = after in coming or (before in coming and not words.is_persian and words.lang != "ar")
        number = int(hit.value)
        value = (
            weekday_value(number, finder.today, ahead=ahead).isoformat()
            if finder.today
            else f"XXXX-WXX-{number + 1}"
        )
        first = i - (before in {"یوم", "روز"})
        finder.add_anchored(first, i + hit.length, value, "gregory")
