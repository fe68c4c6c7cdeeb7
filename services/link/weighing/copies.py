"""Finds the article of the window that an article copies, word for word or nearly so (``wording``)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.link.memory.lane_state import LaneState
from services.link.model import Model
from services.link.numeric.time_units import DAY_S
from services.link.numeric.vectors import Rows
from services.link.reading.notes import Notes
from services.link.reading.signature import Signature
from services.link.reading.wording import share_repeated
from services.link.weighing.candidates import WindowComparison

NEAR_FROM = 0.75  # cosine of the words from which two texts are read side by side
MOST_COMPARED_IN_FULL = 3  # articles that are read side by side with a new one, the most alike first


@dataclass(frozen=True, slots=True)
class Copy:
    """The original's row, and the part (0–1) of the copy's words that it has; *whole* if it has all."""

    row: int
    share: float
    whole: bool


def exact_copy(state: LaneState, signature: Signature, model: Model) -> Copy | None:
    """Return the first article with the same words, if it is near enough in time."""
    rows = np.array(
        [state.window.row_of[number] for number in sorted(state.copies.get(signature.copy_key, ()))], np.intp
    )
    near = _in_time(state, signature, rows, model)
    return Copy(int(near[0]), 1.0, whole=True) if len(near) else None


def near_copy(
    state: LaneState, signature: Signature, notes: Notes, comparison: WindowComparison, *, model: Model
) -> Copy | None:
    """Return the article whose words are nearly the same, the most alike first, of equal ones the oldest."""
    pairs = comparison.near
    cosine = pairs.word_cosine
    likely = np.nonzero(cosine >= NEAR_FROM)[0]
    likely = likely[np.argsort(-cosine[likely], kind="stable")]
    for row in _in_time(state, signature, pairs.rows[likely], model)[:MOST_COMPARED_IN_FULL].tolist():
        share = share_repeated(notes.wording, state.window.notes_at(row).wording)
        if share is not None:
            return Copy(row, share, whole=False)
    return None


def _in_time(state: LaneState, signature: Signature, rows: Rows, model: Model) -> Rows:
    """Return the rows that are near enough in time to be copied, or have no date."""
    if signature.at is None or not len(rows):
        return rows
    near: Rows = rows[~(np.abs(state.window.at[rows] - signature.at) >= model.copy_days * DAY_S)]
    return near
