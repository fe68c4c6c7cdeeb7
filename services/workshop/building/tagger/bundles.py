"""Builds the taggers' bundles from the tagged text; the same inputs give the same bytes on one machine.

python -m services.workshop.building.tagger.bundles --data DIR [--cache DIR] [--lexicons DIR] [--out DIR]
[gazetteer crf encoder]

``gazetteer`` is a part of both others: with another one both must be trained anew. Training takes some
minutes of one core each.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pycrfsuite

from services.extract.tagger import bundle
from services.extract.tagger import gazetteer as gazetteers
from services.extract.tagger.bio_tags import KINDS, WordSpan, bio, spans
from services.extract.tagger.chain import TAGS, in_play
from services.extract.tagger.crf import LANGUAGES, CrfTagger
from services.extract.tagger.crf_features import Features
from services.extract.tagger.document_pass import with_repeats
from services.extract.tagger.encoder_head import HEAD, EncoderTagger
from services.extract.tagger.gazetteer import Gazetteer
from services.extract.tagger.head_inputs import gazetteer_inputs
from services.extract.tagger.token_states import passage_of, word_states
from services.workshop.building.tagger import training
from services.workshop.building.tagger.calibration import fit
from services.workshop.building.tagger.clusters import build_clusters
from services.workshop.building.tagger.gazetteer_lists import gazetteer_lists
from services.workshop.building.tagger.tagged_text import Document, Sentence, as_tokens, ordinary, read
from shared.encoder import Encoder, load
from shared.encoder.packed_weights import file_sha256
from shared.text.tokens import Token, fold

TRAIN = {"fa": "fa-parstwiner.train", "ar": "ar-anercorp.train", "en": "en-ewt.train"}
NEWS = Path(__file__).with_name("news")
"""The project's own annotated news, by language; only people, places and organisations are marked in it."""
NEWS_KINDS = frozenset({"PER", "LOC", "ORG"})
NEWS_WEIGHT = 2
"""How often a sentence of news is read where one of the corpora is read once: it is what the tagger is for,
and there is less of it.
"""
NEWS_SHARE = 0.6
"""What the heads that read news count beside those that read the corpora alone, whose guidelines differ from
ours and rule other text.
"""
TOGETHER = ((1,), (2, 3, 4))
"""How many sentences are read at once, in even and in odd rounds."""
SEEDS = (0, 1)
RECIPE = {
    "c1": 0.5,
    "c2": 0.01,
    "max_iterations": 90,
    "feature.minfreq": 2,
    "feature.possible_transitions": False,
}
SMALL = {"feature.minfreq": 1}
"""English has a quarter of the training text."""

PARTS = ("gazetteer", "crf", "encoder")
CALIBRATION = {"fa": "fa-parstwiner.dev", "ar": "ar-anercorp.dev", "en": "en-ewt.dev"}
"""Parts the confidence is fitted on: two numbers a language, so that they say little about the part itself.
"""


def seal(home: Path, backend: bundle.Backend, parts: list[str], notes: Mapping[str, Any]) -> None:
    """Write the bundle's list of *parts*, files below *home*, with what the build wants to remember."""
    files = {name: file_sha256(home / name) for name in sorted(parts)}
    content = {"backend": backend, "code": bundle.CODE, "files": files, "notes": notes}
    (home / f"{backend}.json").write_text(
        json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf8"
    )


def documents(data: Path, name: str) -> list[Document]:
    """Read a tagged part below ``DATA/ner``; stop with its name where it is missing."""
    path = data / "ner" / f"{name}.conll.gz"
    if not path.exists():
        sys.exit(f"{path} is missing: give the data folder with --data")
    return read(path, name[:2])


def news(lang: str) -> list[Sentence]:
    """Return the project's own annotated sentences in *lang*; none where it has none."""
    path = NEWS / f"{lang}.conll"
    return [s for d in read(path, lang) for s in d] if path.exists() else []


