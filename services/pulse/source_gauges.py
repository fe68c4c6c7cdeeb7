"""What Prometheus is told of each source: the only metrics of the engine with a label from data."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import REGISTRY, CollectorRegistry, Gauge


@dataclass(frozen=True, slots=True)
class SourceGauges:
    """When each known source was last heard of, and after how long it is missed.

    They are the only metrics with a label from data (500 at most).
    """

    last: Gauge
    limit: Gauge

    @classmethod
    def create(cls, *, registry: CollectorRegistry = REGISTRY) -> SourceGauges:
        """Register them."""
        return cls(
            Gauge(
                "khabar_source_last_record_timestamp_seconds",
                "When its newest article was first seen",
                ["source"],
                registry=registry,
            ),
            Gauge(
                "khabar_source_silence_limit_seconds",
                "The silence after which it is missed",
                ["source"],
                registry=registry,
            ),
        )

    def show(self, source: str, last: float, limit: float) -> None:
        """Show *source*."""
        self.last.labels(source).set(last)
        self.limit.labels(source).set(limit)

    def forget(self, source: str) -> None:
        """Show *source* no longer."""
        self.last.remove(source)
        self.limit.remove(source)

    def clear(self) -> None:
        """Show no source: another process does."""
        self.last.clear()
        self.limit.clear()
