"""What the news was like before: vectors of articles too old to be the same event, against which likeness is judged.

An article that is as alike to last week's reports as to today's shares their theme only. The level of that likeness is measured, not
learned: on a real stream it told false joins from true ones better (AUC .80) than the likeness itself did (.64).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.link.items import Row
from services.link.languages import CLASSES, class_of
from services.link.vectors import DIM, Floats, norm_of

TOP = 3  # the nearest of the past that make the level
LEAST = 200  # articles before a level means anything
ROOM = 4096  # the newest are kept: five days of a stream of 800 articles a day
FOLLOWED_FROM = 3.5  # deviations from which an article of the past may have told what this one follows up


@dataclass(frozen=True, slots=True)
class Level:
    """How alike the past is, and the stories of its articles that are most alike, the nearest first."""

    alike: float
    stories: tuple[str, ...]


class Past:
    """Vectors with their backgrounds, in no order."""

    def __init__(self) -> None:
        self.vector = np.zeros((ROOM, DIM), np.float32)  # 6 MB: made float32 once, not for every article
        self.norm = np.zeros(ROOM, np.float32)
        self.klass = np.zeros(ROOM, np.int8)
        self.mean = np.zeros((ROOM, len(CLASSES)), np.float32)
        self.deviation = np.ones((ROOM, len(CLASSES)), np.float32)
        self.story = [""] * ROOM
        self.row_of: dict[int, int] = {}
        self._free = list(range(ROOM - 1, -1, -1))

    def put(self, row: Row) -> None:
        """Take an article in; the one that arrived first makes room. Articles without a vector say nothing about likeness."""
        if not row.vector or row.number in self.row_of:
            return
        if not self._free:
            oldest = min(self.row_of)
            if row.number < oldest:
                return
            self.remove(oldest)
        i = self.row_of[row.number] = self._free.pop()
        vector = np.frombuffer(row.vector, np.int8)
        self.vector[i], self.norm[i] = vector, norm_of(vector)
        self.klass[i], self.story[i] = class_of(row.lang), row.story_id
        self.mean[i], self.deviation[i] = np.frombuffer(row.mean, np.float32), np.frombuffer(row.deviation, np.float32)

    def remove(self, number: int) -> None:
        """Forget an article."""
        i = self.row_of.pop(number, None)
        if i is not None:
            self.norm[i] = 0
            self._free.append(i)

    def level(self, vector: NDArray[np.int8], lang: str, mean: Floats, deviation: Floats) -> Level | None:
        """Return how alike the past is to an article, in deviations of its background; None when too little is remembered."""
        if len(self.row_of) < LEAST or not vector.any():
            return None
        kept, mine = self.norm > 0, class_of(lang)
        products = self.vector @ vector.astype(np.float32)
        cosine = np.divide(products, self.norm * norm_of(vector), out=np.zeros(ROOM, np.float32), where=kept)
        here = (cosine - mean.take(self.klass)) / deviation.take(self.klass)
        there = (cosine - self.mean[:, mine]) / self.deviation[:, mine]
        alike = np.where(kept, (here + there) / 2, -np.inf)
        top = np.sort(np.partition(alike, ROOM - TOP)[ROOM - TOP :])
        near = np.nonzero(alike >= max(float(top[0]), FOLLOWED_FROM))[0].tolist()
        stories = [self.story[i] for i in sorted(near, key=lambda i: (-float(alike[i]), self.story[i]))]
        return Level(float(top.astype(np.float64).mean()), tuple(dict.fromkeys(stories)))
