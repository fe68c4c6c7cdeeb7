"""One step of a lane: the records it finished, what is to be sent for each, and how each ended."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from aiokafka import ConsumerRecord

from shared.contract import Drop, Emit, Folded, Origin, Outcome, Reject, remember
from shared.logs import warn
from shared.wire import headers, state_version, topics
from shared.wire.tally import Tally
from shared.worker.spans import Spans
from shared.worker.worker_tools import WorkerTools


@dataclass(frozen=True, slots=True)
class OutgoingRecord:
    """One record to send inside the transaction; *partition* None lets the key decide."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]] | None = None
    partition: int | None = None


class FinishedRecord(NamedTuple):
    """A record as the lane read it, how it ended (produced, dropped, dead), and its outcomes one by one."""

    cause: headers.Cause
    ending: str
    outcomes: Sequence[Outcome]


def place_of(record: ConsumerRecord) -> Origin:
    """Return where *record* lies."""
    return Origin(record.topic, record.partition, record.offset, record.timestamp)


@dataclass(slots=True)
class Batch:
    """What one transaction will hold."""

    tools: WorkerTools
    partition: int
    records: list[ConsumerRecord] = field(default_factory=list)
    sends: list[OutgoingRecord] = field(default_factory=list)
    emitted: list[Emit] = field(default_factory=list)
    changes: dict[bytes, bytes | None] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    first_dead: dict[str, headers.Cause] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    born_ms: list[int] = field(default_factory=list)
    """When the raw record of each was written (ms since 1970)."""

    read_ns: int = field(default_factory=time.time_ns)
    """When the lane read the records (ns since 1970): their spans begin there, and end with the commit."""

    finished: list[FinishedRecord] = field(default_factory=list)
    now: str = field(default_factory=headers.now)

    def take(self, record: ConsumerRecord, folded: Folded, *, took_s: float, attempts: int) -> None:
        """Add a finished record. It counts as dead when any outcome is, else as produced, else as dropped."""
        origin, valid_headers = place_of(record), headers.well_formed(record.headers)
        cause = headers.Cause(valid_headers, origin, round(took_s * 1000), self.now)
        kinds = {self._add(outcome, record, cause, attempts=attempts) for outcome in folded.outcomes}
        ending = next(kind for kind in ("dead", "produced", "dropped") if kind in kinds)
        self.tally.finished[ending] += 1
        if self.tools.spans is not None:
            self.finished.append(FinishedRecord(cause, ending, folded.outcomes))
        remember(self.changes, folded.updates)
        self.records.append(record)
        raw = headers.get(valid_headers, headers.ORIGIN)
        self.born_ms.append(Origin.parse(raw).timestamp_ms if raw else record.timestamp)
        self.seconds.append(took_s)

    def _add(self, outcome: Outcome, record: ConsumerRecord, cause: headers.Cause, *, attempts: int) -> str:
        """Add one *outcome* of *record*; return as what it counts."""
        maker = self.tools.maker
        match outcome:
            case Emit():
                topic = self.tools.spelled(outcome.topic)
                output_headers = headers.output_headers(outcome, maker, cause)
                self.sends.append(OutgoingRecord(topic, outcome.key, outcome.value, output_headers))
                self.emitted.append(outcome)
                return "produced"
            case Drop():
                self.tally.dropped[outcome.reason] += 1
                return "dropped"
            case Reject():
                topic = self.tools.spelled(topics.dead(maker.stage))
                letter_headers = headers.dead_letter_headers(outcome, maker, cause, attempts)
                self.sends.append(OutgoingRecord(topic, record.key, record.value, letter_headers))
                # the letter decides the reason: a record that returned too often is given up
                reason = headers.get(letter_headers, headers.REASON) or outcome.reason
                self.tally.dead[reason] += 1
                self.first_dead.setdefault(reason, cause)
                return "dead"

    def all_sends(self) -> list[OutgoingRecord]:
        """Return the outputs and dead letters, then the changelog records (in the partition of the input)."""
        log = self.tools.spelled(topics.changelog(self.tools.work.name))
        version_headers = state_version.version_headers(self.tools.work.state_version)
        return self.sends + [
            OutgoingRecord(log, key, value, version_headers, self.partition)
            for key, value in self.changes.items()
        ]

    def count(self) -> None:
        """Enter the committed batch into the metrics."""
        metrics, stage, now = self.tools.metrics, self.tools.work.name, time.time()
        for counter, counts in (
            (metrics.finished, self.tally.finished),
            (metrics.dead, self.tally.dead),
            (metrics.dropped, self.tally.dropped),
        ):
            for value, n in counts.items():
                counter.labels(stage, value).inc(n)
        duration = metrics.duration.labels(stage)
        age = metrics.age.labels(stage, "live" if self.tools.orders.is_shown else "replay")
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
        for reason, cause in self.first_dead.items():
            warn(
                "dead-letters",
                stage=self.tools.maker.stage,
                reason=reason,
                n=self.tally.dead[reason],
                first="/".join(map(str, cause.origin[:3])),
                trace=headers.span(self.tools.maker, cause).trace_id,
            )
        if self.tools.spans is not None:
            ended_ns = time.time_ns()
            for record in self.finished:
                self._pass_on_span(self.tools.spans, record, ended_ns)

    def _pass_on_span(self, spans: Spans, record: FinishedRecord, ended_ns: int) -> None:
        cause, ending, outcomes = record
        attributes = self._place_attributes(cause.origin) | {
            "khabar.outcome": ending,
            "khabar.took_ms": cause.took_ms,
        }
        subject = next((outcome.subject for outcome in outcomes if isinstance(outcome, Emit)), None)
        if subject is not None:
            attributes["khabar.subject"] = subject
        reason = next((outcome.reason for outcome in outcomes if isinstance(outcome, Reject | Drop)), "")
        if reason:
            attributes["khabar.reason"] = reason
        spans.take(
            headers.span(self.tools.maker, cause),
            f"process {cause.origin.topic}",
            begun_ns=self.read_ns,
            ended_ns=ended_ns,
            attributes=attributes,
            error=reason if ending == "dead" else "",
        )

    def _place_attributes(self, origin: Origin) -> dict[str, str | int]:
        """Return where a record lies, in the words that OpenTelemetry has for Kafka."""
        maker = self.tools.maker
        return {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.consumer.group.name": topics.group(maker.stage, maker.run),
            "messaging.destination.name": origin.topic,
            "messaging.destination.partition.id": str(origin.partition),
            "messaging.kafka.offset": origin.offset,
            "khabar.run": maker.run,
        }
