"""One step of a lane: the records it finished, what is to be sent for each, and how each ended."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from aiokafka import ConsumerRecord

from shared import headers, topics
from shared.contract import Drop, Emit, Folded, Origin, Outcome, Reject, Work, remember
from shared.metrics import Metrics
from shared.settings import Settings
from shared.slots import Slots


@dataclass(frozen=True, slots=True)
class Shop:
    """What the lanes of one worker share."""

    work: Work
    settings: Settings
    slots: Slots
    metrics: Metrics
    maker: headers.Maker

    def spelled(self, topic: str) -> str:
        """Return how *topic* is spelled in this run."""
        return topics.spelled(topic, self.settings.run)


@dataclass(frozen=True, slots=True)
class Send:
    """One record to send inside the transaction; *partition* None lets the key decide."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]] | None = None
    partition: int | None = None


@dataclass(slots=True)
class Batch:
    """What one transaction will hold."""

    shop: Shop
    partition: int
    records: list[ConsumerRecord] = field(default_factory=list)
    sends: list[Send] = field(default_factory=list)
    emitted: list[Emit] = field(default_factory=list)
    changes: dict[bytes, bytes | None] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    born_ms: list[int] = field(default_factory=list)
    now: str = field(default_factory=lambda: headers.rfc3339(time.time_ns() // 1_000_000))

    def take(self, record: ConsumerRecord, folded: Folded, *, took_s: float, attempts: int) -> None:
        """Add one finished record; it counts as dead when any of its outcomes is, else as produced when anything is sent."""
        origin = Origin(record.topic, record.partition, record.offset, record.timestamp)
        given = headers.trusted(record.headers)
        cause = headers.Cause(given, origin, round(took_s * 1000), self.now)
        kinds = {self._add(outcome, record, cause, attempts=attempts) for outcome in folded.outcomes}
        self.outcomes[next(kind for kind in ("dead", "produced", "dropped") if kind in kinds)] += 1
        remember(self.changes, folded.updates)
        self.records.append(record)
        self.born_ms.append(Origin.parse(first).timestamp_ms if (first := headers.get(given, headers.ORIGIN)) else record.timestamp)
        self.seconds.append(took_s)

    def _add(self, outcome: Outcome, record: ConsumerRecord, cause: headers.Cause, *, attempts: int) -> str:
        maker = self.shop.maker
        match outcome:
            case Emit():
                made = headers.attributes(outcome, maker, cause)
                self.sends.append(Send(self.shop.spelled(outcome.topic), outcome.key, outcome.value, made))
                self.emitted.append(outcome)
                return "produced"
            case Drop():
                return "dropped"
            case Reject():
                made = headers.letter(outcome, maker, cause, attempts)
                self.sends.append(Send(self.shop.spelled(topics.dead(maker.stage)), record.key, record.value, made))
                self.dead[outcome.reason] += 1
                return "dead"

    def all_sends(self) -> list[Send]:
        """Return the outputs and dead letters, then the changelog records (in the partition of the input)."""
        log = self.shop.spelled(topics.changelog(self.shop.work.name))
        return [*self.sends, *(Send(log, key, value, partition=self.partition) for key, value in self.changes.items())]

    def count(self) -> None:
        """Enter the committed batch into the metrics."""
        metrics, stage, now = self.shop.metrics, self.shop.work.name, time.time()
        for outcome, n in self.outcomes.items():
            metrics.finished.labels(stage, outcome).inc(n)
        for reason, n in self.dead.items():
            metrics.dead.labels(stage, reason).inc(n)
        duration = metrics.duration.labels(stage)
        age = metrics.age.labels(stage, "live" if self.shop.settings.run == topics.LIVE else "replay")
        for seconds, born_ms in zip(self.seconds, self.born_ms, strict=True):
            duration.observe(seconds)
            age.observe(max(0.0, now - born_ms / 1000))
        metrics.last.labels(stage).set(now)
        for emit in self.emitted:
            for code in emit.warnings:
                metrics.warnings.labels(stage, code).inc()
            if emit.language is not None:
                metrics.count_article(*emit.language)
