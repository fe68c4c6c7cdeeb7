"""Reads an amount at a place in the text: digits, number words, scales, halves: «سه میلیون و پانصد هزار»."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache

from services.extract.lexicon.phrases import Hit
from services.extract.lexicon.word_tables import COMMA_DECIMAL, phrases
from services.extract.words_of_article import Words
from shared.text.digits import fold_digits
from shared.text.stems import readings

LITERAL = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3}(?!\d))+(?:,\d+)?|\d+(?:[.,٫٬،/’']\d+)*")
LONGEST = 15
"""More digits than this are a code, not an amount."""
MOST_PARTS = 16
"""Words and digits of one amount; «هزار هزار هزار …» is none, and would outgrow every number."""
HYPHENS = frozenset("-‐‑")
BARE = frozenset({"fa", "ar"})
"""Languages in which a scale alone is one of them: «هزار نفر»; in others its number was not read."""


@dataclass(frozen=True, slots=True)
class Amount:
    """``tokens[first:last]`` as a number.

    *words* tells whether it was spelled out, *scaled* whether it holds a scale word.
    """

    first: int
    last: int
    value: float
    words: bool
    scaled: bool


@dataclass(frozen=True, slots=True)
class _Part:
    last: int
    value: float
    unit: float
    words: bool


@dataclass(slots=True)
class _Growing:
    """An amount up to the token *end*: *group* is what the next scale multiplies, *total* all before it.

    *unit* is what the last part counted in (1, 10, 100, 1000 …): the next is smaller. *scaled* tells whether
    a scale closes the group.
    """

    end: int
    group: float
    unit: float
    spelled: bool
    scaled: bool
    total: float = 0.0

    def multiply(self, tokens: int, scale: float) -> None:
        """Multiply by a scale of so many *tokens*; the hundreds of "two hundred thousand" close no group."""
        self.end += tokens
        self.group *= scale
        self.unit = scale * (self.unit if self.scaled else 1)
        self.scaled = self.scaled or scale >= 1000

    def add_part(self, end: int, part: float) -> None:
        """Add a part of the last scale, or of one: «و نیم»."""
        self.end = end
        self.group += (self.unit if self.scaled else 1.0) * part

    def add(self, part: _Part) -> None:
        """Add a smaller number: a group of its own behind a scale."""
        if self.scaled:
            self.total, self.group, self.scaled = self.total + self.group, 0.0, False
        self.group += part.value
        self.end, self.spelled = part.last, self.spelled and part.words
        self.unit = min(self.unit, part.unit) if part.words else 1.0


@cache
def _openers(lang: str) -> frozenset[str]:
    """Return the words with which a spelled amount may begin: most tokens are asked, and hardly one does."""
    parts = ("words", "one", "offsets", "fractions", "scales", "vague")
    return frozenset().union(*(phrases("units", part, lang).first_words for part in parts))


def unit_at(words: Words, part: str, i: int) -> Hit | None:
    """Return the phrase of a *part* of units.yml that stands at token *i*."""
    return phrases("units", part, words.lang).at(words.keys, i)


def amount_at(words: Words, i: int) -> Amount | None:
    """Return the longest amount that begins at token *i*, None when none does.

    An amount that is told but not read («عدة آلاف», "several million", «ثلث مليون») has no *value* (NaN): it
    is none, and its parts are none either.
    """
    begins = words.keys[i] in _openers(words.lang) or words.tokens[i].text[0].isdecimal()
    return _amount_from(words, i) if begins else None


def _amount_from(words: Words, i: int) -> Amount | None:
    part_of_scale = _fraction(words, i)
    if part_of_scale:
        return part_of_scale
    first = _part(words, i, glued=False) or _one(words, i) or _bare(words, i)
    if first is None:
        return _open(words, i)
    growing = _Growing(first.last, first.value, first.unit, spelled=first.words, scaled=first.unit >= 1000)
    while growing.end - i < MOST_PARTS and _goes_on(words, growing):
        pass
    return Amount(
        i, growing.end, growing.total + growing.group, growing.spelled, growing.scaled or growing.total > 0
    )


def _goes_on(words: Words, growing: _Growing) -> bool:
    """Take in what stands behind an amount if it belongs to it: a scale, a part of one, a smaller number."""
    if scale := _scale(words, growing.end, growing.group):
        growing.multiply(*scale)
    elif part := _and_part(words, growing.end):
        growing.add_part(*part)
    elif joined := _joined(words, growing):
        growing.add(joined)
        if growing.total and _scale(words, growing.end, growing.group) is None:
            growing.scaled = False
    else:
        return False
    return True


def _one(words: Words, i: int) -> _Part | None:
    """Return the one of "a hundred", three and a half for «ساڑھے تین», one and a quarter for «سوا لاکھ»."""
    if not words.same_sentence(i, i + 1):
        return None
    if words.keys[i] in phrases("units", "one", words.lang) and unit_at(words, "scales", i + 1):
        return _Part(i + 1, 1.0, 1.0, words=True)
    offset = unit_at(words, "offsets", i)
    if offset is None:
        return None
    part = _part(words, i + 1, glued=False)
    if part:
        return _Part(part.last, part.value + float(offset.value), 1.0, words=part.words)
    return (
        _Part(i + 1, 1.0 + float(offset.value), 1.0, words=True) if unit_at(words, "scales", i + 1) else None
    )


def _bare(words: Words, i: int) -> _Part | None:
    """«هزار نفر», مليون شخص: one of them."""
    bare = unit_at(words, "scales", i)
    if (
        bare is None
        or float(bare.value) < 1000
        or words.lang not in BARE
        or words.keys[i] in phrases("units", "plural", words.lang)
    ):
        return None
    value = float(bare.value)
    # half of «مليونان» is half a million
    return _Part(i + bare.length, value, 10.0 ** math.floor(math.log10(value)), words=True)


def _open(words: Words, i: int) -> Amount | None:
    """Return a number left open, to the end of its scales: «چند هزار», عدة ملايين, "several hundred"."""
    vague = unit_at(words, "vague", i)
    at = end = i + (vague.length if vague else 0)
    while words.same_sentence(i, end) and end - i < MOST_PARTS:
        scale = unit_at(words, "scales", end)
        if scale is None or (vague is None and float(scale.value) < 1000):
            break
        end += scale.length
    return Amount(i, end, math.nan, words=True, scaled=True) if end > at else None


def _scale(words: Words, at: int, group: float) -> tuple[int, float] | None:
    """Return the tokens and value of the scale at *at*, also behind a hyphen: "two-and-a-half-million"."""
    after = _past_hyphen(words, at) if words.lang == "en" else at
    if after != at and not words.tokens[at - 1].text[0].isdecimal():
        hit = unit_at(words, "scales", after)
        return (hit.length + 1, float(hit.value)) if hit and float(hit.value) >= 100 else None
    if at >= len(words.tokens) or not words.same_sentence(at - 1, at):
        return None
    hit = unit_at(words, "scales", at)
    if hit is None:
        return None
    adjacent = words.tokens[at - 1].end == words.tokens[at].start
    short = len(words.keys[at]) <= 2 and words.keys[at].isascii()
    if short and not (adjacent or words.keys[at] in {"bn", "tn"}):
        return None
    value = float(hit.value)
    return (hit.length, 1000.0 if value == 2000 and group != 1 else value)


def _fraction(words: Words, i: int) -> Amount | None:
    """Return a part of a scale: «نیم میلیون», "a quarter of a million"; NaN where it is not read."""
    hit = unit_at(words, "fractions", i)
    if hit is None:
        return None
    at = i + hit.length
    links = {"of", "a", "an", "-", "از", "من", "de"}
    while words.same_sentence(i, at) and words.keys[at] in links and at - i < hit.length + 2:
        at += 1
    scale = unit_at(words, "scales", at) if words.same_sentence(i, at) else None
    if scale is None:
        return None
    part = float(hit.value)
    return Amount(
        i, at + scale.length, part * float(scale.value) if part else math.nan, words=True, scaled=True
    )


def _and_part(words: Words, at: int) -> tuple[int, float] | None:
    """Return where «و نیم», «ونصف», "and a half" at *at* ends, and the part it adds; NaN for one not read."""
    if not words.same_sentence(at - 1, at):
        return None
    listed = phrases("units", "fractions", words.lang)
    if (
        words.lang == "ar"
        and words.keys[at].startswith("و")
        and words.keys[at] not in phrases("units", "joins", "ar")
    ):
        hit = listed.read_at(words.keys, at, words.keys[at][1:])
        if hit is None:
            return None
        end = at + hit.length
        more = words.same_sentence(at, end) and words.keys[end].removeprefix("ال") in {
            "ملیون",
            "ملیار",
            "الف",
        }
        return end + more, float(hit.value) or math.nan
    at = _past_hyphen(words, at)
    if (
        at >= len(words.tokens)
        or words.keys[at] not in phrases("units", "joins", words.lang)
        or not words.same_sentence(at, at + 1)
    ):
        return None
    first = _past_hyphen(words, at + 1)
    for start in (_past_hyphen(words, first + 1) if words.keys[first : first + 1] == ["a"] else first, first):
        hit = listed.at(words.keys, start) if words.same_sentence(at, start) else None
        if hit:
            return start + hit.length, float(hit.value) or math.nan
    return None


def _past_hyphen(words: Words, at: int) -> int:
    """Return *at*, or what follows a hyphen there that touches both sides: "two-and-a-half"."""
    if not words.same_sentence(at - 1, at + 1) or words.tokens[at].text not in HYPHENS:
        return at
    return at + (
        words.tokens[at - 1].end == words.tokens[at].start
        and words.tokens[at].end == words.tokens[at + 1].start
    )


def _joined(words: Words, growing: _Growing) -> _Part | None:
    """Return the smaller part that goes on with the number, after «و», "and", a hyphen or nothing."""
    at = growing.end
    if not words.same_sentence(at - 1, at) or not (growing.scaled or growing.spelled):
        return None
    start, glued = at, words.lang == "ar" and words.keys[at][:1] == "و" and len(words.keys[at]) > 1
    linked = words.keys[at] in phrases("units", "joins", words.lang)
    hyphen = words.tokens[at].text == "-" and words.tokens[at].start == words.tokens[at - 1].end
    if linked or hyphen:
        start = at + 1
    if not words.same_sentence(at, start) or (words.lang in {"fa", "ar"} and not (linked or glued)):
        return None
    part = _part(words, start, glued=glued)
    if part is None or (not part.words and not growing.scaled):
        return None
    following = _scale(words, part.last, part.value) if growing.scaled else None
    size = part.value * (following[1] if following else 1)
    tens_last = (
        words.lang == "ar"
        and growing.spelled
        and not growing.scaled
        and 1 <= growing.group % 100 <= 9
        and part.words
        and 20 <= part.value <= 90
    )
    return part if size < growing.unit or tens_last else None


def _part(words: Words, i: int, *, glued: bool) -> _Part | None:
    """Return the digits or the number word at token *i*."""
    if i >= len(words.tokens):
        return None
    if words.tokens[i].text[0].isdecimal():
        return _literal(words, i)
    if glued:
        form = next((f for cut, f, _ in readings(words.keys[i], "ar") if cut == 1), "")
        hit = phrases("units", "words", words.lang).read_at(words.keys, i, form)
    else:
        hit = unit_at(words, "words", i)
    if hit is None:
        return None
    value = float(hit.value)
    return _Part(
        i + hit.length,
        value,
        100.0 if value >= 100 else 10.0 if value >= 20 and value % 10 == 0 else 1.0,
        words=True,
    )


def _literal(words: Words, i: int) -> _Part | None:
    """Return the digits at token *i* with their separators; a value of NaN for digits that are no amount."""
    start = words.tokens[i].start
    found = LITERAL.match(fold_digits(words.text[start : start + 3 * LONGEST]))
    if found is None:
        return None
    raw = found.group()
    if words.lang in {"fa", "ar", "en"}:
        raw = re.split("[ \u00a0\u202f]", raw)[0]
    value = number_of(raw, words.lang)
    if value is None and "," not in raw:
        return None
    value = math.nan if value is None else value  # «1,25,00» is none, and its parts are none either
    end = start + len(raw)
    last = i + 1
    while last < len(words.tokens) and words.tokens[last].end <= end:
        last += 1
    return _Part(last, value, 1.0, words=False)


def number_of(raw: str, lang: str) -> float | None:
    """Return the value of digits with separators, None when they are no amount (12/5, 1.2.3, a code).

    «٫» is a decimal sign and «٬» «،» «’» group thousands everywhere; a comma before exactly three digits
    groups in fa, ar and en; «۲/۵» is a decimal in Persian. Languages of `COMMA_DECIMAL` read 1.234,5.
    """
    plain = (
        raw.replace("٬", "").replace("٫", ".")
        if lang not in COMMA_DECIMAL
        else raw.replace("٬", "").replace("٫", ",")
    )
    plain = re.sub(r"[ \u00a0\u202f’']", "", plain)
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
    if (
        not re.fullmatch(r"\d+(\.\d+)?", plain)
        or len(plain) > LONGEST
        or (len(plain) > 1 and plain[0] == "0" and "." not in plain)
    ):
        return None
    return float(plain)
