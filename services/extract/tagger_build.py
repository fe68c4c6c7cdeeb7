"""Builds the taggers' bundles from the tagged text; the same inputs give the same bytes on one machine.

python -m services.extract.tagger_build --data DIR [--cache DIR] [gazetteer crf encoder]

``gazetteer`` needs babel (build time only) and is a part of both others. Training takes some minutes of one core each.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pycrfsuite

from services.extract import bundle, conll, tagger_confidence, tagger_gazetteer, tagger_train
from services.extract.conll import Document, Sentence, Span
from services.extract.features import Features
from services.extract.tagger_chain import TAGS, in_play
from services.extract.tagger_clusters import build_clusters
from services.extract.tagger_crf import LANGUAGES, RECIPE, SMALL, CrfTagger
from services.extract.tagger_document import ordinary, with_repeats
from services.extract.tagger_encoder import HEAD, EncoderTagger
from services.extract.tagger_gazetteer import Gazetteer
from services.extract.tagger_inputs import gazetteer_inputs
from services.extract.tagger_states import word_states
from shared.encoder import Encoder, load
from shared.text.tokens import Token, fold

TRAIN = {"fa": "fa-parstwiner.train", "ar": "ar-anercorp.train", "en": "en-ewt.train"}
TOGETHER = ((1,), (2, 3, 4))
"""How many sentences are read at once, in even and in odd rounds."""
SEEDS = (0, 1)
PARTS = ("gazetteer", "crf", "encoder")
CALIBRATION = {"fa": "fa-parstwiner.dev", "ar": "ar-anercorp.dev", "en": "en-ewt.dev"}
"""Parts the confidence is fitted on: two numbers a language, so that they say little about the part itself."""


def documents(data: Path, name: str) -> list[Document]:
    """Read a tagged part below ``DATA/ner``; stop with its name where it is missing."""
    path = data / "ner" / f"{name}.conll.gz"
    if not path.exists():
        sys.exit(f"{path} is missing: give the data folder with --data")
    return conll.read(path, name[:2])


def pack(path: Path, content: object) -> None:
    """Write gzipped JSON without a time stamp."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def build_gazetteer(home: Path) -> None:
    """Write the gazetteer from extract's own lexicons."""
    pack(home / bundle.GAZETTEER, tagger_gazetteer.build_gazetteer(bundle.HOME.parent))


# --- crf -------------------------------------------------------------------------------------------------------------


def build_crf(data: Path, home: Path) -> None:
    """Write clusters, ordinary words and one field a language, then seal the bundle."""
    gazetteer = tagger_gazetteer.load(home / bundle.GAZETTEER)
    parts = [bundle.GAZETTEER]
    for lang in LANGUAGES:
        sentences = [s for d in documents(data, TRAIN[lang]) for s in d]
        clusters = build_clusters(data, lang)
        pack(home / f"words.{lang}.json.gz", {"clusters": clusters, "common": sorted(ordinary(sentences))})
        _train_field(sentences, Features(lang, gazetteer, clusters), home / f"{lang}.crf", lang)
        parts += [f"words.{lang}.json.gz", f"{lang}.crf"]
        _say(f"crf: {lang} trained")
    seal_crf(data, home, parts)


def seal_crf(data: Path, home: Path, parts: list[str]) -> None:
    """Fit the confidence and seal the bundle ``crf``."""
    bundle.seal(home, "crf", parts, {"confidence": {g: [1.0, 0.0] for g in LANGUAGES}, "repeat_confidence": dict.fromkeys(LANGUAGES, 0.5)})
    bundle.seal(home, "crf", parts, _crf_notes(CrfTagger(bundle.open_bundle("crf", home)), data))


def _train_field(sentences: Sequence[conll.Sentence], features: Features, path: Path, lang: str) -> None:
    trainer = pycrfsuite.Trainer(verbose=False)
    trainer.select("lbfgs")
    trainer.set_params(RECIPE | (SMALL if lang == "en" else {}))
    for sentence in sentences:
        trainer.append(features(sentence.words), sentence.tags)
    trainer.train(str(path))


