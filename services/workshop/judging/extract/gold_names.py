"""Scores of extract on tagged documents: the project's own gold (``gold``) in its dev and test halves, and
its test of news.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from services.extract.found_name import Name
from services.extract.naming.names import names
from services.extract.tagger.bio_tags import WordSpan, bio
from services.extract.tagger.choice import Choice, models
from services.extract.tagger.interfaces import Models, SpanType
from services.extract.words_of_article import Words
from services.workshop.building.tagger.tagged_text import Document, Sentence, as_tokens, read, score
from shared.text.letters import LANGUAGE_LETTERS
from shared.text.tokens import Token

Figures = dict[str, dict[str, float]]
GOLD = Path(__file__).with_name("gold")
CHOICES: tuple[Choice, ...] = ("rules", "crf", "encoder")


def present() -> dict[str, Models]:
    """Load every backend whose bundle is there; rules always are."""
    loaded = {choice: models(choice, lambda _why: None) for choice in CHOICES}
    return {choice: held for choice, held in loaded.items() if choice == "rules" or held.tag}


def tagged_gold(backends: Mapping[str, Models]) -> dict[str, dict[str, dict[str, Figures]]]:
    """Return scores by language, part and backend; PER, LOC and ORG alone are annotated.

    Parts: ``dev`` and ``test``, the halves of the older gold, and ``news``, which is test as a whole.
    """
    out: dict[str, dict[str, dict[str, Figures]]] = {}
    for lang in ("fa", "ar"):
        parts = halves(_cleaned(lang, "")) | {"news": _cleaned(lang, "news.")}
        out[lang] = {
            name: by_backend(part, lang, backends, only=("PER", "LOC", "ORG")) for name, part in parts.items()
        }
    return out


def _cleaned(lang: str, part: str) -> list[Document]:
    """Return the gold as clean would hand it on: pages typed on another keyboard come to extract in the
    letters of their language.
    """
    letters = str.maketrans(LANGUAGE_LETTERS.get(lang, {}))
    documents = read(GOLD / f"{part}{lang}.conll", lang)
    return [
        [Sentence([word.translate(letters) for word in s.words], s.tags) for s in document]
        for document in documents
    ]


def halves(documents: Sequence[Document]) -> dict[str, list[Document]]:
    """Cut documents where half of their sentences are read."""
    total, read_so_far = sum(map(len, documents)), 0
    cut: dict[str, list[Document]] = {"dev": [], "test": []}
    for document in documents:
        cut["dev" if 2 * read_so_far < total else "test"].append(document)
        read_so_far += len(document)
    return cut


def by_backend(
    documents: Sequence[Document],
    lang: str,
    backends: Mapping[str, Models],
    only: Sequence[str] = ("PER", "LOC", "ORG", "MISC"),
) -> dict[str, Figures]:
    """Return the scores of all of naming with each backend, of the types in *only*."""
    return {name: _scored(documents, lang, held, only) for name, held in backends.items()}


def _scored(documents: Sequence[Document], lang: str, held: Models, only: Sequence[str]) -> Figures:
    gold, guess = [], []
    for document in documents:
        placed = as_tokens([sentence.words for sentence in document])
        words = Words.of(text_of(placed), placed, lang)
        found = names(words, held.tag(placed, lang) if held.tag else None)
        gold.append([tag for sentence in document for tag in sentence.tags])
        guess.append(bio((span for span in spans_of(found) if span.kind in only), len(placed)))
    return score(gold, guess)


def text_of(placed: Sequence[Token]) -> str:
    """Return the text whose tokens these are."""
    out, at = "", 0
    for token in placed:
        out += " " * (token.start - at) + token.text
        at = token.end
    return out


def spans_of(found: Sequence[Name]) -> list[WordSpan]:
    """Return names as the corpora annotate them: a facility is a place, nationalities and events are left
    out.
    """
    kinds: dict[str, SpanType] = {"PER": "PER", "ORG": "ORG", "LOC": "LOC", "FAC": "LOC"}
    kept = [WordSpan(name.first, name.last, kinds[name.type]) for name in found if name.type in kinds]
    return kept + [
        WordSpan(name.first, name.last, "MISC")
        for name in found
        if name.type == "NORP" and name.method in {"crf", "encoder"}
    ]
