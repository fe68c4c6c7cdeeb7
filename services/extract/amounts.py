"""Reads an amount at a place in the text: digits of any set with separators, number words, scales, halves: «سه میلیون و پانصد هزار»."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from services.extract.cues import LIKE, Phrases, keys
from services.extract.name import Words
from shared.text.digits import fold_digits
from shared.text.stems import readings

COMMA_DECIMAL = frozenset(
    {"de", "fr", "es", "it", "pt", "nl", "tr", "ru", "uk", "pl", "cs", "sv", "id", "ro", "hu", "el", "vi", "az", "kk", "uz"}
)
"""Languages that write 1.234,5 where English writes 1,234.5."""
LITERAL = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3}(?!\d))+(?:,\d+)?|\d+(?:[.,٫٬،/’']\d+)*")
LONGEST = 15
"""More digits than this are a code, not an amount."""


@dataclass(frozen=True, slots=True)
class Amount:
    """``tokens[first:last]`` as a number. *words* tells whether it was spelled out, *scaled* whether it holds a scale word."""

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


@cache
def table(name: str) -> dict[str, Any]:
    """Return a YAML table of the data folder: units or times."""
    found: dict[str, Any] = yaml.load((files("services.extract") / f"data/{name}.yml").read_text(encoding="utf8"), Loader=yaml.CSafeLoader)
    return found


@cache
def phrases(name: str, part: str, lang: str) -> Phrases:
    """Return the phrases of one part of a table in *lang*, each with the value it stands under (as text), or itself."""
    held = table(name)[part]
    held = held.get(lang, held.get(LIKE.get(lang, ""), "")) if isinstance(held, dict) else held
    if isinstance(held, dict):
        found: dict[tuple[str, ...], str] = {}
        for value, forms in held.items():
            for form in str(forms).split("|"):
                for key in keys(form):
                    found.setdefault(key, str(value))
        return Phrases(found)
    return Phrases({key: form for form in str(held or "").split("|") for key in keys(form)})


def amount_at(words: Words, i: int) -> Amount | None:
    """Return the longest amount that begins at token *i*, None when none does."""
    first = _part(words, i, glued=False)
    if first is None:
        bare = phrases("units", "scales", words.lang).at(words.keys, i)
        if bare is None or float(bare[1]) < 1000:
            return _half(words, i)
        value = float(bare[1])
        first = _Part(i + bare[0], value, value, words=True)
    total, group, unit, at = 0.0, first.value, first.unit, first.last
    spelled, scaled = first.words, first.unit >= 1000
    while True:
        scale = _scale(words, at, group)
        if scale and scale[1] < 1000 and not scaled:  # «two hundred and fifty thousand»: hundreds are part of the group
            group, unit, at = group * scale[1], scale[1], at + scale[0]
            continue
        if scale:
            group, unit, at, scaled = group * scale[1], scale[1] * (unit if scaled else 1), at + scale[0], True
            continue
        halved = _and_half(words, at)
        if halved:
            group, at = group + (unit / 2 if scaled else 0.5), halved
            continue
        joined = _joined(words, at, group, unit, scaled=scaled, spelled=spelled)
        if joined is None:
            break
        if scaled:
            total, group, scaled = total + group, joined.value, False
        else:
            group += joined.value
        unit, at, spelled = min(unit, joined.unit) if joined.words else 1.0, joined.last, spelled and joined.words
        if total and _scale(words, at, group) is None:
            scaled = False
    return Amount(i, at, total + group, spelled, scaled or total > 0)


def _scale(words: Words, at: int, group: float) -> tuple[int, float] | None:
    if at >= len(words.tokens) or not words.same_sentence(at - 1, at):
        return None
    hit = phrases("units", "scales", words.lang).at(words.keys, at)
    if hit is None:
        return None
    adjacent = words.tokens[at - 1].end == words.tokens[at].start
    short = len(words.keys[at]) <= 2 and words.keys[at].isascii()
    if short and not (adjacent or words.keys[at] in {"bn", "tn"}):
        return None
    value = float(hit[1])
    return (hit[0], 1000.0 if value == 2000 and group != 1 else value)


def _half(words: Words, i: int) -> Amount | None:
    """«نیم میلیون», "half a million"."""
    if words.keys[i] not in phrases("units", "halves", words.lang):
        return None
    at = i + 1 + (words.same_sentence(i, i + 1) and words.keys[i + 1] in {"a", "an"})
    scale = _scale(words, at, 0.5) if at < len(words.tokens) else None
    return Amount(i, at + scale[0], 0.5 * scale[1], words=True, scaled=True) if scale else None


def _and_half(words: Words, at: int) -> int | None:
    """«و نیم», «ونصف», "and a half" at *at*: where it ends."""
    halves, joins = phrases("units", "halves", words.lang), phrases("units", "joins", words.lang)
    if not words.same_sentence(at - 1, at):
        return None
    if words.lang == "ar" and words.keys[at] == "ونصف":
        more = words.same_sentence(at, at + 1) and words.keys[at + 1].removeprefix("ال") in {"ملیون", "ملیار", "الف"}
        return at + 1 + more
    if words.keys[at] not in joins or not words.same_sentence(at, at + 1):
        return None
    after = at + 1 + (words.keys[at + 1] == "a")
    return after + 1 if after < len(words.tokens) and words.keys[after] in halves else None


def _joined(words: Words, at: int, group: float, unit: float, *, scaled: bool, spelled: bool) -> _Part | None:
    """Return the part that goes on with the number: smaller than what came before, after «و», and, a hyphen or nothing."""
    if not words.same_sentence(at - 1, at) or not (scaled or spelled):
        return None
    start, glued = at, words.lang == "ar" and words.keys[at][:1] == "و" and len(words.keys[at]) > 1
    linked = words.keys[at] in phrases("units", "joins", words.lang)
    hyphen = words.tokens[at].text == "-" and words.tokens[at].start == words.tokens[at - 1].end
    if linked or hyphen:
        start = at + 1
    if not words.same_sentence(at, start) or (words.lang in {"fa", "ar"} and not (linked or glued)):
        return None
    part = _part(words, start, glued=glued)
    if part is None or (not part.words and not scaled):
        return None
    following = _scale(words, part.last, part.value) if scaled else None
    size = part.value * (following[1] if following else 1)
    reversed_tens = words.lang == "ar" and spelled and 1 <= group % 100 <= 9 and part.words and 20 <= part.value <= 90 and not scaled
    return part if size < unit or reversed_tens else None


def _part(words: Words, i: int, *, glued: bool) -> _Part | None:
    """Return the digits or the number word at token *i*."""
    if i >= len(words.tokens):
        return None
    if words.tokens[i].text[0].isdigit():
        return _literal(words, i)
    if glued:
        form = next((f for cut, f, _ in readings(words.keys[i], "ar") if cut == 1), "")
        hit = phrases("units", "words", words.lang).at([form, *words.keys[i + 1 : i + 3]], 0) if form else None
    else:
        hit = phrases("units", "words", words.lang).at(words.keys, i)
    if hit is None:
        return None
    value = float(hit[1])
    return _Part(i + hit[0], value, 100.0 if value >= 100 else 10.0 if value >= 20 and value % 10 == 0 else 1.0, words=True)


def _literal(words: Words, i: int) -> _Part | None:
    start = words.tokens[i].start
    found = LITERAL.match(fold_digits(words.text[start : start + 3 * LONGEST]))
    if found is None:
        return None
    raw = found.group()
    if words.lang in {"fa", "ar", "en"}:
        raw = re.split("[ \u00a0\u202f]", raw)[0]
    value = number_of(raw, words.lang)
    if value is None:
        return None
    end = start + len(raw)
    last = i + 1
    while last < len(words.tokens) and words.tokens[last].end <= end:
        last += 1
    return _Part(last, value, 1.0, words=False)


def number_of(raw: str, lang: str) -> float | None:
    """Return the value of digits with separators, None when they are no amount (12/5, 1.2.3, a code).

    «٫» is a decimal sign and «٬» «،» «’» group thousands everywhere; a comma before exactly three digits groups in fa, ar and en;
    «۲/۵» is a decimal in Persian. Languages of `COMMA_DECIMAL` read 1.234,5.
    """
    plain = raw.replace("٬", "").replace("٫", ".") if lang not in COMMA_DECIMAL else raw.replace("٬", "").replace("٫", ",")
    plain = re.sub(r"[ \u00a0\u202f’']", "", plain)
    plain = re.sub(r"(?<=\d)،(?=\d{3}(?!\d))", "", plain)
    if lang in COMMA_DECIMAL:
        if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?|\d+(,\d+)?", plain):
            plain = plain.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    elif lang == "fa" and re.fullmatch(r"\d{1,3}/\d{1,2}", plain):
        plain = plain.replace("/", ".")
    elif lang == "ar" and re.fullmatch(r"\d+,\d{1,2}", plain):
        plain = plain.replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(\.\d{3}){2,}", plain):
        plain = plain.replace(".", "")
    if not re.fullmatch(r"\d+(\.\d+)?", plain) or len(plain) > LONGEST or (len(plain) > 1 and plain[0] == "0" and "." not in plain):
        return None
    return float(plain)
