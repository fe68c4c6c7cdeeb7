"""Writes the page of metrics: ``python -m services.workshop.building.metrics_page``.

A test fails when it differs from what workers export.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from prometheus_client import CollectorRegistry

from services.archive.archive_metrics import ArchiveMetrics
from services.checkout import ROOT
from services.pulse.source_gauges import SourceGauges
from services.stages import DOORS, work
from services.web.serving.page_metrics import PageMetrics
from shared.wire import topics
from shared.wire.topics import STAGES
from shared.worker.door_metrics import DoorMetrics, FeedMetrics, IngestMetrics
from shared.worker.lag_metrics import LagMetrics, LagPlace
from shared.worker.metrics import LANGUAGES, TRAFFIC, Metrics

PAGE = ROOT / "deploy" / "METRICS.md"
SHOWN_VALUES = 8
"""Labels with more values than this are shown with a few of them."""

HEAD = f"""# Metrics

What the workers of Khabar export on `/metrics`. Made from the code by `python -m services.workshop.building.metrics_page`; a test fails when
the two differ. Every worker also exports `process_*` (memory, CPU, open files) and `python_*` of the Prometheus client.

* Every series is there from the start, so that a rate from zero is seen. Only lag is not: it is shown when it was measured, and no longer
  when that is over a minute ago.
* Every value of a label is from a closed list. {len(LANGUAGES)} languages have their own name in `lang`, all others are `other`; in
  `lang_pair` these are fa, ar and en. `run` is `live` for what readers see, which after a promotion is the promoted run, else `replay`;
  backfill is a `replay` too.
* Consumed = produced + dropped + dead + rolled_back + in flight, in every worker; `khabar_identity_gap_records` is what is missing.
* Times are in seconds, ratios from 0 to 1. A metric of type histogram has the series `_bucket`, `_sum` and `_count`.
* `khabar_consumer_lag_records` is an upper bound, since markers of transactions and aborted records take offsets. Alerts look at
  `khabar_consumer_lag_seconds`, which is exact: the age of the first record that the group can read and has not finished. A transaction
  that is open for twice as long as any may be counts from its first record.

| metric | type | labels | exported by | meaning |
|---|---|---|---|---|
"""


def stage_metrics(stage: str, registry: CollectorRegistry) -> None:
    """Register what the worker of *stage* exports."""
    made = work(stage)
    Metrics.create(
        stage, version="1", model="", metrics=made.metrics, warnings=made.warnings, registry=registry
    )


def http_metrics(registry: CollectorRegistry) -> None:
    """Register what the HTTP door exports."""
    DoorMetrics.create("http", version="1", registry=registry)
    IngestMetrics.create(registry=registry)


def feeds_metrics(registry: CollectorRegistry) -> None:
    """Register what the door that polls feeds exports."""
    DoorMetrics.create("feeds", version="1", registry=registry)
    FeedMetrics.create(registry=registry)


def door_metrics(door: str, registry: CollectorRegistry) -> None:
    """Register what a door exports that has no metrics of its own."""
    DoorMetrics.create(door, version="1", registry=registry)


def pulse_metrics(registry: CollectorRegistry) -> None:
    """Register what pulse exports, after it has heard of a source."""
    Metrics.create("pulse", version="1", model="", registry=registry)
    SourceGauges.create(registry=registry).show("example.org", 0.0, 0.0)


def lag_metrics(registry: CollectorRegistry) -> None:
    """Register what the worker that measures lag exports, after a look."""
    made = LagMetrics(version="1", registry=registry)
    reads = zip(STAGES, topics.FLOW, strict=False)
    places = [LagPlace(stage, source.name, 0, run) for stage, source in reads for run in TRAFFIC]
    made.show(dict.fromkeys(places, 0), dict.fromkeys(places, 0.0))


def archive_metrics(registry: CollectorRegistry) -> None:
    """Register what the archive exports."""
    ArchiveMetrics.create(version="1", registry=registry)


def web_metrics(registry: CollectorRegistry) -> None:
    """Register what the page exports."""
    PageMetrics.create(version="1", registry=registry)


EXPORTERS: dict[str, Callable[[CollectorRegistry], None]] = {
    **{stage: partial(stage_metrics, stage) for stage in STAGES},
    "pulse": pulse_metrics,
    **{door: partial(door_metrics, door) for door in DOORS},
    "ingest": http_metrics,
    "feeds": feeds_metrics,
    "lag": lag_metrics,
    "archive": archive_metrics,
    "web": web_metrics,
}
"""Worker → what it registers."""


@dataclass(slots=True)
class Row:
    """One metric: its type, its meaning, the values of its labels as they are at the start, and the workers
    that export it.
    """

    kind: str
    meaning: str
    labels: dict[str, set[str]] = field(default_factory=dict)
    workers: list[str] = field(default_factory=list)


def rows() -> dict[str, Row]:
    """Return every metric by the name under which it is queried."""
    found: dict[str, Row] = {}
    for worker, create in EXPORTERS.items():
        registry = CollectorRegistry()
        create(registry)
        for family in registry.collect():
            name = f"{family.name}_total" if family.type == "counter" else family.name
            row = found.setdefault(name, Row(family.type, family.documentation))
            row.workers.append(worker)
            for sample in family.samples:
                for label, value in sample.labels.items():
                    if label != "le":
                        row.labels.setdefault(label, set()).add(value)
    return found


def text() -> str:
    """Return the page."""
    lines = [
        f"| `{name}` | {row.kind} | {_labels(row)} | {_workers(row.workers)} | {row.meaning.replace('|', '/')} |"
        for name, row in sorted(rows().items())
    ]
    return HEAD + "\n".join(lines) + "\n"


def _labels(row: Row) -> str:
    return (
        ", ".join(f"`{label}`{_values(label, sorted(values))}" for label, values in row.labels.items()) or "–"
    )


def _values(label: str, values: list[str]) -> str:
    if label in FREE:
        return ""
    shown = values if len(values) <= SHOWN_VALUES else [*values[:3], f"… {len(values)} in all"]
    return f" ({', '.join(shown)})"


FREE = frozenset({"stage", "door", "topic", "partition", "version", "model"})
"""Labels whose values need no list: workers, topics, numbers."""


def _workers(workers: Iterable[str]) -> str:
    named = list(workers)
    if len(named) == len(EXPORTERS):
        return "all"
    stages = set(STAGES) <= set(named)
    return ", ".join([*["every stage"] * stages, *(one for one in named if not (stages and one in STAGES))])


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
