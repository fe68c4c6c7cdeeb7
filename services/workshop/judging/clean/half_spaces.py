"""Judges the half-space restorer: strict, position by position, against gold text whose half-spaces were
taken out.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from services.clean.spacing.restorer import restored
from services.clean.spacing.space_style import closings
from services.workshop.building.clean.spaced_text import TRAIN_ARTICLES, cuts_of, fars, sentences
from shared.text.letters import WORD, ZWNJ

FARS_PARAGRAPHS = 900

type Figures = dict[str, float | int]


def percent(part: float, whole: float) -> float:
    """Return a share in percent, two digits."""
    return round(100 * part / whole, 2) if whole else 0.0


def f1(right: int, wrong: int, missed: int) -> Figures:
    """Return precision, recall and F1 in percent."""
    return {
        "p": percent(right, right + wrong),
        "r": percent(right, right + missed),
        "f1": percent(2 * right, 2 * right + wrong + missed),
    }


def strict(gold: list[str], give: Callable[[str], str] = restored) -> Figures:
    """Return the figures of *give* on sentences without their half-spaces; raises ValueError when it changes
    anything else.
    """
    right = wrong = missed = 0
    for sentence in gold:
        source = sentence.replace(ZWNJ, "")
        given = give(source)
        if given.replace(ZWNJ, "") != source:
            raise ValueError(f"more than half-spaces changed: {sentence}")
        for want, got in zip(WORD.findall(sentence), WORD.findall(given), strict=True):
            a, b = set(cuts_of(want.strip(ZWNJ))[1]), set(cuts_of(got.strip(ZWNJ))[1])
            right, wrong, missed = right + len(a & b), wrong + len(b - a), missed + len(a - b)
    return {**f1(right, wrong, missed), "gold": right + missed, "wrong": wrong}


def unharmed(gold: list[str]) -> float:
    """Return the percentage of words that intact text keeps as they are."""
    words = same = 0
    for sentence in gold:
        pairs = list(zip(WORD.findall(sentence), WORD.findall(restored(sentence)), strict=True))
        words += len(pairs)
        same += sum(a == b for a, b in pairs)
    return percent(same, words)


def _gaps(text: str) -> list[int]:
    """Between each two letters: 0 joined, 1 half-space, 2 anything else."""
    out: list[int] = []
    gap, first = 0, True
    for char in text:
        if WORD.match(char) and char not in (ZWNJ, "\u0654"):
            if not first:
                out.append(gap)
            gap, first = 0, False
        elif char == ZWNJ:
            gap = gap or 1
        elif char != "\u0654":
            gap = 2
    return out


def _closed(text: str) -> str:
    """Return *text* with the spaces that should be half-spaces closed."""
    letters = list(text)
    for at in closings(text):
        letters[at] = ZWNJ
    return "".join(letters)


def spaced(gold: list[str]) -> Figures:
    """Return the figures where a space stands for every half-space; *closed* counts spaces of the gold that
    were closed.
    """
    right = wrong = missed = joined = 0
    for sentence in gold:
        for want, got in zip(_gaps(sentence), _gaps(_closed(sentence.replace(ZWNJ, " "))), strict=True):
            right += want == got == 1
            missed += want == 1 != got
            wrong += want == 0 and got == 1
            joined += want == 2 and got == 1
    return {**f1(right, wrong, missed), "closed": joined}


def gold_sets(data: Path) -> dict[str, list[str]]:
    """Return every gold set of *data*/zwnj by name: each ``ud-*.txt``, and the agency text that was not
    trained on.
    """
    folder = data / "zwnj"
    sets = {path.stem.removeprefix("ud-"): sentences(path) for path in sorted(folder.glob("ud-*.txt"))}
    if (folder / "farsnews.jsonl.gz").exists():
        held = [paragraph for article in fars(data)[TRAIN_ARTICLES:] for paragraph in article]
        sets["fars"] = held[:FARS_PARAGRAPHS]
    return sets


def evaluate_spacing(data: Path) -> dict[str, object]:
    """Return strict figures, unharmed words and the spaced style of every gold set."""
    return {
        name: {"strict": strict(gold), "unharmed_words": unharmed(gold), "spaced": spaced(gold)}
        for name, gold in gold_sets(data).items()
    }
