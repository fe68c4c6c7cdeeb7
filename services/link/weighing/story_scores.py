"""Which story an article belongs to: pairs add up to a story's score, from which one prior is taken.

    score = n / (1 + (n − 1) rho) · mean of the best pairs − log prior − cost of time + facts

Agreeing members count up to 1/rho times; the prior is taken once. A mean is taken over all pairs, one over
those inside a language and one over those across languages, and the lowest counts: a template («blast kills
90») looks alike across languages before it does inside one.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from services.link.model import Model
from services.link.numeric.time_units import DAY_S
from services.link.numeric.vectors import Floats, Mask
from services.link.weighing.anchors import Anchor
from services.link.weighing.pairs import Pairs
from shared.records import Against

JOIN_FROM = 0.0  # log-odds from which an article joins a story, and from which two stories are one
# log-odds against a story that would last too long: the next article opens an episode, linked as a follow-up
TOO_LONG = 20.0


class Interval(Struct, frozen=True):
    """The first and the newest event time of a story or article in seconds; None when nothing has a date.

    An article's time may be *slack_s* off.
    """

    first: float | None
    newest: float | None
    slack_s: float = 0.0

    def span_days(self, other: Interval) -> float:
        """Return how many days both cover together; 0 when one has no date."""
        if self.first is None or self.newest is None or other.first is None or other.newest is None:
            return 0.0
        return max(0.0, max(self.newest, other.newest) - min(self.first, other.first) - self.slack_s) / DAY_S

    def both_dated(self, other: Interval) -> bool:
        """Tell whether both have a date."""
        return self.first is not None and other.first is not None

    def covering(self, other: Interval) -> Interval:
        """Return the interval that covers both."""
        times = (self.first, other.first, self.newest, other.newest)
        dated = [time for time in times if time is not None]
        return Interval(min(dated), max(dated)) if dated else Interval(None, None)


class WeighedAnchor(NamedTuple):
    """An anchor of one pair of a story: the pair's index, the anchor, its share of the score in log-odds."""

    pair: int
    anchor: Anchor
    weight: float


class StoryScore(Struct, frozen=True):
    """A story's score for an article, and the *factors* with which its pairs take part.

    *score* is what the pairs and the *anchors* say together, less *prior*, the logarithm of the odds against,
    and *time_cost*. *dated* tells whether article and story both have a date; *interval* is the story's.
    """

    slot: int
    score: float
    prior: float
    time_cost: float
    dated: bool
    interval: Interval
    pairs: Pairs
    factors: NDArray[np.float64]
    anchors: tuple[WeighedAnchor, ...] = ()

    @property
    def time_says(self) -> float:
        """The log-odds that the times of article and story give."""
        return float((self.factors * self.pairs.time).sum()) - self.time_cost

    @property
    def theme_says(self) -> float:
        """The log-odds that the theme takes away."""
        return float((self.factors * self.pairs.theme).sum())

    @property
    def likeness_says(self) -> float:
        """The log-odds that the likeness of the texts gives."""
        return float((self.factors * self.pairs.likeness).sum())

    def refused_by_facts(self, model: Model) -> bool:
        """Tell whether the article would have joined but for clear facts against it (``model.refusal``)."""
        against = sum(anchor.weight for anchor in self.anchors if anchor.weight < 0)
        return against <= model.refusal and self.score < JOIN_FROM <= self.score - against


def combined(ratio: Floats, same_language: Mask, model: Model) -> tuple[float, NDArray[np.float64]]:
    """Return the log-odds that pairs give together, and the factor with which each takes part."""
    factors = np.zeros(len(ratio))
    if len(ratio) == 1:  # most stories
        factors[0] = 1.0
        return float(ratio[0]), factors
    values, is_inside = ratio.tolist(), same_language.tolist()
    order = (-ratio).argsort(kind="stable").tolist()  # stable: of equal ones the older
    groups = [order]
    for inside in (True, False):
        group = [i for i in order if is_inside[i] is inside]
        if len(group) >= model.quorum:
            groups.append(group)
    mean, chosen = min((_best(values, group, model.share) for group in groups), key=lambda best: best[0])
    worth = worth_of_pairs(len(values), model)
    factors[chosen] = worth / len(chosen)
    return mean * worth, factors


def _best(values: list[float], group: list[int], part: float) -> tuple[float, list[int]]:
    """Return the mean of the best *part* of a group, whose best comes first, and which pairs these are."""
    best = group[: max(1, math.ceil(len(group) * part))]
    return math.fsum(values[i] for i in best) / len(best), best


def worth_of_pairs(n: int, model: Model) -> float:
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
    if not article.both_dated(story):
        return model.undated
    return TOO_LONG if article.span_days(story) > model.story_days else 0.0
