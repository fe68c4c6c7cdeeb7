"""Numbers with unit and what is counted: money, percent, measures, people killed, wounded, displaced."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from typing import NamedTuple

from services.extract.counting.amounts import HYPHENS, Amount, amount_at, phrase_at
from services.extract.counting.currencies import money_of_family, of_sign
from services.extract.counting.negative import is_zero_mark, side_of_zero
from services.extract.lexicon.phrases import Hit, folded_words
from services.extract.lexicon.word_tables import IN_FULL, is_read, phrases, table
from services.extract.words_of_article import Words
from shared.records import Number, TimeExpression
from shared.text.stems import readings, stem

FATE_AFTER = 5
"""Words after an amount in which a fate is looked for.

«۱۲ نفر در این حادثه کشته شدند», twelve people were killed in this accident, needs five.
"""
FATE_BEFORE = 3
"""Words before an amount in which a fate is looked for: «مقتل 12 شخصا», the killing of 12 people."""
GLUED_CLITICS = frozenset({"و", "ف", "ب", "ل", "ک", "ال", "بال", "وال", "لل"})
"""Clitics that may be glued to digits, which are no code for that."""
ENGLISH_ONLY_UNITS = frozenset(
    {"foot", "feet", "mile", "miles", "ton", "tons", "won", "acre", "acres", "toman"}
)
"""Units of English that are other words elsewhere: «miles de personas», «c'est ton tour», «won».

