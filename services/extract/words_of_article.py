"""What every step of extract reads."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from services.extract.lexicon.phrases import Hit, Phrases
from shared.text.stems import readings
from shared.text.tokens import Token

OPENING_CHARS = 400
"""Characters from the start of an article in which it says where and by whom it was written."""


@dataclass(frozen=True, slots=True)
class Words:
    """An article's text, its tokens, the key of each token (its folded form), and its language."""

    text: str
    tokens: Sequence[Token]
    keys: Sequence[str]
    lang: str

    @classmethod
    def of(cls, text: str, tokens: Sequence[Token], lang: str) -> Words:
        """Return the words of a *text* in *lang*, cut into *tokens*."""
        return cls(text, tokens, [token.folded for token in tokens], lang)

    @property
    def base(self) -> str:
        """The language whose rules and lists are used: its own for Persian (fa) and Arabic, else English."""
        return self.lang if self.lang in {"fa", "ar"} else "en"

    @property
    def is_persian(self) -> bool:
        """Whether it is Persian as Iran or as Afghanistan writes it."""
        return self.lang in {"fa", "fa-AF"}

    def token_at(self, position: int) -> int:
        """Return the first token that begins at or after ``text[position]``; 0 when none does."""
        first = bisect_left(self.tokens, position, key=lambda token: token.start)
        return first if first < len(self.tokens) else 0

    def sentence(self, i: int) -> range:
        """Return the tokens of the sentence of token *i*."""
        number = self.tokens[i].sentence
        first = bisect_left(self.tokens, number, key=lambda token: token.sentence)
        behind = bisect_right(self.tokens, number, lo=first, key=lambda token: token.sentence)
        return range(first, behind)

    def beside(self, i: int, j: int) -> str:
        """Return the key of token *j*; empty when it does not stand in the sentence of token *i*."""
        return self.keys[j] if self.same_sentence(i, j) else ""

    def key_before(self, i: int) -> str:
        """Return the key of the token before *i*; empty at the start of a sentence."""
        return self.beside(i, i - 1)

    def begins_beside(self, i: int, j: int, phrases: Phrases) -> bool:
        """Tell whether one of *phrases* begins at token *j*, in the sentence of token *i*."""
        return self.same_sentence(i, j) and phrases.at(self.keys, j) is not None

    def reads_as(self, i: int, listed: AbstractSet[str] | Phrases) -> bool:
        """Tell whether token *i*, with its clitics or without them, is *listed*."""
        return any(reading.form in listed for reading in readings(self.keys[i], self.lang))

    def phrase_at(self, i: int, phrases: Phrases) -> Hit | None:
        """Return which of *phrases* stands at token *i*; an Arabic one may carry و or ف."""
        hit = phrases.at(self.keys, i)
        if hit is None and self.lang == "ar" and self.keys[i][:1] in {"و", "ف"}:
            hit = phrases.read_at(self.keys, i, self.keys[i][1:])
        return hit

    def phrase_behind_clitics(self, i: int, phrases: Phrases) -> Hit | None:
        """Return which of *phrases* token *i* begins without its clitics; None when none does."""
        cut = readings(self.keys[i], self.lang)[1:]
        return next((hit for reading in cut if (hit := phrases.read_at(self.keys, i, reading.form))), None)

    def same_sentence(self, i: int, j: int) -> bool:
        """Tell whether tokens *i* and *j* both exist and stand in one sentence."""
        return (
            0 <= i < len(self.tokens)
            and 0 <= j < len(self.tokens)
            and self.tokens[i].sentence == self.tokens[j].sentence
        )