def _crf_notes(tagger: CrfTagger, data: Path) -> dict[str, Any]:
    """Fit the confidence of the model's names, and count how often a name of the document pass alone is right."""
    scales, repeats = {}, {}
    for lang in LANGUAGES:
        found, right, again = [], [], [1, 2]  # one right of two to begin with: a language with few repeats
        for tokens, gold in _marked(documents(data, CALIBRATION[lang])):
            raw = tagger.raw(tokens, lang)
            found += [p for _, p in raw]
            right += [s in gold for s, _ in raw]
            common = tagger.common(lang)
            extra = set(with_repeats(tokens, [s for s, _ in raw], lang, common)) - {s for s, _ in raw}
            again = [again[0] + len(extra & gold), again[1] + len(extra)]
        scales[lang] = tagger_confidence.fit(found, right)
        repeats[lang] = round(again[0] / again[1], 3)
    return {"confidence": scales, "repeat_confidence": repeats}


# --- encoder ---------------------------------------------------------------------------------------------------------


def build_encoder(data: Path, home: Path, encoder: Encoder) -> None:
    """Train the joint head on the states of all three train parts, then seal the bundle.

    Sentences are read alone and some together in turn, since live text has short posts and passages; neighbours may be unrelated.
    """
    gazetteer = tagger_gazetteer.load(home / bundle.GAZETTEER)
    rounds: list[list[tagger_train.Example]] = [[], []]
    for lang, name in TRAIN.items():
        sentences = [s for d in documents(data, name) for s in d]
        for examples, together in zip(rounds, TOGETHER, strict=True):
            examples.extend(_examples(sentences, lang, together, (encoder, gazetteer)))
        _say(f"encoder: states of {name}")
    heads = [tagger_train.train(lambda n: rounds[n % 2], tagger_train.Recipe(seed=seed), _say) for seed in SEEDS]
    head = tagger_train.merged(heads)
    np.savez(home / HEAD, **head | {"in": head["in"].astype(np.float16)})  # type: ignore[arg-type]
    seal_encoder(data, home, encoder)


def seal_encoder(data: Path, home: Path, encoder: Encoder) -> None:
    """Fit the confidence and seal the bundle ``encoder``."""
    parts = [bundle.GAZETTEER, HEAD]
    bundle.seal(home, "encoder", parts, {"confidence": [1.0, 0.0]})
    tagger = EncoderTagger(bundle.open_bundle("encoder", home), encoder)
    found, right = [], []
    for lang, name in CALIBRATION.items():
        for tokens, gold in _marked(documents(data, name)):
            raw = tagger.raw(tokens, lang)
            found += [p for _, p in raw]
            right += [s in gold for s, _ in raw]
    notes = {"confidence": tagger_confidence.fit(found, right), "engine": encoder.engine, "weights_sha256": encoder.weights_sha256}
    bundle.seal(home, "encoder", parts, notes)


def _marked(found: Sequence[Document]) -> Iterator[tuple[list[Token], set[Span]]]:
    """Yield each document as tokens, with its true names."""
    for document in found:
        tags = [t for s in document for t in s.tags]
        yield conll.as_tokens([s.words for s in document]), set(conll.spans(tags))


def _examples(
    sentences: Sequence[Sentence], lang: str, together: Sequence[int], models: tuple[Encoder, Gazetteer]
) -> Iterator[tagger_train.Example]:
    encoder, gazetteer = models
    mask = in_play(conll.KINDS[lang])
    for group in _groups(sentences, together):
        rows = word_states(encoder, conll.as_tokens([s.words for s in group]))
        at = 0
        for sentence in group:
            size = len(sentence.words)
            hits = gazetteer_inputs(gazetteer, [fold(w) for w in sentence.words], lang)
            tags = [TAGS.index(t) for t in conll.bio(conll.spans(sentence.tags), size)]
            both = np.concatenate([rows[at : at + size], hits], 1).astype(np.float16)
            yield tagger_train.Example(both, np.array(tags), mask)
            at += size


def _groups(sentences: Sequence[Sentence], together: Sequence[int]) -> Iterator[Sequence[Sentence]]:
    """Cut a text into what is read at once: as many sentences as *together* says, in turn."""
    at = 0
    for size in itertools.cycle(together):
        if at >= len(sentences):
            return
        yield sentences[at : at + size]
        at += size


# --- command ---------------------------------------------------------------------------------------------------------


def main() -> None:
    """Build the parts named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with ner/, lexicon/, langid/ and zwnj/")
    parser.add_argument("--cache", type=Path, help="where the encoder's artefact lies, default ~/.cache/khabar")
    parser.add_argument("--out", type=Path, default=bundle.HOME, help="where the bundles go")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all")
    a = parser.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    for part in a.parts or PARTS:
        if part == "gazetteer":
            build_gazetteer(a.out)
        elif part == "crf":
            build_crf(a.data, a.out)
        else:
            build_encoder(a.data, a.out, load(a.cache))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201  a command talks


if __name__ == "__main__":
    main()
