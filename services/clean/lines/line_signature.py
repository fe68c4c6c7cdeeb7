"""The signature of a line: numbers, months and spelling are folded, so furniture repeats letter by letter."""

from __future__ import annotations

import re
from functools import cache
from hashlib import blake2b

from shared.text.calendar_words import languages, words_of
from shared.text.dates_names import squeezed
from shared.text.match_key import match_key

LONGEST_FOLDED = 160
"""Longer lines keep their months and number words: they are sentences, and their dates no furniture."""

_NUMBERS = re.compile("[0-9]+")
_WORD = re.compile(r"\w+")
_MONTH_TAIL = re.compile(r"<m> (?:ال)?(?:اول|ثانی|اولی|اخر|اخره|ثانیه)(?!\w)")
_NUMBER_WORDS = (
    "صفر واحد اثنان اثنین ثلاثه اربعه خمسه سته سبعه ثمانیه تسعه عشره عشرون عشر احد احدی اثنا "
    "یک دو سه چهار پنج شش هفت هشت نه ده یازده دوازده سیزده چهارده پانزده شانزده هفده هجده نوزده بیست "
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
)


@cache
def _months() -> frozenset[str]:
    """Return the month names of every language, without the short Latin ones that are words («may»)."""
    listed = {name for lang in languages() for name in words_of(lang).months}
    names = {match_key(part) for name in listed for part in (name.split("_")[0], squeezed(name))}
    return frozenset(name for name in names if len(name) > 3 or not name.isascii())


@cache
def _number_words() -> frozenset[str]:
    return frozenset(_NUMBER_WORDS.split())


def signature(line: str) -> str:
    """Return the signature of *line*: «تاریخ انتشار: ۰۷ بهمن ۱۴۰۰» gives «تاریخ انتشار: 0 <m> 0»."""
    return signature_of_key(match_key(line))


def signature_of_key(key: str) -> str:
    """Return the signature of the line whose match key is *key*."""
    folded = _NUMBERS.sub("0", key)
    if len(folded) > LONGEST_FOLDED:
        return folded
    if "=" in folded or "+" in folded:
        folded = _NUMBERS.sub("0", _WORD.sub(_as_number, folded).replace("0 0", "0"))
    if "0" in folded:
        folded = _MONTH_TAIL.sub("<m>", _WORD.sub(_as_month, folded))
    return folded


def _as_number(match: re.Match[str]) -> str:
    return "0" if match.group() in _number_words() else match.group()


def _as_month(match: re.Match[str]) -> str:
    return "<m>" if match.group() in _months() else match.group()


def short_hash(text: str) -> int:
    """Return 32 bits of a hash of *text*, never 0: how lines and bodies are remembered."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big") or 1
