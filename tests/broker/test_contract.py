"""The contract for other teams on a real broker: README's consumer, every record as the document says, and
one trace through all of it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import orjson
import pytest
from aiokafka import ConsumerRecord
from asyncapi_contract import payloads_and_headers
from http_door import ask, free_port, ingest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from services.cli.worker_processes import Engine, environment
from services.replay import changing
from shared.broker.node import Broker
from shared.kafka import clients, declare
from shared.kafka.partitioner import partition_of
from shared.settings import Settings
from shared.wire import headers, topics
from shared.wire.topics import STAGES

ROOT = Path(__file__).resolve().parents[2]
STORY = orjson.loads((ROOT / "tests" / "contract" / "samples" / "story.1.json").read_bytes())


CTRL_C = "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); runpy.run_path('consumer.py', run_name='__main__')"
"""Runs it as it stands; a process in the background of a shell would not hear Ctrl-C."""


@contextmanager
def consumer(settings: Settings, folder: Path) -> Iterator[Queue[str]]:
    """README's consumer at work, and the lines it prints."""
    section = (
        (ROOT / "README.md")
        .read_text(encoding="utf-8")
        .partition("## Read from it\n")[2]
        .partition("\n## ")[0]
    )
    (text,) = re.findall(r"```python\n(.*?)```", section, flags=re.DOTALL)
    assert text.count("\n") <= 25
    (folder / "consumer.py").write_text(text, encoding="utf-8")
    env = os.environ | environment(settings)
    lines: Queue[str] = Queue()
    with subprocess.Popen(
        [sys.executable, "-c", CTRL_C],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as at_work:
        assert at_work.stdout is not None
        reading = threading.Thread(
            target=lambda out=at_work.stdout: [lines.put(line.strip()) for line in out]
        )
        reading.start()
        try:
            yield lines
        finally:
            at_work.send_signal(signal.SIGINT)
            reading.join()


async def write(settings: Settings, *versions: int, commit: bool) -> None:
    """Write the story in these versions, in a transaction that is committed or taken back."""
    async with clients.transacting(settings, transactional_id="link") as producer:
        await producer.begin_transaction()
        for version in versions:
            value = orjson.dumps(STORY | {"version": version, "label": {"fa": "عنوان"}})
            await producer.send_and_wait(topics.STORIES.name, value, key=STORY["story_id"].encode())
        await (producer.commit_transaction if commit else producer.abort_transaction)()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A broker for this file alone, with the topics of live."""
    with Broker(tmp_path_factory.mktemp("kafka")) as broker:
        made = Settings(kafka=broker.bootstrap, instance="one")
        asyncio.run(declare.apply(made))
        yield made


async def test_readmes_consumer_reads_what_is_committed_and_goes_on_where_it_was(
    settings: Settings, tmp_path: Path
) -> None:
    await write(settings, 1, 2, commit=True)
    await write(settings, 3, commit=False)
    await write(settings, 4, commit=True)
    told = f"{STORY['story_id']} {{}} {STORY['status']} عنوان"
    with consumer(settings, tmp_path) as lines:
        assert [lines.get(timeout=30) for _ in range(3)] == [told.format(version) for version in (1, 2, 4)]
        while not await _committed(settings, records=4 + 3):
            pass
    await write(settings, 5, commit=True)
    with consumer(settings, tmp_path) as lines:
        assert lines.get(timeout=30) == told.format(5), "what it had done does not come again"


async def _committed(settings: Settings, *, records: int) -> bool:
    """Whether the consumer's group has come so far: the records and the markers before the last one."""
    async with clients.reader(settings, group="my-team") as client:
        found = [
            await client.committed(part) or 0
            for part in await clients.partitions(client, topics.STORIES.name)
        ]
    return sum(found) >= records - 1


TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SEEDS = sorted((ROOT / "tests" / "seeds").glob("*.txt"))


@contextmanager
def collector() -> Iterator[tuple[str, dict[str, tuple[str, Span]]]]:
    """An OpenTelemetry collector: its address, and the spans it has been sent (id → service, span); a span
    that comes twice is a fault.
    """
    found: dict[str, tuple[str, Span]] = {}

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = ExportTraceServiceRequest.FromString(
                self.rfile.read(int(self.headers["Content-Length"]))
            )
            for resource in request.resource_spans:
                named = {one.key: one.value.string_value for one in resource.resource.attributes}
                for span in (span for scope in resource.scope_spans for span in scope.spans):
                    assert span.span_id.hex() not in found
                    found[span.span_id.hex()] = (named["service.name"], span)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", found
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


async def lying(settings: Settings) -> dict[str, list[ConsumerRecord]]:
    """What this test's pages have come to, by topic."""
    names = [topic.name for topic in topics.TOPICS if topic.schema or topic.name.endswith(".dead")]
    records = await clients.read_all(settings, names)
    return {
        name: [one for one in records if one.topic == name and one.key != STORY["story_id"].encode()]
        for name in names
    }


async def test_one_trace_goes_from_the_request_to_the_story_and_every_record_is_as_the_contract_says(
    settings: Settings, tmp_path: Path
) -> None:
    pages = [
        {"source": f"outlet-{path.name[:3]}", "text": path.read_text(encoding="utf-8")} for path in SEEDS
    ]
    body = b"\n".join(orjson.dumps(page) for page in [*pages, {"source": "outlet", "text": "\u200b"}])
    with collector() as (address, spans):
        told = dataclasses.replace(settings, otlp=address, ingest_port=free_port())
        engine = Engine(told, tmp_path / "logs")
        engine.start(STAGES)
        try:
            with ingest(told, tmp_path / "logs" / "ingest.log") as door:
                given = {"traceparent": f"00-{TRACE}-{CALLER}-01", "tracestate": "vendor=1"}
                status, said, _ = await asyncio.to_thread(ask, told, "POST", "/v1/articles", body, **given)
                assert (status, said["accepted"]) == (200, 3)
                door.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(door.wait, 20) == 0
            deadline = time.monotonic() + 60
            while len((found := await lying(told))["articles.linked"]) < 2 or not found["clean.dead"]:
                assert time.monotonic() < deadline, {name: len(records) for name, records in found.items()}
                await asyncio.sleep(0.2)
        finally:
            await asyncio.to_thread(engine.stop)
    every_record_is_as_the_document_says(found)
    one_trace(found, spans)
    every_line_is_json(tmp_path / "logs")


async def test_a_run_that_follows_has_as_many_lanes_as_it_asks_for(
    settings: Settings, tmp_path: Path
) -> None:
    planned = ["replay", "plan", topics.CLEAN.name, "--follow", "--lanes", "5", "--run", "wide"]
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "services.cli", *planned],
        env=environment(settings),
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    run = await changing.known(settings, "wide")
    await changing.prepare(settings, run)
    await changing.put(settings, run, "running", by="test", at=headers.rfc3339(0))
    live = await clients.read_all(settings, [topics.CLEAN.name])
    assert len(live) >= 2
    engine = Engine(dataclasses.replace(settings, run="wide"), tmp_path / "logs")
    engine.start(["detect"])
    try:
        deadline = time.monotonic() + 60
        while len(
            made := await clients.read_all(settings, [topics.spelled(topics.DETECTED.name, "wide")])
        ) < len(live):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.2)
    finally:
        await asyncio.to_thread(engine.stop)
    assert {(one.key, one.partition) for one in made} == {
        (one.key, partition_of(one.key, range(5))) for one in live
    }


