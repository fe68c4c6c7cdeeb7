"""The past: vectors of articles too old to be the same event, against which likeness is judged.

An article that is as alike to last week's reports as to today's shares their theme only. The level of that
likeness is measured, not learned: on a real stream it told false joins from true ones better (AUC .80) than
the likeness itself did (.64).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from services.link.memory.items import Row
from services.link.memory.point import Point
from services.link.numeric.language_classes import CLASSES, class_of
from services.link.numeric.vectors import DIM, Floats, Spread, deviations_above, dots, norm_of

NEAREST = 3  # articles of the past, the most alike, that make the level
FEWEST_ARTICLES = 200  # articles of the past without which a level means nothing
PAST_ROOM = 4096  # articles kept, the newest: five days of a stream of 800 articles a day
FOLLOWED_FROM = 3.5  # deviations from which an article of the past may have told what this one follows up


@dataclass(frozen=True, slots=True)
class Nearest:
    """How alike the nearest past articles are, in deviations, and the stories of the near ones in order."""

    likeness: Floats
    stories: tuple[str, ...]


class Past:
    """Vectors with their backgrounds, in no order."""

    def __init__(self) -> None:
        self.vector = np.zeros((PAST_ROOM, DIM), np.int8)
        self.norm = np.zeros(PAST_ROOM, np.float32)
        self.lang_class = np.zeros(PAST_ROOM, np.int8)
        self.mean = np.zeros((PAST_ROOM, len(CLASSES)), np.float32)
        self.deviation = np.ones((PAST_ROOM, len(CLASSES)), np.float32)
        self.story = [""] * PAST_ROOM
        self.row_of: dict[int, int] = {}
        self._free = list(range(PAST_ROOM - 1, -1, -1))
        self._end = 0  # no row was ever used from here on

    def put(self, row: Row) -> None:
        """Take an article in; the one that arrived first makes room.

        Articles without a vector say nothing about likeness.
        """
        if not row.vector or row.number in self.row_of:
            return
        if not self._free:
            oldest = min(self.row_of)
            if row.number < oldest:
                return
            self.remove(oldest)
        i = self.row_of[row.number] = self._free.pop()
        self._end = max(self._end, i + 1)
        vector = np.frombuffer(row.vector, np.int8)
        self.vector[i], self.norm[i] = vector, norm_of(vector)
        self.lang_class[i], self.story[i] = class_of(row.lang), row.story_id
        self.mean[i] = np.frombuffer(row.mean, np.float32)
        self.deviation[i] = np.frombuffer(row.deviation, np.float32)

    def remove(self, number: int) -> None:
        """Forget an article."""
        i = self.row_of.pop(number, None)
        if i is not None:
            self.norm[i] = 0
            self._free.append(i)

    def nearest(self, point: Point, spread: Spread) -> Nearest:
        """Return the articles of the past that are most alike to *point*, which has this *spread*."""
        if not self.row_of or not point.has_vector:
            return Nearest(np.zeros(0, np.float32), ())
        used, my_class = slice(self._end), class_of(point.lang)
        norm, lang_class = self.norm[used], self.lang_class[used]
        in_use = norm > 0
        products = dots(self.vector[used], point.vector)
        cosine = np.divide(products, norm * point.norm, out=np.zeros_like(products), where=in_use)
        mine = Spread(spread.mean.take(lang_class), spread.deviation.take(lang_class))
        theirs = Spread(self.mean[used, my_class], self.deviation[used, my_class])
        z = deviations_above(cosine, mine, theirs)
        likeness = np.where(in_use, z, -np.inf).astype(np.float32)
        most_alike = greatest(likeness, min(NEAREST, len(self.row_of)))
        near = np.nonzero(likeness >= max(float(most_alike.min()), FOLLOWED_FROM))[0].tolist()
        stories = [self.story[i] for i in sorted(near, key=lambda i: (-float(likeness[i]), self.story[i]))]
        return Nearest(most_alike, tuple(dict.fromkeys(stories)))


def greatest(likeness: Floats, n: int = NEAREST) -> Floats:
    """Return the *n* greatest values, all where there are fewer."""
    return np.partition(likeness, len(likeness) - n)[len(likeness) - n :] if len(likeness) > n else likeness


def level(likeness: Floats, n: int) -> float | None:
    """Return the mean of the greatest of *likeness*, which is that of *n* articles; None for too few.

    The greatest of *n* draws grows as sqrt(2 ln n), so the level is given as if ``PAST_ROOM`` articles had
    been there: a lane that has just begun judges as one that has run for weeks.
    """
    if n < FEWEST_ARTICLES or len(likeness) < NEAREST:
        return None
    return (
        float(np.sort(likeness)[-NEAREST:].astype(np.float64).mean())
        + math.sqrt(2 * math.log(PAST_ROOM))
        - math.sqrt(2 * math.log(n))
    )
