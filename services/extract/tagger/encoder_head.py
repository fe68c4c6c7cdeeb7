"""The default tagger: one head for all languages on the encoder's middle layers, and a chain on top."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from services.extract.tagger import gazetteer
from services.extract.tagger.bio_tags import KINDS, WordSpan, spans
from services.extract.tagger.bundle import GAZETTEER, Bundle, BundleError
from services.extract.tagger.chain import TAGS, Chains, best_paths, in_play, path_sums
from services.extract.tagger.confidence import calibrated
from services.extract.tagger.head import Floats, Head
from services.extract.tagger.head_inputs import gazetteer_inputs
from services.extract.tagger.interfaces import TaggedSpan
from services.extract.tagger.token_states import Passage, passage_of, word_states
from shared.encoder import Encoder
from shared.encoder.passages import passages
from shared.text.tokens import Token, fold

HEAD = "head.npz"
PASSAGES_KEPT = 2_000
"""Passages whose scores are remembered (8 MB): copies of a wire and standing paragraphs are read once."""
UNTRAINED_TYPES = frozenset({"PER", "LOC", "ORG"})
"""Types tagged in languages without training data."""


class EncoderTagger:
    """The bundle ``encoder`` on its encoder; raises `BundleError` on one it was not trained with."""

    def __init__(self, bundle: Bundle, encoder: Encoder) -> None:
        if bundle.notes["weights_sha256"] != encoder.weights_sha256:
            raise BundleError("the bundle encoder was trained on the states of another encoder")
        self._encoder = encoder
        self._gazetteer = gazetteer.load(bundle.paths[GAZETTEER])
        with np.load(bundle.paths[HEAD], allow_pickle=False) as file:
            weights = {name: file[name].astype(np.float32) for name in file.files}
        self._steps = weights["steps"].astype(np.float64)
        self._head = Head(weights)
        self._scale: list[float] = bundle.notes["confidence"]
        self.sha256 = bundle.sha256
        self._scores = functools.lru_cache(PASSAGES_KEPT)(self._score)

    def __call__(self, tokens: Sequence[Token], lang: str) -> list[TaggedSpan]:
        """Return the names in an article, in any language the encoder knows; trained for fa, ar and en."""
        return [self._span(span, probability) for span, probability in self.raw(tokens, lang)]

    def raw(self, tokens: Sequence[Token], lang: str) -> list[tuple[WordSpan, float]]:
        """Return names over all tokens with the model's own probability: the least of a name's tags."""
        if not tokens:
            return []
        lang = lang.split("-", maxsplit=1)[0]
        read_passages = [passage_of(unit) for unit in passages(tokens)]
        edges = np.cumsum([0, *(size for passage in read_passages for size in passage.sentences)])
        scores = np.concatenate([self._scores(passage, lang) for passage in read_passages]) + in_play(
            KINDS.get(lang, UNTRAINED_TYPES)
        )
        names = []
        for index, tags, probabilities in self._decode([scores[a:b] for a, b in itertools.pairwise(edges)]):
            for in_sentence in spans(tags):
                span = WordSpan(
                    int(edges[index]) + in_sentence.first,
                    int(edges[index]) + in_sentence.last,
                    in_sentence.kind,
                )
                names.append((span, float(probabilities[in_sentence.first : in_sentence.last].min())))
        return sorted(names)

    def _score(self, passage: Passage, lang: str) -> Floats:
        words = [fold(passage.text[start:end]) for start, end in passage.spans.tolist()]
        edges = [0, *itertools.accumulate(passage.sentences)]
        hits = [gazetteer_inputs(self._gazetteer, words[a:b], lang) for a, b in itertools.pairwise(edges)]
        return self._head(np.concatenate([word_states(self._encoder, passage), np.concatenate(hits)], 1))

    def _decode(
        self, parts: Sequence[NDArray[np.float64]]
    ) -> Iterator[tuple[int, list[str], NDArray[np.float64]]]:
        """Yield each sentence's number, tags, and the probability of each tag."""
        order = sorted(range(len(parts)), key=lambda i: -len(parts[i]))
        chains = Chains.of([parts[i] for i in order])
        marginals = path_sums(chains, self._steps).marginals
        for index, path, rows in zip(order, best_paths(chains, self._steps), marginals, strict=True):
            yield index, [TAGS[t] for t in path], rows[np.arange(len(path)), path]

    def _span(self, span: WordSpan, probability: float) -> TaggedSpan:
        return TaggedSpan(span.first, span.last, span.kind, calibrated(probability, self._scale), "encoder")
