"""Reads an amount at a place in the text: digits, number words, scales, halves: «سه میلیون و پانصد هزار»."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from services.extract.lexicon.phrases import Hit
from services.extract.lexicon.word_tables import COMMA_DECIMAL, phrases
from services.extract.words_of_article import Words
from shared.text.digits import fold_digits
from shared.text.stems import readings

DIGITS = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3}(?!\d))+(?:,\d+)?|\d+(?:[.,٫٬،/’']\d+)*")
MOST_DIGITS = 15
"""More digits than this are a code, not an amount."""
MOST_PARTS = 16
"""Words and digits of one amount; «هزار هزار هزار …» is not an amount, and would outgrow every number."""
HYPHENS = frozenset("-‐‑")
SCALE_ALONE = frozenset({"fa", "ar"})
"""Languages in which a scale alone means one of it: «هزار نفر»; in others its number was not read."""
SPACED_SHORT_SCALES = frozenset({"bn", "tn"})
"""Scales of two letters that count behind a space too, "5 bn"; others only right behind digits, "5m"."""
FRACTION_LINKS = frozenset({"of", "a", "an", "-", "از", "من", "de"})
"""What may stand between a fraction and its scale: "a quarter of a million".

«از» is the "of" of Persian, «من» that of Arabic.
"""
SCALES_SAID_AGAIN = frozenset({"ملیون", "ملیار", "الف"})
"""Million, milliard and thousand, which Arabic may say again: «ونصف المليون», and half a million."""


@dataclass(frozen=True, slots=True)
class Amount:
    """``tokens[first:last]`` as a number.

    *spelled* tells whether it was written in words, *scaled* whether it holds a scale word.
    """

    first: int
    last: int
    value: float
    spelled: bool
    scaled: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """One number of an amount, up to the token *last*; *place_value* is what it counts in (1, 10, 100 …)."""

    last: int
    value: float
    place_value: float
    spelled: bool


class _Scale(NamedTuple):
    """A scale word: how many *tokens* it has, and its *value*."""

    tokens: int
    value: float


class _Fraction(NamedTuple):
    """A fraction up to the token *last*; its *value* is NaN when it cannot be read."""

    last: int
    value: float


@dataclass(slots=True)
class _AmountSoFar:
    """An amount up to the token *end*: *group* is what the next scale multiplies, *total* all before it.

    *place_value* is what the last part counted in: the next is smaller. *scaled* tells whether a scale closes
    the group.
    """

    end: int
    group: float
    place_value: float
    spelled: bool
    scaled: bool
    total: float = 0.0

    def multiply(self, scale: _Scale) -> None:
        """Multiply by a scale; the hundreds of "two hundred thousand" close no group."""
        self.end += scale.tokens
        self.group *= scale.value
        self.place_value = scale.value * (self.place_value if self.scaled else 1)
        self.scaled = self.scaled or scale.value >= 1000

    def add_fraction(self, fraction: _Fraction) -> None:
        """Add a fraction of the last scale, or of one: «و نیم»."""
        self.end = fraction.last
        self.group += (self.place_value if self.scaled else 1.0) * fraction.value

    def add(self, part: _Part) -> None:
        """Add a smaller number: a group of its own behind a scale."""
        if self.scaled:
            self.total, self.group, self.scaled = self.total + self.group, 0.0, False
        self.group += part.value
        self.end, self.spelled = part.last, self.spelled and part.spelled
        self.place_value = min(self.place_value, part.place_value) if part.spelled else 1.0


@cache
def _openers(lang: str) -> frozenset[str]:
    """Return the words with which a spelled amount may begin: most tokens are asked, and hardly one does."""
    parts = ("words", "one", "offsets", "fractions", "scales", "vague")
    return frozenset().union(*(phrases("units", part, lang).first_words for part in parts))


def phrase_at(words: Words, part: str, i: int) -> Hit | None:
    """Return the phrase of a *part* of units.yml that stands at token *i*."""
    return phrases("units", part, words.lang).at(words.keys, i)


def amount_at(words: Words, i: int) -> Amount | None:
    """Return the longest amount that begins at token *i*, None when none does.

    What is told but cannot be read («عدة آلاف», "several million", «ثلث مليون») has the *value* NaN: neither
    it nor its parts count as an amount.
    """
    begins = words.keys[i] in _openers(words.lang) or words.tokens[i].text[0].isdecimal()
    return _amount_from(words, i) if begins else None


def _amount_from(words: Words, i: int) -> Amount | None:
    fraction = _fraction_of_scale(words, i)
    if fraction:
        return fraction
    part = _part_at(words, i, glued=False) or _after_article_or_offset(words, i) or _scale_alone(words, i)
    if part is None:
        return _left_open(words, i)
    so_far = _AmountSoFar(
        part.last, part.value, part.place_value, spelled=part.spelled, scaled=part.place_value >= 1000
    )
    while so_far.end - i < MOST_PARTS and _take_next(words, so_far):
        pass
    scaled = so_far.scaled or so_far.total > 0
    return Amount(i, so_far.end, so_far.total + so_far.group, so_far.spelled, scaled)


def _take_next(words: Words, so_far: _AmountSoFar) -> bool:
    """Take in what stands behind an amount if it belongs to it: a scale, a part of one, a smaller number."""
    if scale := _scale_at(words, so_far.end, so_far.group):
        so_far.multiply(scale)
    elif fraction := _and_a_fraction(words, so_far.end):
        so_far.add_fraction(fraction)
    elif part := _next_smaller_part(words, so_far):
        so_far.add(part)
    else:
        return False
    return True


def _after_article_or_offset(words: Words, i: int) -> _Part | None:
    """Return the one of "a hundred", three and a half for «ساڑھے تین», one and a quarter for «سوا لاکھ»."""
    if not words.same_sentence(i, i + 1):
        return None
    if words.keys[i] in phrases("units", "one", words.lang) and phrase_at(words, "scales", i + 1):
        return _Part(i + 1, 1.0, 1.0, spelled=True)
    offset = phrase_at(words, "offsets", i)
    if offset is None:
        return None
    part = _part_at(words, i + 1, glued=False)
    if part:
        return _Part(part.last, part.value + float(offset.value), 1.0, spelled=part.spelled)
    return (
        _Part(i + 1, 1.0 + float(offset.value), 1.0, spelled=True)
        if phrase_at(words, "scales", i + 1)
        else None
    )


def _scale_alone(words: Words, i: int) -> _Part | None:
    """Return one of a scale that stands alone: «هزار نفر», مليون شخص."""
    scale = phrase_at(words, "scales", i)
    if (
        scale is None
        or float(scale.value) < 1000
        or words.lang not in SCALE_ALONE
        or words.keys[i] in phrases("units", "plural", words.lang)
    ):
        return None
    value = float(scale.value)
    # half of «مليونان» is half a million
    return _Part(i + scale.length, value, 10.0 ** math.floor(math.log10(value)), spelled=True)


def _left_open(words: Words, i: int) -> Amount | None:
    """Return a number left open, to the end of its scales: «چند هزار», عدة ملايين, "several hundred"."""
    vague = phrase_at(words, "vague", i)
    at = end = i + (vague.length if vague else 0)
    while words.same_sentence(i, end) and end - i < MOST_PARTS:
        scale = phrase_at(words, "scales", end)
        if scale is None or (vague is None and float(scale.value) < 1000):
            break
        end += scale.length
    return Amount(i, end, math.nan, spelled=True, scaled=True) if end > at else None


def _scale_at(words: Words, i: int, group: float) -> _Scale | None:
    """Return the scale at token *i* behind the number *group*, also behind a hyphen: "half-million"."""
    after = _past_hyphen(words, i) if words.lang == "en" else i
    if after != i and not words.tokens[i - 1].text[0].isdecimal():
        hit = phrase_at(words, "scales", after)
        return _Scale(hit.length + 1, float(hit.value)) if hit and float(hit.value) >= 100 else None
    if i >= len(words.tokens) or not words.same_sentence(i - 1, i):
        return None
    hit = phrase_at(words, "scales", i)
    if hit is None:
        return None
    adjacent = words.tokens[i - 1].end == words.tokens[i].start
    short = len(words.keys[i]) <= 2 and words.keys[i].isascii()
    if short and not (adjacent or words.keys[i] in SPACED_SHORT_SCALES):
        return None
    value = float(hit.value)
    # no dual stands behind another number: what looks like «ألفين» there is one thousand
    return _Scale(hit.length, 1000.0 if value == 2000 and group != 1 else value)


def _fraction_of_scale(words: Words, i: int) -> Amount | None:
    """Return a part of a scale: «نیم میلیون», "a quarter of a million"; NaN where it is not read."""
    hit = phrase_at(words, "fractions", i)
    if hit is None:
        return None
    at = i + hit.length
    while words.same_sentence(i, at) and words.keys[at] in FRACTION_LINKS and at - i < hit.length + 2:
        at += 1
    scale = phrase_at(words, "scales", at) if words.same_sentence(i, at) else None
    if scale is None:
        return None
    part = float(hit.value)
    return Amount(
        i, at + scale.length, part * float(scale.value) if part else math.nan, spelled=True, scaled=True
    )


def _and_a_fraction(words: Words, i: int) -> _Fraction | None:
    """Return the fraction that «و نیم», «ونصف» or "and a half" at *i* adds."""
    if not words.same_sentence(i - 1, i):
        return None
    joins = phrases("units", "joins", words.lang)
    if words.lang == "ar" and words.keys[i].startswith("و") and words.keys[i] not in joins:
        return _glued_fraction(words, i)
    i = _past_hyphen(words, i)
    if i >= len(words.tokens) or words.keys[i] not in joins or not words.same_sentence(i, i + 1):
        return None
    first = _past_hyphen(words, i + 1)
    starts = [first]
    if words.keys[first : first + 1] == ["a"]:
        starts.insert(0, _past_hyphen(words, first + 1))
    for start in starts:
        hit = phrase_at(words, "fractions", start) if words.same_sentence(i, start) else None
        if hit:
            return _Fraction(start + hit.length, float(hit.value) or math.nan)
    return None


def _glued_fraction(words: Words, i: int) -> _Fraction | None:
    """Return the fraction at *i* with «و» glued to it: «ونصف», «ونصف المليون»."""
    hit = phrases("units", "fractions", "ar").read_at(words.keys, i, words.keys[i][1:])
    if hit is None:
        return None
    end = i + hit.length
    if words.beside(i, end).removeprefix("ال") in SCALES_SAID_AGAIN:
        end += 1
    return _Fraction(end, float(hit.value) or math.nan)


def _past_hyphen(words: Words, i: int) -> int:
    """Return *i*, or what follows a hyphen there that touches both sides: "two-and-a-half"."""
    if not words.same_sentence(i - 1, i + 1) or words.tokens[i].text not in HYPHENS:
        return i
    before, hyphen, behind = words.tokens[i - 1 : i + 2]
    return i + 1 if before.end == hyphen.start and hyphen.end == behind.start else i


def _next_smaller_part(words: Words, so_far: _AmountSoFar) -> _Part | None:
    """Return the smaller part that goes on with the number, after «و», "and", a hyphen or nothing."""
    at = so_far.end
    if not words.same_sentence(at - 1, at) or not (so_far.scaled or so_far.spelled):
        return None
    glued = words.lang == "ar" and words.keys[at][:1] == "و" and len(words.keys[at]) > 1
    linked = words.keys[at] in phrases("units", "joins", words.lang)
    hyphen = words.tokens[at].text == "-" and words.tokens[at].start == words.tokens[at - 1].end
    start = at + 1 if linked or hyphen else at
    if not words.same_sentence(at, start) or (words.lang in {"fa", "ar"} and not (linked or glued)):
        return None
    part = _part_at(words, start, glued=glued)
    if part is None or (not part.spelled and not so_far.scaled):
        return None
    scale = _scale_at(words, part.last, part.value) if so_far.scaled else None
    size = part.value * (scale.value if scale else 1)
    return (
        part
        if size < so_far.place_value or (words.lang == "ar" and _are_ones_and_tens(so_far, part))
        else None
    )


def _are_ones_and_tens(so_far: _AmountSoFar, part: _Part) -> bool:
    """Tell whether tens follow their ones, as Arabic says them: «خمسة وعشرون»."""
    ones = so_far.spelled and not so_far.scaled and 1 <= so_far.group % 100 <= 9
    return ones and part.spelled and 20 <= part.value <= 90


def _part_at(words: Words, i: int, *, glued: bool) -> _Part | None:
    """Return the digits or the number word at token *i*."""
    if i >= len(words.tokens):
        return None
    if words.tokens[i].text[0].isdecimal():
        return _digits_at(words, i)
    if glued:
        form = next((reading.form for reading in readings(words.keys[i], "ar") if reading.cut == 1), "")
        hit = phrases("units", "words", words.lang).read_at(words.keys, i, form)
    else:
        hit = phrase_at(words, "words", i)
    if hit is None:
        return None
    value = float(hit.value)
    place_value = 100.0 if value >= 100 else 10.0 if value >= 20 and value % 10 == 0 else 1.0
    return _Part(i + hit.length, value, place_value, spelled=True)


def _digits_at(words: Words, i: int) -> _Part | None:
    """Return the digits at token *i* with their separators, of the value NaN when they are no amount."""
    start = words.tokens[i].start
    digits = DIGITS.match(fold_digits(words.text[start : start + 3 * MOST_DIGITS]))
    if digits is None:
        return None
    raw = digits.group()
    if words.lang in {"fa", "ar", "en"}:
        raw = re.split("[ \u00a0\u202f]", raw)[0]
    value = number_of(raw, words.lang)
    if value is None and "," not in raw:
        return None
    value = math.nan if value is None else value  # neither «1,25,00» nor its parts are an amount
    end = start + len(raw)
    last = i + 1
    while last < len(words.tokens) and words.tokens[last].end <= end:
        last += 1
    return _Part(last, value, 1.0, spelled=False)


def number_of(raw: str, lang: str) -> float | None:
    """Return the value of digits with separators, None when they are no amount (12/5, 1.2.3, a code).

    «٫» is a decimal sign and «٬» «،» «’» group thousands everywhere; a comma before exactly three digits
    groups in fa, ar and en; «۲/۵» is a decimal in Persian. Languages of `COMMA_DECIMAL` read 1.234,5.
    """
    plain = re.sub("[٬ \u00a0\u202f’']", "", raw.replace("٫", "," if lang in COMMA_DECIMAL else "."))
    plain = re.sub(r"(?<=\d)،(?=\d{3}(?!\d))", "", plain)
    if lang in COMMA_DECIMAL:
        if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?|\d+(,\d+)?", plain):
            plain = plain.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?|\d{1,2}(,\d\d)+,\d{3}(\.\d+)?", plain):  # in India 12,34,567
        plain = plain.replace(",", "")
    elif lang == "fa" and re.fullmatch(r"\d{1,3}/\d{1,2}", plain):
        plain = plain.replace("/", ".")
    elif lang == "ar" and re.fullmatch(r"\d+,\d{1,2}", plain):
        plain = plain.replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(\.\d{3}){2,}", plain):
        plain = plain.replace(".", "")
    is_code = len(plain) > MOST_DIGITS or (len(plain) > 1 and plain[0] == "0" and "." not in plain)
    return float(plain) if re.fullmatch(r"\d+(\.\d+)?", plain) and not is_code else None
