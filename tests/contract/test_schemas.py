"""Records and their schemas agree, and every frozen sample stays readable."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import orjson
import pytest

from shared import codec
from shared.schemas import build

SAMPLES = Path(__file__).parent / "samples"


@pytest.mark.parametrize("name", sorted(build.RECORDS))
def test_the_schema_file_is_the_record(name: str) -> None:
    assert build.path(name).read_bytes() == build.text(name), "write it with: python -m shared.schemas.build"


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_a_frozen_sample_validates_and_decodes(sample: Path) -> None:
    name = sample.name.split(".")[0]
    value = sample.read_bytes()
    jsonschema.Draft202012Validator(build.schema(name)).validate(orjson.loads(value))
    record = codec.decode(value, build.RECORDS[name])
    assert orjson.loads(codec.encode(record)) == orjson.loads(value), "nothing is lost on the way through"


def test_every_record_has_a_sample() -> None:
    assert {path.name.split(".")[0] for path in SAMPLES.glob("*.json")} == set(build.RECORDS)
