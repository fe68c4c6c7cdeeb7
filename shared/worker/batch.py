"""One step of a lane: the records it finished, what is to be sent for each, and how each ended."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from aiokafka import ConsumerRecord

from shared.contract import Drop, Emit, Folded, Origin, Outcome, Reject, Work, remember
from shared.logs import warn
from shared.settings import Settings
from shared.wire import headers, state_version, topics
from shared.worker.metrics import Metrics
from shared.worker.orders import Orders
from shared.worker.slots import Slots
from shared.worker.spans import Spans


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What the lanes of one worker share."""

    work: Work
    settings: Settings
    slots: Slots
    metrics: Metrics
    maker: headers.RecordMaker
    orders: Orders
    spans: Spans | None = None

    def spelled(self, topic: str) -> str:
        """Return how *topic* is spelled in this run."""
        return topics.spelled(topic, self.settings.run)


@dataclass(frozen=True, slots=True)
class OutgoingRecord:
    """One record to send inside the transaction; *partition* None lets the key decide."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]] | None = None
    partition: int | None = None


class SpanSource(NamedTuple):
    """What the span of one finished record is made of."""

    cause: headers.Cause
    outcome: str
    outcomes: Sequence[Outcome]


@dataclass(slots=True)
class Batch:
    """What one transaction will hold."""

    parts: WorkerParts
    partition: int
    records: list[ConsumerRecord] = field(default_factory=list)
    sends: list[OutgoingRecord] = field(default_factory=list)
    emitted: list[Emit] = field(default_factory=list)
    changes: dict[bytes, bytes | None] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    first_dead: dict[str, headers.Cause] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    born_ms: list[int] = field(default_factory=list)
    read_ns: int = field(default_factory=time.time_ns)
    """When the lane read the records (ns since 1970): their spans begin there, and end with the commit."""

    steps: list[SpanSource] = field(default_factory=list)
    now: str = field(default_factory=headers.now)

    def take(self, record: ConsumerRecord, folded: Folded, *, took_s: float, attempts: int) -> None:
        """Add a finished record. It counts as dead when any outcome is, else as produced, else as dropped."""
        origin = Origin(record.topic, record.partition, record.offset, record.timestamp)
        valid_headers = headers.well_formed(record.headers)
        cause = headers.Cause(valid_headers, origin, round(took_s * 1000), self.now)
        kinds = {self._add(outcome, record, cause, attempts=attempts) for outcome in folded.outcomes}
        outcome = next(kind for kind in ("dead", "produced", "dropped") if kind in kinds)
        self.outcomes[outcome] += 1
        if self.parts.spans is not None:
            self.steps.append(SpanSource(cause, outcome, folded.outcomes))
        remember(self.changes, folded.updates)
        self.records.append(record)
        raw = headers.get(valid_headers, headers.ORIGIN)
        self.born_ms.append(Origin.parse(raw).timestamp_ms if raw else record.timestamp)
        self.seconds.append(took_s)

    def _add(self, outcome: Outcome, record: ConsumerRecord, cause: headers.Cause, *, attempts: int) -> str:
        maker = self.parts.maker
        match outcome:
            case Emit():
                output_headers = headers.output_headers(outcome, maker, cause)
                self.sends.append(
                    OutgoingRecord(
                        self.parts.spelled(outcome.topic), outcome.key, outcome.value, output_headers
                    )
                )
                self.emitted.append(outcome)
                return "produced"
            case Drop():
                self.dropped[outcome.reason] += 1
                return "dropped"
            case Reject():
                output_headers = headers.dead_letter_headers(outcome, maker, cause, attempts)
                self.sends.append(
                    OutgoingRecord(
                        self.parts.spelled(topics.dead(maker.stage)), record.key, record.value, output_headers
                    )
                )
                # the letter decides the reason: a record that returned too often is given up
                reason = headers.get(output_headers, headers.REASON) or outcome.reason
                self.dead[reason] += 1
                self.first_dead.setdefault(reason, cause)
                return "dead"

    def all_sends(self) -> list[OutgoingRecord]:
        """Return the outputs and dead letters, then the changelog records (in the partition of the input)."""
        log = self.parts.spelled(topics.changelog(self.parts.work.name))
        version_headers = state_version.version_headers(self.parts.work.state_version)
        return [
            *self.sends,
            *(
                OutgoingRecord(log, key, value, version_headers, self.partition)
                for key, value in self.changes.items()
            ),
        ]

    def count(self) -> None:
        """Enter the committed batch into the metrics."""
        metrics, stage, now = self.parts.metrics, self.parts.work.name, time.time()
        for outcome, n in self.outcomes.items():
            metrics.finished.labels(stage, outcome).inc(n)
        for reason, n in self.dead.items():
            metrics.dead.labels(stage, reason).inc(n)
        for reason, n in self.dropped.items():
            metrics.dropped.labels(stage, reason).inc(n)
        duration = metrics.duration.labels(stage)
        age = metrics.age.labels(stage, "live" if self.parts.orders.is_shown else "replay")
        for seconds, born_ms in zip(self.seconds, self.born_ms, strict=True):
            duration.observe(seconds)
            age.observe(max(0.0, now - born_ms / 1000))
        metrics.last.labels(stage).set(now)
        for emit in self.emitted:
            for code in emit.warnings:
                metrics.count_warning(code)
            if emit.language is not None:
                metrics.count_article(*emit.language)
            if emit.margin is not None:
                metrics.count_margin(*emit.margin)
        metrics.count_quality(quality for emit in self.emitted for quality in emit.quality)

    def report(self) -> None:
        """Log one line for each reason for which records died, and pass on a span for each record."""
        spans, ended_ns = self.parts.spans, time.time_ns()
        for reason, cause in self.first_dead.items():
            step, place = headers.span(self.parts.maker, cause), "/".join(map(str, cause.origin[:3]))
            warn(
                "dead-letters",
                stage=self.parts.maker.stage,
                reason=reason,
                n=self.dead[reason],
                first=place,
                trace=step.trace_id,
            )
        if spans is None:
            return
        for cause, outcome, outcomes in self.steps:
            attributes = self._place_attributes(cause.origin) | {
                "khabar.outcome": outcome,
                "khabar.took_ms": cause.took_ms,
            }
            if (sent := next((result for result in outcomes if isinstance(result, Emit)), None)) is not None:
                attributes["khabar.subject"] = sent.subject
            reason = next((result.reason for result in outcomes if isinstance(result, Reject | Drop)), "")
            if reason:
                attributes["khabar.reason"] = reason
            step = headers.span(self.parts.maker, cause)
            error = reason if outcome == "dead" else ""
            spans.take(
                step,
                f"process {cause.origin.topic}",
                begun_ns=self.read_ns,
                ended_ns=ended_ns,
                attributes=attributes,
                error=error,
            )

    def _place_attributes(self, origin: Origin) -> dict[str, str | int]:
        """Return where a record lies, in the words that OpenTelemetry has for Kafka."""
        maker = self.parts.maker
        return {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.consumer.group.name": topics.group(maker.stage, maker.run),
            "messaging.destination.name": origin.topic,
            "messaging.destination.partition.id": str(origin.partition),
            "messaging.kafka.offset": origin.offset,
            "khabar.run": maker.run,
        }
