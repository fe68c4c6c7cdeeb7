"""Records drawn at random, each with neighbours that were read one by one: what joins them finds, and what it
joins wrongly.

Events that were looked for are told loudly; those that were drawn are as most news is. A wrong join is
another happening of the same *storyline*, or of an*other* matter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from statistics import fmean
from typing import Any

from services.link.reading.signature import Signature
from services.workshop.streams.labelled_events import KINDS, Seed

SIZES = ((0, "short"), (100, "middle"), (600, "long"))  # letters of the shorter text of a pair
UNREAD = "unread"  # a text that a stage before link leaves out


def drawn(
    story_of: Mapping[str, str], seeds: Iterable[Seed], articles: Iterable[Signature]
) -> dict[str, Any]:
    """Return recall and precision over all pairs (micro) and over seeds (macro), and both by pair of
    languages and by length.
    """
    text = {article.doc_id: article for article in articles}
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    precision, recall = list[float](), list[float]()
    for seed in seeds:
        home = story_of.get(seed.seed, seed.seed)
        mine = Counter[str]()
        for doc, kind in seed.judged():
            joined = story_of.get(doc, doc) == home
            outcome = f"{'joined' if joined else 'apart'} {kind}"
            mine[outcome] += 1
            for group in ("all", _languages(text, seed.seed, doc), _size(text, seed.seed, doc)):
                counts[group][outcome] += 1
        precision.append(_precision(mine))
        recall.append(_recall(mine))
    figures = {group: _row(counts[group]) for group in sorted(counts)}
    return figures.pop("all", {}) | {
        "events": len(precision),
        "macro_precision": round(fmean(precision or [1.0]), 4),
        "macro_recall": round(fmean(recall or [1.0]), 4),
        "by": figures,
    }


def _row(found: Counter[str]) -> dict[str, float]:
    return {
        "pairs": found["joined same"] + found["apart same"],
        "recall": round(_recall(found), 4),
        "precision": round(_precision(found), 4),
        "wrong_storyline": found["joined storyline"],
        "wrong_other": found["joined other"],
        "wrong_other_share": round(found["joined other"] / max(1, _joined(found)), 4),
    }


def _recall(found: Counter[str]) -> float:
    same = found["joined same"] + found["apart same"]
    return found["joined same"] / same if same else 1.0


def _precision(found: Counter[str]) -> float:
    joined = _joined(found)
    return found["joined same"] / joined if joined else 1.0


def _joined(found: Counter[str]) -> int:
    return sum(found[f"joined {kind}"] for kind in KINDS)


def _languages(text: Mapping[str, Signature], a: str, b: str) -> str:
    return "-".join(sorted(text[doc].lang if doc in text else UNREAD for doc in (a, b)))


def _size(text: Mapping[str, Signature], a: str, b: str) -> str:
    least = min(text[doc].text_chars if doc in text else 0 for doc in (a, b))
    return next(name for letters, name in reversed(SIZES) if least >= letters)
