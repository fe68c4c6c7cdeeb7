"""The fallback tagger: a conditional random field a language, then the document pass."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from typing import Any

import pycrfsuite

from services.extract.tagger.bio_tags import WordSpan, spans
from services.extract.tagger.bundle import GAZETTEER, Bundle
from services.extract.tagger.confidence import calibrated
from services.extract.tagger.crf_features import Features
from services.extract.tagger.document_pass import with_repeats
from services.extract.tagger.gazetteer import Gazetteer, load
from services.extract.tagger.interfaces import TaggedSpan
from shared.text.tokens import Token, sentences

LANGUAGES = ("fa", "ar", "en")


class _Model:
    """One language's field: *predict* gives a sentence's spans with the least probability of their tags."""

    def __init__(self, lang: str, bundle: Bundle, gazetteer: Gazetteer) -> None:
        table = json.loads(gzip.decompress(bundle.paths[f"words.{lang}.json.gz"].read_bytes()))
        self.features = Features(lang, gazetteer, table["clusters"])
        self.common = frozenset(table["common"])
        self._field: Any = pycrfsuite.Tagger()
        self._field.open(str(bundle.paths[f"{lang}.crf"]))

    def predict(self, words: Sequence[str]) -> list[tuple[WordSpan, float]]:
        tags = self._field.tag(self.features(words))
        return [
            (s, min(self._field.marginal(tags[i], i) for i in range(s.first, s.last))) for s in spans(tags)
        ]


class CrfTagger:
    """The bundle ``crf``, loaded whole."""

    def __init__(self, bundle: Bundle) -> None:
        gazetteer = load(bundle.paths[GAZETTEER])
        self._models = {lang: _Model(lang, bundle, gazetteer) for lang in LANGUAGES}
        self._scale: dict[str, list[float]] = bundle.notes["confidence"]
        self._repeat: dict[str, float] = bundle.notes["repeat_confidence"]
        self.sha256 = bundle.sha256

    def __call__(self, tokens: Sequence[Token], lang: str) -> list[TaggedSpan]:
        """Return the names in an article; none in a language without a model."""
        lang = lang.split("-", maxsplit=1)[0]
        if lang not in self._models:
            return []
        probabilities = dict(self.raw(tokens, lang))
        names = with_repeats(tokens, list(probabilities), lang, self._models[lang].common)
        by_start = {span.first: probability for span, probability in probabilities.items()}
        return [self._span(span, by_start.get(span.first), lang) for span in names]

    def raw(self, tokens: Sequence[Token], lang: str) -> list[tuple[WordSpan, float]]:
        """Return names over all tokens with the model's own probability, before the document pass."""
        out = []
        offset = 0
        for sentence in sentences(tokens):
            out += [
                (WordSpan(offset + span.first, offset + span.last, span.kind), probability)
                for span, probability in self._models[lang].predict([t.text for t in sentence])
            ]
            offset += len(sentence)
        return out

    def common(self, lang: str) -> frozenset[str]:
        """Return the words of *lang* that the document pass leaves alone."""
        return self._models[lang].common

    def _span(self, span: WordSpan, probability: float | None, lang: str) -> TaggedSpan:
        if probability is None:
            return TaggedSpan(span.first, span.last, span.kind, self._repeat[lang], "doc")
        return TaggedSpan(span.first, span.last, span.kind, calibrated(probability, self._scale[lang]), "crf")
