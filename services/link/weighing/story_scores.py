"""Which story an article belongs to: pairs add up to a story's score, paid against one prior.

    score = n / (1 + (n − 1) rho) · mean of the best pairs − log prior

Agreeing members count up to 1/rho times, the prior is paid once. The mean is taken over all pairs, over those
inside a language and over those across languages; the lowest counts, since a template («blast kills 90»)
looks alike across languages before it does inside one.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from services.link.model import Model
from services.link.numeric.time_units import DAY_S
from services.link.numeric.vectors import Floats, Mask
from services.link.weighing.anchors import Anchor
from services.link.weighing.pairs import Pairs
from shared.records import Against

TOO_LONG = 20.0  # log-odds: the next article of a long story opens an episode, linked as a follow-up


class Interval(Struct, frozen=True):
    """The event times of a story or article in seconds; None when no part of it has a date.

    *slack* widens an article's time.
    """

    first: float | None
    newest: float | None
    slack_s: float = 0.0

    def span_days(self, other: Interval) -> float:
        """Return the days that both cover together."""
        if self.first is None or self.newest is None or other.first is None or other.newest is None:
            return 0.0
        return max(0.0, max(self.newest, other.newest) - min(self.first, other.first) - self.slack_s) / DAY_S

    def dated(self, other: Interval) -> bool:
        """Tell whether both have a date."""
        return self.first is not None and other.first is not None

    def covering(self, other: Interval) -> Interval:
        """Return the interval that covers both."""
        ends = [t for t in (self.first, other.first, self.newest, other.newest) if t is not None]
        return Interval(min(ends), max(ends)) if ends else Interval(None, None)


class Scored(Struct, frozen=True):
    """A story's score for an article, and the *share* each pair has in it.

    *score* is what the pairs say together, with the facts, less *prior* and *time*. *anchored* holds the
    facts: (index of the pair, anchor, its share of the score).
    """

    slot: int
    score: float
    prior: float
    time: float
    dated: bool
    interval: Interval
    pairs: Pairs
    share: NDArray[np.float64]
    anchored: tuple[tuple[int, Anchor, float], ...] = ()

    @property
    def time_says(self) -> float:
        """Return the log-odds that the times of article and story give."""
        return float((self.share * self.pairs.time).sum()) - self.time


def support(ratio: Floats, same: Mask, model: Model) -> tuple[float, NDArray[np.float64]]:
    """Return what pairs say together, and the factor with which each takes part."""
    share = np.zeros(len(ratio))
    if len(ratio) == 1:  # most stories
        share[0] = 1.0
        return float(ratio[0]), share
    values, alike = ratio.tolist(), same.tolist()
    order = (-ratio).argsort(kind="stable").tolist()  # stable: of equal ones the older
    parts = [
        order,
        *(
            part
            for kind in (True, False)
            if len(part := [i for i in order if alike[i] is kind]) >= model.quorum
        ),
    ]
    mean, chosen = min((_best(values, part, model.share) for part in parts), key=lambda found: found[0])
    worth = factor(len(values), model)
    share[chosen] = worth / len(chosen)
    return mean * worth, share


def _best(values: list[float], part: list[int], share: float) -> tuple[float, list[int]]:
    """Return the mean of the best *share* of a part, whose best comes first, and which pairs these are."""
    best = part[: max(1, math.ceil(len(part) * share))]
    return math.fsum(values[i] for i in best) / len(best), best


def factor(n: int, model: Model) -> float:
    """Return how many independent pairs *n* pairs of a story are worth."""
    return n / (1 + (n - 1) * model.rho)


def log_prior(stories: int, model: Model) -> float:
    """Return the log-odds against any one story when *stories* are live."""
    return math.log(model.prior + model.prior_per_story * stories)


def against_prior(prior: float) -> Against:
    """Return the prior as a reason against one story."""
    label = "any of the live stories might be meant"
    return Against(kind="prior", key="stories", label=label, weight=round(-prior, 6))


def time_cost(article: Interval, story: Interval, model: Model) -> float:
    """Return the log-odds that a missing date costs; a story that would last too long is out of reach."""
    if not article.dated(story):
        return model.undated
    return TOO_LONG if article.span_days(story) > model.span else 0.0
