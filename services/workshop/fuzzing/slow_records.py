"""Hostile records through the stages in memory: which record costs a stage most, and what becomes of each.

``python -m services.workshop.fuzzing.slow_records 5000 1`` runs 5,000 records of seed 1 and names the
slowest, to be looked at one by one.
"""

from __future__ import annotations

import heapq
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

import orjson

from services import stages
from services.workshop.fuzzing import laws
from services.workshop.fuzzing.hostile_records import records
from shared.contract import Origin, Work
from shared.wire import headers, topics
from shared.worker.in_memory import Pipeline, StoredRecord

SLOWEST = 12
ARTICLES = frozenset({topics.CLEAN.name, topics.DETECTED.name, topics.EXTRACTED.name, topics.LINKED.name})
BLANK = StoredRecord(None, None, [], Origin("", 0, 0, 0))


@dataclass(slots=True)
class Watched:
    """The pipeline with a clock around each step: CPU seconds, so that a busy machine changes nothing."""

    name: str = ""
    slowest: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    spent: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    pipeline: Pipeline = field(init=False)

    def __post_init__(self) -> None:
        works = stages.all_work()
        for work in works:
            work.warm_up()
        self.pipeline = Pipeline([self._timed(work) for work in works])

    def _timed(self, work: Work) -> Work:
        return replace(
            work,
            extract=self._clocked(f"{work.name}.extract", work.extract),
            fold=self._clocked(f"{work.name}.fold", work.fold),
        )

    def _clocked(self, step: str, run: Callable[..., Any]) -> Callable[..., Any]:
        top = self.slowest.setdefault(step, [])

        def clocked(*given: Any) -> Any:
            begun = time.thread_time()
            try:
                return run(*given)
            finally:
                took = time.thread_time() - begun
                self.spent[step] += took
                (heapq.heappush if len(top) < SLOWEST else heapq.heappushpop)(top, (took, self.name))

        return clocked

    def send(self, name: str, value: bytes) -> str:
        """Send one raw record; return how it ended: linked, dropped, or where and why it died.

        Raises AssertionError when in two places.
        """
        self.name = name
        self.pipeline.send(topics.RAW.name, None, value)
        ends = [
            "linked"
            if topic == topics.LINKED.name
            else f"{topic}: {headers.get(one.headers, headers.REASON)} {headers.get(one.headers, 'khabar-where')}"
            for topic, log in self.pipeline.topics.items()
            if topic == topics.LINKED.name or topic.endswith(".dead")
            for one in self._new(log)
        ]
        for topic, log in self.pipeline.topics.items():
            if topic in ARTICLES and (
                wrong := [law for one in self._new(log) for law in laws.broken(one.value or b"")]
            ):
                raise AssertionError(f"{name} on {topic}: {wrong}")
            for at in range(len(log) - len(self._new(log)), len(log)):
                log[at] = BLANK
        if len(ends) > 1:
            raise AssertionError(f"{name} in two places: {ends}")
        return ends[0] if ends else "dropped"

    def _new(self, log: list[StoredRecord]) -> list[StoredRecord]:
        """Return what was appended since the last record: the values are let go, their places stay
        counted.
        """
        return list(takewhile(lambda one: one is not BLANK, reversed(log)))


def run(count: int, seed: int) -> dict[str, Any]:
    """Send *count* records; return the ends, the slowest of each step and the CPU seconds spent."""
    watched, ends = Watched(), Counter[str]()
    for at, value in enumerate(records(count, seed)):
        ends[watched.send(f"{seed}-{at}", value)] += 1
    slowest = {
        step: [f"{took:.3f} s {name}" for took, name in sorted(top, reverse=True)]
        for step, top in watched.slowest.items()
    }
    return {
        "ends": dict(ends.most_common()),
        "slowest": slowest,
        "cpu_s": {step: round(took, 1) for step, took in watched.spent.items()},
    }


if __name__ == "__main__":
    sys.stdout.buffer.write(
        orjson.dumps(run(int(sys.argv[1]), int(sys.argv[2])), option=orjson.OPT_INDENT_2) + b"\n"
    )
