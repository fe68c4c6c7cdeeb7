"""How well a tagger finds names in tagged text: exact spans by type, recall of any touch, and whether its confidence is honest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from services.extract import conll, tagger_confidence
from services.extract.seam import TaggedSpan
from shared.text.tokens import Token


class Tagger(Protocol):
    """A backend under test; *sha256* is its bundle's."""

    sha256: str

    def __call__(self, tokens: Sequence[Token], lang: str) -> Sequence[TaggedSpan]:
        """Return the names of one document."""
        ...


def evaluate_tagger(data: Path, tagger: Tagger) -> dict[str, object]:
    """Score *tagger* on every ``LANG-*.conll.gz`` below ``DATA/ner`` that is not a train part; each document tagged whole."""
    out: dict[str, object] = {"bundle_sha256": tagger.sha256}
    for path in sorted((data / "ner").glob("*.conll.gz")):
        lang, name = path.name[:2], path.name.removesuffix(".conll.gz")
        if lang in conll.KINDS and not name.endswith(".train"):
            out[name] = evaluate_file(path, lang, tagger)
    return out


def evaluate_file(path: Path, lang: str, tagger: Tagger) -> dict[str, Any]:
    """Score one file: figures by type, and the expected calibration error of the confidence."""
    gold, guess, confidence, right = [], [], [], []
    for document in conll.read(path, lang):
        tokens = conll.as_tokens([s.words for s in document])
        tags = [t for s in document for t in s.tags]
        found = tagger(tokens, lang)
        true = set(conll.spans(tags))
        confidence += [s.confidence for s in found]
        right += [conll.Span(s.first, s.last, s.type) in true for s in found]
        gold.append(tags)
        guess.append(conll.bio([conll.Span(s.first, s.last, s.type) for s in found], len(tokens)))
    return {**conll.score(gold, guess), "calibration_error": tagger_confidence.error(confidence, right)}
