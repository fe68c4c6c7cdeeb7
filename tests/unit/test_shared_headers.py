"""Envelope and dead letters."""

from __future__ import annotations

import orjson
import pytest

from shared import headers
from shared.contract import Emit, Origin, Reject
from shared.schemas import build

MAKER = headers.Maker(stage="clean", version="1", model_sha256="m", run="live", instance="host")
ORIGIN = Origin("articles.raw", 3, 17, 1_643_279_520_000)
NOW = "2022-01-27T10:32:00.000Z"


def made(emit: Emit, given: list[tuple[str, bytes]]) -> dict[str, bytes]:
    return dict(headers.attributes(emit, MAKER, headers.Cause(given, ORIGIN, 12, NOW)))


def test_cloudevents_attributes_and_the_thread_back() -> None:
    emit = Emit("articles.clean", b"doc", b"{}", "news.article.clean.v1", "doc", "rev")
    found = made(emit, [("ce_id", b"cause"), ("traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01")])
    assert found["ce_specversion"] == b"1.0"
    assert found["ce_type"] == b"news.article.clean.v1"
    assert found["ce_source"] == b"/stage/clean"
    assert found["ce_subject"] == b"doc"
    assert found["ce_dataschema"] == b"urn:khabar:schema:article:1"
    assert found["ce_causeid"] == b"cause"
    assert found["ce_time"] == NOW.encode()
    assert found["khabar-origin"] == b"articles.raw/3/17/1643279520000"
    assert found["traceparent"].startswith(b"00-" + b"a" * 32)
    assert all(len(name.removeprefix("ce_")) <= 20 for name in found if name.startswith("ce_"))


@pytest.mark.parametrize(
    ("event", "record"),
    [
        ("news.article.raw.v1", "raw"),
        ("news.article.linked.v1", "article"),
        ("news.story.state.v1", "story"),
        ("news.story.merged.v1", "story_event"),
    ],
)
def test_the_schema_named_is_one_that_ships(event: str, record: str) -> None:
    name = made(Emit("t", b"k", b"{}", event, "s"), [])["ce_dataschema"].decode()
    assert name == build.schema(record)["$id"]


def test_the_same_input_and_code_give_the_same_id() -> None:
    emit = Emit("articles.clean", b"doc", b"{}", "news.article.clean.v1", "doc", "rev")
    assert made(emit, [("ce_id", b"x")])["ce_id"] == made(emit, [("ce_id", b"x")])["ce_id"]
    assert made(emit, [("ce_id", b"x")])["ce_id"] != made(emit, [("ce_id", b"y")])["ce_id"]
    assert made(emit, [("ce_id", b"x")])["ce_id"] != made(emit._replace(topic="stories"), [("ce_id", b"x")])["ce_id"]


def test_the_origin_is_carried_not_replaced() -> None:
    emit = Emit("articles.detected", b"doc", b"{}", "news.article.detected.v1", "doc")
    assert made(emit, [("khabar-origin", b"articles.raw/1/2/3")])["khabar-origin"] == b"articles.raw/1/2/3"


def test_a_letter_keeps_all_headers_and_remembers_earlier_deaths() -> None:
    reject = Reject("empty_text", "nothing in it", "services/clean/core.py:9")
    first = headers.letter(reject, MAKER, headers.Cause([("ce_id", b"x"), ("foreign", b"\xff")], ORIGIN, 0, NOW), 1)
    assert ("foreign", b"\xff") in first
    assert headers.get(first, "khabar-reason") == "empty_text"
    assert headers.get(first, "khabar-offset") == "17"
    again = headers.letter(reject, MAKER, headers.Cause(first, ORIGIN, 0, NOW), 2)
    history = orjson.loads(headers.get(again, "khabar-history") or "")
    assert [one["khabar-reason"] for one in history] == ["empty_text"]
    third = headers.letter(reject, MAKER, headers.Cause(again, ORIGIN, 0, NOW), 1)
    assert len(orjson.loads(headers.get(third, "khabar-history") or "")) == 2
    assert sum(name == "khabar-reason" for name, _ in third) == 1
