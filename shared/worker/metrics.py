"""Every metric, named once. Base units; the stage is a label and never part of a name."""

from __future__ import annotations

import itertools
import math
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args, override

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import metrics as client
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.contract import DROP_REASONS, QUALITIES, Measure, Quality, Stories
from shared.errors import REASONS

HIGH, LOW = 0.95, 0.7
BANDS = ("high", "mid", "low")
OUTCOMES = ("produced", "dropped", "dead", "rolled_back")
LANE_STATES = ("owned", "restoring", "waiting", "fenced", "halted", "paused", "finished")
DURATIONS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LANGUAGES = frozenset(
    [
        "fa",
        "ar",
        "en",
        "ur",
        "ps",
        "ckb",
        "ku",
        "kmr",
        "az",
        "tr",
        "sd",
        "ug",
        "he",
        "ru",
        "fr",
        "de",
        "es",
        "pt",
        "it",
        "zh",
        "ja",
        "hi",
        "und",
        "zxx",
        "fa-AF",
    ]
)
"""Languages with a label of their own; the others are counted as «other»."""

AGES = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 21600, 86400)
"""Edges at the objectives: 60 s and 300 s."""

MARGINS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8)
PAIRED = ("ar", "en", "fa", "other")
"""Languages that have link margins of their own."""

LANG_PAIRS = tuple("-".join(pair) for pair in itertools.combinations_with_replacement(PAIRED, 2))
LATEST = 1_000
"""So many articles a quality ratio is taken over."""

Traffic = Literal["live", "replay"]
TRAFFIC: tuple[Traffic, ...] = get_args(Traffic)
"""Values of the label ``run``: what readers wait for, and any other run of the same stages."""


