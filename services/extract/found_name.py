"""A name in the text: where it stands, and what is known of it so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.extract.words_of_article import Words
from shared.records.entities import MentionType
from shared.text.stems import readings


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
