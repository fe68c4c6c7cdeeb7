"""Fits the weights of the linker's pair evidence on all labels, and shows where the shipped ones differ.

    python -m services.workshop.building.link.fit --data DIR [--cache DIR] [--taught SET …]

DIR holds labelled streams and ``ntrex-dev/``; the project's own events are read too. One JSON object goes to
the standard output, nothing into model.json. --cache keeps the extracted records; --taught: the sets that
weights are fitted on, by default all. Every figure of fitted weights is out of fold: of weights that have
seen neither the event (or the week) nor any document of the pairs they judge.

*kinds*: sets of labels. *terms*: the *shipped* weight, the *fitted* one, its standard *error* (leaving out
events, and weeks: one stream's news of a week hangs together), how many *pairs* it speaks in; *alone*: what
this weight would be if all others stayed as they are, and by how much the average precision of each set
changes with it, out of fold by week. *by_event*, *by_week*: average precision, and precision and recall where
the linker would join two articles.

Labels were chosen by people, so their sets have other shares of «same» than a stream: each gets a level of
its own while weights are fitted, and the biases are then moved together until as many training pairs are
joined as with the shipped weights. ``near`` stays as it is, since the biases say the same of every dated
pair.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.link.model import Model, model
from services.workshop.building.link.labelled_pairs import TABLES, labelled_lanes
from services.workshop.building.link.pair_terms import BIASES, TERMS, Compared, compared, score, shipped
from services.workshop.building.link.ridge import Floats, Mask, folds, logistic, scaled, spread
from services.workshop.streams.before_link import Earlier

RIDGE = 1.0
FREE = np.array([name != "near" for name in TERMS])


class Evidence(NamedTuple):
    """Labelled pairs in the linker's *terms* [pair, term], with their ``Label`` in columns.

    *line*: from where the linker joins. *same*: what the label says. *teach*: the pairs that
    weights are fitted on; the others are judged only.
    """

    terms: Floats
    line: Floats
    same: Mask
    columns: dict[str, NDArray[np.str_]]
    teach: Mask
    settings: Model

    def above(self, weights: Floats) -> Floats:
        """Return how far above the line pairs are, in log-odds."""
        return score(self.terms, weights, self.settings.clip) - self.line

    def shares(self) -> Floats:
        """Return how much each pair teaches: every event as much as another, however many pairs it has."""
        _, which, pairs = np.unique(self.columns["event"], return_inverse=True, return_counts=True)
        shares: Floats = self.teach * len(which) / (len(pairs) * pairs[which])
        return shares

    def folds(self, by: str) -> Iterator[tuple[Mask, Mask]]:
        """Yield what is judged and what is trained on, *by* event or by week."""
        return folds(self.columns[by], np.stack([self.columns["a"], self.columns["b"]], axis=1))


def gathered(lanes: Iterable[Compared], settings: Model, taught: Collection[str] = ()) -> Evidence:
    """Return the pairs of all *lanes*; those of the sets *taught* teach (all, where none is named)."""
    found = list(lanes)
    labels = [label for lane in found for label in lane.labels]
    columns = {
        name: np.array([getattr(label, name) for label in labels])
        for name in ("kind", "event", "week", "a", "b")
    }
    terms, line = (np.concatenate([getattr(lane, name) for lane in found]) for name in ("terms", "line"))
    teach = np.isin(columns["kind"], list(taught or columns["kind"]))
    return Evidence(terms, line, np.array([label.same for label in labels]), columns, teach, settings)


def levels(evidence: Evidence) -> Floats:
    """Return a column [pair, set] for the share of «same» in each set, which says nothing of a stream."""
    kinds, which = np.unique(evidence.columns["kind"], return_inverse=True)
    of: Floats = np.eye(len(kinds))[which]
    return of


def fitted(evidence: Evidence, train: Mask, start: Floats | None = None) -> tuple[Floats, Floats]:
    """Return the weights that the pairs of *train* teach, and the whole solution.

    The solution has the level of each set too; a next fit may *start* from it.
    """
    x = np.hstack([evidence.terms[:, FREE], levels(evidence)])
    found = logistic(
        x, evidence.same.astype(float), ridge=scaled(x, RIDGE), share=train * evidence.shares(), start=start
    )
    weights = shipped(evidence.settings)
    taught = train & evidence.teach
    joined = int((evidence.above(weights)[taught] >= 0).sum())
    weights[FREE] = found[: FREE.sum()]
    weights[BIASES & evidence.terms.any(0)] -= np.sort(evidence.above(weights)[taught])[-max(joined, 1)]
    return weights, found


def unseen(evidence: Evidence, by: str, start: Floats) -> tuple[Floats, Floats]:
    """Return fits [fold, term] without each event or week (*by*), and weights out of fold [pair, term]."""
    fits, out = [], np.zeros(evidence.terms.shape)
    for judged, train in evidence.folds(by):
        fits.append(fitted(evidence, train, start)[0])
        out[judged] = fits[-1]
    return np.array(fits), out


def alone(evidence: Evidence, term: int) -> tuple[float, Floats]:
    """Return the best weight of a *term* beside the shipped others, and what pairs then say, out of fold."""
    weights = np.tile(shipped(evidence.settings), (len(evidence.same), 1))
    of = levels(evidence)
    mine = evidence.terms[:, term]
    weights[:, term] = 0
    given = score(evidence.terms, weights, math.inf)
    x, same, speaks = np.column_stack([mine, of]), evidence.same.astype(float), mine != 0
    ridge, shares = scaled(x, RIDGE), evidence.shares()
    best = logistic(x, same, ridge=ridge, share=shares, given=given)
    known = (given + of @ best[1:])[speaks]  # the others teach this weight nothing
    for judged, train in evidence.folds("week") if speaks.any() else ():
        share = (train * shares)[speaks]
        weights[judged, term] = logistic(
            x[speaks, :1], same[speaks], ridge=ridge[:1], share=share, given=known, start=best[:1]
        )[0]
    return float(best[0]), evidence.above(weights)


def fit(evidence: Evidence) -> dict[str, Any]:
    """Return the table of terms and the figures of both sets of weights."""
    now, kind = evidence.above(shipped(evidence.settings)), evidence.columns["kind"]
    sets = {name: kind == name for name in np.unique(kind).tolist()}
    whole, start = fitted(evidence, np.ones(len(kind), np.bool_))
    by = {name: unseen(evidence, name, start) for name in ("event", "week")}
    errors = {name: spread(fits) for name, (fits, _) in by.items()}

    def row(i: int) -> dict[str, Any]:
        value, above = alone(evidence, i)
        change = {
            name: round(precise(above[at], evidence.same[at]) - precise(now[at], evidence.same[at]), 4)
            for name, at in sets.items()
        }
        return {
            "shipped": float(shipped(evidence.settings)[i]),
            "fitted": round(float(whole[i]), 3),
            "error": {name: round(float(of[i]), 3) for name, of in errors.items()},
            "pairs": int((evidence.terms[:, i] != 0).sum()),
            "alone": {"fitted": round(value, 3), "average_precision": change},
        }

    out: dict[str, Any] = {"kinds": {name: _counted(evidence, at) for name, at in sets.items()}}
    out["terms"] = {name: row(i) for i, name in enumerate(TERMS) if name != "near"}
    for name, (_, weights) in by.items():
        both = {"shipped": now, "fitted": evidence.above(weights)}
        out[f"by_{name}"] = {
            of: {who: figures(above[at], evidence.same[at]) for who, above in both.items()}
            for of, at in sets.items()
        }
    return out


def _counted(evidence: Evidence, at: Mask) -> dict[str, int]:
    events, weeks = (len(np.unique(evidence.columns[name][at])) for name in ("event", "week"))
    return {"pairs": int(at.sum()), "same": int(evidence.same[at].sum()), "events": events, "weeks": weeks}


def figures(above: Floats, same: Mask) -> dict[str, float]:
    """Return the average precision, and precision and recall of what lies above the line (0)."""
    joined, right = int((above >= 0).sum()), int((same & (above >= 0)).sum())
    return {
        "average_precision": round(precise(above, same), 4),
        "precision": round(right / max(joined, 1), 4),
        "recall": round(right / max(int(same.sum()), 1), 4),
    }


def precise(above: Floats, same: Mask) -> float:
    """Return the average precision: the mean precision at each pair that is the *same*."""
    right = same[np.argsort(-above, kind="stable")]
    at = np.flatnonzero(right)
    return float((np.arange(1, len(at) + 1) / (at + 1)).mean()) if len(at) else 1.0


def main() -> None:
    """Print what the labels say of the weights, one term or set a line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument(
        "--taught", nargs="+", default=[], choices=sorted({"events", "seeds", "ntrex", *TABLES.values()})
    )
    given = parser.parse_args()
    if not list(given.data.glob("*/stream.jsonl.gz")):
        parser.error(f"{given.data} holds no labelled stream")
    settings = model()
    lanes = (compared(lane, settings) for lane in labelled_lanes(given.data, Earlier(given.cache)))
    parts = fit(gathered(lanes, settings, given.taught)).items()
    rows = {
        part: ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in found.items())
        for part, found in parts
    }
    print("{" + ",\n".join(f"{json.dumps(part)}: {{\n{inside}\n}}" for part, inside in rows.items()) + "}")  # noqa: T201


if __name__ == "__main__":
    main()
