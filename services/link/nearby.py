"""Which articles of the window are worth a close look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.link.model import Model
from services.link.pairs import WORDS_FROM, Background, behind, comparable, likeness
from services.link.past import Past
from services.link.vectors import Floats
from services.link.window import Point, Rows, Window


@dataclass(frozen=True, slots=True)
class Nearby:
    """An article's background, the *rows* whose words are compared with its own, in the order of their arrival, and their likeness."""

    back: Background
    rows: Rows
    z: Floats


def nearby(window: Window, past: Past, point: Point, *, besides: int, model: Model) -> Nearby:
    """Return what is near *point*; the article with the number *besides* (−1: none) is left out."""
    rows = window.live()
    if besides >= 0:
        rows = rows[window.number[rows] != besides]
    cosines = window.cosines(point, rows)
    back = behind(window, past, point, rows, cosines=cosines, model=model)
    z = likeness(window, point, back, rows, cosines=cosines)
    close = np.flatnonzero(~comparable(window, point, rows) | (z >= WORDS_FROM))
    return Nearby(back, rows[close], z[close])
