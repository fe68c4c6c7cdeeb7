"""Halves of translated documents in one week of a made-up stream: three languages together, each other one
with English.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from services.link.model import Model
from services.link.reading.signature import Signature
from services.workshop.judging.link.partition_metrics import scores
from services.workshop.streams.labelled_events import LANGS, halves_of, placed
from services.workshop.streams.link_fold import Earlier, folded, in_time

SEEDS = (7, 8, 9, 10, 11)


def translated(file: Path, earlier: Earlier, *, settings: Model) -> dict[str, Any]:
    """Return the worst of five orders of the halves of translated documents, in one week of a made-up stream,
    and other languages.
    """
    halves = halves_of(file, earlier)
    out: dict[str, Any] = halves_linked(halves, LANGS, settings)
    others = sorted({name.split("/")[1] for name in halves} - set(LANGS))
    return out | {"zero_shot": {lang: halves_linked(halves, (*LANGS[:1], lang), settings) for lang in others}}


def halves_linked(halves: Mapping[str, Signature], langs: Sequence[str], settings: Model) -> dict[str, float]:
    """Return the worst F1 of each kind over five orders of the halves in *langs*."""
    runs = []
    for seed in SEEDS:
        week = placed(halves, langs, seed)
        story_of = folded(in_time(week), settings).story_of
        ids = [s.doc_id for s in week]
        runs.append(
            scores(
                [i.partition("/")[0] for i in ids], [story_of[i] for i in ids], [i.split("/")[1] for i in ids]
            )
        )
    return {name: round(min(run[name][2] for run in runs), 4) for name in runs[0]}
