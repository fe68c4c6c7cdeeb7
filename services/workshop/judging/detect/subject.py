"""How good detect is: every figure on texts of known language (``khabar eval detect --data DIR``).

Files are known by the fields of their rows, so any set of the same form can be measured: ``set, lab, text,
doc`` (texts by kind), ``case, lang, text`` (hostile text), ``event, lang, sentences`` (documents, for mixed
pages and other scripts), ``lang, source, text`` (the training file: its held tenth of the rare languages).
"""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from services.detect import core, language_tags
from services.detect.spans import page_languages, varieties
from services.workshop.building.detect import windows
from services.workshop.judging.detect.probes import PROBES
from shared.text import scripts

CORE = ("fa", "ar", "ur", "ps", "ckb", "ug", "sd")
BIG = ("fa", "ar", "ur")
PAGE_LANGUAGES = ("fa", "ar", "ur", "ps", "ckb", "en")
PAGES = 250
COVERAGE_AT = 0.995
PATTERNS = ("*.jsonl.gz", "*.jsonl", "*/*.jsonl.gz", "*/*.jsonl")

type Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What detect says of one text: its first candidate and the probability of it, and whether it says so
    aloud.
    """

    gold: str
    first: str
    confidence: float
    aloud: bool

    @property
    def right(self) -> bool:
        """Whether the first candidate is the right one."""
        return self.first == self.gold


def evaluate(data: Path) -> dict[str, object]:
    """Return the figures for every file under *data* (and one folder down) whose form is known; percentages,
    unless named otherwise.

    Raises FileNotFoundError when there is none.
    """
    found: dict[str, dict[str, object]] = defaultdict(dict)
    for path in sorted(path for pattern in PATTERNS for path in data.glob(pattern)):
        measure = _measure_for(path)
        if measure:
            found[measure[0]].update(measure[1](_rows(path)))
    if not found:
        raise FileNotFoundError(f"no file of a known form under {data}")
    return {**found, "probes": probes()}


def _rows(path: Path) -> list[Row]:
    with _opened(path) as file:
        return [json.loads(line) for line in file]


def _opened(path: Path) -> TextIO:
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")


def _measure_for(path: Path) -> tuple[str, Callable[[list[Row]], Mapping[str, object]]] | None:
    """Return the name of the measurement that *path* is for, and the measurement."""
    with _opened(path) as file:
        line = file.readline()
    first = json.loads(line) if line.startswith("{") else {}
    forms: dict[tuple[str, ...], tuple[str, Callable[[list[Row]], Mapping[str, object]]]] = {
        ("set", "lab", "text"): ("texts", texts),
        ("case", "lang", "text"): ("hostile", hostile),
        ("event", "lang", "sentences"): ("documents", documents),
        ("lang", "source", "text"): ("rare", rare),
    }
    return next((measure for fields, measure in forms.items() if set(fields) <= first.keys()), None)


def answer(text: str, gold: str) -> Answer:
    """Return what detect says of *text*, as it would of an article of these words alone."""
    _, _, decision = core.examine(text)
    first, confidence = decision.ranked[0] if decision.ranked else (language_tags.UNDETERMINED, 0.0)
    return Answer(gold, first, confidence, decision.tag != language_tags.UNDETERMINED)


def texts(rows: Sequence[Row]) -> dict[str, object]:
    """Return per kind of text: macro-F1, calibration, and what is said aloud; and the varieties told apart on
    documents.
    """
    to_tag = language_tags.naming_tables().labels
    found: dict[str, object] = {}
    for kind in dict.fromkeys(row["set"] for row in rows):
        answers = [
            answer(str(row["text"]), to_tag.get(str(row["lab"]), str(row["lab"])))
            for row in rows
            if row["set"] == kind
        ]
        labels = sorted({each.gold for each in answers})
        found[kind] = {
            "n": len(answers),
            "macro_f1_core7": macro_f1(answers, [label for label in CORE if label in labels]),
            "macro_f1_big3": macro_f1(answers, [label for label in BIG if label in labels]),
            "macro_f1_all": macro_f1(answers, labels),
            **certainty(answers),
        }
    return found | {"dari": dari(rows), "dialect": dialect(rows)}


def macro_f1(answers: Sequence[Answer], labels: Sequence[str]) -> float:
    """Return the mean F1 of *labels* over the texts in one of them; any other answer is a miss."""
    part = [each for each in answers if each.gold in labels]
    scores = []
    for label in labels:
        right = sum(each.right for each in part if each.gold == label)
        scores.append(
            2
            * right
            / max(1, sum(each.gold == label for each in part) + sum(each.first == label for each in part))
        )
    return round(100 * float(np.mean(scores)), 2)


def certainty(answers: Sequence[Answer]) -> dict[str, float]:
    """Return the expected calibration error (ten bins), and how much is said aloud and how right that is."""
    sure = np.array([each.confidence for each in answers])
    right = np.array([each.right for each in answers])
    aloud = np.array([each.aloud for each in answers])
    bins = [(sure > low) & (sure <= high) for low, high in pairwise(np.linspace(0, 1, 11))]
    order = np.argsort(-sure, kind="stable")
    good = np.flatnonzero(np.cumsum(right[order]) / np.arange(1, len(order) + 1) >= COVERAGE_AT)
    return {
        "ece": round(
            100
            * float(
                sum(part.mean() * abs(sure[part].mean() - right[part].mean()) for part in bins if part.any())
            ),
            2,
        ),
        "aloud": _percent(aloud),
        "aloud_right": _percent(right[aloud]),
        "coverage_at_99_5": round(100 * (int(good[-1]) + 1) / len(order), 2) if len(good) else 0.0,
    }


def _percent(flags: Any) -> float:
    return round(100 * float(np.mean(flags)), 2) if len(flags) else 0.0


def dari(rows: Sequence[Row]) -> dict[str, object]:
    """Return how Dari is told from the Persian of Iran, by kind of text, and how the tag on whole documents
    does.
    """
    return _varieties(
        rows, ("fa", "fa-AF"), varieties.dari, lambda text: core.detect(text).lang == varieties.DARI
    )


def dialect(rows: Sequence[Row]) -> dict[str, object]:
    """Return how Arabic dialect is told from standard Arabic, by kind of text, and how the flag on whole
    documents does.
    """
    return _varieties(
        rows,
        ("ar", "ar-dia"),
        lambda text: core.examine(text)[1].dialect,
        lambda text: core.detect(text).tags == [varieties.DIALECT],
    )


def _varieties(
    rows: Sequence[Row], pair: tuple[str, str], ratio: Callable[[str], float], marked: Callable[[str], bool]
) -> dict[str, object]:
    found: dict[str, object] = {}
    for kind in dict.fromkeys(row["set"] for row in rows):
        part = [row for row in rows if row["set"] == kind and row["lab"] in pair]
        gold = np.array([row["lab"] == pair[1] for row in part])
        if not gold.any() or gold.all():
            continue
        ratios = np.array([ratio(row["text"]) for row in part])
        auc = np.mean([(ratios[gold] > low).mean() for low in ratios[~gold]])
        said = np.array([marked(row["text"]) for row in part])
        found[kind] = {
            "n": len(part),
            "accuracy": _percent((ratios > 0) == gold),
            "auc": round(float(auc), 3),
            "marked": _percent(said),
            "precision": _percent(gold[said]),
            "recall": _percent(said[gold]),
        }
    return found


def hostile(rows: Sequence[Row]) -> dict[str, object]:
    """Return per case the share of texts whose first candidate is right."""
    cases: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        cases[row["case"]].append(answer(row["text"], row["lang"]).right)
    return {case: _percent(right) for case, right in cases.items()}


def rare(rows: Sequence[Row]) -> dict[str, object]:
    """Return F1 of the rare languages on the lines held out of training (same source: an in-domain
    figure).
    """
    to_tag = language_tags.naming_tables().labels
    held = [
        row for row in rows if windows.held_out(row["lang"], row["text"]) and len(row["text"].split()) >= 4
    ]
    answers = [answer(row["text"], to_tag[row["lang"]]) for row in held]
    return {label: f1(answers, label) for label in sorted({each.gold for each in answers})}


def f1(answers: Sequence[Answer], label: str) -> float:
    """Return the F1 of one *label* over all *answers*."""
    right = sum(each.right for each in answers if each.gold == label)
    return round(
        200
        * right
        / max(1, sum(each.gold == label for each in answers) + sum(each.first == label for each in answers)),
        2,
    )


def documents(rows: Sequence[Row]) -> dict[str, object]:
    """Return the figures on pages of two or three languages, and on short text in scripts other than the
    Arabic.
    """
    by_event: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for row in rows:
        by_event[row["event"]][row["lang"]] = [line for line in row["sentences"] if line]
    complete = [
        by_event[event] for event in sorted(by_event) if set(PAGE_LANGUAGES) <= by_event[event].keys()
    ]
    return {
        "pages_whole_lines": _pages(complete, lambda line: [line]),
        "pages_short_lines": _pages(complete, _pieces),
        "other_scripts": _other_scripts(by_event),
    }


def _pieces(line: str) -> list[str]:
    words = line.split()
    return [" ".join(words[at : at + 5]) for at in range(0, len(words), 5)]


def _pages(events: Sequence[Mapping[str, list[str]]], cut: Callable[[str], list[str]]) -> dict[str, float]:
    """Return the share of lines, and of pages made of 2-8 sentences of 2-3 languages each, that are right."""
    rng = random.Random(4)
    lines, exact = [], []
    for _ in range(PAGES if events else 0):
        written: list[tuple[str, str]] = []
        for language in rng.sample(PAGE_LANGUAGES, rng.choice((2, 2, 3))):
            part = rng.choice(events)[language][: rng.randrange(2, 9)]
            pieces = [(language, piece) for line in part for piece in cut(line)]
            written += pieces[: 12 if cut is _pieces else None]
        path = page_languages.line_languages("\n".join(line for _, line in written)).tags
        right = [language == said for (language, _), said in zip(written, path, strict=True)]
        lines += right
        exact.append(all(right))
    return {"lines": _percent(lines), "pages": _percent(exact)}


def _other_scripts(by_event: Mapping[str, Mapping[str, list[str]]]) -> dict[str, object]:
    rng = random.Random(3)
    found: dict[str, list[Answer]] = defaultdict(list)
    for event in sorted(by_event):
        for language, lines in sorted(by_event[event].items()):
            if not lines or scripts.main_script(lines[0]) == "Arab":
                continue
            found["titles"].append(answer(lines[0], language))
            for line in lines[1:16]:
                words = line.split()
                for size in (4, 6, 10):
                    if len(words) >= size:
                        start = rng.randrange(len(words) - size + 1)
                        found[f"{size}_words"].append(answer(" ".join(words[start : start + size]), language))
    return {
        kind: {"n": len(answers), "accuracy": _percent([each.right for each in answers])}
        for kind, answers in found.items()
    }


def probes() -> dict[str, float]:
    """Return the share of texts in no language, or in too many, of which detect says ``und``."""
    return {
        name: _percent([core.detect(text).lang == language_tags.UNDETERMINED for text in make()])
        for name, make in PROBES.items()
    }
