"""Amounts below zero: "minus 15 degrees", «۵ درجه زیر صفر», 5 درجات تحت الصفر, -3 %."""

from __future__ import annotations

from dataclasses import dataclass

from services.extract.counting.amounts import Amount, unit_at
from services.extract.words_of_article import Words

DASHES = frozenset("-−–")
LONGEST = 9
"""More tokens than a sign has: words of Hindi fall into their letters."""
WARM = frozenset({"°", "°C", "°F"})


@dataclass(frozen=True, slots=True)
class Side:
    """The side of zero of an amount over ``tokens[first:last]``: *factor* is 1, -1, or 0 if unknown."""

    first: int
    last: int
    factor: int
    unit: str | None
    """The unit as given, or degrees where «12 below zero» leaves them out."""


def side(words: Words, amount: Amount, unit: str | None, last: int) -> Side:
    """Return the side of zero of *amount*, whose unit ends at *last*, with the words that say it."""
    lead = _led(words, amount.first)
    tail = _tail(words, amount, last) if unit in WARM or unit is None else _Sign(0, 1)
    around = _around(words, amount, last)
    if around:
        lead, tail = around
    first = amount.first - lead.width
    unit = "°" if unit is None and tail.width else unit
    factors = {lead.factor, tail.factor} - {1}
    if (lead.factor != 1 and unit is None) or len(factors) > 1 or 0 in factors:
        return Side(first, last + tail.width, 0, unit)
    return Side(first, last + tail.width, -1 if factors else 1, unit)


@dataclass(frozen=True, slots=True)
class _Sign:
    width: int
    factor: int


def _around(words: Words, amount: Amount, last: int) -> tuple[_Sign, _Sign] | None:
    """Return the signs before an amount and behind its unit («صفر سے 5 ڈگری نیچے»); None for no such."""
    for width in range(2, LONGEST):
        at = amount.first - width
        hit = unit_at(words, "from_zero", at) if words.same_sentence(at, amount.first) else None
        if hit and hit.length == width:
            behind = [
                part
                for part in ("under", "over")
                if words.same_sentence(at, last) and unit_at(words, part, last)
            ]
            factor = {"under": -1, "over": 1}[behind[0]] if behind else 0
            return _Sign(width, 1), _Sign(len(behind), factor)
    return None


def _led(words: Words, first: int) -> _Sign:
    """Return the sign before an amount: a word, or a dash that touches the digits and nothing before it."""
    for width in range(1, LONGEST):
        hit = unit_at(words, "minus", first - width) if words.same_sentence(first - width, first) else None
        if hit and hit.length == width:
            before = first - width - 1
            subtracted = words.same_sentence(before, first) and words.tokens[before].text[0].isdecimal()
            return _Sign(width, 0 if subtracted else -1)
    if not words.same_sentence(first - 1, first):
        return _Sign(0, 1)
    dash = words.tokens[first - 1]
    if (
        dash.text not in DASHES
        or dash.end != words.tokens[first].start
        or not words.tokens[first].text[0].isdecimal()
    ):
        return _Sign(0, 1)
    if not words.same_sentence(first - 2, first):
        return _Sign(1, 0)  # «-5 %» at the start of a line may be an item of a list
    return (
        _Sign(1, -1)
        if words.tokens[first - 2].end < dash.start or words.tokens[first - 2].text in "([«"
        else _Sign(0, 1)
    )


def _tail(words: Words, amount: Amount, last: int) -> _Sign:
    """Return what stands behind a temperature: «زیر صفر», "above zero"."""
    for part, factor in (("below_zero", -1), ("above_zero", 1), ("zero_unclear", 0)):
        hit = unit_at(words, part, last) if words.same_sentence(amount.first, last) else None
        if hit:
            return _Sign(hit.length, factor)
    return _Sign(0, 1)


def is_zero_mark(words: Words, amount: Amount) -> bool:
    """Whether a zero only marks that others lie below or above: «به زیر صفر رسید», "below zero"."""
    if amount.value:
        return False
    start = max(0, amount.first - 3)
    for part in ("below_zero", "above_zero"):
        for at in range(start, amount.first + 1):
            hit = unit_at(words, part, at)
            if hit and at + hit.length >= amount.last:
                return True
    return False
