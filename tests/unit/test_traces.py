"""One trace from the request to the story: ids that do not change, steps that hang together, and a collector
that is told of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.stages import work
from shared.contract import Drop, Emit, Folded, Origin, Reject
from shared.settings import BadSetting, Settings
from shared.wire import headers, traces
from shared.worker import spans
from shared.worker.batch import Batch
from shared.worker.otlp import Collector
from shared.worker.worker_tools import WorkerTools

ROOT = Path(__file__).resolve().parents[2]
PARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
NOW = "2022-01-27T10:32:00.000Z"
RAW, CLEAN = Origin("articles.raw", 3, 17, 5), Origin("articles.clean", 1, 2, 6)
Given = list[tuple[str, bytes]]


def maker(stage: str, run: str = "live") -> headers.RecordMaker:
    return headers.RecordMaker(stage=stage, version="1", model_sha256="", run=run, instance="host")


def step(stage: str, given: Given, at: Origin, *, run: str = "live", topic: str = "t") -> Given:
    emit = Emit(topic, b"k", b"{}", "news.article.clean.v1", "doc", "rev")
    return headers.output_headers(emit, maker(stage, run), headers.Cause(given, at, 1, NOW))


def parts(given: Given) -> tuple[str, str, str]:
    _, trace_id, span_id, flags = (headers.get(given, traces.PARENT) or "").split("-")
    return trace_id, span_id, flags


def test_every_step_has_a_span_of_its_own_in_the_trace_of_the_request() -> None:
    fed = step("feed", [(traces.PARENT, PARENT), (traces.STATE, b"vendor=1")], Origin("http:1", 0, 0, 4))
    cleaned = step("clean", fed, RAW)
    detected = step("detect", cleaned, CLEAN)
    assert {(parts(one)[0], parts(one)[2]) for one in (fed, cleaned, detected)} == {
        (PARENT[3:35].decode(), "00")
    }, "and its sampling"
    assert len({parts(one)[1] for one in (fed, cleaned, detected)}) == 3
    assert headers.span(maker("clean"), headers.Cause(fed, RAW, 0, NOW)).parent_id == parts(fed)[1]
    assert headers.get(detected, traces.STATE) == "vendor=1"
    assert parts(step("clean", fed, RAW, topic="another")) == parts(cleaned), (
        "all that one step makes hangs on one span"
    )
    assert parts(step("clean", fed, RAW)) == parts(cleaned), "done again, it is the same step"
    rerun = step("clean", fed, RAW, run="v2")
    assert (parts(rerun)[0], parts(rerun)[1] != parts(cleaned)[1]) == (parts(cleaned)[0], True), (
        "a run has spans of its own in the trace"
    )


def test_without_a_request_a_trace_begins_with_the_raw_record_and_is_sampled() -> None:
    bare = step("clean", [], RAW)
    again = step("clean", [("khabar-origin", str(RAW).encode()), (traces.STATE, b"vendor=1")], CLEAN)
    assert parts(bare)[0] == parts(again)[0] != "0" * 32
    assert parts(bare)[2] == "01"
    assert headers.get(again, traces.STATE) is None, "a state without a trace is nobody's"


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        b"\xff",
        b"00-" + b"0" * 32 + PARENT[35:],
        PARENT[:36] + b"0" * 16 + b"-01",
        PARENT.upper(),
        b"ff" + PARENT[2:],
        PARENT + b"-x",
    ],
)
def test_what_is_no_traceparent_begins_a_trace(odd: bytes) -> None:
    assert headers.well_formed([(traces.PARENT, odd)]) == []
    assert parts(step("clean", [(traces.PARENT, odd)], RAW))[0] == parts(step("clean", [], RAW))[0]


def test_a_letter_and_what_comes_back_of_it_hang_on_the_step_that_failed() -> None:
    fed = step("feed", [(traces.PARENT, PARENT)], Origin("http:1", 0, 0, 4))
    cause = headers.Cause(fed, RAW, 0, NOW)
    letter = headers.dead_letter_headers(Reject("bug"), maker("clean"), cause, 1)
    assert parts(letter) == (PARENT[3:35].decode(), headers.span(maker("clean"), cause).span_id, "00")
    assert sum(name == traces.PARENT for name, _ in letter) == 1
    back = Origin("articles.raw", 3, 40, 9)
    assert headers.span(maker("clean"), headers.Cause(letter, back, 0, NOW)).parent_id == parts(letter)[1]
    assert parts(
        headers.dead_letter_headers(Reject("bug"), maker("clean"), headers.Cause([], RAW, 0, NOW), 1)
    )[0], "a stranger's record has one too"


def told(*taken: tuple[Given, Folded]) -> list[ReadableSpan]:
    """What a collector hears of a lane of clean that has finished these records."""
    exporter = InMemorySpanExporter()
    collector = Collector("http://nowhere", "clean", "host-1", exporter)
    settings = Settings()
    shop = WorkerTools(
        work("clean"),
        settings,
        cast("Any", None),
        cast("Any", None),
        maker("clean"),
        cast("Any", None),
        collector,
    )
    batch = Batch(shop, 3, read_ns=1_000)
    for at, (given, folded) in enumerate(taken):
        record = SimpleNamespace(
            topic="articles.raw", partition=3, offset=at, timestamp=5, headers=given, key=b"k", value=b"v"
        )
        batch.take(cast("Any", record), folded, took_s=0.5, attempts=1)
    batch.report()
    collector.close()
    return list(exporter.get_finished_spans())


def test_a_collector_hears_of_a_committed_batch_in_the_ids_that_its_records_carry() -> None:
    sampled = PARENT[:-2] + b"01"
    fed = step("feed", [(traces.PARENT, sampled)], Origin("http:1", 0, 0, 4))
    emit = Emit("articles.clean", b"k", b"{}", "news.article.clean.v1", "doc", "rev")
    unsampled = step("feed", [(traces.PARENT, PARENT)], Origin("http:2", 0, 0, 4))
    made, dropped, dead = told(
        (fed, Folded((emit,))),
        (fed, Folded((Drop("known"),))),
        ([], Folded((Reject("bug"),))),
        (unsampled, Folded((emit,))),
    )
    assert made.context is not None
    assert made.parent is not None
    assert f"{made.context.trace_id:032x}" == sampled[3:35].decode()
    assert f"{made.parent.span_id:016x}" == parts(fed)[1]
    at = Origin("articles.raw", 3, 0, 5)
    assert f"{made.context.span_id:016x}" == parts(step("clean", fed, at))[1], (
        "the span is the one that the output names as its own"
    )
    attributes = dict(made.attributes or {})
    assert attributes["messaging.destination.name"] == "articles.raw"
    assert (
        attributes["messaging.kafka.offset"],
        attributes["khabar.subject"],
        attributes["khabar.took_ms"],
    ) == (0, "doc", 500)
    assert made.start_time == 1_000
    assert made.resource.attributes["service.name"] == "clean"
    assert [dict(one.attributes or {})["khabar.outcome"] for one in (made, dropped, dead)] == [
        "produced",
        "dropped",
        "dead",
    ]
    assert [one.status.is_ok for one in (made, dropped, dead)] == [True, True, False]
    assert dead.status.description == "bug"


def test_without_the_extra_nothing_imports_it_and_naming_a_collector_is_one_clear_line() -> None:
    look = "import sys, shared.worker.runner, services.feed.ingest.worker; print([name for name in sys.modules if 'opentelemetry' in name])"
    env = {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}
    done = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
    lacking = "import sys; sys.modules['opentelemetry'] = None; from services.cli import main; main()"
    named = env | {"KHABAR_KAFKA": "127.0.0.1:1", "KHABAR_OTLP": "http://127.0.0.1:4318"}
    done = subprocess.run(
        [sys.executable, "-c", lacking, "run", "clean"],
        cwd=ROOT,
        env=named,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "KHABAR_OTLP=http://127.0.0.1:4318 needs OpenTelemetry" in done.stderr
    assert "install the extra otel" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_address_that_is_none_is_refused_and_no_address_is_no_collector() -> None:
    assert spans.spans(Settings(), "clean") is None
    with pytest.raises(BadSetting, match="KHABAR_OTLP='collector:4318' is no address"):
        Settings(otlp="collector:4318")
