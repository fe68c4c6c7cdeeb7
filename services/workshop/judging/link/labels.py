"""How well stories match a labelled stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from services.workshop.judging.link.partition_metrics import Triple, scores
from services.workshop.streams.labelled_events import Labels


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
    figures = scores(
        [event for _, event in ids],
        [story_of.get(doc, doc) for doc, _ in ids],
        [labels.lang[doc] for doc, _ in ids],
    )
    sizes = Counter(story_of.values())
    pairs = sorted(name for name in asked if name.startswith("same_event "))
    return {
        "recall": {name.split()[1]: round(linked[name] / asked[name], 4) for name in pairs},
        "hard_negatives": linked["hard_negative"],
        "other_event_links": linked["other_event_same_week"],
        "window_documents": sum(window),
        "events_whole": sum(
            len({story_of.get(doc, doc) for doc in docs}) == 1 for docs in labels.core.values()
        ),
        "largest": max(sizes.values()),
        "stories": len(sizes),
        "labels": {name.split()[1]: asked[name] for name in pairs}
        | {"hard": asked["hard_negative"], "other_event": asked["other_event_same_week"]}
        | {"window": len(window), "events": len(labels.core), "documents": len(ids)},
    } | named(figures)


def named(figures: Mapping[str, Triple]) -> dict[str, dict[str, float]]:
    """Return figures with their parts by name."""
    return {
        name: dict(zip(("precision", "recall", "f1"), (round(v, 4) for v in parts), strict=True))
        for name, parts in figures.items()
    }
