"""Speed and memory of the linker on a made-up stream: CPU time, seeded, no network.

Used by ``khabar bench link``.
"""

from __future__ import annotations

import random
import zlib
from typing import Any

import numpy as np

from services.link.memory import items
from services.link.memory.items import Clock, Row
from services.link.memory.lane_state import CLOCK, LaneState, row_key, story_key
from services.link.model import Model, model
from services.link.numeric.language_classes import CLASSES
from services.link.numeric.time_units import DAY_S
from services.link.numeric.vectors import DIM, Rows
from services.link.reading.features import Unit, feature_id
from services.link.reading.measured import size_of
from services.link.reading.notes import Notes, Sparse, decode_notes, encode_notes
from services.link.reading.signature import Signature
from services.link.stories.story_record import opened
from services.link.weighing.candidates import point_of
from services.workshop.timing.link_cost import figures, take
from services.workshop.timing.link_weeks import by_week
from shared.records import By
from shared.worker.threads import collect_seldom

LANGS = ("fa", "ar", "en")
# a real stream: 1.6 live articles a story
VOCABULARY, WORDS, TEXTS_PER_EVENT, SHARE_OF_THEME = (30_000, 24, 2, 0.6)
START_S = 1_700_000_000.0
LIVE = (1_000, 4_000, 20_000, 100_000)
# the newest that fill the lane are linked; to link 100,000 takes an hour, so the others are put there
LINKED, MEASURED = (4_000, 1_000)


def bench(sizes: tuple[int, ...] = LIVE) -> dict[str, Any]:
    """Return the figures at each number of live articles and in each week of a stream, garbage being
    collected as a worker collects it.
    """
    collect_seldom()
    return {"live": {str(size): _at(size, model()) for size in sizes}, "week": by_week()}


def _at(size: int, settings: Model) -> dict[str, float]:
    """Fill a lane with *size* live articles, then measure the next thousand."""
    state = LaneState()
    gap = settings.window_days * DAY_S / size
    events = Events(np.random.default_rng(1))
    for n in range(size):
        signature = events.signature(n, START_S + n * gap)
        if n < size - LINKED:
            put(state, signature, settings)
        else:
            take(state, signature, settings)
    took, kept = [], []
    for n in range(size, size + min(MEASURED, size)):
        signature = events.signature(n, START_S + n * gap)
        if state.window.large:
            kept += events.found(n, state.window.nearest(point_of(state, signature)), state)
        took.append(take(state, signature, settings))
    return figures(state, took) | ({"index_recall": round(float(np.mean(kept)), 4)} if kept else {})


def put(state: LaneState, signature: Signature, settings: Model) -> dict[bytes, bytes]:
    """Give an article a story of its own, as ``link`` would if nothing were near; returns what the lane
    remembers for it.
    """
    by, notes = By(stage="link", version=settings.version), decode_notes(zlib.decompress(signature.notes))
    story = opened(signature, notes, number=state.clock.arrivals, generation=1, by=by)
    point, cold = point_of(state, signature), np.full(len(CLASSES), settings.cold_deviation, np.float32)
    row = Row(
        number=state.clock.arrivals, doc_id=signature.doc_id, rev=signature.rev, lang=signature.lang, story_id=story.record.story_id,
        at=signature.at, slack_s=0.0, ages_from=signature.fetched, copy_key=signature.copy_key, vector=signature.vector,
        own=point.own.packed(), shared=point.shared.packed(),
        mean=(cold * 0).tobytes(), deviation=cold.tobytes(), theme=settings.theme_level, notes=signature.notes, **point.measured,
    )  # fmt: skip
    updates = {
        story_key(story.record.story_id): items.encode(story),
        row_key(row.number): items.encode(row),
        CLOCK.encode(): items.encode(Clock(signature.at, row.number + 1, state.clock.window_from)),
    }
    for key, value in updates.items():
        state.apply(key, value)
    return updates


class Events:
    """A stream in which every event has a few texts: words and vector of the event, mixed with words of the
    day.
    """

    def __init__(self, dice: np.random.Generator) -> None:
        self._dice = dice
        self._open: list[tuple[np.ndarray[Any, Any], list[int], int]] = []
        self._order = random.Random(2)
        self._event: list[int] = []
        self._texts: dict[int, list[int]] = {}

    def signature(self, n: int, at: float) -> Signature:
        """Return the n-th article."""
        if n % TEXTS_PER_EVENT == 0 or not self._open:
            words = (self._dice.zipf(1.2, WORDS) % VOCABULARY).tolist()
            self._open = [*self._open[-20:], (self._dice.normal(size=DIM), words, n)]
        centre, words, event = self._open[self._order.randrange(len(self._open))]
        self._event.append(event)
        self._texts.setdefault(event, []).append(n)
        vector = centre + self._dice.normal(size=DIM) * 0.8
        codes = np.rint(vector / np.abs(vector).max() * 127).astype(np.int8)
        kept = int(WORDS * SHARE_OF_THEME)
        mine = [*words[:kept], *(self._dice.zipf(1.2, WORDS - kept) % VOCABULARY).tolist()]
        return _signature(n, at, mine, codes.tobytes())

    def found(self, n: int, rows: Rows, state: LaneState) -> list[bool]:
        """Tell for each earlier live text of the n-th one's event whether it is among *rows*."""
        near = set(state.window.number[rows].tolist())
        return [
            text in near for text in self._texts[self._event[n]] if text < n and text in state.window.row_of
        ]


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
        notes=zlib.compress(encode_notes(notes), 1),
        title=f"title {n}",
        event_date=None,
        places=[],
        origin=None,
        origin_names=[],
        late_by_s=0.0,
        measured={"size": size_of(200)},
    )
