"""Amounts below zero: "minus 15 degrees", «۵ درجه زیر صفر», 5 درجات تحت الصفر, -3 %."""

from __future__ import annotations

from dataclasses import dataclass

from services.extract.counting.amounts import Amount, phrase_at
from services.extract.words_of_article import Words

DASHES = frozenset("-−–")
LONGEST_SIGN = 9
"""More tokens than a sign has: words of Hindi fall into their letters."""
DEGREES = frozenset({"°", "°C", "°F"})
"""Units that have another side of zero in words: «زیر صفر»."""


@dataclass(frozen=True, slots=True)
class Side:
    """The side of zero of an amount over ``tokens[first:last]``: *factor* is 1, -1, or 0 if unknown."""

    first: int
    last: int
    factor: int
    unit: str | None
    """The unit as given, or degrees where «12 below zero» leaves them out."""


@dataclass(frozen=True, slots=True)
class _Sign:
    """Words that say on which side of zero an amount lies: how many *tokens*, and the *factor* they give."""

    tokens: int
    factor: int


NO_SIGN = _Sign(0, 1)
"""No such words: the amount is what it says."""


def side_of_zero(words: Words, amount: Amount, unit: str | None, last: int) -> Side:
    """Return the side of zero of *amount*, whose unit ends at *last*, with the words that say it."""
    before = _sign_before(words, amount.first)
    behind = _sign_behind(words, amount, last) if unit in DEGREES or unit is None else NO_SIGN
    signs_around = _signs_around(words, amount, last)
    if signs_around:
        before, behind = signs_around
    first = amount.first - before.tokens
    unit = "°" if unit is None and behind.tokens else unit
    factors = {before.factor, behind.factor} - {1}
    if (before.factor != 1 and unit is None) or len(factors) > 1 or 0 in factors:
        return Side(first, last + behind.tokens, 0, unit)
    return Side(first, last + behind.tokens, -1 if factors else 1, unit)


def _signs_around(words: Words, amount: Amount, last: int) -> tuple[_Sign, _Sign] | None:
    """Return the signs before an amount and behind its unit («صفر سے 5 ڈگری نیچے»); None for no such."""
    for tokens in range(2, LONGEST_SIGN):
        first = amount.first - tokens
        hit = phrase_at(words, "from_zero", first) if words.same_sentence(first, amount.first) else None
        if hit and hit.length == tokens:
            behind = [
                part
                for part in ("under", "over")
                if words.same_sentence(first, last) and phrase_at(words, part, last)
            ]
            factor = {"under": -1, "over": 1}[behind[0]] if behind else 0
            return _Sign(tokens, 1), _Sign(len(behind), factor)
    return None


def _sign_before(words: Words, first: int) -> _Sign:
    """Return the sign before an amount: a word, or a dash that touches the digits and nothing before it."""
    for tokens in range(1, LONGEST_SIGN):
        hit = (
            phrase_at(words, "minus", first - tokens) if words.same_sentence(first - tokens, first) else None
        )
        if hit and hit.length == tokens:
            other = first - tokens - 1
            subtracted = words.same_sentence(other, first) and words.tokens[other].text[0].isdecimal()
            return _Sign(tokens, 0 if subtracted else -1)
    if not words.same_sentence(first - 1, first):
        return NO_SIGN
    dash = words.tokens[first - 1]
    if (
        dash.text not in DASHES
        or dash.end != words.tokens[first].start
        or not words.tokens[first].text[0].isdecimal()
    ):
        return NO_SIGN
    if not words.same_sentence(first - 2, first):
        return _Sign(1, 0)  # «-5 %» at the start of a line may be an item of a list
    return (
        _Sign(1, -1)
        if words.tokens[first - 2].end < dash.start or words.tokens[first - 2].text in "([«"
        else NO_SIGN
    )


def _sign_behind(words: Words, amount: Amount, last: int) -> _Sign:
    """Return what stands behind a temperature: «زیر صفر», "above zero"."""
    for part, factor in (("below_zero", -1), ("above_zero", 1), ("zero_unclear", 0)):
        hit = phrase_at(words, part, last) if words.same_sentence(amount.first, last) else None
        if hit:
            return _Sign(hit.length, factor)
    return NO_SIGN


def is_zero_mark(words: Words, amount: Amount) -> bool:
    """Tell whether a zero only marks that others lie below or above: «به زیر صفر رسید», "below zero"."""
    if amount.value:
        return False
    start = max(0, amount.first - 3)
    for part in ("below_zero", "above_zero"):
        for at in range(start, amount.first + 1):
            hit = phrase_at(words, part, at)
            if hit and at + hit.length >= amount.last:
                return True
    return False
