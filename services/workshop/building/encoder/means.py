"""Builds what ships beside the code: the mean vector of each language, from licensed text, and the vectors of
the self-test.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from shared.encoder import centring
from shared.encoder.engines import Engine, Floats, Wheel
from shared.encoder.packed_weights import EncoderMissing
from shared.encoder.source import MEANS, SELF_TEST, SHIPPED, EncoderSource

SOURCES = ("ntrex-dev/docs.jsonl.gz", "lexicon/sib200.en-ar-fa.jsonl.gz", "lexicon/tico19.en-ar-fa.jsonl.gz")
TICO_STEP = 3
"""Every third of TICO-19's triples: its medical sentences must not outweigh the news."""

SENTENCES = (
    "وزیران خارجهٔ دو کشور روز سه‌شنبه در وین دربارهٔ آب رودخانهٔ مرزی گفت‌وگو کردند.",
    "سیل پل قدیمی شهر را برد و سه هزار نفر بی‌خانمان شدند.",
    "التقى وزيرا الخارجية يوم الثلاثاء في فيينا وبحثا مياه النهر الحدودي.",
    "جرفت السيول الجسر القديم وشُرّد ثلاثة آلاف شخص.",
    "The two foreign ministers met in Vienna on Tuesday to talk about the water of the border river.",
    "Floods carried away the old bridge and left three thousand people homeless.",
    "Министры иностранных дел встретились во вторник в Вене.",
)


def write_means(
    data: Path, engine: Engine, report: Callable[[str], None], source: EncoderSource = SHIPPED
) -> None:
    """Encode the licensed texts below *data* and write the ``means.npz`` of *source*; every set counts the
    same within a language.
    """
    totals: dict[tuple[str, str], list[Floats]] = defaultdict(list)
    for done, (lang, name, text) in enumerate(_texts(data)):
        totals[lang, name].append(centring.unit(engine.vector(text)))
        if done % 1000 == 0:
            report(f"means: {done} texts")
    langs = sorted({lang for lang, _ in totals})
    means = np.stack(
        [np.mean([np.mean(v, 0) for (g, _), v in sorted(totals.items()) if g == lang], 0) for lang in langs]
    )
    np.savez(
        source.data / MEANS,
        langs=np.array(langs),
        means=means.astype(np.float32),
        rest=means.mean(0).astype(np.float32),
    )


def write_self_test(source: EncoderSource = SHIPPED) -> None:
    """Encode the sentences of the self-test with the wheel's own engine and write the ``selftest.npz`` of
    *source*.
    """
    engine = Wheel(source)
    codes, scale = centring.pack(np.stack([engine.vector(t) for t in SENTENCES]))
    np.savez(source.data / SELF_TEST, texts=np.array(SENTENCES), codes=codes, scale=scale)


def _texts(data: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (language, set, text): sentences, halves of documents, parallel sentences."""
    missing = [s for s in SOURCES if not (data / s).exists()]
    if missing:
        raise EncoderMissing(f"{data} lacks {', '.join(missing)}")
    for row in _lines(data / SOURCES[0]):
        for half in (0, 1):
            part = row["sentences"][half::2]
            yield row["lang"], "half", " ".join(part)
            for sentence in part:
                yield row["lang"], "sentence", sentence
    for name, step in (("sib200", 1), ("tico19", TICO_STEP)):
        for i, row in enumerate(_lines(data / f"lexicon/{name}.en-ar-fa.jsonl.gz")):
            if i % step == 0:
                for lang in ("ar", "en", "fa"):
                    yield lang, name, row[lang]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf8") as file:
        yield from map(json.loads, file)
