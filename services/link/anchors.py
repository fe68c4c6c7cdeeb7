"""Anchors: what fixes an event (said by whom, how many, who, where, when), compared one fact with one fact.

Words and meaning find the candidates; anchors are weighed for the few best only, and may speak against a pair as well as for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.link.items import Notes, Said
from services.link.model import AnchorWeights
from shared.records import Span


@dataclass(frozen=True, slots=True)
class Anchor:
    """One comparison of facts: its log-odds, and the words on both sides."""

    kind: str
    key: str
    label: str
    weight: float
    text: str
    spans: tuple[Span, ...]
    other_text: str
    other_spans: tuple[Span, ...]


def anchors(mine: Notes, theirs: Notes, weights: AnchorWeights) -> list[Anchor]:
    """Return what the facts of two articles say for or against their telling one event."""
    return quotes(mine.quotes, theirs.quotes, weights)


def quotes(mine: list[Said], theirs: list[Said], weights: AnchorWeights) -> list[Anchor]:
    """Return the statement both articles quote, if there is one: the pair of quotes that share most of their rare words."""
    found = [(likeness(a, b), a, b) for a in mine for b in theirs]
    if not found:
        return []
    best, a, b = max(found, key=lambda item: (item[0], -item[1].start, -item[2].start))
    if best < weights.quote_floor:
        return []
    weight = min(weights.quote * (best - weights.quote_floor), weights.quote_most)
    label = f"{a.speaker}: «{a.text}»" if a.speaker else f"«{a.text}»"
    return [Anchor("quote", f"{a.start}", label, weight, a.text, (_span(a),), b.text, (_span(b),))]


def likeness(a: Said, b: Said) -> float:
    """Return the share of the shorter quote's rare words that the longer one has too (0–1)."""
    ids_a, ids_b = np.frombuffer(a.features.ids, np.uint32), np.frombuffer(b.features.ids, np.uint32)
    _, at_a, at_b = np.intersect1d(ids_a, ids_b, return_indices=True)
    weight_a, weight_b = np.frombuffer(a.features.weights, np.float32), np.frombuffer(b.features.weights, np.float32)
    smaller = min(float(np.square(weight_a).sum()), float(np.square(weight_b).sum()))
    return float((weight_a[at_a] * weight_b[at_b]).sum()) / smaller if smaller else 0.0


def _span(quote: Said) -> Span:
    return Span(start=quote.start, end=quote.end)
