"""Whether a score means what it says: of the joins with a score, how many are right by the labels, how many
false by impostors.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.link.changes import Changes
from services.link.reading.signature import Signature
from services.workshop.judging.link.impostors import MARK, caught, compared
from services.workshop.streams.labelled_events import Labels
from services.workshop.streams.link_fold import Replayed

EDGES = (0.5, 0.7, 0.9, 0.97, 1.0)


@dataclass(slots=True)
class Joins:
    """The score of each document that joined a story by comparison, and the pair of languages of its
    strongest reason.
    """

    score: dict[str, float] = field(default_factory=dict)
    pair: dict[str, str] = field(default_factory=dict)

    def __call__(self, article: Signature, changes: Changes) -> None:
        """Take what one article changes; copies and revisions are not compared and do not count."""
        linked = changes.linked
        if linked.decision == "joined" and linked.evidence:
            self.score[article.doc_id] = linked.score
            self.pair[article.doc_id] = linked.threshold.name

    def kind(self, doc: str) -> str:
        """Tell whether a document joined across languages or inside one."""
        first, _, second = self.pair[doc].partition("-")
        return "within" if first == second else "across"


def reliability(joins: Joins, story_of: Mapping[str, str], labels: Labels) -> dict[str, Any]:
    """Return, by pair of languages and bin of the score, how many joins are *right* of those that labels
    *judged*, and the mean score.

    A core document is right when most other core documents of its story are of its event; a document labelled
    as no part of an event is wrong in a story of that event. Joins to stories without a label are not judged.
    """
    judged: dict[str, dict[str, list[tuple[float, bool]]]] = defaultdict(lambda: defaultdict(list))
    for doc, right in _judged(story_of, labels).items():
        if doc in joins.score:
            for kind in (joins.pair[doc], joins.kind(doc)):
                judged[kind][_bin(joins.score[doc])].append((joins.score[doc], right))
    return {kind: {name: _row(bins[name]) for name in sorted(bins)} for kind, bins in sorted(judged.items())}


def false_share(joins: Joins, run: Replayed) -> dict[str, Any]:
    """Return, across and inside languages and by bin of the score, the joins of real articles and the share
    of *false* ones to expect.

    Expected as if a real article joined a wrong story as often, in each bin, as an impostor does. That is too
    much for those that have a story of their own, and needs no labels, which hardly show false joins.
    """
    impostors, hits = compared(run), set(caught(run))
    articles = len(run.story_of) - len(run.asides) - len(impostors)
    real, false = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for doc, score in joins.score.items():
        if doc in hits:
            false[joins.kind(doc), _bin(score)] += 1
        elif not doc.startswith(MARK):
            real[joins.kind(doc), _bin(score)] += 1
    out: dict[str, Any] = {"across": {}, "within": {}}
    for (kind, name), n in sorted(real.items()):
        rate = false[kind, name] / max(1, len(impostors))
        out[kind][name] = {"joins": n, "impostors": false[kind, name], "false": round(rate * articles / n, 4)}
    return out


def _bin(score: float) -> str:
    high = next((edge for edge in EDGES[1:] if score < edge), EDGES[-1])
    return f"{EDGES[EDGES.index(high) - 1]}-{high}"


def _row(found: list[tuple[float, bool]]) -> dict[str, float]:
    right = sum(ok for _, ok in found)
    mean = sum(score for score, _ in found) / len(found)
    return {
        "judged": len(found),
        "right": right,
        "share": round(right / len(found), 4),
        "score": round(mean, 4),
    }


def _judged(story_of: Mapping[str, str], labels: Labels) -> dict[str, bool]:
    """Return which labelled documents are where they belong, of those whose story says so."""
    event_of = {doc: event for event, docs in labels.core.items() for doc in docs}
    events = defaultdict[str, Counter[str]](Counter)
    for doc, event in event_of.items():
        events[story_of.get(doc, doc)][event] += 1
    out = {}
    for doc, event in event_of.items():
        others = events[story_of.get(doc, doc)] - Counter([event])
        if others:
            out[doc] = max(others, key=lambda name: (others[name], name == event)) == event
    for event, doc in labels.outside():
        if doc not in event_of and events[story_of.get(doc, doc)][event]:
            out[doc] = False
    return out
