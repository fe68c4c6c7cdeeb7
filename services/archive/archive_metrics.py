"""What the archive exports for Prometheus."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge

from shared.worker.metrics import build_info

KINDS = ("article", "story", "event", "state")


@dataclass(frozen=True, slots=True)
class ArchiveMetrics:
    """Its metrics."""

    entered: Counter
    unreadable: Counter
    removed: Counter
    size: Gauge
    articles: Gauge
    behind: Gauge
    current: Gauge
    building: Gauge

    @classmethod
    def create(cls, *, version: str, registry: CollectorRegistry = REGISTRY) -> ArchiveMetrics:
        """Register them."""
        made = cls(
            Counter(
                "khabar_archive_entered", "Records entered into the archive", ["kind"], registry=registry
            ),
            Counter(
                "khabar_archive_unreadable",
                "Records that the archive could not read and passed over",
                registry=registry,
            ),
            Counter(
                "khabar_archive_removed",
                "Articles removed from the archive because of their age or its size",
                registry=registry,
            ),
            Gauge(
                "khabar_archive_size_bytes",
                "Size of the archive's file, without what is free in it",
                registry=registry,
            ),
            Gauge("khabar_archive_articles", "Revisions of articles in the archive", registry=registry),
            Gauge(
                "khabar_archive_behind_records",
                "Offsets between the archive and the ends of its topics; an upper bound",
                registry=registry,
            ),
            Gauge(
                "khabar_archive_current_seconds",
                "When the archive last held all that its topics did, in Unix seconds; 0: not yet",
                registry=registry,
            ),
            Gauge(
                "khabar_archive_building",
                "Whether a file is being built that will take the place of the one that is read",
                registry=registry,
            ),
        )
        build_info(version, "", registry)
        for kind in KINDS:
            made.entered.labels(kind)
        return made
