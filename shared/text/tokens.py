"""Tokens with their offsets, the folded form they are compared by, and where sentences end.

A token keeps the text untouched: ``text[token.start:token.end] == token.text``. ``fold`` is the only form two
tokens are compared by; it joins what Persian and Arabic keyboards write differently (ي/ی, ك/ک, أإآ/ا, ة/ه)
and drops marks, accents and the half-space.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from dataclasses import dataclass

from shared.text.match_key import match_key

_MARK = "\u0300-\u036f\u064b-\u065f\u0670\u0640"
TOKEN = re.compile(
    rf"[^\W\d_][^\W\d_{_MARK}]*(?:[{_MARK}]+[^\W\d_]*)*(?:[\u200c\u200d'’ʼ](?=[^\W\d_])[^\W\d_{_MARK}]+(?:[{_MARK}]+[^\W\d_]*)*)*"
    r"|\d+|\S"
)
LONGEST_WORD = 64
"""A longer row of letters is cut: it is no word, and what is remembered of words must stay small."""
LONGEST_SENTENCE = 200
"""Tokens of one sentence at most: rules look from one end of a sentence to the other, so text without a stop
would cost their square.
"""
STOPS = frozenset(".!?؟。।…")
CLOSERS = frozenset("»”\"')]")


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
    sentence = began = 0
    pending = False
    last_end = 0
    for match in TOKEN.finditer(text):
        word = match.group()
        sentence_over = "\n" in text[last_end : match.start()] or (pending and word[0] not in CLOSERS)
        if sentence_over or len(result) - began >= LONGEST_SENTENCE:
            sentence += 1 if result else 0
            pending, began = False, len(result)
        start = match.start()
        while len(word) > LONGEST_WORD:
            result.append(Token(start, start + LONGEST_WORD, word[:LONGEST_WORD], sentence))
            start, word = start + LONGEST_WORD, word[LONGEST_WORD:]
        result.append(Token(start, match.end(), word, sentence))
        if word in STOPS:
            pending = word != "." or _ends_sentence(text, match.start(), result)
        last_end = match.end()
        if len(result) >= most:
            break
    return result[:most]


def _ends_sentence(text: str, stop: int, so_far: list[Token]) -> bool:
    """Tell whether the full stop at *stop* closes a sentence rather than a number or an abbreviation."""
    after = text[stop + 1 : stop + 2]
    if after and not after.isspace() and after not in CLOSERS:
        return False
    before = so_far[-2].text if len(so_far) > 1 and so_far[-2].end == stop else ""
    if len(before) == 1 and before.isascii() and before.isalpha():
        return False
    return before not in ABBREVIATIONS


ABBREVIATIONS = frozenset("Mr Mrs Ms Dr Gen Sen Rep Gov Lt Col Sgt St Prof Jr Sr vs No Inc Ltd Co".split())


def sentences(text_tokens: list[Token]) -> list[list[Token]]:
    """Return the tokens grouped by sentence."""
    groups: dict[int, list[Token]] = {}
    for token in text_tokens:
        groups.setdefault(token.sentence, []).append(token)
    return list(groups.values())
