"""Rebuild detect's models: ``python -m services.workshop.building.detect.language_models --data DIR --sib DIR
--arabizi DIR``.

*data* holds ``langid/``, ``zwnj/`` and ``ner/``; *sib* and *arabizi* are checkouts at the commits named in
SOURCES.md. The same input gives the same bytes, in a few minutes on one core (set OPENBLAS_NUM_THREADS=1).
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.checkout import ROOT
from services.detect.models import ngrams, script_folding
from services.workshop.building.detect import fitting, licensed_text, windows

DATA = ROOT / "services" / "detect" / "data"
SCRIPT = fitting.Recipe(buckets=1 << 17, windows=16000, epochs=3, rate=0.3, start=0.5)
DARI = fitting.Recipe(buckets=1 << 16, windows=8000, epochs=8, rate=1.0, start=1.0)
GENERAL = fitting.Recipe(buckets=1 << 16, windows=1500, epochs=0, rate=0.3, start=1.0)
PARALLEL = ("sib", "tico")  # Dari is learnt from parallel text alone, so that there is no topic to learn

type Draw = Callable[[str, random.Random], str]
type Fold = Callable[[str], NDArray[np.uint32]]


def train(labels: list[str], draw: Draw, fold: Fold, recipe: fitting.Recipe) -> bytes:
    """Return the packed model that tells *labels* apart on texts that *draw* gives."""
    rng = random.Random(11)
    rows, gold = [], []
    for index, label in enumerate(labels):
        for _ in range(recipe.windows):
            points = fold(draw(label, rng))
            if len(points) >= 4:
                rows.append(ngrams.hashes(points, recipe.buckets).astype(np.int32))
                gold.append(index)
    weights, bias = fitting.fit(fitting.Windows(rows, np.array(gold)), len(labels), recipe)
    return fitting.pack(weights, bias, labels)


def dari(texts: licensed_text.TextsByLabel) -> bytes:
    """Return the model of Persian against Dari."""
    parallel = {label: {source: texts[label][source] for source in PARALLEL} for label in ("fa", "fa-AF")}
    return train(
        sorted(parallel), lambda label, rng: windows.draw(parallel, label, rng), script_folding.spaced, DARI
    )


def script(texts: licensed_text.TextsByLabel) -> bytes:
    """Return the model of the languages in Arabic script."""
    return train(
        sorted([*texts, windows.JUNK]),
        lambda label, rng: windows.draw(texts, label, rng),
        script_folding.arabic,
        SCRIPT,
    )


def general(texts: licensed_text.TextsByLabel) -> bytes:
    """Return the model of the languages in other scripts, romanised Persian and Arabic among them."""

    def draw(label: str, rng: random.Random) -> str:
        if label == windows.JUNK:
            return windows.latin_junk(texts, rng)
        return windows.window(texts[label], rng, "" if label in windows.SPACELESS else " ")

    return train(sorted([*texts, windows.JUNK]), draw, script_folding.general, GENERAL)


def main() -> None:
    """Train the models and write them."""
    parser = argparse.ArgumentParser(description="Rebuild detect's models.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds langid/, zwnj/ and ner/")
    parser.add_argument("--sib", type=Path, required=True, help="checkout of sib-200")
    parser.add_argument(
        "--arabizi", type=Path, required=True, help="checkout of UD_Maghrebi_Arabic_French-Arabizi"
    )
    parser.add_argument("--out", type=Path, default=DATA, help="where the models go")
    chosen = parser.parse_args()
    texts = licensed_text.arabic_script(chosen.data)
    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / "dari.npz").write_bytes(dari(texts))
    (chosen.out / "script.npz").write_bytes(script(texts))
    (chosen.out / "general.npz").write_bytes(
        general(licensed_text.other_scripts(chosen.sib, chosen.arabizi, texts["fa"]))
    )


if __name__ == "__main__":
    main()
