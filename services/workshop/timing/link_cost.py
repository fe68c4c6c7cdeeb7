"""What the linker's fold costs: CPU time of each article, and the bytes that are held for a live story."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from services.link.core import link
from services.link.memory.lane_state import LaneState
from services.link.model import Model
from services.link.reading.signature import Signature


def take(state: LaneState, signature: Signature, settings: Model) -> float:
    """Link an article, remember what comes of it, and return the seconds of CPU that this took."""
    start = time.process_time()
    for key, value in link(state, signature, settings).updates.items():
        state.apply(key, value)
    return time.process_time() - start


def figures(state: LaneState, took: Sequence[float]) -> dict[str, float]:
    """Return what the last articles cost, and what the lane holds now."""
    cost = np.array(took)
    stories = max(1, len(state.shelf.slot_of))
    return {
        "live": len(state.window.row_of),
        "stories": stories,
        "per_cpu_s": round(len(cost) / float(cost.sum()), 1),
        "p50_ms": round(float(np.quantile(cost, 0.5)) * 1e3, 3),
        "p99_ms": round(float(np.quantile(cost, 0.99)) * 1e3, 3),
        "bytes_per_story": round(_bytes(state) / stories),
    }


def _bytes(state: LaneState) -> int:
    """Return what live articles and stories hold: a row of every column, its sketch, notes and name, the
    stories' records and rows.
    """
    window = state.window
    columns = [
        *(getattr(window, name) for name in window.columns()),
        *window.measured.values(),
        *window.own,
        *window.shared,
    ]
    row = sum(column[:1].nbytes for column in columns) + window.sketched_bytes()
    notes = sum(len(window.notes[i]) + 33 + len(window.doc_id[i]) + 49 + 8 for i in window.row_of.values())
    return int(row * len(window.row_of) + notes + sum(len(raw) + 33 + 88 for raw in state.shelf.compressed))