def pack(path: Path, content: object) -> None:
    """Write gzipped JSON without a time stamp."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def build_gazetteer(lexicons: Path, home: Path) -> None:
    """Write the gazetteer from the lexicons of ``building.extract.lookups``; stop where they are missing."""
    if not (lexicons / "entities.json.gz").exists():
        sys.exit(f"{lexicons} holds no entities.json.gz: give the folder of the lexicons with --lexicons")
    pack(home / bundle.GAZETTEER, gazetteer_lists(lexicons))


def built_gazetteer(home: Path) -> Gazetteer:
    """Return the gazetteer in *home*; stop where there is none yet."""
    path = home / bundle.GAZETTEER
    if not path.exists():
        sys.exit(f"{path} is missing: build the part gazetteer first")
    return gazetteers.load(path)


def build_crf(data: Path, home: Path) -> None:
    """Write clusters, ordinary words and one field a language, then seal the bundle."""
    gazetteer = built_gazetteer(home)
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
    seal(
        home,
        "crf",
        parts,
        {
            "confidence": {g: [1.0, 0.0] for g in LANGUAGES},
            "repeat_confidence": dict.fromkeys(LANGUAGES, 0.5),
        },
    )
    seal(home, "crf", parts, _crf_notes(CrfTagger(bundle.open_bundle("crf", home)), data))


def _train_field(sentences: Sequence[Sentence], features: Features, path: Path, lang: str) -> None:
    trainer = pycrfsuite.Trainer(verbose=False)
    trainer.select("lbfgs")
    trainer.set_params(RECIPE | (SMALL if lang == "en" else {}))
    for sentence in sentences:
        trainer.append(features(sentence.words), sentence.tags)
    trainer.train(str(path))


def _crf_notes(tagger: CrfTagger, data: Path) -> dict[str, Any]:
    """Fit the confidence of names, and count how often a name of the document pass alone is right."""
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
        scales[lang] = fit(found, right)
        repeats[lang] = round(again[0] / again[1], 3)
    return {"confidence": scales, "repeat_confidence": repeats}


def build_encoder(data: Path, home: Path, encoder: Encoder) -> None:
    """Train heads on the states of the train parts, with news and without, merge them and seal the bundle.

    Sentences are read alone and some together in turn, since live text has short posts and passages;
    neighbours may be unrelated.
    """
    gazetteer = built_gazetteer(home)
    corpora: list[list[training.Example]] = [[], []]
    told: list[list[training.Example]] = [[], []]
    for lang, name in TRAIN.items():
        corpus = _Part([s for d in documents(data, name) for s in d], lang, KINDS[lang])
        ours = _Part(news(lang), lang, NEWS_KINDS)
        for alone, both, together in zip(corpora, told, TOGETHER, strict=True):
            read = list(_examples(corpus, together, (encoder, gazetteer)))
            alone.extend(read)
            both.extend(read + list(_examples(ours, together, (encoder, gazetteer))) * NEWS_WEIGHT)
        _say(f"encoder: states of {name} and of news")
    heads = [*_trained(told), *_trained(corpora)]
    shares = [share / len(SEEDS) for share in (NEWS_SHARE, 1 - NEWS_SHARE) for _ in SEEDS]
    head = training.merged(heads, shares)
    coded = {"in": head["in"].astype(np.float16), "reach": training.reach(told)}
    np.savez(home / HEAD, **head | coded)  # type: ignore[arg-type]
    seal_encoder(data, home, encoder)


def _trained(rounds: Sequence[Sequence[training.Example]]) -> list[training.Weights]:
    """Return a head for each seed, trained on the two kinds of *rounds* in turn."""
    return [training.train(lambda n: rounds[n % 2], training.Recipe(seed=seed), _say) for seed in SEEDS]


def seal_encoder(data: Path, home: Path, encoder: Encoder) -> None:
    """Fit the confidence and seal the bundle ``encoder``."""
    parts = [bundle.GAZETTEER, HEAD]
    trained_on = {"engine": encoder.engine, "weights_sha256": encoder.weights_sha256}
    seal(home, "encoder", parts, {"confidence": [1.0, 0.0]} | trained_on)
    tagger = EncoderTagger(bundle.open_bundle("encoder", home), encoder)
    found, right = [], []
    for lang, name in CALIBRATION.items():
        for tokens, gold in _marked(documents(data, name)):
            raw = tagger.raw(tokens, lang)
            found += [p for _, p in raw]
            right += [s in gold for s, _ in raw]
    seal(home, "encoder", parts, {"confidence": fit(found, right)} | trained_on)


def _marked(found: Sequence[Document]) -> Iterator[tuple[list[Token], set[WordSpan]]]:
    """Yield each document as tokens, with its true names."""
    for document in found:
        tags = [t for s in document for t in s.tags]
        yield as_tokens([s.words for s in document]), set(spans(tags))


class _Part(NamedTuple):
    """Sentences of one language, and the types that are marked in them."""

    sentences: Sequence[Sentence]
    lang: str
    kinds: frozenset[str]


def _examples(
    part: _Part, together: Sequence[int], models: tuple[Encoder, Gazetteer]
) -> Iterator[training.Example]:
    encoder, gazetteer = models
    mask = in_play(part.kinds)
    for group in _groups(part.sentences, together):
        rows = word_states(encoder, passage_of(as_tokens([s.words for s in group])))
        at = 0
        for sentence in group:
            size = len(sentence.words)
            hits = gazetteer_inputs(gazetteer, [fold(w) for w in sentence.words], part.lang)
            tags = [TAGS.index(t) for t in bio(spans(sentence.tags), size)]
            both = np.concatenate([rows[at : at + size], hits], 1).astype(np.float16)
            yield training.Example(both, np.array(tags), mask)
            at += size


def _groups(sentences: Sequence[Sentence], together: Sequence[int]) -> Iterator[Sequence[Sentence]]:
    """Cut a text into what is read at once: as many sentences as *together* says, in turn."""
    at = 0
    for size in itertools.cycle(together):
        if at >= len(sentences):
            return
        yield sentences[at : at + size]
        at += size


def main() -> None:
    """Build the parts named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with ner/, lexicon/, langid/ and zwnj/"
    )
    parser.add_argument(
        "--cache", type=Path, help="where the encoder's artefact lies, default ~/.cache/khabar"
    )
    parser.add_argument(
        "--lexicons",
        type=Path,
        default=bundle.HOME.parent,
        help="names, cities and entities, default: extract's present ones",
    )
    parser.add_argument("--out", type=Path, default=bundle.HOME, help="where the bundles go")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all")
    a = parser.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    for part in a.parts or PARTS:
        if part == "gazetteer":
            build_gazetteer(a.lexicons, a.out)
        elif part == "crf":
            build_crf(a.data, a.out)
        else:
            build_encoder(a.data, a.out, load(a.cache))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201  a command talks


if __name__ == "__main__":
    main()