def lang_pair(one: str, other: str) -> str:
    """Return the value of the label ``lang_pair`` of two languages."""
    return "-".join(sorted(lang if lang in PAIRED else "other" for lang in (one, other)))


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics of one worker; every label child exists from the start, so that a rate from zero is visible."""

    stage: str
    consumed: Counter
    finished: Counter
    dead: Counter
    dropped: Counter
    in_flight: Gauge
    gap: Gauge
    duration: Histogram
    age: Histogram
    transaction: Histogram
    last: Gauge
    lanes: Gauge
    restore: Gauge
    fenced: Counter
    slot_deaths: Counter
    lost: Counter
    warnings: Counter
    articles: Counter | None
    margins: Histogram | None
    stories: Gauge | None
    quality: Gauge | None
    latest: dict[Quality, deque[float]] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)

    @classmethod
    def create(
        cls,
        stage: str,
        *,
        version: str,
        model: str,
        measures: Collection[Measure] = (),
        warnings: Collection[str] = (),
        registry: CollectorRegistry = REGISTRY,
    ) -> Metrics:
        """Register the metrics of *stage*; *measures* and *warnings* are what its records tell beside what those of all stages do (``Work``)."""
        made = cls(
            stage,
            Counter("khabar_records_consumed", "Records read by a lane; a re-read counts again", ["stage"], registry=registry),
            Counter("khabar_records_finished", "Records finished", ["stage", "outcome"], registry=registry),
            Counter("khabar_records_dead_lettered", "Dead letters", ["stage", "reason"], registry=registry),
            Counter("khabar_records_dropped", "Records that say nothing new, by reason", ["stage", "reason"], registry=registry),
            Gauge("khabar_records_in_flight", "Read, not yet finished", ["stage"], registry=registry),
            Gauge("khabar_identity_gap_records", "Consumed - finished - in flight; must be 0", ["stage"], registry=registry),
            Histogram("khabar_record_duration_seconds", "Work on one record", ["stage"], buckets=DURATIONS, registry=registry),
            Histogram("khabar_record_age_seconds", "Age at commit since the raw record", ["stage", "run"], buckets=AGES, registry=registry),
            Histogram("khabar_transaction_duration_seconds", "Begin to end", ["stage", "result"], buckets=DURATIONS, registry=registry),
            Gauge("khabar_last_record_timestamp_seconds", "When a record was last finished", ["stage"], registry=registry),
            Gauge("khabar_lanes", "Lanes by state", ["stage", "state"], registry=registry),
            Gauge("khabar_restore_remaining_records", "Changelog still to read", ["stage"], registry=registry),
            Counter("khabar_lanes_fenced", "Lanes that lost their producer", ["stage"], registry=registry),
            Counter("khabar_slot_deaths", "Process slots killed or crashed", ["stage"], registry=registry),
            Counter("khabar_records_expired", "Records that retention deleted before they were read", ["stage"], registry=registry),
            Counter("khabar_warnings", "Warnings in records made, by code", ["stage", "code"], registry=registry),
            _articles(registry) if "languages" in measures else None,
            _margins(registry) if "margins" in measures else None,
            Gauge("khabar_stories_open", "Stories that are neither quiet nor closed", registry=registry) if "stories" in measures else None,
            _quality(registry) if set(measures) & set(QUALITIES) else None,
        )
        made._show_all(measures, warnings)
        build_info(version, model, registry)
        return made

    def _show_all(self, measures: Collection[Measure], warnings: Collection[str]) -> None:
        """Create every child, so that a rate from zero is seen."""
        stage = self.stage
        for one in (
            self.consumed,
            self.in_flight,
            self.gap,
            self.duration,
            self.last,
            self.restore,
            self.fenced,
            self.slot_deaths,
            self.lost,
        ):
            one.labels(stage)
        closed: tuple[tuple[MetricWrapperBase, Sequence[str]], ...] = (
            (self.finished, OUTCOMES),
            (self.dead, REASONS),
            (self.dropped, DROP_REASONS),
            (self.lanes, LANE_STATES),
            (self.transaction, ("commit", "abort")),
            (self.age, TRAFFIC),
            (self.warnings, (*warnings, "other")),
        )
        for metric, values in closed:
            for value in values:
                metric.labels(stage, value)
        self.codes.update(warnings)
        for kind in QUALITIES:
            if self.quality is not None and kind in measures:
                self.quality.labels(kind)
                self.latest[kind] = deque(maxlen=LATEST)

    def count_article(self, lang: str, confidence: float) -> None:
        """Count one article by its language and the band of its confidence."""
        if self.articles is not None:
            band = "high" if confidence >= HIGH else "mid" if confidence >= LOW else "low"
            self.articles.labels(lang if lang in LANGUAGES else "other", band).inc()

    def count_warning(self, code: str) -> None:
        """Count a warning in a record, under «other» when the stage has not declared its code."""
        self.warnings.labels(self.stage, code if code in self.codes else "other").inc()

    def count_margin(self, one: str, other: str, margin: float) -> None:
        """Count how clear the decision about two articles was, by their languages."""
        if self.margins is not None:
            self.margins.labels(lang_pair(one, other)).observe(margin)

    def count_quality(self, found: Iterable[tuple[Quality, float]]) -> None:
        """Take what was measured on a batch of articles into the means over the latest ones."""
        kinds = set[Quality]()
        for kind, value in found:
            if kind in self.latest:
                self.latest[kind].append(value)
                kinds.add(kind)
        for kind in kinds:
            self._show(kind, sum(self.latest[kind]) / len(self.latest[kind]))

    def show_stories(self, stories: Stories) -> None:
        """Show what the lanes hold; *stories* are the sums over them."""
        if self.stories is not None:
            self.stories.set(stories.open)
            self._show("singleton_story", stories.alone / max(1, stories.recent))

    def _show(self, kind: Quality, ratio: float) -> None:
        if self.quality is not None:
            self.quality.labels(kind).set(ratio)


def _articles(registry: CollectorRegistry) -> Counter:
    made = Counter("khabar_articles", "Articles by language and how sure it is", ["lang", "confidence_band"], registry=registry)
    for lang, band in itertools.product((*sorted(LANGUAGES), "other"), BANDS):
        made.labels(lang, band)
    return made


def _margins(registry: CollectorRegistry) -> Histogram:
    made = Histogram(
        "khabar_link_margin",
        "Probability by which an article was let into a story, or kept out, by both languages",
        ["lang_pair"],
        buckets=MARGINS,
        registry=registry,
    )
    for pair in LANG_PAIRS:
        made.labels(pair)
    return made


def _quality(registry: CollectorRegistry) -> Gauge:
    return Gauge(
        "khabar_quality_ratio", "Signs of bad input or bad work, means over the latest 1,000 articles", ["kind"], registry=registry
    )


def build_info(version: str, model: str, registry: CollectorRegistry) -> None:
    """Register which version runs, and with which model; all who export anything come by here, so it also keeps counters from being doubled."""
    client.disable_created_metrics()  # type: ignore[no-untyped-call]
    made = Gauge("khabar_build_info", "The running version and the digest of its model; always 1", ["version", "model"], registry=registry)
    made.labels(version, model).set(1)


@dataclass(frozen=True, slots=True)
class DoorMetrics:
    """The metrics of a door that runs as a worker of its own (http, feeds)."""

    accepted: Counter
    refused: Counter
    in_flight: Gauge
    delivery: Histogram
    wait: Gauge

    @classmethod
    def create(cls, door: str, *, version: str, registry: CollectorRegistry = REGISTRY) -> DoorMetrics:
        """Register the metrics of *door*."""
        made = cls(
            Counter("khabar_door_accepted", "Articles that the broker has confirmed", ["door"], registry=registry),
            Counter("khabar_door_refused", "Input that became a dead letter of feed", ["door", "reason"], registry=registry),
            Gauge("khabar_door_in_flight", "Articles handed over and not yet confirmed", ["door"], registry=registry),
            Histogram(
                "khabar_door_delivery_seconds", "From taking in to the broker's word", ["door"], buckets=DURATIONS, registry=registry
            ),
            Gauge("khabar_door_wait_seconds", "How far clean is behind, while the door waits for it; else 0", ["door"], registry=registry),
        )
        for one in (made.accepted, made.in_flight, made.delivery, made.wait):
            one.labels(door)
        for reason in REASONS:
            made.refused.labels(door, reason)
        build_info(version, "", registry)
        return made


ANSWERS = (200, 400, 401, 404, 405, 408, 413, 415, 422, 429, 500, 503)
"""Every status that the HTTP door answers with."""


@dataclass(frozen=True, slots=True)
class IngestMetrics:
    """The metrics of the HTTP door, beside those that every door has."""

    answers: Counter

    @classmethod
    def create(cls, *, registry: CollectorRegistry = REGISTRY) -> IngestMetrics:
        """Register them."""
        made = cls(Counter("khabar_ingest_answers", "Requests that the HTTP door has answered", ["status"], registry=registry))
        for status in ANSWERS:
            made.answers.labels(str(status))
        return made


FEED_STATES = ("fresh", "failing", "gone")
POLLS = ("news", "unchanged", "status", "timeout", "network", "forbidden", "redirects", "too_large", "unreadable", "gone", "bug")
"""How a request for a feed can end."""


@dataclass(frozen=True, slots=True)
class FeedMetrics:
    """The metrics of the door that polls feeds, beside those that every door has."""

    feeds: Gauge
    polls: Counter
    oldest: Gauge

    @classmethod
    def create(cls, *, registry: CollectorRegistry = REGISTRY) -> FeedMetrics:
        """Register them."""
        made = cls(
            Gauge("khabar_feeds", "Feeds by how their last poll ended", ["state"], registry=registry),
            Counter("khabar_feed_polls", "Polls of feeds by how they ended", ["outcome"], registry=registry),
            Gauge("khabar_feed_overdue_seconds", "How long the feed that waits longest has been due", registry=registry),
        )
        for state in FEED_STATES:
            made.feeds.labels(state)
        for outcome in POLLS:
            made.polls.labels(outcome)
        return made


LagPlace = tuple[str, str, int, Traffic]
"""Stage, logical topic, partition, run."""

LAG_KEPT_S = 60.0
"""A lag that was measured longer ago is no longer shown: rules must be able to tell «nobody measures» from «no lag»."""


class LagMetrics(Collector):
    """Lag as it was last measured. Nothing is shown before the first look, since 0 would say that all is read."""

    def __init__(self, *, version: str, registry: CollectorRegistry = REGISTRY, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._measured = clock, -math.inf
        self._records: Mapping[LagPlace, int] = {}
        self._seconds: Mapping[LagPlace, float] = {}
        registry.register(self)
        build_info(version, "", registry)

    def show(self, records: Mapping[LagPlace, int], seconds: Mapping[LagPlace, float]) -> None:
        """Show this from now on, by the places of partitions; the seconds of a topic are those of its oldest partition."""
        self._records, self._seconds, self._measured = records, seconds, self._clock()

    @property
    def is_shown(self) -> bool:
        """Whether there is a look, and it is not too long ago."""
        return self._clock() - self._measured <= LAG_KEPT_S

    def describe(self) -> Iterable[Metric]:
        """Return the families without values: the registry asks for their names."""
        return self._families()

    @override
    def collect(self) -> Iterable[Metric]:
        records, seconds = families = self._families()
        if self.is_shown:
            for (stage, topic, partition, run), count in self._records.items():
                records.add_metric([stage, topic, str(partition), run], count)
            for (stage, topic, run), oldest in self._oldest().items():
                seconds.add_metric([stage, topic, run], oldest)
        return families

    def _oldest(self) -> dict[tuple[str, str, Traffic], float]:
        found: dict[tuple[str, str, Traffic], float] = {}
        for (stage, topic, _, run), age in self._seconds.items():
            found[stage, topic, run] = max(age, found.get((stage, topic, run), 0.0))
        return found

    @staticmethod
    def _families() -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
        return (
            GaugeMetricFamily(
                "khabar_consumer_lag_records",
                "Offsets that a group has not finished, seen from outside; an upper bound, 0 when nothing can be read",
                labels=["stage", "topic", "partition", "run"],
            ),
            GaugeMetricFamily(
                "khabar_consumer_lag_seconds",
                "Age of the oldest record that a group has not finished, seen from outside; 0 when there is none",
                labels=["stage", "topic", "run"],
            ),
        )
