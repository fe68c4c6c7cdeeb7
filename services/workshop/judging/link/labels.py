"""What is known of a labelled stream, and how well stories match it. Labels are read for scoring alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.workshop.judging.link.partition_metrics import Triple, scores
from services.workshop.streams.link_fold import lines


@dataclass(frozen=True, slots=True)
class Labels:
    """The documents of each event (*core*), their languages, labelled pairs, and *window*: (event, document beside it in time)."""

    core: dict[str, list[str]]
    lang: dict[str, str]
    pairs: list[dict[str, Any]]
    window: list[tuple[str, str]]

    @classmethod
    def read(cls, folder: Path) -> Labels:
        """Read ``events.jsonl``, ``docs.jsonl``, ``pairs.jsonl`` and ``window_neg.jsonl`` of *folder*."""
        return cls(
            core={event["event_id"]: event["core"] for event in lines(folder / "events.jsonl")},
            lang={doc["doc_id"]: doc["lang"] for doc in lines(folder / "docs.jsonl")},
            pairs=list(lines(folder / "pairs.jsonl")),
            window=[(row["event_id"], row["doc_id"]) for row in lines(folder / "window_neg.jsonl")],
        )

    def outside(self) -> list[tuple[str, str]]:
        """Return (event, document) where the document is known to be no part of the event."""
        hard = [(pair["event"], pair[side]) for pair in self.pairs if pair["why"] == "hard_negative" for side in ("a", "b")]
        return self.window + [(event, doc) for event, doc in hard if doc not in self.core.get(event, ())]

    def cut(self, piece_of: Mapping[str, int]) -> Labels:
        """Return the labels of a stream cut in pieces: an event becomes one for each piece, a pair between two pieces is left out."""
        core = defaultdict[str, list[str]](list)
        for event, docs in self.core.items():
            for doc in docs:
                core[f"{event}/{piece_of.get(doc)}"].append(doc)
        window = [(f"{event}/{piece_of[doc]}", doc) for event, doc in self.window if doc in piece_of]
        pairs = [pair for pair in self.pairs if piece_of.get(pair["a"]) == piece_of.get(pair["b"])]
        return Labels(dict(core), self.lang, pairs, [(event, doc) for event, doc in window if event in core])


def labelled(story_of: Mapping[str, str], labels: Labels) -> dict[str, Any]:
    """Return recall and false links by pair of languages, and the cluster metrics of the core documents."""

    def together(a: str, b: str) -> bool:
        return story_of.get(a, a) == story_of.get(b, b)

    asked, linked = Counter[str](), Counter[str]()
    for pair in labels.pairs:
        names = [f"{pair['why']} {pair['langs']}", pair["why"]]
        asked.update(names)
        if together(pair["a"], pair["b"]):
            linked.update(names)
    window = [any(together(beside, doc) for doc in labels.core[event]) for event, beside in labels.window]
    ids = [(doc, event) for event, docs in labels.core.items() for doc in docs]
    figures = scores([event for _, event in ids], [story_of.get(doc, doc) for doc, _ in ids], [labels.lang[doc] for doc, _ in ids])
    sizes = Counter(story_of.values())
    pairs = sorted(name for name in asked if name.startswith("same_event "))
    return {
        "recall": {name.split()[1]: round(linked[name] / asked[name], 4) for name in pairs},
        "hard_negatives": linked["hard_negative"],
        "other_event_links": linked["other_event_same_week"],
        "window_documents": sum(window),
        "events_whole": sum(len({story_of.get(doc, doc) for doc in docs}) == 1 for docs in labels.core.values()),
        "largest": max(sizes.values()),
        "stories": len(sizes),
        "labels": {name.split()[1]: asked[name] for name in pairs}
        | {"hard": asked["hard_negative"], "other_event": asked["other_event_same_week"]}
        | {"window": len(window), "events": len(labels.core), "documents": len(ids)},
    } | named(figures)


def named(figures: Mapping[str, Triple]) -> dict[str, dict[str, float]]:
    """Return figures with their parts by name."""
    return {name: dict(zip(("precision", "recall", "f1"), (round(v, 4) for v in parts), strict=True)) for name, parts in figures.items()}
