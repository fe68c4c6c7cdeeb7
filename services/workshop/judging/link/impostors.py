"""Impostors: records moved whole days ahead.

One that ends in a story with a real article is nearly always a false link.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.workshop.streams.link_fold import Replayed

IMPOSTORS, DAYS = 1000, 14  # twice what the linker remembers
MARK = "impostor/"


def impostors(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return *IMPOSTORS* rows (all, where there are fewer) moved *DAYS* ahead, drawn from those that stay
    inside the stream.
    """
    end = max(row["first_seen_at"] for row in rows)
    old = [row for row in rows if later(row["first_seen_at"], DAYS) <= end]
    return [
        moved(row, DAYS) | {"id": f"{MARK}{row['id']}"}
        for row in random.Random(4).sample(old, min(IMPOSTORS, len(old)))
    ]


def moved(row: Mapping[str, Any], days: int) -> dict[str, Any]:
    """Return a stream row with its times moved *days* ahead."""
    return {**row} | {name: later(row[name], days) for name in ("published_at", "first_seen_at")}


def later(time: str, days: int) -> str:
    """Return an RFC 3339 time in UTC moved *days* ahead."""
    return (datetime.fromisoformat(time) + timedelta(days=days)).isoformat().replace("+00:00", "Z")


def compared(run: Replayed) -> list[str]:
    """Return the impostors of a run that were compared at all."""
    return [doc for doc in run.story_of if doc.startswith(MARK) and doc not in run.asides]


def caught(run: Replayed) -> list[str]:
    """Return the impostors that ended in a story with a real article, of those that were compared."""
    real = {story for doc, story in run.story_of.items() if not doc.startswith(MARK)}
    return [doc for doc in compared(run) if run.story_of[doc] in real]


def swallowed(runs: Sequence[Replayed]) -> dict[str, Any]:
    """Return how many impostors were caught in a story, of those compared."""
    linked, hit = sum(len(compared(run)) for run in runs), sum(len(caught(run)) for run in runs)
    return {"linked": linked, "swallowed": hit, "rate": round(hit / max(1, linked), 4)}
