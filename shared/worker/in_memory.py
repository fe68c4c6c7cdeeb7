"""The pipeline in memory: runs the stages it is given on records, with the lane's own rules and no broker."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from shared import guard
from shared.contract import Emit, Folded, Message, Origin, Reject, Retry, State, Work
from shared.wire import headers, topics


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """One record on a topic held in memory."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    origin: Origin


@dataclass(slots=True)
class Pipeline:
    """Topics as lists; ``send`` runs a record through every stage that reads its topic, to the end.

    One lane a stage: fit for trying pages and for tests of cores, not for anything about partitions.
    """

    works: Iterable[Work]
    topics: dict[str, list[StoredRecord]] = field(default_factory=dict)
    now_ms: int = 0
    _readers: dict[str, Work] = field(init=False)
    _states: dict[str, State] = field(init=False)

    def __post_init__(self) -> None:
        works = list(self.works)
        self._readers = {work.source: work for work in works}
        self._states = {work.name: work.state() for work in works}

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        record_headers: list[tuple[str, bytes]] | None = None,
    ) -> None:
        """Append a record to *topic* and let its stage work on it."""
        log = self.topics.setdefault(topic, [])
        stored = StoredRecord(key, value, record_headers or [], Origin(topic, 0, len(log), self.now_ms))
        log.append(stored)
        work = self._readers.get(topic)
        if work is not None:
            self._step(work, stored)

    def _step(self, work: Work, stored: StoredRecord) -> None:
        message = Message(stored.key, stored.value or b"", stored.origin)
        folded = guard.fold_and_apply(work, self._states[work.name], message, guard.extract(work, message))
        if isinstance(folded, Retry):
            folded = Folded((Reject("retries_exhausted", folded.detail),))
        for key, value in folded.updates.items():
            self.topics.setdefault(topics.changelog(work.name), []).append(
                StoredRecord(key, value, [], stored.origin)
            )
        maker = headers.RecordMaker.of(work, run=topics.LIVE, instance="memory")
        cause = headers.Cause(stored.headers, stored.origin, 0, headers.rfc3339(self.now_ms))
        for outcome in folded.outcomes:
            match outcome:
                case Emit():
                    self.send(
                        outcome.topic,
                        outcome.key,
                        outcome.value,
                        headers.output_headers(outcome, maker, cause),
                    )
                case Reject():
                    self.send(
                        topics.dead(work.name),
                        stored.key,
                        stored.value,
                        headers.dead_letter_headers(outcome, maker, cause, 1),
                    )

    def state(self, stage: str) -> State:
        """Return the state of *stage*."""
        return self._states[stage]
