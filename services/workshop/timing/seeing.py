"""``bench seeing``: what metrics and logs cost beside the work that they tell of, in the same run and
process.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import batched
from typing import Any, cast

from aiokafka import ConsumerRecord
from prometheus_client import CollectorRegistry, generate_latest

from services.feed.core import item_of, raw_of
from services.stages import all_work
from services.workshop.timing.made_pages import pages, posts
from shared import guard, logs
from shared.contract import Emit, Folded, Message, Retry, State, Work
from shared.settings import Settings
from shared.version import VERSION
from shared.wire import codec, headers, topics
from shared.worker.batch import Batch, place_of
from shared.worker.metrics import Metrics
from shared.worker.orders import Orders
from shared.worker.slots import Slots
from shared.worker.worker_tools import WorkerTools

COUNT = 100
IN_A_BATCH = 10
"""About what a lane of extract has in one transaction; where there are more, each costs less."""

SCRAPE_EVERY_S, SAY_EVERY_S = 15.0, 60.0
NOW = "2026-01-01T00:00:00.000Z"


def bench() -> dict[str, Any]:
    """Run articles through all stages in memory; return CPU an article and stage, of the work and of what
    counts it, and the share of the latter.

    The share is an upper bound: a worker also reads, sends and commits. Scrapes and log lines come by the
    clock.
    """
    return {
        "pages": _cost(list(pages(COUNT))),
        "posts": _cost(list(posts(COUNT))),
        "log_line_us": round(1e6 * _line(), 1),
    }


def _cost(lines: Sequence[bytes]) -> dict[str, Any]:
    records = [_record(topics.RAW.name, b"source", _raw(line), at) for at, line in enumerate(lines)]
    found, all_work_s, all_seen_s = dict[str, Any](), 0.0, 0.0
    for work in all_work():
        registry = CollectorRegistry()
        metrics = Metrics.create(
            work.name,
            version=VERSION,
            model="",
            metrics=work.metrics,
            warnings=work.warnings,
            registry=registry,
        )
        work.warm_up()
        work_s, seen_s, made = _through(work, metrics, records)
        scrape_s = _timed(partial(generate_latest, registry), 50)
        by_the_clock_s = work_s * (scrape_s / SCRAPE_EVERY_S + _line() / SAY_EVERY_S)
        found[work.name] = {
            "work_ms": round(1000 * work_s / len(records), 2),
            "metrics_us": round(1e6 * seen_s / len(records), 1),
            "scrape_ms": round(1000 * scrape_s, 2),
        }
        all_work_s, all_seen_s = all_work_s + work_s, all_seen_s + seen_s + by_the_clock_s
        sink = topics.FLOW[topics.STAGES.index(work.name) + 1].name
        records = [
            _record(sink, emit.key, emit.value, at) for at, emit in enumerate(made) if emit.topic == sink
        ]
    return found | {"share_percent": round(100 * all_seen_s / (all_work_s + all_seen_s), 3)}


def _timed(call: Callable[[], object], times: int) -> float:
    """Return the CPU seconds of one call."""
    begun = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - begun) / times


def _line() -> float:
    """Return the CPU seconds of one line of the log, as a worker writes it once a minute."""
    fields = {
        "stage": "clean",
        "lanes": 12,
        "read": 100_000,
        "produced": 99_000,
        "dropped": 900,
        "dead": 100,
        "rolled_back": 0,
    }
    record = logging.makeLogRecord(
        {"name": "khabar", "levelno": logging.INFO, "levelname": "INFO", "msg": "minute", "fields": fields}
    )
    return _timed(partial(logs.JsonLines().format, record), 200)


def _raw(line: bytes) -> bytes:
    item, payload = item_of(line, "")
    if item is None:
        raise ValueError("a made page is an article")
    return codec.encode(raw_of(item, payload, now=NOW))


def _record(topic: str, key: bytes, value: bytes, offset: int) -> ConsumerRecord:
    return ConsumerRecord(
        topic, 0, offset, time.time_ns() // 1_000_000, 0, key, value, None, len(key), len(value), ()
    )


def _through(
    work: Work, metrics: Metrics, records: Sequence[ConsumerRecord]
) -> tuple[float, float, list[Emit]]:
    """Return the CPU seconds of the work on *records* and of counting it, and what was made."""
    settings = Settings()
    maker = headers.RecordMaker.of(work, run=settings.run, instance="bench")
    tools = WorkerTools(work, settings, cast("Slots", None), metrics, maker, Orders(work, settings))
    work_s, seen_s, made, state = 0.0, 0.0, list[Emit](), work.state()
    for some in batched(records, IN_A_BATCH):
        batch, begun = Batch(tools, 0), time.process_time()
        for record in some:
            batch.take(record, _folded(work, state, record), took_s=0.01, attempts=1)
        work_s += time.process_time() - begun
        seen_s += _timed(batch.count, 1)
        made += batch.emitted
    return work_s, seen_s, made


def _folded(work: Work, state: State, record: ConsumerRecord) -> Folded:
    message = Message(record.key, record.value, place_of(record))
    folded = guard.fold_and_apply(work, state, message, guard.extract(work, message))
    if isinstance(folded, Retry):
        raise ValueError(f"{work.name} has nothing outside that may be busy: {folded.detail}")  # noqa: TRY004 - an outcome, no argument
    return folded