The others mean the same where they are used.
"""
DOUBTFUL_WORDS = folded_words("نه ده سی شش یک one واحد واحده صد ست سبع ایک نو ستر اسی یو یوه یهک")
"""Number words that are something else as often: they count only before a unit or a counted noun."""
JOINING_WORDS = frozenset({"و", "and"})
"""Persian, Arabic and English "and": what is told before it is not told of the amount behind it."""
CLAUSE_WORDS = JOINING_WORDS | {"while", "که", "as"}
"""Words with which a new clause begins; «که» is Persian "that"."""


def numbers(
    words: Words, times: Sequence[TimeExpression], countries: AbstractSet[str] = frozenset()
) -> list[Number]:
    """Return the amounts of the text in order, those inside of time expressions left out.

    *countries* (ISO 3166) are those that the text and its source name: they tell whose dinars or pounds are
    meant.
    """
    taken = bytearray(len(words.text))
    for time in times:
        if time.type != "SET":
            taken[time.start : time.end] = b"\1" * (time.end - time.start)
    out: list[Number] = []
    i = ended = 0
    while i < len(words.tokens):
        amount = amount_at(words, i)
        if amount is None or 1 in taken[words.tokens[i].start : words.tokens[amount.last - 1].end]:
            i += 1
            continue
        if not _counts_nothing(words, amount) and not _ends_an_unread_number(words, amount, ended):
            number = _number(words, amount, countries)
            out += [number] if number else []
        i = ended = amount.last
    return out


def _counts_nothing(words: Words, amount: Amount) -> bool:
    """Tell whether an amount is left open, is a share or an hour, or is only a piece of a number."""
    behind = words.same_sentence(amount.first, amount.last)
    return bool(
        math.isnan(amount.value)  # left open: «چند هزار»
        or is_zero_mark(words, amount)
        or _is_a_share(words, amount)
        # the end of a number whose beginning was not read
        or (amount.spelled and not amount.scaled and words.lang not in IN_FULL)
        or _shares_a_scale(words, amount)
        or (behind and amount.spelled and phrase_at(words, "shares", amount.last))
        or (behind and phrase_at(words, "hours", amount.last))
    )


def _shares_a_scale(words: Words, amount: Amount) -> bool:
    """Tell whether the scale of the next number may be its own too: "two to three million", «2-3 ملايين»."""
    at = amount.last
    if amount.scaled or not words.same_sentence(amount.first, at + 1):
        return False
    linked = words.keys[at] in phrases("units", "ranges", words.lang) or words.tokens[at].text in HYPHENS | {
        "–",
        "—",
    }
    other = amount_at(words, at + 1) if linked else None
    return other is not None and other.scaled and other.first == at + 1


def _ends_an_unread_number(words: Words, amount: Amount, ended: int) -> bool:
    """Tell whether a spelled number only ends an unread one: the «dix-sept» of «soixante-dix-sept»."""
    if not amount.spelled or words.lang in IN_FULL or not ended:
        return False
    return ended == amount.first or (ended == amount.first - 1 and words.tokens[ended].text == "-")


def _is_a_share(words: Words, amount: Amount) -> bool:
    """Tell whether an amount is the whole of a share: the five of "one in five people", «از هر پنج نفر»."""
    keys, first = words.keys, amount.first
    if words.is_persian:
        return first > 1 and list(keys[first - 2 : first]) == ["از", "هر"]
    if words.lang != "en" or not words.same_sentence(first - 1, first):
        return False
    if keys[first - 1] == "in":
        share = first - 2
    elif first > 1 and list(keys[first - 2 : first]) == ["out", "of"]:
        share = first - 3
    else:
        return False
    return words.same_sentence(share, first) and amount_at(words, share) is not None


def _number(words: Words, amount: Amount, countries: AbstractSet[str]) -> Number | None:
    """Return the amount as a number of the record; None where nothing says what it counts."""
    if _is_part_of_a_code(words, amount):
        return None
    before, behind = _unit_before(words, amount.first), _unit_behind(words, amount)
    written = behind or before
    end = amount.last + (behind.length if behind else 0)
    signed = side_of_zero(words, amount, written.value if written else None, end)
    if signed.factor == 0 or not (is_read(words.lang) or amount.scaled or signed.unit == "%"):
        return None
    unit = money_of_family(signed.unit, words.lang, countries) if signed.unit else None
    of = None if unit else _counted_key(words, amount)
    if unit is None and (
        of is None or (_is_doubtful(words, amount) and not _is_surely_counted(words, amount))
    ):
        return None
    first = min(signed.first, amount.first - (before.length if before else 0))
    return Number(
        start=words.tokens[first].start,
        end=words.tokens[signed.last - 1].end,
        value=round(_with_thousands(words, amount, unit) * signed.factor, 6),
        unit=unit,
        of=of,
        approx=_is_approximate(words, first),
    )


def _is_doubtful(words: Words, amount: Amount) -> bool:
    """Tell whether an amount is one word that is something else as often."""
    return (
        amount.spelled
        and not amount.scaled
        and words.keys[amount.first] in DOUBTFUL_WORDS
        and amount.last - amount.first == 1
    )


def _is_surely_counted(words: Words, amount: Amount) -> bool:
    """Tell whether a listed noun or classifier stands right after an amount."""
    counted = phrases("units", "counted", words.lang)
    classifiers = phrases("units", "classifiers", words.lang)
    after = amount.last
    return after < len(words.tokens) and bool(
        counted.at(words.keys, after) or classifiers.at(words.keys, after)
    )


def _with_thousands(words: Words, amount: Amount, unit: str | None) -> float:
    """Return an amount's value; «12.500 شخص» are 12,500, as people are whole.

    Only in Arabic and Persian, and where no unit follows.
    """
    literal = words.text[words.tokens[amount.first].start : words.tokens[amount.last - 1].end]
    tail = literal.rpartition(".")[2]
    if (
        words.lang in {"fa", "ar"}
        and unit is None
        and "." in literal
        and len(tail) == 3
        and tail.isdigit()
        and not amount.scaled
    ):
        return amount.value * 1000
    return amount.value


def _is_part_of_a_code(words: Words, amount: Amount) -> bool:
    """Tell whether the digits belong to a name or code: F-16, G7, S-400, 5G, 2-1, a long number."""
    if amount.spelled:
        return False
    first, last = amount.first, amount.last
    before = words.tokens[first - 1] if first else None
    if before and before.end == words.tokens[first].start:
        if before.is_word and words.keys[first - 1] not in GLUED_CLITICS:
            return True
        if before.text in "-–_/:#.@+" and first > 1 and words.tokens[first - 2].end == before.start:
            return True
    after = words.tokens[last] if last < len(words.tokens) else None
    if after and after.start == words.tokens[last - 1].end:
        if after.is_word and not _unit_behind(words, amount) and not phrase_at(words, "scales", last):
            return True
        if (
            after.text in "–/:@"
            and last + 1 < len(words.tokens)
            and words.tokens[last + 1].start == after.end
        ):
            return True
    return False


def _unit_behind(words: Words, amount: Amount) -> Hit | None:
    """Return the unit after an amount."""
    i = amount.last
    if not words.same_sentence(amount.first, i):
        return None
    lang = words.lang
    if words.tokens[i].text in "%٪":
        return Hit(1, "%")
    if money := of_sign(words.tokens[i].text, "", lang):
        return Hit(1, money)
    longest: Hit | None = None
    for part in ("percent", "currencies", "measures"):
        hit = phrases("units", part, lang).at(words.keys, i)
        if (
            hit is None
            and lang != "en"
            and words.tokens[i].text.isascii()
            and words.keys[i] not in ENGLISH_ONLY_UNITS
        ):
            hit = phrases("units", part, "en").at(words.keys, i)
        if hit is None and lang == "ar":
            hit = words.phrase_behind_clitics(i, phrases("units", part, lang))
        if hit and (longest is None or hit.length > longest.length):
            longest = Hit(hit.length, "%" if part == "percent" else hit.value)
    return None if longest and _is_of_people(words, i, longest.value) else longest


def _is_of_people(words: Words, i: int, unit: str) -> bool:
    """Tell whether «۱۲ تن» are twelve people, with a fate behind them, and not twelve tonnes of goods."""
    if words.lang != "fa" or words.keys[i] != "تن" or unit != "t":
        return False
    counted = phrases("units", "counted", "fa")
    return any(
        words.same_sentence(i, j) and (counted.at(words.keys, j) or words.keys[j] in {"از", "دیگر", "را"})
        for j in range(i + 1, min(i + 1 + FATE_AFTER, len(words.tokens)))
    )


def _unit_before(words: Words, first: int) -> Hit | None:
    """Return the unit that a sign before an amount stands for: «$20», «A$20», «٪۲۰»."""
    sign = words.tokens[first - 1] if first else None
    if sign is None or sign.end < words.tokens[first].start - 1:
        return None
    if sign.text in "٪%":
        return Hit(1, "%")
    letters = words.tokens[first - 2] if first > 1 else None
    glued = letters is not None and letters.end == sign.start and letters.is_word
    money = of_sign(sign.text, words.keys[first - 2] if glued else "", words.lang)
    return Hit(1 + glued, money) if money else None


def _counted_key(words: Words, amount: Amount) -> str | None:
    """Return the key of what is counted: a fate near it, else the noun that follows (listed, or its stem)."""
    behind = list(_counted_behind(words, amount))
    fate_behind = next((counted for counted in behind if counted.key in _fates()), None)
    fates = [fate for fate in (fate_behind, _fate_before(words, amount)) if fate]
    if fates:
        return min(fates).key
    if behind and behind[0].distance == 1:
        return behind[0].key
    return _unlisted_noun_behind(words, amount)


def _unlisted_noun_behind(words: Words, amount: Amount) -> str | None:
    """Return the stem of the noun after an amount; «person» where a classifier stands without a noun."""
    at = amount.last
    classifiers = phrases("units", "classifiers", words.lang)
    while words.same_sentence(amount.first, at) and classifiers.at(words.keys, at):
        at += 1
    is_noun = (
        words.same_sentence(amount.first, at)
        and words.tokens[at].is_word
        and not phrase_at(words, "minus", at)
    )
    if at == amount.last and not (is_noun and len(words.keys[at]) > 2):
        return None
    return stem(words.keys[at], words.lang) if is_noun else "person"


@cache
def _fates() -> frozenset[str]:
    return frozenset(table("units")["outcomes"].split("|"))


class _Counted(NamedTuple):
    """A listed noun or fate near an amount: how many words from it, at least 1, and its key."""

    distance: int
    key: str


def _counted_behind(words: Words, amount: Amount) -> Iterator[_Counted]:
    """Yield the listed nouns and fates after an amount, up to the next number or clause."""
    for between, j in enumerate(range(amount.last, min(amount.last + FATE_AFTER, len(words.tokens)))):
        if (
            not words.same_sentence(amount.first, j)
            or words.tokens[j].text[0].isdigit()
            or (between and _begins_a_clause(words, j))
        ):
            break
        key = _counted_at(words, j)
        if key:
            yield _Counted(max(between, 1), key)


def _fate_before(words: Words, amount: Amount) -> _Counted | None:
    """Return the nearest fate before an amount: «مقتل 12 شخصا»."""
    for distance, j in enumerate(range(amount.first - 1, max(-1, amount.first - 1 - FATE_BEFORE), -1), 1):
        if (
            not words.same_sentence(amount.first, j)
            or words.tokens[j].text[0].isdecimal()
            or words.tokens[j].text[0] in "،,;؛"
            or words.keys[j] in JOINING_WORDS
        ):
            return None
        key = _counted_at(words, j)
        if key and key in _fates():
            return _Counted(distance, key)
    return None


def _begins_a_clause(words: Words, j: int) -> bool:
    """Tell whether a new clause begins at token *j*: a comma, «و», or an Arabic word with و glued to it."""
    key = words.keys[j]
    if words.tokens[j].text in "،,;؛:" or key in CLAUSE_WORDS:
        return True
    return (
        words.lang == "ar" and len(key) > 3 and key[0] == "و" and key[1:] in phrases("units", "counted", "ar")
    )


def _counted_at(words: Words, j: int) -> str | None:
    """Return the key of the counted noun or fate at token *j*, whatever is glued to it."""
    counted = phrases("units", "counted", words.lang)
    for _, form, _ in readings(words.keys[j], words.lang):
        bare = form.removeprefix("ال") if words.lang == "ar" else form
        hit = counted.read_at(words.keys, j, form) or counted.read_at(words.keys, j, bare)
        if hit:
            return hit.value
    return None


def _is_approximate(words: Words, first: int) -> bool:
    """Tell whether «about» stands before an amount that begins at *first*, in Arabic also after it."""
    approximators = phrases("units", "approx", words.lang)
    for back in range(1, 5):
        if words.same_sentence(first - back, first):
            hit = approximators.at(words.keys, first - back)
            if hit and first - back + hit.length >= first - 1:
                return True
            if back == 1 and words.reads_as(first - 1, approximators):
                return True
    after = any(
        words.same_sentence(first, j) and approximators.at(words.keys, j)
        for j in range(first + 1, min(first + 4, len(words.keys)))
    )
    return (words.lang == "ar" and after) or bool(first and words.tokens[first - 1].text in "~≈")
