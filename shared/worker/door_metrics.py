"""Every metric of a door, named once: what it took and refused, and how it was delivered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from shared.errors import REASONS
from shared.worker.metrics import DURATION_EDGES, build_info


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
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)
        metrics = cls(
            counter(
                "khabar_door_accepted",
                "Articles taken in, confirmed by the broker; what was refused is not among them",
                ["door"],
            ),
            counter("khabar_door_refused", "Input that became a dead letter of feed", ["door", "reason"]),
            gauge("khabar_door_in_flight", "Articles handed over and not yet confirmed", ["door"]),
            Histogram(
                "khabar_door_delivery_seconds",
                "From taking in to the broker's word",
                ["door"],
                buckets=DURATION_EDGES,
                registry=registry,
            ),
            gauge(
                "khabar_door_wait_seconds",
                "How far clean is behind, while the door waits for it; else 0",
                ["door"],
            ),
        )
        for metric in (metrics.accepted, metrics.in_flight, metrics.delivery, metrics.wait):
            metric.labels(door)
        for reason in REASONS:
            metrics.refused.labels(door, reason)
        build_info(version, "", registry)
        return metrics


ANSWERS = (200, 400, 401, 404, 405, 408, 413, 415, 422, 429, 500, 503)
"""Every status that the HTTP door answers with."""


@dataclass(frozen=True, slots=True)
class IngestMetrics:
    """The metrics of the HTTP door, beside those that every door has."""

    answers: Counter

    @classmethod
    def create(cls, *, registry: CollectorRegistry = REGISTRY) -> IngestMetrics:
        """Register them."""
        metrics = cls(
            Counter(
                "khabar_ingest_answers",
                "Requests that the HTTP door has answered",
                ["status"],
                registry=registry,
            )
        )
        for status in ANSWERS:
            metrics.answers.labels(str(status))
        return metrics


FEED_STATES = ("fresh", "failing", "gone")
POLLS = (
    "news",
    "unchanged",
    "status",
    "timeout",
    "network",
    "forbidden",
    "redirects",
    "too_large",
    "unreadable",
    "gone",
    "bug",
)
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
        gauge = partial(Gauge, registry=registry)
        metrics = cls(
            gauge("khabar_feeds", "Feeds by how their last poll ended", ["state"]),
            Counter("khabar_feed_polls", "Polls of feeds by how they ended", ["outcome"], registry=registry),
            gauge("khabar_feed_overdue_seconds", "How long the feed that waits longest has been due"),
        )
        for state in FEED_STATES:
            metrics.feeds.labels(state)
        for outcome in POLLS:
            metrics.polls.labels(outcome)
        return metrics
