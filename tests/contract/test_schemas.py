"""Records and their schemas agree, and every frozen sample stays readable."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import orjson
import pytest

from services.workshop.building import schemas
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
