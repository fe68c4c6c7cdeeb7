"""The metrics of the page."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from shared.worker.metrics import build_info

PAGES = ("front", "story", "article", "entity", "search", "runs", "mark", "ops", "events", "static", "other")
STATUSES = ("200", "206", "303", "304", "400", "401", "403", "404", "405", "413", "416", "421", "500", "503")
TOOK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 1, 2.5, 10)
"""Edges at what is promised: 100 ms for the first page, 200 ms for a search by words, 400 ms by meaning."""


@dataclass(frozen=True, slots=True)
class PageMetrics:
    """What the worker counts of its answers and its streams."""

    answers: Counter
    took: Histogram
    streams: Gauge
    dropped: Counter

    @classmethod
    def create(cls, *, version: str, registry: CollectorRegistry = REGISTRY) -> PageMetrics:
        """Register them, with every child from the start."""
        made = cls(
            Counter(
                "khabar_web_answers",
                "Requests that the page has answered",
                ["page", "status"],
                registry=registry,
            ),
            Histogram(
                "khabar_web_answer_duration_seconds",
                "From request to answer",
                ["page"],
                buckets=TOOK,
                registry=registry,
            ),
            Gauge("khabar_web_streams", "Browsers that follow what is new", registry=registry),
            Counter(
                "khabar_web_streams_dropped",
                "Streams ended because the browser did not read",
                registry=registry,
            ),
        )
        for page in PAGES:
            made.took.labels(page)
            for status in STATUSES:
                made.answers.labels(page, status)
        build_info(version, "", registry)
        return made

    def note(self, path: str, status: int, seconds: float) -> None:
        """Count an answer to *path*: under the kind of its page, never under the address itself."""
        head = path.strip("/").partition("/")[0].partition(".")[0] or "front"
        page = {"index": "front", "stories": "front"}.get(head, head if head in PAGES else "other")
        self.answers.labels(page, str(status) if str(status) in STATUSES else "500").inc()
        self.took.labels(page).observe(seconds)
