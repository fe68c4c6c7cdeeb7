"""A name found in the text, before it has an id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.extract.lexicon import snapshot
from services.extract.words_of_article import Words
from shared.records.entities import MentionType
from shared.text.stems import readings
from shared.text.tokens import fold

SHORTEST_WITH_CLITIC = 5
"""Letters of a word whose first one may be a clitic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name over ``tokens[first:last]`` and ``text[start:end]``, clitics left outside of the text span.

    *method* says what found it: alias, gazetteer, rule, doc, crf or encoder. *use* is that of its alias
    (``snapshot.Use``), *role* the words of office beside a person.
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
        """Tell whether *other* lies inside this one and is shorter."""
        return (
            self.first <= other.first
            and other.last <= self.last
            and (self.first, self.last) != (other.first, other.last)
        )


def name_over(
    words: Words, first: int, last: int, kind: MentionType, *, method: str, confidence: float
) -> Name:
    """Return the name over ``tokens[first:last]``, a possessive 's left outside."""
    cut = 0 if words.lang == "ar" else readings(words.keys[last - 1], words.lang)[-1].behind
    return Name(
        first=first,
        last=last,
        start=words.tokens[first].start,
        end=words.tokens[last - 1].end - cut,
        type=kind,
        method=method,
        confidence=confidence,
    )


def covered(names: Iterable[Name]) -> set[int]:
    """Return the tokens that *names* stand over."""
    return {i for name in names for i in name.over}


def after_letters(word: str, letters: int) -> int:
    """Return how many characters of *word* its first *letters* folded letters take: where a clitic ends."""
    return (
        next((at for at in range(1, len(word) + 1) if len(fold(word[:at])) >= letters), len(word))
        if letters
        else 0
    )


def letters_outside(key: str, cut: int, form: str) -> int:
    """Return how many letters before *form* are no part of the name.

    Of «للولايات» read as «الولايات» none is: its first ل stands where the article's alif was, and
    `with_article` writes that back.
    """
    return cut - 1 if cut and form.startswith("ال") and key[cut - 1 : cut + 1] == "لل" else cut


def with_article(exact: str) -> str:
    """Return a surface as it would stand without the preposition: «للولايات المتحدة» → «الولايات المتحدة»."""
    return "ا" + exact[1:] if exact.startswith("لل") and len(exact.split(maxsplit=1)[0]) > 4 else exact


def without_clitic(name: Name, words: Words) -> Name:
    """Return a tagged Arabic name with و ف ب ل ك left outside where the text tells them from it (rule f).

    An article behind the letter does, or the rest of the word standing elsewhere in the text: «بأوسيم» and
    «منطقة أوسيم». Nothing else is cut: these letters begin too many names.
    """
    token = words.tokens[name.first]
    key = words.keys[name.first]
    if words.lang != "ar" or name.start != token.start or len(key) < SHORTEST_WITH_CLITIC:
        return name
    rest = key[1:]
    before_article = key.startswith(("وال", "بال", "فال", "کال", "ولل", "فلل")) and len(rest) >= 5
    stands_alone = key[0] in "وفبلک" and rest in words.keys and rest not in snapshot.ordinary("ar")
    if before_article or stands_alone:
        return replace(name, start=token.start + after_letters(token.text, 1))
    return name
