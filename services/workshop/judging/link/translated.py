"""Halves of translated documents in one week of a made-up stream: three languages together, each other one with English."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from services.link.model import Model
from services.link.numeric.time_units import DAY_S
from services.link.reading.signature import Signature
from services.workshop.judging.link.labelled_stream import in_time
from services.workshop.judging.link.partition_metrics import scores
from services.workshop.streams.link_fold import Earlier, folded, lines, made, record_of, signed

SEEDS = (7, 8, 9, 10, 11)
LANGS = ("en", "ar", "fa")


def translated(file: Path, earlier: Earlier, *, settings: Model) -> dict[str, Any]:
    """Return the worst of five orders of the halves of translated documents, in one week of a made-up stream, and other languages."""
    docs = list(lines(file))
    records = [
        record_of(made(f"{row['event']}/{row['lang']}/{half}", text, "2024-01-01T00:00:00Z"), declared=row["lang"])
        for row in sorted(docs, key=lambda row: (row["event"], row["lang"]))
        for half in (0, 1)
        if (text := " ".join(row["sentences"][half::2]))
    ]
    halves = {s.doc_id: s for s in signed(records, earlier)}
    out: dict[str, Any] = halves_linked(halves, LANGS, settings)
    others = sorted({row["lang"] for row in docs} - set(LANGS))
    return out | {"zero_shot": {lang: halves_linked(halves, (*LANGS[:1], lang), settings) for lang in others}}


def halves_linked(halves: Mapping[str, Signature], langs: Sequence[str], settings: Model) -> dict[str, float]:
    """Return the worst F1 of each kind over five orders of the halves in *langs*."""
    runs = []
    for seed in SEEDS:
        dice, placed = random.Random(seed), []
        for event in sorted({name.partition("/")[0] for name in halves}):
            day = dice.uniform(0, 6)
            for lang in langs:
                for half in (0, 1):
                    at = (day + dice.uniform(0, 0.8)) * DAY_S
                    if (found := halves.get(f"{event}/{lang}/{half}")) is not None:
                        placed.append(msgspec.structs.replace(found, at=at, fetched=at))
        story_of = folded(in_time(placed), settings).story_of
        ids = [s.doc_id for s in placed]
        runs.append(scores([i.partition("/")[0] for i in ids], [story_of[i] for i in ids], [i.split("/")[1] for i in ids]))
    return {name: round(min(run[name][2] for run in runs), 4) for name in runs[0]}
