"""Every metric of a worker, named once. Base units; the stage is a label and never part of a name.

Those of doors stand in ``door_metrics``, the lag in ``lag_metrics``.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, get_args

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import metrics as client
from prometheus_client.metrics import MetricWrapperBase

from shared.contract import DROP_REASONS, QUALITIES, QualityMetric, StageMetric, StoriesHeld
from shared.errors import REASONS

HIGH_FROM = 0.95
MID_FROM = 0.7
"""Confidences from which an article counts in the bands «high» and «mid»."""

BANDS = ("high", "mid", "low")
ENDINGS = ("produced", "dropped", "dead", "rolled_back")
"""How a record that was read ends; an ``Outcome`` is what one of its results is."""

LANE_STATES = ("owned", "restoring", "waiting", "fenced", "halted", "paused", "finished")
DURATION_EDGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LANGUAGES = frozenset(
    ("fa", "ar", "en", "ur", "ps", "ckb", "ku", "kmr", "az", "tr", "sd", "ug", "he", "ru", "fr", "de",
     "es", "pt", "it", "zh", "ja", "hi", "und", "zxx", "fa-AF")
)  # fmt: skip
"""Languages with a label of their own; the others are counted as «other»."""

AGE_EDGES = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 21600, 86400)
"""Edges of the ages of articles in seconds, two of them at the objectives, 60 and 300."""

MARGIN_EDGES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8)
PAIRED_LANGUAGES = ("ar", "en", "fa", "other")
"""Languages that have link margins of their own."""

LANG_PAIRS = tuple("-".join(pair) for pair in itertools.combinations_with_replacement(PAIRED_LANGUAGES, 2))
LATEST_ARTICLES = 1_000
"""Articles over which a quality ratio is taken: the latest."""

Traffic = Literal["live", "replay"]
TRAFFIC: tuple[Traffic, ...] = get_args(Traffic)
"""Values of the label ``run``: the run that readers wait for, and any other run of the same stages."""


def lang_pair(first: str, second: str) -> str:
    """Return the value of the label ``lang_pair`` of two languages."""
    return "-".join(sorted(lang if lang in PAIRED_LANGUAGES else "other" for lang in (first, second)))


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics of one worker; all children exist from the start, so a rate from zero is visible."""

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
    latest: dict[QualityMetric, deque[float]] = field(default_factory=dict)
    warning_codes: set[str] = field(default_factory=set)

    @classmethod
    def create(
        cls,
        stage: str,
        *,
        version: str,
        model: str,
        metrics: Collection[StageMetric] = (),
        warnings: Collection[str] = (),
        registry: CollectorRegistry = REGISTRY,
    ) -> Metrics:
        """Register the metrics of *stage*; *metrics* and *warnings* are its own (``Work``)."""
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)
        histogram = partial(Histogram, registry=registry)
        created = cls(
            stage=stage,
            consumed=counter(
                "khabar_records_consumed", "Records read by a lane; a re-read counts again", ["stage"]
            ),
            finished=counter("khabar_records_finished", "Records finished", ["stage", "outcome"]),
            dead=counter("khabar_records_dead_lettered", "Dead letters", ["stage", "reason"]),
            dropped=counter(
                "khabar_records_dropped", "Records that say nothing new, by reason", ["stage", "reason"]
            ),
            in_flight=gauge("khabar_records_in_flight", "Read, not yet finished", ["stage"]),
            gap=gauge("khabar_identity_gap_records", "Consumed - finished - in flight; must be 0", ["stage"]),
            duration=histogram(
                "khabar_record_duration_seconds", "Work on one record", ["stage"], buckets=DURATION_EDGES
            ),
            age=histogram(
                "khabar_record_age_seconds",
                "Age at commit since the raw record",
                ["stage", "run"],
                buckets=AGE_EDGES,
            ),
            transaction=histogram(
                "khabar_transaction_duration_seconds",
                "Begin to end",
                ["stage", "result"],
                buckets=DURATION_EDGES,
            ),
            last=gauge("khabar_last_record_timestamp_seconds", "When a record was last finished", ["stage"]),
            lanes=gauge("khabar_lanes", "Lanes by state", ["stage", "state"]),
            restore=gauge("khabar_restore_remaining_records", "Changelog still to read", ["stage"]),
            fenced=counter("khabar_lanes_fenced", "Lanes that lost their producer", ["stage"]),
            slot_deaths=counter("khabar_slot_deaths", "Process slots killed or crashed", ["stage"]),
            lost=counter(
                "khabar_records_expired", "Records that retention deleted before they were read", ["stage"]
            ),
            warnings=counter("khabar_warnings", "Warnings in records made, by code", ["stage", "code"]),
            articles=_articles(registry) if "languages" in metrics else None,
            margins=_margins(registry) if "margins" in metrics else None,
            stories=gauge("khabar_stories_open", "Stories that are neither quiet nor closed")
            if "stories" in metrics
            else None,
            quality=_quality(registry) if set(metrics) & set(QUALITIES) else None,
        )
        created._show_all(metrics, warnings)
        build_info(version, model, registry)
        return created

    def _show_all(self, metrics: Collection[StageMetric], warnings: Collection[str]) -> None:
        """Create the child of every value that a label may have."""
        stage = self.stage
        for by_stage_alone in (
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
            by_stage_alone.labels(stage)
        by_value: tuple[tuple[MetricWrapperBase, Sequence[str]], ...] = (
            (self.finished, ENDINGS),
            (self.dead, REASONS),
            (self.dropped, DROP_REASONS),
            (self.lanes, LANE_STATES),
            (self.transaction, ("commit", "abort")),
            (self.age, TRAFFIC),
            (self.warnings, (*warnings, "other")),
        )
        for metric, values in by_value:
            for value in values:
                metric.labels(stage, value)
        self.warning_codes.update(warnings)
        for kind in QUALITIES:
            if self.quality is not None and kind in metrics:
                self.quality.labels(kind)
                self.latest[kind] = deque(maxlen=LATEST_ARTICLES)

    def count_article(self, lang: str, confidence: float) -> None:
        """Count one article by its language and the band of its confidence."""
        if self.articles is not None:
            band = "high" if confidence >= HIGH_FROM else "mid" if confidence >= MID_FROM else "low"
            self.articles.labels(lang if lang in LANGUAGES else "other", band).inc()

    def count_warning(self, code: str) -> None:
        """Count a warning in a record, under «other» when the stage has not declared its code."""
        self.warnings.labels(self.stage, code if code in self.warning_codes else "other").inc()

    def count_margin(self, first: str, second: str, margin: float) -> None:
        """Count how clear the decision about two articles was, by their languages."""
        if self.margins is not None:
            self.margins.labels(lang_pair(first, second)).observe(margin)

    def count_quality(self, measured: Iterable[tuple[QualityMetric, float]]) -> None:
        """Take what was measured on a batch of articles into the means over the latest ones."""
        kinds = set[QualityMetric]()
        for kind, value in measured:
            if kind in self.latest:
                self.latest[kind].append(value)
                kinds.add(kind)
        for kind in kinds:
            self._show(kind, sum(self.latest[kind]) / len(self.latest[kind]))

    def show_stories(self, stories: StoriesHeld) -> None:
        """Show what the lanes hold; *stories* are the sums over them."""
        if self.stories is not None:
            self.stories.set(stories.open)
            self._show("singleton_story", stories.alone / max(1, stories.recent))

    def _show(self, kind: QualityMetric, ratio: float) -> None:
        if self.quality is not None:
            self.quality.labels(kind).set(ratio)


def _articles(registry: CollectorRegistry) -> Counter:
    counter = Counter(
        "khabar_articles",
        "Articles by language and how sure it is",
        ["lang", "confidence_band"],
        registry=registry,
    )
    for lang, band in itertools.product((*sorted(LANGUAGES), "other"), BANDS):
        counter.labels(lang, band)
    return counter


def _margins(registry: CollectorRegistry) -> Histogram:
    histogram = Histogram(
        "khabar_link_margin",
        "Probability by which an article was let into a story, or kept out, by both languages",
        ["lang_pair"],
        buckets=MARGIN_EDGES,
        registry=registry,
    )
    for pair in LANG_PAIRS:
        histogram.labels(pair)
    return histogram


def _quality(registry: CollectorRegistry) -> Gauge:
    return Gauge(
        "khabar_quality_ratio",
        "Signs of bad input or bad work, means over the latest 1,000 articles",
        ["kind"],
        registry=registry,
    )


def build_info(version: str, model: str, registry: CollectorRegistry) -> None:
    """Register which version runs, and with which model.

    All who export anything come by here, so it also keeps counters from being doubled.
    """
    client.disable_created_metrics()  # type: ignore[no-untyped-call]
    gauge = Gauge(
        "khabar_build_info",
        "The running version and the digest of its model; always 1",
        ["version", "model"],
        registry=registry,
    )
    gauge.labels(version, model).set(1)
