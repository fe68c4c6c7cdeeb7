"""The contract for other teams: a valid AsyncAPI 3 document, made of the table of topics, and true of real
records.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from asyncapi_contract import payloads_and_headers

from services.stages import work
from shared.contract import Emit, Origin, Reject
from shared.wire import headers, topics
from shared.wire.asyncapi_document import document
from shared.wire.topics import STAGES

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
OFFICIAL = orjson.loads(gzip.decompress((HERE / "asyncapi" / "3.0.0.json.gz").read_bytes()))
MADE: dict[str, Any] = orjson.loads(document())
SAMPLES = {
    "raw.1": topics.RAW,
    "article.1": topics.LINKED,
    "story.1": topics.STORIES,
    "story.split": topics.STORIES,
    "story_event.moved": topics.STORY_EVENTS,
    "run.1": topics.RUNS,
    "alias.1": topics.ALIASES,
    "run_diff.1": topics.DIFFS,
    "mark.1": topics.STORY_MARKS,
    "act.1": topics.AUDIT,
}


def faults(made: dict[str, Any]) -> list[str]:
    return [
        f"{'/'.join(map(str, one.absolute_path))}: {one.message[:100]}"
        for one in jsonschema.Draft7Validator(OFFICIAL).iter_errors(made)
    ]


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside *value*."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(inner)


def test_the_file_is_what_the_table_and_the_schemas_say() -> None:
    kept = (ROOT / "deploy" / "asyncapi.json").read_bytes()
    assert kept == document(), "print it with: ./khabar topics asyncapi > deploy/asyncapi.json"


def test_the_official_schema_takes_it_and_would_not_take_another() -> None:
    assert faults(MADE) == []
    bindings = MADE["channels"]["stories"]["bindings"] | {
        "kafka": {"partitions": 0, "bindingVersion": "0.5.0"}
    }
    wrong = MADE | {
        "channels": MADE["channels"] | {"stories": MADE["channels"]["stories"] | {"bindings": bindings}}
    }
    assert faults(wrong) != [], "the schema looks into a channel's bindings"
    assert faults({name: value for name, value in MADE.items() if name != "info"}) != []


def test_every_reference_leads_somewhere() -> None:
    found = [node["$ref"] for node in nodes(MADE) if isinstance(node.get("$ref"), str)]
    assert len(found) > 100
    for reference in found:
        at: Any = MADE
        for part in reference.removeprefix("#/").split("/"):
            assert part in at, reference
            at = at[part]


def test_each_stage_says_who_it_is_how_it_commits_and_where_its_poison_lies() -> None:
    operations = MADE["operations"]
    for name in STAGES:
        stage = work(name)
        read = operations[f"{name}.receive.{stage.source}"]
        assert read["bindings"]["kafka"]["groupId"]["const"] == topics.group(name)
        assert read["x-dead-letters"] in MADE["channels"]
        assert (read["x-principal"], read["x-isolation-level"]) == (topics.principal(name), "read_committed")
        sends = [one for key, one in operations.items() if key.startswith(f"{name}.send.")]
        assert len(sends) >= 2, "an output and the dead letters"
        lane = topics.transactional_id(name, stage.source, 7)
        assert {one["x-transaction"]["transactionalId"].format(partition=7) for one in sends} == {lane}
    assert {channel for channel, one in MADE["channels"].items() if one.get("x-private")} >= {
        "clean.changelog",
        "control.feeds",
    }


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_frozen_sample_is_a_message_of_its_channel(name: str) -> None:
    payload, _ = payloads_and_headers(MADE)[SAMPLES[name].name]
    value = orjson.loads((HERE / "samples" / f"{name}.json").read_bytes())
    assert [error.message for error in payload.iter_errors(value)] == []
    value.pop(next(iter(set(value) - {"schema"})), None)
    assert list(payload.iter_errors(value | {"schema": "one"})) != []


def test_headers_as_they_are_written_are_those_of_the_document() -> None:
    checks = payloads_and_headers(MADE)
    maker = headers.RecordMaker(stage="link", version="1", model_sha256="", run="live", instance="host")
    cause = headers.Cause([], Origin("articles.extracted", 0, 1, 2), 3, "2026-01-01T00:00:00.000Z")
    emit = Emit("articles.linked", b"doc", b"{}", "news.article.linked.v1", "doc", "rev")
    made = {name: value.decode() for name, value in headers.output_headers(emit, maker, cause)}
    assert list(checks["articles.linked"][1].iter_errors(made)) == []
    assert list(checks["stories"][1].iter_errors(made)) != [], "a story is of another type"
    letter = {
        name: value.decode() for name, value in headers.dead_letter_headers(Reject("bug"), maker, cause, 1)
    }
    assert list(checks["link.dead"][1].iter_errors(letter)) == []
    assert list(checks["link.dead"][1].iter_errors(letter | {"khabar-reason": "mood"})) != []
