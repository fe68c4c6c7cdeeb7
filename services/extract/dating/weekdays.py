"""Days of the week as expressions of time: چهارشنبه, next Friday; not «امام جمعه», an office."""

from __future__ import annotations

from functools import cache

from services.extract.counting.amounts import amount_at
from services.extract.dating.calendar_values import weekday_value
from services.extract.dating.timeline import Timeline
from services.extract.lexicon.phrases import Phrases, folded_words, keys
from services.extract.lexicon.word_tables import phrases
from services.extract.words_of_article import Words
from shared.text.calendar_words import words_of
from shared.text.tokens import fold

_REVIEWED = frozenset(
    {"fa", "fa-AF", "ar", "ur", "ps", "ckb", "en", "de", "fr", "es", "it", "pt", "nl", "ru", "uk", "tr"}
)
"""Languages whose days were looked through for words that mean something else; in others none is read."""
_DOUBTFUL_DAYS = {
    # also a week, an old or holy man, Mars, Buddha, a man's name
    "ur": {fold(day) for day in ("ہفتہ", "پیر", "منگل", "بدھ", "جمعہ")},
    "tr": {"pazar", "sali"},  # also a market, a man's name
    "ps": {fold("اونۍ")},  # also a week
    "ru": {fold("среда")},  # also the environment; the day is «в среду»
}
_SPACED_DAYS = {"سه‌شنبه": 1, "پنج‌شنبه": 3, "چهار شنبه": 2, "یک‌شنبه": 6, "دو شنبه": 0}
DAY_WORDS = frozenset({"یوم", "روز"})
"""«Day» before its name: يوم الأربعاء."""
_URDU_DAY_CUES = folded_words("روز دن صبح شام رات شب دوپہر سہ")
_URDU_WEEKS = folded_words("اس ہر گزشتہ پچھلے اگلے آئندہ رواں پورا پورے کئی چند")
_OFFICES = "امام امامان ائمه خطیب خطبای نماز نمازگزاران ستاد خطبه صلاه خطبا"
_BEFORE_FRIDAY = frozenset(_OFFICES.split())
"""Before «جمعه» these make it an office or a rite: «امام جمعه»."""
_BEFORE_FEAST_DAYS = folded_words("black good super bloody easter palm cyber ash shrove maundy giving")
"""Before a day these make it a feast: Black Friday, Good Friday."""
_PAPER_NAMES = {"times", "telegraph", "mirror", "mail", "express", "herald", "league"}
"""Behind a day these make it a paper or a league: Sunday Times."""
_BEHIND_FEAST_DAYS = folded_words(
    "gras saint santo santa ramos passione pascua pâques páscoa pasqua negro noir"
)
"""Behind a day these make it a feast: «Mardi Gras», «Viernes Santo», «lundi de Pâques»."""
_BEHIND_RITES = folded_words("prayers prayer sermon market بازار namazı namazında namazına namazından pazarı")
"""Behind a day these make it a rite or a market: «جمعه بازار», "Friday prayers"."""
_SMALL_LETTER_LANGS = frozenset({"fr", "es", "it", "pt", "nl", "ru", "uk"})
"""Languages that write days small: a capital inside of a sentence is a name, «Plácido Domingo»."""
_BOUND_ONLY = {"pt": frozenset({"segunda", "terca", "quarta", "quinta", "sexta"})}
"""Days that are numbers too («Segunda Guerra», «Quinta da Boa Vista»): they are days only with «-feira»."""


def weekdays_named(timeline: Timeline) -> None:
    """Add days of the week: the last one up to publication, unless «next» stands beside it."""
    words = timeline.words
    names_of_days = day_names(words.lang)
    for i in range(len(words.tokens)):
        hit = names_of_days.at(words.keys, i) if timeline.free(i) else None
        if hit is None or not _is_weekday(words, i, i + hit.length):
            continue
        after = words.beside(i, i + hit.length)
        before = words.key_before(i)
        if any(
            words.same_sentence(i, j) and not timeline.free(j)
            for j in (i + hit.length, i + hit.length + (after in {"،", ",", "مورخ"}))
        ):
            continue
        coming = phrases("times", "next", words.lang)
        ahead = words.begins_beside(i, i + hit.length, coming) or (
            before in coming and not words.is_persian and words.lang != "ar"
        )
        number = int(hit.value)
        value = (
            weekday_value(number, timeline.today, ahead=ahead).isoformat()
            if timeline.today
            else f"XXXX-WXX-{number + 1}"
        )
        first = i - (before in DAY_WORDS)
        timeline.add_anchored(first, i + hit.length, value, "gregory")


@cache
def day_names(lang: str) -> Phrases:
    """Return the days of the week that stand alone in texts of *lang*, abbreviations left out."""
    days: dict[tuple[str, ...], str] = {}
    for name, number in words_of(lang).weekdays.items() if lang in _REVIEWED else ():
        for key in keys(name.replace("_", " ")):
            if len("".join(key)) > 3 or "".join(key) in _DOUBTFUL_DAYS.get(lang, ()):
                days[key] = str(number)
    for name, number in _SPACED_DAYS.items() if lang in {"fa", "fa-AF"} else ():
        for key in keys(name):
            days[key] = str(number)
    return Phrases(days)


def _is_part_of_a_name(words: Words, i: int, last: int) -> bool:
    """Tell whether a day belongs to an office, a rite, a feast or a paper: «امام جمعه», Black Friday."""
    before = words.key_before(i)
    after = words.beside(i, last)
    if after in _BEHIND_RITES:
        return True
    if words.keys[i] in {"جمعه", "الجمعه"}:
        return before in _BEFORE_FRIDAY or before.removeprefix("ال") in _BEFORE_FRIDAY
    if {after, words.beside(i, last + 1)} & _BEHIND_FEAST_DAYS:
        return True
    if words.lang == "en":
        return before in _BEFORE_FEAST_DAYS or (
            after in _PAPER_NAMES and words.tokens[last].text[0].isupper()
        )
    # «der Trainer Karl Freitag»
    return words.lang == "de" and _is_capital(words, i - 1) and words.same_sentence(i - 2, i)


def _is_capital(words: Words, i: int) -> bool:
    return i >= 0 and words.tokens[i].text[0].isupper()


def _spelled_as_a_day(words: Words, i: int, last: int) -> bool:
    """Tell whether a day is spelled as its language spells days, small or with a capital.

    At the start of a sentence, where days are written small, a comma must follow.
    """
    if words.lang in _SMALL_LETTER_LANGS:
        after = words.tokens[last].text if words.same_sentence(i, last) else ""
        return not _is_capital(words, i) or (not words.same_sentence(i - 1, i) and after == ",")
    return not words.keys[i].isascii() or _is_capital(words, i)


def _means_the_day(words: Words, i: int, last: int) -> bool:
    """Tell whether a word that is a day among other things is one here: «ہفتہ کے روز», not «ایک ہفتہ»."""
    if words.keys[i] not in _DOUBTFUL_DAYS.get(words.lang, ()):
        return True
    before = words.key_before(i)
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


def _is_weekday(words: Words, i: int, last: int) -> bool:
    """Tell whether a day's name over ``tokens[i:last]`` means it: by spelling, article and words beside."""
    if not _spelled_as_a_day(words, i, last) or (words.lang == "ar" and not words.keys[i].startswith("ال")):
        return False
    if last - i == 1 and words.keys[i] in _BOUND_ONLY.get(words.lang, ()):
        return False
    return _means_the_day(words, i, last) and not _is_part_of_a_name(words, i, last)
