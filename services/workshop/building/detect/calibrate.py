"""Fit detect's temperatures and thresholds on development text: ``python -m
services.workshop.building.detect.calibrate --data DIR --sib DIR``.

Run it after ``language_models``, whose arrays it reads; it writes calibration.json. The temperatures are the
likeliest per length of text, the thresholds of the varieties the lowest with the precision asked for.
"""

from __future__ import annotations

import argparse
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import yaml
from numpy.typing import NDArray

from services.detect import language_tags
from services.detect.models import arabic, cld2, general, linear_weights
from services.detect.models.fitted import Bins, Calibration
from services.detect.spans import stretch, varieties
from services.workshop.building.detect import licensed_text
from services.workshop.building.detect.language_models import DATA
from shared.text import scripts

EDGES = [8, 16, 30, 60, 150]  # code points
# .5 is the floor: a bin without errors would go to 0
TEMPERATURES = (0.5, 0.6, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0)
# letters: a bare name is right in too many languages to act on
ACT = Bins(edges=[8, 16], values=[0.9, 0.8, 0.6])
PRECISION = 0.97
FALSE_ALARMS = 0.01
"""Share of an Iranian agency's articles that may be called Dari: they outnumber Dari news many times."""

REFINE_LETTERS = 600

type Case = tuple[int, NDArray[np.float64], int]
"""Code points of a text, its logits, the index of the right answer."""

type Shares = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def temperatures(cases: Sequence[Case], shares: Shares) -> Bins:
    """Return the likeliest temperature of each length; 1 where there is no text, and no less for the longest,
    which are all right.
    """
    values = []
    for index in range(len(EDGES) + 1):
        part = [(found, gold) for length, found, gold in cases if bisect_right(EDGES, length) == index]
        losses = {
            t: -sum(float(np.log(max(shares(found / t)[gold], 1e-9))) for found, gold in part)
            for t in TEMPERATURES
        }
        values.append(min(losses, key=losses.__getitem__) if part else 1.0)
    return Bins(edges=EDGES, values=[*values[:-1], max(1.0, values[-1])])


def arabic_cases(rows: list[dict[str, str]]) -> list[Case]:
    """Return the development texts, and cuts of one to three words for the shortest lengths."""
    to_tag, rng = language_tags.naming_tables().labels, random.Random(5)
    known = sorted({to_tag[label] for label in linear_weights.load(arabic.MODEL).labels})
    texts = [(row["text"], row["lab"]) for row in rows if row["set"] != "ntrex-article"]
    for row in rows:
        words = row["text"].split()
        if row["set"] == "ntrex-4w" and len(words) == 4:
            size, start = rng.choice((1, 2, 3)), rng.randrange(2)
            texts.append((" ".join(words[start : start + size]), row["lab"]))
    cases = []
    for text, label in texts:
        found, _ = arabic.logits(text)
        if found is not None and sum(scripts.counts(text).values()) >= stretch.FEWEST_LETTERS:
            cases.append((len(text), found, known.index(to_tag[label])))
    return cases


def general_cases(sib: Path) -> list[Case]:
    """Return the development sentences of SIB-200, cuts of one to twelve words, and four sentences
    together.
    """
    rng = random.Random(6)
    chosen: dict[str, str] = yaml.safe_load(
        Path(__file__).with_name("varieties.yml").read_text(encoding="utf-8")
    )
    labels = linear_weights.load(general.MODEL).labels
    cases = []
    for code, tag in sorted(chosen.items()):
        lines = licensed_text.sib_lines(sib, code, "dev")
        for at, line in enumerate(lines):
            words = line.split()
            start = rng.randrange(len(words))
            for text in (
                line,
                " ".join(words[start : start + rng.choice((1, 2, 4, 6, 12))]),
                " ".join(lines[at : at + 4]),
            ):
                counts = scripts.counts(text)
                script = next(iter(counts), scripts.NO_SCRIPT)
                found = general.logits(text, script, cld2.opinion(text))
                if (
                    found is not None
                    and np.isfinite(found[labels.index(tag)])
                    and sum(counts.values()) >= stretch.FEWEST_LETTERS
                ):
                    cases.append((len(text), found, labels.index(tag)))
    return cases


def dialect(text: str) -> float:
    """Return the log-ratio of Arabic dialect to standard Arabic, which no temperature takes part in; 0
    without Arabic-script letters.
    """
    found, _ = arabic.logits(text)
    return 0.0 if found is None else arabic.dialect(found)


def threshold(marked: Sequence[float], plain: Sequence[float]) -> float:
    """Return the lowest ratio from which the precision stays above ``PRECISION``, halfway to the next lower
    one.
    """
    ratios = sorted([(ratio, True) for ratio in marked] + [(ratio, False) for ratio in plain], reverse=True)
    best, right = 0, 0
    for at, (_, is_marked) in enumerate(ratios, 1):
        right += is_marked
        if right / at >= PRECISION:
            best = at
    if best in (0, len(ratios)):
        raise ValueError("no threshold gives the precision asked for")
    return round((ratios[best - 1][0] + ratios[best][0]) / 2, 2)


def exceeded(ratios: Sequence[float], share: float) -> float:
    """Return the number that no more than *share* of *ratios* exceed."""
    ranked = sorted(ratios, reverse=True)
    return round(ranked[int(share * len(ranked))] + 0.01, 2)


def main() -> None:
    """Fit everything and write calibration.json."""
    parser = argparse.ArgumentParser(description="Fit detect's temperatures and thresholds.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds langid/ and zwnj/")
    parser.add_argument("--sib", type=Path, required=True, help="checkout of sib-200")
    parser.add_argument("--out", type=Path, default=DATA / "calibration.json")
    chosen = parser.parse_args()
    rows = licensed_text.rows(chosen.data / "langid" / "dev.jsonl.gz")
    articles = {
        label: [row["text"] for row in rows if row["set"] == "ntrex-article" and row["lab"] == label]
        for label in ("fa", "fa-AF", "ar", "ar-dia")
    }
    dari = {label: [varieties.dari(text) for text in articles[label]] for label in ("fa", "fa-AF")}
    unseen = [
        "\n".join(article)
        for article in licensed_text.fars_articles(chosen.data / licensed_text.FARS)[
            licensed_text.FARS_TRAINED :
        ]
    ]
    iran = [varieties.dari(text) for text in unseen if scripts.counts(text).get("Arab", 0) >= REFINE_LETTERS]
    dialects = {label: [dialect(text) for text in articles[label]] for label in ("ar", "ar-dia")}
    found = Calibration(
        temperature=temperatures(arabic_cases(rows), lambda logits: arabic.tag_probabilities(logits)[1]),
        general_temperature=temperatures(general_cases(chosen.sib), arabic.softmax),
        act=ACT,
        dari=max(threshold(dari["fa-AF"], dari["fa"]), exceeded(iran, FALSE_ALARMS)),
        # below 0 standard Arabic is the likelier
        dialect=max(0.0, threshold(dialects["ar-dia"], dialects["ar"])),
        refine_letters=REFINE_LETTERS,
    )
    chosen.out.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")


if __name__ == "__main__":
    main()
