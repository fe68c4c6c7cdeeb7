"""Records and their schemas agree, and every frozen sample stays readable."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import jsonschema
import orjson
import pytest
from msgspec import Struct

from services.workshop.building import schemas
from shared.records import clean, entities, language, linked, story
from shared.wire import codec

SAMPLES = Path(__file__).parent / "samples"


@pytest.mark.parametrize("name", sorted(schemas.RECORDS))
def test_the_schema_file_is_the_record(name: str) -> None:
    assert schemas.path(name).read_bytes() == schemas.text(name), (
        "write it with: python -m services.workshop.building.schemas"
    )


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_a_frozen_sample_validates_and_decodes(sample: Path) -> None:
    name = sample.name.split(".")[0]
    value = sample.read_bytes()
    jsonschema.Draft202012Validator(schemas.schema(name)).validate(orjson.loads(value))
    record = codec.decode(value, schemas.RECORDS[name])
    assert orjson.loads(codec.encode(record)) == orjson.loads(value), "nothing is lost on the way through"


def test_every_record_has_a_sample() -> None:
    assert {path.name.split(".")[0] for path in SAMPLES.glob("*.json")} == set(schemas.RECORDS)


ROOT = Path(__file__).resolve().parents[2]
WRITTEN_AS_DEFAULT = {("Segment", "layer")}


def in_records() -> Iterator[type[Struct]]:
    """What the stages write: the parts of their blocks, and of stories."""
    for module in (clean, entities, language, linked, story):
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, Struct) and kind.__module__ == module.__name__:
                yield kind


def allowed(hint: Any) -> Iterator[str]:
    if get_origin(hint) is Literal:
        yield from get_args(hint)
    else:
        for part in get_args(hint):
            yield from allowed(part)


def written() -> tuple[set[tuple[str, str]], set[str]]:
    """Which fields the services and what they share give to which call, and every string of theirs."""
    fields, strings = set[tuple[str, str]](), set[str]()
    for path in (*ROOT.glob("services/**/*.py"), *ROOT.glob("shared/**/*.py")):
        if {"workshop", "cli", "web"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = str(getattr(node.func, "attr", None) or getattr(node.func, "id", ""))
                fields |= {(name, keyword.arg) for keyword in node.keywords if keyword.arg}
            elif (
                isinstance(node, ast.Constant) and isinstance(node.value, str) and "records" not in path.parts
            ):
                strings.add(node.value)
    return fields, strings


def test_every_field_is_written_by_some_stage_and_so_is_every_value_of_a_closed_list() -> None:
    fields, strings = written()
    listed = (ROOT / "services/clean/data/patterns.yml").read_text(encoding="utf-8")
    for kind in in_records():
        hints = get_type_hints(kind)
        for field in kind.__struct_fields__:
            names = {(kind.__name__, field), ("replace", field)}
            assert names & (fields | WRITTEN_AS_DEFAULT) or field == "schema", names
            unwritten = {v for v in allowed(hints[field]) if v not in strings and f"type: {v}," not in listed}
            assert not unwritten, f"{kind.__name__}.{field}: {unwritten}"
