"""What a lane rebuilds from its changelog, in whatever order compaction has left the items."""

from __future__ import annotations

import numpy as np

from services.link.memory.items import Clock, Row, encode
from services.link.memory.lane_state import CLOCK, LaneState, row_key, story_key
from services.link.numeric.language_classes import CLASSES
from services.link.numeric.vectors import DIM
from services.link.reading.notes import Sparse

DAY_S = 86_400.0


def row(number: int, story_id: str) -> bytes:
    """Return the item of an article of day *number*."""
    none, level = Sparse(b"", b""), np.ones(len(CLASSES), np.float32).tobytes()
    return encode(
        Row(
            number=number, doc_id=f"d{number}", rev="r", lang="fa", story_id=story_id, at=number * DAY_S, slack_s=0.0,
            ages_from=number * DAY_S, copy_key=number, vector=b"\1" * DIM, own=none, shared=none, mean=level, deviation=level, theme=0.0,
            size=0.0, notes=b"",
        )
    )  # fmt: skip


def test_articles_of_a_closed_story_are_not_taken_for_those_of_the_next_one() -> None:
    state = LaneState()
    state.apply(row_key(1), row(1, "closed"))
    state.apply(story_key("closed"), None)  # a removal is kept for a day
    state.apply(row_key(9), row(9, "open"))
    state.apply(CLOCK.encode(), encode(Clock(9 * DAY_S, 10, 6 * DAY_S)))
    assert state.past.story[state.past.row_of[1]] == "closed"
    assert set(state.shelf.slot_of) == {"open"}
    assert state.window.number[state.members("open")].tolist() == [9]
