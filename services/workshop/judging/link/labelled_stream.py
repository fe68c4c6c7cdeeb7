"""A labelled stream of weeks: in the order of arrival, in orders shuffled inside the hour, and with impostors
in it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.link.model import Model
from services.link.numeric.time_units import HOUR_S
from services.link.reading.signature import Signature
from services.workshop.judging.link.impostors import impostors, swallowed
from services.workshop.judging.link.labels import labelled
from services.workshop.judging.link.random_seeds import drawn
from services.workshop.judging.link.reliability import Joins, false_share, reliability
from services.workshop.streams.labelled_events import Labels, Seed, seeds_of
from services.workshop.streams.link_fold import Earlier, folded, in_time, lines, record_of, signatures, signed

COMPARED = ("b3", "ceafe", "xpair")


@dataclass(frozen=True, slots=True)
class Stream:
    """A folder with ``stream.jsonl.gz`` and labels: its *rows* in the order of arrival, what the stages
    before link made of them.

    *impostors* are some of them moved ahead, *drawn* the records drawn at random (none, where the folder has
    no ``seeds.jsonl``).
    """

    rows: list[dict[str, Any]]
    values: list[bytes]
    signatures: list[Signature]
    impostors: list[Signature]
    labels: Labels
    drawn: list[Seed]
    earlier: Earlier

    @classmethod
    def read(cls, folder: Path, earlier: Earlier) -> Stream:
        """Read *folder* and run its pages through *earlier*."""
        rows = sorted(lines(folder / "stream.jsonl.gz"), key=lambda row: (row["first_seen_at"], row["id"]))
        values = [value for value in earlier([record_of(row) for row in rows]) if value is not None]
        moved = signed([record_of(row) for row in impostors(rows)], earlier)
        return cls(rows, values, signatures(values), moved, Labels.read(folder), seeds_of(folder), earlier)


def stream(found: Stream, *, orders: int, settings: Model) -> dict[str, Any]:
    """Return the figures of one labelled stream: the order of arrival, *orders* − 1 shuffles inside the hour,
    impostors.
    """
    joins = Joins()
    replayed = folded(found.signatures, settings, watch=joins)
    arrival = labelled(replayed.story_of, found.labels) | _drawn(found, replayed.story_of)
    out: dict[str, Any] = {
        "arrival": arrival,
        "speed": replayed.speed,
        "left_out": len(found.rows) - len(found.signatures),
    }
    out["reliability"] = reliability(joins, replayed.story_of, found.labels)
    for seed in range(1, orders):
        story_of = folded(shuffled(found.signatures, seed), settings).story_of
        figures = labelled(story_of, found.labels) | _drawn(found, story_of)
        out[f"shuffled_{seed}"] = figures | {"change": change(figures, arrival)}
    joins = Joins()
    mixed = folded(in_time([*found.signatures, *found.impostors]), settings, watch=joins)
    out["impostors"] = swallowed([mixed]) | {"by_score": false_share(joins, mixed)}
    return out


def _drawn(found: Stream, story_of: Mapping[str, str]) -> dict[str, Any]:
    return {"drawn": drawn(story_of, found.drawn, found.signatures)} if found.drawn else {}


def shuffled(articles: Sequence[Signature], seed: int) -> list[Signature]:
    """Return the stream with another order inside each hour."""
    dice = random.Random(seed)
    return sorted(in_time(articles), key=lambda s: (int(s.fetched // HOUR_S), dice.random()))


def change(figures: Mapping[str, Any], arrival: Mapping[str, Any]) -> dict[str, float]:
    """Return by how much the F1 of a run differs from that of the order of arrival."""
    return {name: round(figures[name]["f1"] - arrival[name]["f1"], 4) for name in COMPARED}
