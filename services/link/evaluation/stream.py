"""A labelled stream of weeks: arrival order, orders shuffled inside the hour, each week from a cold start, impostors."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.link.evaluation.impostors import impostors, swallowed
from services.link.evaluation.labels import Labels, labelled
from services.link.model import Model
from services.link.replay import Earlier, folded, lines, record_of, signed
from services.link.signature import Signature, seconds

WEEK_S = 7 * 86_400.0
IMPOSTOR_DAYS, COLD_IMPOSTOR_DAYS = 14, 4  # a week holds no longer way; the window is shorter than either


@dataclass(frozen=True, slots=True)
class Stream:
    """A folder with ``stream.jsonl.gz`` and labels: its *rows* in the order of arrival, what the stages before link made of them."""

    rows: list[dict[str, Any]]
    signatures: list[Signature]
    labels: Labels
    earlier: Earlier

    @classmethod
    def read(cls, folder: Path, earlier: Earlier) -> Stream:
        """Read *folder* and run its pages through *earlier*."""
        rows = sorted(lines(folder / "stream.jsonl.gz"), key=lambda row: (row["first_seen_at"], row["id"]))
        return cls(rows, signed([record_of(row) for row in rows], earlier), Labels.read(folder), earlier)


def stream(found: Stream, *, orders: int, settings: Model) -> dict[str, Any]:
    """Return the figures of one labelled stream: arrival order, *orders* − 1 shuffles inside the hour, weeks, impostors."""
    replayed = folded(found.signatures, settings)
    out: dict[str, Any] = {"arrival": labelled(replayed.story_of, found.labels), "speed": replayed.speed}
    out["left_out"] = len(found.rows) - len(found.signatures)
    for seed in range(1, orders):
        out[f"shuffled_{seed}"] = labelled(folded(shuffled(found.signatures, seed), settings).story_of, found.labels)
    moved = signed([record_of(row) for row in impostors(found.rows, days=IMPOSTOR_DAYS)], found.earlier)
    out["impostors"] = swallowed([folded(in_time([*found.signatures, *moved]), settings)])
    out["cold_weeks"] = cold_weeks(found, settings)
    return out


def in_time(signatures: Sequence[Signature]) -> list[Signature]:
    """Return articles in the order of their arrival."""
    return sorted(signatures, key=lambda s: (s.fetched, s.doc_id))


def shuffled(signatures: Sequence[Signature], seed: int) -> list[Signature]:
    """Return the stream with another order inside each hour."""
    dice = random.Random(seed)
    return sorted(in_time(signatures), key=lambda s: (int(s.fetched // 3600), dice.random()))


def cold_weeks(found: Stream, settings: Model) -> dict[str, Any]:
    """Return what a fresh deployment gives: each week of arrivals from an empty state, labels pooled; impostors inside their week."""
    start = min(seconds(row["first_seen_at"]) for row in found.rows)
    piece_of = {row["id"]: int((seconds(row["first_seen_at"]) - start) // WEEK_S) for row in found.rows}
    weeks = list(by_week(found.signatures, start).values())
    out = labelled({doc: story for week in weeks for doc, story in folded(week, settings).story_of.items()}, found.labels.cut(piece_of))
    return out | {"weeks": len(weeks), "impostors": cold_impostors(found, start, settings)}


def cold_impostors(found: Stream, start: float, settings: Model) -> dict[str, Any]:
    """Return how many impostors are swallowed when each week starts from an empty state."""
    rows = defaultdict[int, list[dict[str, Any]]](list)
    for row in found.rows:
        rows[int((seconds(row["first_seen_at"]) - start) // WEEK_S)].append(row)
    made = [row for week in rows.values() for row in impostors(week, 1000 // len(rows), days=COLD_IMPOSTOR_DAYS)]
    moved = signed([record_of(row) for row in made], found.earlier)
    return swallowed([folded(in_time(week), settings) for week in by_week([*found.signatures, *moved], start).values()])


def by_week(signatures: Sequence[Signature], start: float) -> dict[int, list[Signature]]:
    """Return the articles of each week of arrivals, counted from *start*."""
    weeks = defaultdict[int, list[Signature]](list)
    for signature in signatures:
        weeks[int((signature.fetched - start) // WEEK_S)].append(signature)
    return weeks
