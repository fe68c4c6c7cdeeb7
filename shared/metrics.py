"""Every metric, named once. Base units; the stage is a label and never part of a name."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import metrics as client

from shared.errors import REASONS

HIGH, LOW = 0.95, 0.7
OUTCOMES = ("produced", "dropped", "dead", "rolled_back")
LANE_STATES = ("owned", "restoring", "waiting", "fenced", "halted")
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


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics of one worker; every label child exists from the start, so that a rate from zero is visible."""

    stage: str
    consumed: Counter
    finished: Counter
    dead: Counter
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
    articles: Counter

    @classmethod
    def create(cls, stage: str, *, version: str, model: str, registry: CollectorRegistry = REGISTRY) -> Metrics:
        """Register the metrics of *stage*."""
        client.disable_created_metrics()  # type: ignore[no-untyped-call]  # else every counter doubles
        made = cls(
            stage,
            Counter("khabar_records_consumed", "Records read by a lane; a re-read counts again", ["stage"], registry=registry),
            Counter("khabar_records_finished", "Records finished", ["stage", "outcome"], registry=registry),
            Counter("khabar_records_dead_lettered", "Dead letters", ["stage", "reason"], registry=registry),
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
            Counter("khabar_articles", "Articles by language and how sure it is", ["lang", "confidence_band"], registry=registry),
        )
        for one in (
            made.consumed,
            made.in_flight,
            made.gap,
            made.duration,
            made.last,
            made.restore,
            made.fenced,
            made.slot_deaths,
            made.lost,
        ):
            one.labels(stage)
        for outcome in OUTCOMES:
            made.finished.labels(stage, outcome)
        for reason in REASONS:
            made.dead.labels(stage, reason)
        for state in LANE_STATES:
            made.lanes.labels(stage, state)
        for result in ("commit", "abort"):
            made.transaction.labels(stage, result)
        Gauge("khabar_build_info", "1", ["version", "model"], registry=registry).labels(version, model).set(1)
        return made

    def count_article(self, lang: str, confidence: float) -> None:
        """Count one article by its language and the band of its confidence."""
        band = "high" if confidence >= HIGH else "mid" if confidence >= LOW else "low"
        self.articles.labels(lang if lang in LANGUAGES else "other", band).inc()
