"""Labelled pairs in the linker's own terms: what each weight of ``model.json`` is multiplied by.

There is no second formula. A term is what the linker says of a pair with that weight at 1 and all others at
0; of the anchors, which depend on each other by their signs, it is which of them the linker finds, each
weight having a size of its own by which it is known.
"""

from __future__ import annotations

import math
import zlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import fields, replace
from numpy.typing import NDArray

from services.link.core import link
from services.link.memory.lane_state import LaneState
from services.link.model import AnchorWeights, Model
from services.link.model import model as shipped_model
from services.link.reading.notes import Notes, decode_notes
from services.link.reading.signature import Signature
from services.link.weighing.anchors import anchors
from services.link.weighing.candidates import point_of
from services.link.weighing.nearby import Nearby
from services.link.weighing.pairs import Comparisons, weigh_pairs
from services.link.weighing.story_scores import log_prior
from services.workshop.building.link.labelled_pairs import Label, Labelled
from services.workshop.streams.link_fold import in_time

Floats = NDArray[np.float64]

JOINS = ("across", "within", "across_words", "within_words")
FACTS = tuple(f.name for f in fields(AnchorWeights) if f.name not in {"quote_floor", "quote_most"})
PAIR = (*(f"{join}.{end}.{part}" for join in JOINS for end in ("short", "long") for part in ("bias", "meaning", "words")),
        "near", "fade", "late", "other", "theme", *(f"measures.{name}" for name in shipped_model().measures))  # fmt: skip
TERMS = (*PAIR, *(f"anchors.{name}" for name in FACTS))
_SIZES = {
    name: (i + 1.0) * (-1 if name.endswith(("_conflict", "_apart")) else 1)
    for i, name in enumerate(FACTS)
    if name != "quote"
}
BIASES = np.array([name.endswith(".bias") for name in TERMS])


class Compared(NamedTuple):
    """Pairs that the linker compared, in their *terms* [pair, term].

    *line*: the log-odds that a story of one article pays.
    """

    labels: list[Label]
    terms: Floats
    line: Floats


def shipped(model: Model) -> Floats:
    """Return the weights of the terms."""
    return np.array([_walked(msgspec.to_builtins(model), name.split("."))[1] for name in TERMS], float)


def with_weights(model: Model, values: Floats) -> Model:
    """Return the settings with other weights of the terms."""
    table: dict[str, Any] = msgspec.to_builtins(model)
    for name, value in zip(TERMS, values.tolist(), strict=True):
        _walked(table, name.split("."))[0][name.rpartition(".")[2]] = value
    return msgspec.convert(table, Model)


def score(terms: Floats, weights: Floats, clip: float) -> Floats:
    """Return the log-odds of pairs: likeness and time, clipped as the linker does, and the facts.

    *weights*: [term] or [pair, term].
    """
    said = terms * weights
    return np.clip(said[:, : len(PAIR)].sum(1), -clip, clip) + said[:, len(PAIR) :].sum(1)


def compared(found: Labelled, model: Model) -> Compared:
    """Fold the articles of one lane; return the labelled pairs in the order in which they met."""
    pairs = list(_met(found, model))
    if not pairs:
        return Compared([], np.zeros((0, len(TERMS))), np.zeros(0))
    comparisons = _together([met.compared for met in pairs])
    alone = (with_weights(replace(model, clip=math.inf), row) for row in np.eye(len(TERMS))[: len(PAIR)])
    likeness = [weigh_pairs(comparisons, one).ratio for one in alone]
    terms = np.hstack([np.array(likeness, float).T, np.vstack([met.facts for met in pairs])])
    prior = np.concatenate(
        [np.full(len(met.labels), log_prior(math.ceil(met.stories * found.thinned), model)) for met in pairs]
    )
    line = prior + np.where(np.isnan(comparisons.hours), model.undated, 0)
    return Compared([label for met in pairs for label in met.labels], terms, line)


def _together(parts: list[Comparisons]) -> Comparisons:
    columns: dict[str, Any] = {
        f.name: np.concatenate([getattr(part, f.name) for part in parts])
        for f in fields(Comparisons)
        if f.name != "measured"
    }
    measured = {name: np.concatenate([part.measured[name] for part in parts]) for name in parts[0].measured}
    return Comparisons(**columns, measured=measured)


class _Met(Struct, frozen=True):
    """One article and those before it with which it is labelled; *stories*: how many are live."""

    labels: list[Label]
    compared: Comparisons
    facts: Floats
    stories: int


def _met(found: Labelled, model: Model) -> Iterator[_Met]:
    state, by_doc = LaneState(), defaultdict[str, list[Label]](list)
    for label in found.labels:
        by_doc[label.a].append(label)
        by_doc[label.b].append(label)
    for article in in_time(found.articles):
        met = _with_earlier(state, article, by_doc[article.doc_id], model)
        for key, value in link(state, article, model).updates.items():
            state.apply(key, value)
        # a copy, a digest, a text too short is not compared
        if met is not None and article.doc_id in state.number_of:
            yield met


def _with_earlier(state: LaneState, article: Signature, labels: list[Label], model: Model) -> _Met | None:
    others = [label.b if label.a == article.doc_id else label.a for label in labels]
    at = [i for i, doc in enumerate(others) if doc in state.number_of]
    if not at:
        return None
    rows = np.array([state.window.row_of[state.number_of[others[i]]] for i in at], np.intp)
    comparisons = Nearby(
        state.window, state.past, point_of(state, article), besides=-1, model=model
    ).compared(rows)
    mine, words = decode_notes(zlib.decompress(article.notes)), weigh_pairs(comparisons, model).words.tolist()
    theirs, same = [state.window.notes_at(row) for row in rows.tolist()], comparisons.same_language.tolist()
    facts = [
        facts_of(mine, other, model.anchors, same_language=alike, words_log_odds=said)
        for other, alike, said in zip(theirs, same, words, strict=True)
    ]
    return _Met([labels[i] for i in at], comparisons, np.array(facts), state.window.story_count(besides=-1))


def facts_of(
    mine: Notes, theirs: Notes, weights: AnchorWeights, *, same_language: bool, words_log_odds: float
) -> Floats:
    """Return how often each anchor speaks.

    Of a quote it is the likeness, of ``form`` the log-odds of the words it takes back.
    """
    found, known = np.zeros(len(FACTS)), replace(weights, **_SIZES)
    for one in anchors(mine, theirs, known, same_language=same_language, words_log_odds=words_log_odds):
        name = (
            "quote" if one.kind == "quote" else "form" if one.is_form else FACTS[round(abs(one.weight)) - 1]
        )
        found[FACTS.index(name)] += one.weight / getattr(known, name)
    return found


def _walked(table: dict[str, Any], path: list[str]) -> tuple[dict[str, Any], float]:
    """Return the table that holds the last name of *path*, and its value."""
    for name in path[:-1]:
        table = table[name]
    return table, table[path[-1]]
