"""The CRF's document pass: a rare word of a person's full name is that person wherever else it stands.

A third of the persons a CRF misses are surnames that repeat a name given in full elsewhere. Only persons:
organisations lose precision. The pass of ``naming.names`` does so for the people of table and rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from services.extract.tagger.bio_tags import WordSpan, bio, spans
from services.extract.tagger.gazetteer import ARABIC_PROCLITICS, SHORTEST_BASE
from shared.text.tokens import Token, fold


def with_repeats(
    tokens: Sequence[Token], names: Sequence[WordSpan], lang: str, common: AbstractSet[str]
) -> list[WordSpan]:
    """Return *names*, and with them untagged rare words of the persons' names as persons.

    Such a word right after a person of the same sentence lengthens that name.
    """
    folded = [fold(t.text) for t in tokens]
    person_words = {
        folded[i]
        for span in names
        if span.kind == "PER"
        for i in range(span.first, span.last)
        if len(folded[i]) >= (3 if span.last - span.first > 1 else 4) and folded[i] not in common
    }
    tags = bio(names, len(tokens))
    for i, word in enumerate(folded):
        if (
            tags[i] == "O"
            and word not in common
            and any(v in person_words and v not in common for v in _variants(word, lang))
        ):
            follows = i and tags[i - 1].endswith("PER") and tokens[i - 1].sentence == tokens[i].sentence
            tags[i] = "I-PER" if follows else "B-PER"
    return list(spans(tags))


def _variants(word: str, lang: str) -> set[str]:
    """Return the word as it is and, in Arabic, without its proclitic and with the article."""
    forms = {word}
    if lang == "ar":
        forms |= {
            word[len(p) :]
            for p in ARABIC_PROCLITICS
            if word.startswith(p) and len(word) - len(p) >= SHORTEST_BASE
        }
        forms |= {"ال" + form for form in forms if not form.startswith("ال")}
    return forms
