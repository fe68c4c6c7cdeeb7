"""The HTTP door on a real broker: what it takes, what it refuses, and that it is as its OpenAPI document
says.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import requests
import schemathesis
from doors import COMMAND, JSON, LINES, TOKEN, Door, answer_on, environment, head, opened, packed
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from services.feed.core import item_of, raw_of
from shared.kafka import clients, declare
from shared.settings import Settings
from shared.wire import headers, topics

BOMB = bytes(300_000_000)
MIB = 1 << 20


@pytest.fixture(scope="module")
def settings(broker: str) -> Settings:
    made = Settings(kafka=broker, run=f"ingest-{os.getpid()}")
    asyncio.run(declare.apply(made))
    return made


@pytest.fixture(scope="module")
def door(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with opened(settings, tmp_path_factory.mktemp("door"), FEED_LAG_SECONDS="100000") as made:
        yield made


def article(number: int, **fields: object) -> bytes:
    return orjson.dumps(
        {"source": f"outlet-{number % 7}", "url": f"https://example.org/{number}", "text": f"متن {number}"}
        | fields
    )


async def read(settings: Settings, name: str) -> list[Any]:
    return list(await clients.read_all(settings, [topics.spelled(name, settings.run)]))


async def test_each_line_is_answered_and_what_is_refused_is_kept_with_its_bytes(
    door: Door, settings: Settings
) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    bad = [b"broken \xff", b'{"source": "x", "text": 5}', article(0, text="a" * 2_000_001), b"[1]"]
    body = b"\n".join(
        [article(1), b"", bad[0], article(2, html="<p>x", text=None) + b"\r", *bad[1:], article(3)]
    )
    body = body.replace(b',"text":null', b"")
    answer = await asyncio.to_thread(door.post, body, LINES, traceparent=trace)
    assert (answer.status, answer.said["accepted"], answer.said["refused"]) == (200, 3, 4)
    results = answer.said["results"]
    assert [(one["line"], one.get("reason")) for one in results] == [
        (1, None),
        (3, "not_json"),
        (4, None),
        (5, "wrong_type"),
        (6, "too_large"),
        (7, "not_an_object"),
        (8, None),
    ]
    letters = {record.value: record.headers for record in await read(settings, topics.dead("feed"))}
    for value in bad:
        assert str(headers.get(letters[value], "khabar-topic")).startswith("http:"), (
            "the letter says where it came from"
        )
    raws = {
        orjson.loads(record.value)["doc_id"]: record.headers
        for record in await read(settings, topics.RAW.name)
    }
    as_a_file = [raw_of(*item_of(article(number), ""), now="2026-01-01T00:00:00.000Z") for number in (1, 3)]
    taken = [one for one in results if one["status"] == "accepted"]
    assert [(one["doc_id"], one["rev"]) for one in (taken[0], taken[2])] == [
        (raw.doc_id, raw.rev) for raw in as_a_file
    ]
    assert {str(headers.get(raws[one["doc_id"]], "traceparent"))[3:35] for one in taken} == {trace[3:35]}


def test_one_object_a_packed_body_and_a_source_in_the_address(door: Door) -> None:
    assert door.post(article(10)).said["accepted"] == 1
    two = packed(article(11) + b"\n") + packed(article(12)) + b"\0\0"
    assert door.post(two, LINES, Content_Encoding="gzip").said["accepted"] == 2
    nameless = orjson.dumps({"text": "متن", "publisher_code": "13"})
    named = door.post(nameless, path="/v1/articles?source=outlet")
    assert (
        named.said["results"][0]["doc_id"]
        == raw_of(*item_of(nameless, "outlet"), now="2026-01-01T00:00:00.000Z").doc_id
    )
    refused = door.post(nameless)
    assert (refused.status, refused.said["results"][0]["reason"]) == (422, "no_identity")


WRONG: dict[str, tuple[int, bytes, dict[str, Any]]] = {
    "no token": (401, article(1), {"Authorization": None}),
    "another token": (401, article(1), {"Authorization": f"Bearer {TOKEN}x"}),
    "another scheme": (401, article(1), {"Authorization": f"Basic {TOKEN}"}),
    "a token of odd letters": (401, article(1), {"Authorization": "Bearer \xff"}),
    "no kind": (415, article(1), {"kind": None}),
    "a form": (415, article(1), {"kind": "application/x-www-form-urlencoded"}),
    "another charset": (415, article(1), {"kind": "application/json; charset=cp1256"}),
    "brotli": (415, article(1), {"Content_Encoding": "br"}),
    "deflate": (415, article(1), {"Content_Encoding": "deflate"}),
    "gzip twice": (415, packed(packed(article(1))), {"Content_Encoding": "gzip, gzip"}),
    "gzip in gzip": (422, packed(packed(article(1))), {"Content_Encoding": "gzip"}),
    "no gzip": (400, article(1), {"Content_Encoding": "gzip"}),
    "half a gzip": (400, packed(article(1))[:-9], {"Content_Encoding": "gzip"}),
    "gzip and more": (400, packed(article(1)) + b"more", {"Content_Encoding": "gzip"}),
    "nothing": (400, b"", {}),
    "blanks": (400, b" \n \n", {"kind": LINES}),
    "not json": (422, b"broken", {}),
    "no such place": (404, article(1), {"path": "/v1/article"}),
    "only for reading": (405, article(1), {"path": "/v1/openapi.json"}),
    "a misspelt name": (400, article(1), {"path": "/v1/articles?sourc=x"}),
    "no id": (400, article(1), {"path": "/v1/articles?source=%00"}),
    "too many lines": (413, b"1\n" * 10_001, {"kind": LINES}),
    "too large": (413, b" " * (16 * MIB + 1), {"kind": LINES}),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_one_sentence(door: Door, name: str) -> None:
    status, body, how = WRONG[name]
    answer = door.post(body, **how)
    assert answer.status == status, answer.said
    if status != 422:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.said["detail"]
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize("shape", ["one", "members", "chunks"])
def test_a_bomb_is_refused_while_it_unpacks(door: Door, shape: str) -> None:
    body = packed(BOMB) if shape != "members" else packed(bytes(MIB)) * 300
    before, begun = door.resident(), time.monotonic()
    if shape == "chunks":
        with door.socket() as one:
            one.sendall(head(None, Content_Encoding="gzip") + b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n")
            answer = answer_on(one)
    else:
        answer = door.post(body, LINES, Content_Encoding="gzip")
    assert answer.status == 413
    assert time.monotonic() - begun < 2
    assert door.resident() - before < 50 * MIB


def test_what_is_said_to_be_too_large_is_refused_before_it_is_sent(door: Door) -> None:
    with door.socket() as one:
        one.sendall(head(1 << 40, Expect="100-continue"))
        assert answer_on(one).status == 413
    with door.socket() as one:
        one.sendall(head(len(article(1)), JSON, Expect="100-continue"))
        assert one.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        one.sendall(article(1))
        assert answer_on(one).said["accepted"] == 1


@pytest.mark.parametrize("packing", ["", "gzip"])
def test_a_body_that_is_half_sent_is_answered(door: Door, packing: str) -> None:
    body = gzip.compress(article(1)) if packing else article(1)
    with door.socket() as one:
        one.sendall(head(len(body), JSON, Content_Encoding=packing) + body[:-9])
        one.shutdown(socket.SHUT_WR)
        answer = answer_on(one)
        assert answer.status == 400
        assert one.recv(1) == b"", "the door hangs up"
    with door.socket() as one:  # the client's side may be closed, when all has come
        one.sendall(head(len(body), JSON, Content_Encoding=packing) + body)
        one.shutdown(socket.SHUT_WR)
        assert answer_on(one).said["accepted"] == 1


def test_metrics_and_readiness(door: Door) -> None:
    door.post(article(20))
    lines = requests.get(f"{door.health}/metrics", timeout=10).text.splitlines()
    found = dict(line.rsplit(" ", 1) for line in lines if line.startswith(("khabar_door", "khabar_ingest")))
    assert float(found['khabar_ingest_answers_total{status="200"}']) >= 1
    assert 'khabar_ingest_answers_total{status="429"}' in found, "there before the first one"
    assert float(found['khabar_door_wait_seconds{door="http"}']) == 0
    assert float(found['khabar_door_accepted_total{door="http"}']) >= 1
    assert float(found['khabar_door_in_flight{door="http"}']) == 0
    assert float(found['khabar_door_delivery_seconds_count{door="http"}']) >= 1
    for check in ("livez", "readyz"):
        assert requests.get(f"{door.health}/{check}", timeout=10).text == "ok\n"


@schemathesis.serializer(LINES, "application/jsonl")
def as_it_is(_: schemathesis.SerializationContext, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(
    ("path", "method", "mode"),
    [("/v1/articles", "POST", mode) for mode in GenerationMode]
    + [("/v1/openapi.json", "GET", GenerationMode.POSITIVE)],
)
def test_the_door_does_what_its_document_says(
    door: Door, path: str, method: str, mode: GenerationMode
) -> None:
    load_all_checks()
    operation = schemathesis.openapi.from_url(f"http://127.0.0.1:{door.port}/v1/openapi.json")[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis_settings(
        max_examples=30,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Case) -> None:
        one = case.body if case.media_type == JSON and isinstance(case.body, dict) else {}
        # a line is refused by itself; a field of the wrong type costs the field; base64 may be of no
        # page, which no schema can say
        lenient = one or case.media_type != JSON
        not_asked = [negative_data_rejection] * bool(lenient) + [positive_data_acceptance] * (
            "payload_b64" in one
        )
        case.call_and_validate(
            headers={"Authorization": f"Bearer {TOKEN}"}, session=session, excluded_checks=not_asked
        )

    with requests.Session() as session:
        check()


def test_it_does_not_start_open_to_strangers_or_on_a_port_that_is_taken(
    settings: Settings, door: Door
) -> None:
    wrong = {
        "INGEST_HOST": ("0.0.0.0", {"INGEST_TOKEN": ""}, 2, "KHABAR_INGEST_TOKEN_FILE"),  # noqa: S104 - refused, as it should be
        "INGEST_PORT": (str(door.port), {}, 3, f"port {door.port} is taken"),
        "METRICS_PORT": (str(door.port), {}, 3, f"port {door.port} is taken"),
    }
    for setting, (value, more, code, said) in wrong.items():
        clean = {name: given for name, given in os.environ.items() if not name.startswith("KHABAR_")}
        ours = environment(settings, **{setting: value}, **more)
        for command in [COMMAND, [*COMMAND[:-1], "all"]] if setting != "METRICS_PORT" else [COMMAND]:
            done = subprocess.run(
                command, env=clean | ours, capture_output=True, text=True, timeout=60, check=False
            )
            assert (done.returncode, len(done.stderr.splitlines())) == (code, 1), done.stderr
            assert said in done.stderr
            assert f"KHABAR_{setting}" in done.stderr
