"""Figures of extract: ``evaluate(data)`` reads the formats of the data folder, and the project's own gold
beside them.

Tagged files ``ner/{lang}-*.{dev,test}.conll.gz`` go through all of naming: tables, tagger, rules, document
pass.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from pathlib import Path

from services.extract.lexicon import snapshot
from services.extract.tagger.interfaces import Models
from services.workshop.building.tagger.tagged_text import read
from services.workshop.judging.extract.gold_names import by_backend, present, tagged_gold
from services.workshop.judging.extract.gold_quotes import passages, quote_figures, quote_gold
from shared.text.sound import name_similarity
from shared.text.sound_index import SoundIndex

SCRIPTS = ("en", "fa", "ar")
PAIRS = (("ar", "fa"), ("en", "ar"), ("en", "fa"))
LINK_AT = 0.85
DISTRACTORS = 100_000
SEED = 5


def evaluate(
    data: Path, backends: Mapping[str, Models] | None = None, distractors: int = DISTRACTORS
) -> dict[str, object]:
    """Return exact-span scores by file and backend, name figures, and both halves of the own gold; *backends*
    default to all that load.
    """
    backends = backends or present()
    surest = list(backends.values())[-1]
    figures: dict[str, object] = {"gold": tagged_gold(backends) | {"quotes": quote_gold(surest)}}
    for path in sorted((data / "ner").glob("*.conll.gz")):
        if ".train." not in path.name:
            lang = path.name[:2]
            figures[path.name.removesuffix(".conll.gz").replace(".", "-")] = by_backend(
                read(path, lang), lang, backends
            )
    listed = data / "ner/names-fa-ar-en.tsv"
    if listed.exists():
        figures["names"] = name_figures(people(listed), distractors)
    spoken = data / "quotes.jsonl"
    if spoken.exists():
        figures["quotes"] = quote_figures(list(passages(spoken)), surest)
    return figures


def people(path: Path) -> list[dict[str, list[str]]]:
    """Return the people of a names list, each with spellings by language."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf8").splitlines() if line.startswith("P")]
    return [dict(zip(SCRIPTS, (cell.split(";") for cell in row[1:]), strict=True)) for row in rows]


def name_figures(folk: list[dict[str, list[str]]], distractors: int = DISTRACTORS) -> dict[str, object]:
    """Return R@1 and recall among the listed people by pair of languages, and the search among made-up Latin
    names.
    """
    figures: dict[str, object] = {f"{x}-{y}": _closed(folk, x, y) for x, y in PAIRS}
    rng = random.Random(SEED)
    latin = sorted(snapshot.name_words("latin"))
    listed = [f"{rng.choice(latin)} {rng.choice(latin)}" for _ in range(distractors)] + [
        person["en"][0] for person in folk
    ]
    index = SoundIndex(listed)
    return figures | {f"{lang}-en among {distractors}": _open(folk, lang, index) for lang in ("fa", "ar")}


def _closed(folk: list[dict[str, list[str]]], x: str, y: str) -> dict[str, float]:
    first, wrong = 0, []
    for i, person in enumerate(folk):
        ranked = sorted(
            ((name_similarity(person[x][0], b), j) for j, other in enumerate(folk) for b in other[y]),
            reverse=True,
        )
        first += ranked[0][1] == i
        wrong.append(max(score_ for score_, j in ranked if j != i))
    alike = [name_similarity(a, b) for person in folk for a, b in itertools.product(person[x], person[y])]
    return {
        "r1": round(first / len(folk), 4),
        "recall_80": round(sum(s >= 0.8 for s in alike) / len(alike), 4),
        "recall_85": round(sum(s >= LINK_AT for s in alike) / len(alike), 4),
        "wrong_80": round(sum(s >= 0.8 for s in wrong) / len(wrong), 4),
    }


def _open(folk: list[dict[str, list[str]]], lang: str, index: SoundIndex) -> dict[str, float]:
    first = accepted = right = false = 0
    for person in folk:
        hits = index.search(person[lang][0])
        best = hits[0] if hits else None
        true = bool(best) and index.names[best.place] == person["en"][0] if best else False
        first += true
        if best and best.score >= LINK_AT:
            accepted, right = accepted + 1, right + true
        false += any(hit.score >= LINK_AT for hit in hits if index.names[hit.place] != person["en"][0])
    n = len(folk)
    return {
        "r1": round(first / n, 4),
        "accepted": round(accepted / n, 4),
        "precision": round(right / max(1, accepted), 4),
        "wrong_when_absent": round(false / n, 4),
    }
