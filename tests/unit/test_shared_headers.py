"""Envelope and dead letters."""

from __future__ import annotations

import orjson
import pytest

from services.workshop.building import schemas
from shared.contract import Emit, Origin, Reject
from shared.errors import Reason
from shared.wire import headers

MAKER = headers.RecordMaker(stage="clean", version="1", model_sha256="m", run="live", instance="host")
ORIGIN = Origin("articles.raw", 3, 17, 1_643_279_520_000)
NOW = "2022-01-27T10:32:00.000Z"


def made(emit: Emit, given: list[tuple[str, bytes]]) -> dict[str, bytes]:
    return dict(headers.output_headers(emit, MAKER, headers.Cause(given, ORIGIN, 12, NOW)))


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
    assert name == schemas.schema(record)["$id"]


def test_the_same_input_and_code_give_the_same_id() -> None:
    emit = Emit("articles.clean", b"doc", b"{}", "news.article.clean.v1", "doc", "rev")
    assert made(emit, [("ce_id", b"x")])["ce_id"] == made(emit, [("ce_id", b"x")])["ce_id"]
    assert made(emit, [("ce_id", b"x")])["ce_id"] != made(emit, [("ce_id", b"y")])["ce_id"]
    assert (
        made(emit, [("ce_id", b"x")])["ce_id"]
        != made(emit._replace(topic="stories"), [("ce_id", b"x")])["ce_id"]
    )


def test_the_origin_is_carried_not_replaced() -> None:
    emit = Emit("articles.detected", b"doc", b"{}", "news.article.detected.v1", "doc")
    assert made(emit, [("khabar-origin", b"articles.raw/1/2/3")])["khabar-origin"] == b"articles.raw/1/2/3"


def test_a_record_says_where_what_it_was_made_from_lies() -> None:
    raw = Origin("articles.raw", 1, 2, 3)
    assert headers.origins_of([("ce_id", b"x")]) == set()
    clean = headers.output_headers(
        Emit("articles.clean", b"doc", b"{}", "news.article.clean.v1", "doc"),
        MAKER,
        headers.Cause((), raw, 0, NOW),
    )
    assert headers.origins_of(clean) == {raw}
    detected = headers.output_headers(
        Emit("articles.detected", b"doc", b"{}", "news.article.detected.v1", "doc"),
        MAKER,
        headers.Cause(clean, ORIGIN, 0, NOW),
    )
    assert headers.origins_of(detected) == {raw, ORIGIN}
    at = Origin("articles.detected", 5, 6, 7)
    assert headers.origins_of(
        headers.dead_letter_headers(Reject("bug"), MAKER, headers.Cause(detected, at, 0, NOW), 1)
    ) == {raw, ORIGIN, at}
    assert (
        headers.origins_of(
            [("khabar-cause", b"garbage"), ("khabar-origin", b"a/b/c/d"), ("khabar-topic", b"t")]
        )
        == set()
    )


def test_a_letter_keeps_all_headers_and_remembers_earlier_deaths() -> None:
    reject = Reject("empty_text", "nothing in it", "services/clean/core.py:9")
    first = headers.dead_letter_headers(
        reject, MAKER, headers.Cause([("ce_id", b"x"), ("foreign", b"\xff")], ORIGIN, 0, NOW), 1
    )
    assert ("foreign", b"\xff") in first
    assert headers.get(first, "khabar-reason") == "empty_text"
    assert headers.get(first, "khabar-offset") == "17"
    again = headers.dead_letter_headers(reject, MAKER, headers.Cause(first, ORIGIN, 0, NOW), 2)
    history = orjson.loads(headers.get(again, "khabar-history") or "")
    assert [one["khabar-reason"] for one in history] == ["empty_text"]
    third = headers.dead_letter_headers(reject, MAKER, headers.Cause(again, ORIGIN, 0, NOW), 1)
    assert len(orjson.loads(headers.get(third, "khabar-history") or "")) == 2
    assert sum(name == "khabar-reason" for name, _ in third) == 1


def dying(given: list[tuple[str, bytes]], reason: Reason = "empty_text") -> list[tuple[str, bytes]]:
    return headers.dead_letter_headers(
        Reject(reason, "nothing in it", "services/clean/core.py:9"),
        MAKER,
        headers.Cause(given, ORIGIN, 0, NOW),
        2,
    )


def test_what_comes_back_for_the_third_time_rests() -> None:
    for times in (0, 1, 2):
        assert headers.get(dying([("khabar-redriven", b"%d" % times)]), "khabar-reason") == "empty_text"
    third = dying([("khabar-redriven", b"3")])
    assert headers.get(third, "khabar-reason") == "redriven_too_often"
    assert headers.get(third, "khabar-detail") == "came back 3 times, now as empty_text: nothing in it"
    assert headers.times_redriven(third) == 3


def test_a_count_of_returns_that_is_none_counts_as_none() -> None:
    for odd in (b"", b"many", b"-4", b"9" * 30):
        assert headers.times_redriven([("khabar-redriven", odd)]) == 0
        assert headers.well_formed([("khabar-redriven", odd)]) == []
        assert headers.get(dying([("khabar-redriven", odd)]), "khabar-reason") == "empty_text"


def test_a_letter_speaks_kafkas_names_too() -> None:
    found = dict(dying([]))
    assert {name: value for name, value in found.items() if name.startswith("__dlq.")} == {
        "__dlq.errors.topic": b"articles.raw",
        "__dlq.errors.partition": b"3",
        "__dlq.errors.offset": b"17",
        "__dlq.errors.group": b"khabar.clean",
        "__dlq.errors.delivery.count": b"2",
        "__dlq.errors.message": b"empty_text: nothing in it",
    }
    assert {name: value for name, value in found.items() if name.startswith("__streams.")} == {
        "__streams.errors.topic": b"articles.raw",
        "__streams.errors.partition": b"3",
        "__streams.errors.offset": b"17",
        "__streams.errors.exception": b"empty_text: nothing in it",
        "__streams.errors.message": b"nothing in it",
        "__streams.errors.stacktrace": b"services/clean/core.py:9",
    }


def test_kafkas_names_are_said_once_and_a_strangers_are_kept() -> None:
    again = dying(dying([]), "bug")
    assert [value for name, value in again if name == "__dlq.errors.message"] == [b"bug: nothing in it"]
    theirs = dying([("__dlq.errors.topic", b"their.topic")])
    assert [value for name, value in theirs if name == "__dlq.errors.topic"] == [
        b"their.topic",
        b"articles.raw",
    ]
