"""Tokens with their offsets, the folded form they are compared by, and where sentences end.

A token keeps the text untouched: ``text[token.start:token.end] == token.text``. ``fold`` is the only form two
tokens are compared by; it joins what Persian and Arabic keyboards write differently (ي/ی, ك/ک, أإآ/ا, ة/ه)
and drops marks, accents and the half-space.
"""

from __future__ import annotations

import functools
import itertools
import re
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from shared.text.match_key import match_key

_MARK = "\u0300-\u036f\u064b-\u065f\u0670\u0640"
_LETTER = r"[^\W\d_]"
_MARKED = rf"(?:[{_MARK}]+{_LETTER}*)*"
TOKEN = re.compile(
    rf"{_LETTER}[^\W\d_{_MARK}]*{_MARKED}(?:[\u200c\u200d'’ʼ](?={_LETTER})[^\W\d_{_MARK}]+{_MARKED})*|\d+|\S"
)
"""A word with its marks, which half-spaces and apostrophes may join to further letters; a run of digits; a
sign.
"""
LONGEST_WORD = 64
"""A longer row of letters is cut: it is no word, and what is remembered of words must stay small."""
LONGEST_SENTENCE = 200
"""Tokens of one sentence at most: rules look from one end of a sentence to the other, so text without a stop
would cost their square.
"""
STOPS = frozenset(".!?؟。।…")
CLOSERS = frozenset("»”\"')]")
"""Signs that may stand between a stop and the end of its sentence."""
ABBREVIATIONS = frozenset("Mr Mrs Ms Dr Gen Sen Rep Gov Lt Col Sgt St Prof Jr Sr vs No Inc Ltd Co".split())
"""Words that a full stop follows within a sentence."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word, run of digits or sign: ``text[start:end]``, with the index of its *sentence* in the text."""

    start: int
    end: int
    text: str
    sentence: int

    @property
    def folded(self) -> str:
        """The form this token is compared by."""
        return fold(self.text)

    @property
    def is_word(self) -> bool:
        """Whether it begins with a letter."""
        return self.text[0].isalpha()


@functools.lru_cache(100_000)
def fold(word: str) -> str:
    """Return the form a word is compared by: its match key without Latin accents (São → sao)."""
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFKD", word.replace("ı", "i").replace("’", "'"))
    return match_key("".join(c for c in apart if not unicodedata.combining(c)))


def tokens(text: str, most: int = sys.maxsize) -> list[Token]:
    """Return the words, runs of digits and signs of *text* in order, the first *most* of them.

    A half-space or apostrophe inside a word stays inside. Sentences end at a line end, after
    . ! ? ؟ 。 । …, and after `LONGEST_SENTENCE` tokens. A full stop ends none where anything but a space or a
    closing mark follows at once, after a single Latin letter (``U.S.``), or after one of `ABBREVIATIONS`.
    """
    result: list[Token] = []
    sentence = begun = previous_end = 0
    stopped = False
    for match in TOKEN.finditer(text):
        word, (start, end) = match.group(), match.span()
        line_ended = "\n" in text[previous_end:start]
        too_long = len(result) - begun >= LONGEST_SENTENCE
        if line_ended or too_long or (stopped and word[0] not in CLOSERS):
            sentence += 1 if result else 0
            stopped, begun = False, len(result)
        if word in STOPS:
            stopped = word != "." or _ends_sentence(text, start, result)
        while end - start > LONGEST_WORD:
            result.append(Token(start, start + LONGEST_WORD, word[:LONGEST_WORD], sentence))
            start, word = start + LONGEST_WORD, word[LONGEST_WORD:]
        result.append(Token(start, end, word, sentence))
        previous_end = end
        if len(result) >= most:
            break
    return result[:most]


def _ends_sentence(text: str, stop: int, before: list[Token]) -> bool:
    """Tell whether the full stop at *stop* closes a sentence rather than a number or an abbreviation."""
    after = text[stop + 1 : stop + 2]
    if after and not after.isspace() and after not in CLOSERS:
        return False
    word = before[-1].text if before and before[-1].end == stop else ""
    is_initial = len(word) == 1 and word.isascii() and word.isalpha()
    return not is_initial and word not in ABBREVIATIONS


def sentences(text_tokens: Iterable[Token]) -> list[list[Token]]:
    """Return the tokens of a text, which come in order, grouped by sentence."""
    return [list(group) for _, group in itertools.groupby(text_tokens, key=attrgetter("sentence"))]
