"""A name found in the text, before it has an id."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from services.extract.lexicon.cues import Hit, Phrases
from shared.records.entities import MentionType
from shared.text.stems import readings
from shared.text.tokens import Token, fold

OPENING = 400
"""Characters from the start of an article in which it says where and by whom it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name over ``tokens[first:last]`` and ``text[start:end]``, clitics left outside of the text span.

    *method* says what found it: alias, gazetteer, rule, doc, crf or encoder. *use* is the alias's use (name,
    adj, naming, head), *role* the words of office beside a person.
    """

    first: int
    last: int
    start: int
    end: int
    type: MentionType
    method: str
    confidence: float
    entity_id: str | None = None
    use: str = "name"
    role: str | None = None

    @property
    def over(self) -> range:
        """The tokens that it stands over."""
        return range(self.first, self.last)

    def holds(self, other: Name) -> bool:
        """Whether *other* lies inside this one and is shorter."""
        return (
            self.first <= other.first
            and other.last <= self.last
            and (self.first, self.last) != (other.first, other.last)
        )


@dataclass(frozen=True, slots=True)
class Words:
    """An article's tokens with their folded forms, its language and its text: what every rule reads."""

    text: str
    tokens: Sequence[Token]
    keys: Sequence[str]
    lang: str

    @property
    def base(self) -> str:
        """The language whose rules and word lists are used: its own for Persian (fa) and Arabic, English for
        all others.
        """
        return self.lang if self.lang in {"fa", "ar"} else "en"

    @property
    def is_persian(self) -> bool:
        """Whether it is Persian as Iran or as Afghanistan writes it."""
        return self.lang in {"fa", "fa-AF"}

    def name(self, first: int, last: int, kind: MentionType, *, method: str, confidence: float) -> Name:
        """Return the name over ``tokens[first:last]``, a possessive 's left outside."""
        end = self.tokens[last - 1]
        cut = 0 if self.lang == "ar" else readings(self.keys[last - 1], self.lang)[-1].behind
        return Name(
            first=first,
            last=last,
            start=self.tokens[first].start,
            end=end.end - cut,
            type=kind,
            method=method,
            confidence=confidence,
        )

    def at(self, place: int) -> int:
        """Return the first token that begins at or after ``text[place]``; 0 when none does."""
        found = bisect_left(self.tokens, place, key=lambda token: token.start)
        return found if found < len(self.tokens) else 0

    def sentence(self, i: int) -> tuple[int, int]:
        """Return the first token of the sentence of token *i*, and the one behind its last."""
        number = self.tokens[i].sentence
        first = bisect_left(self.tokens, number, key=lambda token: token.sentence)
        return first, bisect_right(self.tokens, number, lo=first, key=lambda token: token.sentence)

    def beside(self, i: int, j: int) -> str:
        """Return the folded token *j*; empty when it does not stand in the sentence of token *i*."""
        return self.keys[j] if self.same_sentence(i, j) else ""

    def reads_as(self, i: int, listed: AbstractSet[str] | Phrases) -> bool:
        """Whether token *i*, with its clitics or without them, is *listed*."""
        return any(reading.form in listed for reading in readings(self.keys[i], self.lang))

    def without_clitics(self, i: int, listed: Phrases) -> Hit | None:
        """Return the phrase of *listed* at token *i* as `Phrases.at` does, its clitics taken off; None when
        no such way of reading it is listed.
        """
        cut = readings(self.keys[i], self.lang)[1:]
        return next((hit for reading in cut if (hit := listed.read_at(self.keys, i, reading.form))), None)

    def same_sentence(self, i: int, j: int) -> bool:
        """Whether tokens *i* and *j* both exist and stand in one sentence."""
        return (
            0 <= i < len(self.tokens)
            and 0 <= j < len(self.tokens)
            and self.tokens[i].sentence == self.tokens[j].sentence
        )


def covered(names: Iterable[Name]) -> set[int]:
    """Return the tokens that *names* stand over."""
    return {i for name in names for i in name.over}


def after_letters(word: str, letters: int) -> int:
    """Return how many characters of *word* make up its first *letters* folded letters: where a clitic ends in
    the text as it stands.
    """
    return (
        next((at for at in range(1, len(word) + 1) if len(fold(word[:at])) >= letters), len(word))
        if letters
        else 0
    )


def outside(key: str, cut: int, form: str) -> int:
    """Return how many letters of a clitic stay outside of a name read as *form*: the ل of «للولايات» stands
    for its alif and stays.
    """
    return cut - 1 if cut and form.startswith("ال") and key[cut - 1 : cut + 1] == "لل" else cut


def with_article(exact: str) -> str:
    """Return a surface as it would stand without the preposition: «للولايات المتحدة» → «الولايات المتحدة»."""
    return "ا" + exact[1:] if exact.startswith("لل") and len(exact.split(maxsplit=1)[0]) > 4 else exact


def without_clitic(name: Name, words: Words) -> Name:
    """Return a tagged Arabic name with و ف ب ك before an article, or و ف before «لل», left outside (rule f).

    Nothing else is cut without a lexicon: these letters begin too many names.
    """
    token = words.tokens[name.first]
    key = words.keys[name.first]
    if words.lang != "ar" or name.start != token.start or len(key) < 6:
        return name
    if key.startswith(("وال", "بال", "فال", "کال", "ولل", "فلل")):
        return replace(name, start=token.start + after_letters(token.text, 1))
    return name