def every_record_is_as_the_document_says(found: dict[str, list[ConsumerRecord]]) -> None:
    checks = payloads_and_headers(orjson.loads((ROOT / "deploy" / "asyncapi.json").read_bytes()))
    for name, records in found.items():
        payload, envelope = checks[name]
        for record in records:
            if not name.endswith(".dead"):
                assert [error.message for error in payload.iter_errors(orjson.loads(record.value))] == [], (
                    name
                )
            assert [
                error.message
                for error in envelope.iter_errors({key: value.decode() for key, value in record.headers})
            ] == [], name
    assert {name for name, records in found.items() if records} >= {
        *(topic.name for topic in topics.FLOW),
        "stories",
        "clean.dead",
    }


def one_trace(found: dict[str, list[ConsumerRecord]], spans: dict[str, tuple[str, Span]]) -> None:
    """Every record names a span that the collector has; the linked articles' spans lead back, stage by stage,
    to the caller's.
    """
    for records in found.values():
        for record in records:
            trace, span_id = (headers.get(record.headers, "traceparent") or "").split("-")[1:3]
            assert (trace, spans[span_id][1].trace_id.hex()) == (TRACE, TRACE)
            assert headers.get(record.headers, "tracestate") == "vendor=1"
    for record in found["articles.linked"]:
        way, at = [], (headers.get(record.headers, "traceparent") or "").split("-")[2]
        while at != CALLER:
            service, span = spans[at]
            assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
            way.append(service)
            at = span.parent_span_id.hex()
        assert way == [*reversed(STAGES), "feed"]
    failed = [
        (service, span.status.message)
        for service, span in spans.values()
        if span.status.code == Status.STATUS_CODE_ERROR
    ]
    assert failed == [("clean", "empty_text")]


def every_line_is_json(folder: Path) -> None:
    logs = {
        path.stem: [orjson.loads(line) for line in path.read_bytes().splitlines()]
        for path in sorted(folder.glob("*.log"))
    }
    assert set(logs) == {*STAGES, "ingest"}
    assert all(
        isinstance(line, dict) and {"t", "level", "event"} <= set(line)
        for lines in logs.values()
        for line in lines
    )
    (dead,) = [line for line in logs["clean"] if line["event"] == "dead-letters"]
    assert (dead["reason"], dead["n"], dead["trace"]) == ("empty_text", 1, TRACE)
