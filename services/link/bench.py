"""Speed and memory of the linker on a made-up stream: CPU time, seeded, no network. Used by ``khabar bench link``."""

from __future__ import annotations

import random
import time
import zlib
from typing import Any

import numpy as np

from services.link import items
from services.link.core import link
from services.link.features import Unit, feature_id
from services.link.items import Notes, Sparse
from services.link.model import Model, model
from services.link.signature import Signature
from services.link.state import LaneState
from services.link.vectors import DIM

LANGS = ("fa", "ar", "en")
VOCABULARY, WORDS, TEXTS_PER_EVENT, SHARE_OF_THEME = 30_000, 24, 2, 0.6  # a real stream: 1.6 live articles a story
DAY_S, START_S = 86_400.0, 1_700_000_000.0
LIVE = (1_000, 4_000, 20_000, 100_000)
MEASURED = 1_000


def bench(sizes: tuple[int, ...] = LIVE[:2]) -> dict[str, Any]:
    """Return the figures at each number of live articles; the last sizes of ``LIVE`` take minutes."""
    return {str(size): _at(size, model()) for size in sizes}


def _at(size: int, settings: Model) -> dict[str, float]:
    """Fill a lane with *size* live articles, then measure the next thousand."""
    state, dice = LaneState(), np.random.default_rng(1)
    gap = settings.window * DAY_S / size
    events = _Events(dice)
    for n in range(size):
        _take(state, events.signature(n, START_S + n * gap), settings)
    took = []
    for n in range(size, size + min(MEASURED, size)):
        signature = events.signature(n, START_S + n * gap)
        start = time.process_time()
        _take(state, signature, settings)
        took.append(time.process_time() - start)
    cost = np.array(took)
    live, stories = len(state.window.row_of), max(1, len(state.shelf.slot_of))
    return {
        "live": live,
        "stories": stories,
        "per_cpu_s": round(len(cost) / float(cost.sum()), 1),
        "p50_ms": round(float(np.quantile(cost, 0.5)) * 1e3, 3),
        "p99_ms": round(float(np.quantile(cost, 0.99)) * 1e3, 3),
        "bytes_per_story": round(_bytes(state) / stories),
    }


def _take(state: LaneState, signature: Signature, settings: Model) -> None:
    for key, value in link(state, signature, settings).updates.items():
        state.apply(key, value)


def _bytes(state: LaneState) -> int:
    """Return what live articles and stories hold: a row of every column, their notes and names, the stories' records."""
    window = state.window
    row = sum(getattr(window, name)[:1].nbytes for name in window.columns())
    notes = sum(len(window.notes[i]) + 33 + len(window.doc_id[i]) + 49 for i in window.row_of.values())
    return int(row * len(window.row_of) + notes + sum(len(raw) + 33 for raw in state.shelf.raw))


class _Events:
    """A stream in which every event has a few texts: words and vector of the event, mixed with words of the day."""

    def __init__(self, dice: np.random.Generator) -> None:
        self._dice = dice
        self._open: list[tuple[np.ndarray[Any, Any], list[int]]] = []
        self._order = random.Random(2)

    def signature(self, n: int, at: float) -> Signature:
        """Return the n-th article."""
        if n % TEXTS_PER_EVENT == 0 or not self._open:
            words = (self._dice.zipf(1.2, WORDS) % VOCABULARY).tolist()
            self._open = [*self._open[-20:], (self._dice.normal(size=DIM), words)]
        centre, words = self._open[self._order.randrange(len(self._open))]
        vector = centre + self._dice.normal(size=DIM) * 0.8
        codes = np.rint(vector / np.abs(vector).max() * 127).astype(np.int8)
        kept = int(WORDS * SHARE_OF_THEME)
        mine = [*words[:kept], *(self._dice.zipf(1.2, WORDS - kept) % VOCABULARY).tolist()]
        return _signature(n, at, mine, codes.tobytes())


def _signature(n: int, at: float, words: list[int], vector: bytes) -> Signature:
    ids = np.unique(np.array([feature_id(f"w{word}") for word in words], np.uint32))
    sparse = Sparse(ids.tobytes(), np.ones(len(ids), np.float32).tobytes())
    units = [Unit(f"word{i}", i * 7, i * 7 + 5, "words", f"word{i}", in_title=False) for i in range(len(ids))]
    notes = Notes(units, [[i] for i in range(len(ids))], [[i] for i in range(len(ids))], [], [], [], [])
    return Signature(
        doc_id=f"{n:032x}",
        rev="r",
        rev_no=1,
        lang=LANGS[n % len(LANGS)],
        source=f"s{n % 20}",
        source_name=f"s{n % 20}",
        at=at,
        slack_s=0.0,
        fetched=at,
        first_seen_at="2026-01-01T00:00:00.000Z",
        copy_key=n,
        text_chars=200,
        digest=False,
        vector=vector,
        own=sparse,
        shared=sparse,
        notes=zlib.compress(items.encode(notes), 1),
        title=f"title {n}",
        event_date=None,
        places=[],
        entity_ids=[],
        origin=None,
        late_by_s=0.0,
    )
