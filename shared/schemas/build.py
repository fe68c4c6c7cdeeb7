"""Writes the schema files: ``python -m shared.schemas.build``. A test fails when they differ from the records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import orjson

from shared.records import Article, Raw, Story, StoryEvent

HERE = Path(__file__).parent
RECORDS: dict[str, type[msgspec.Struct]] = {"raw": Raw, "article": Article, "story": Story, "story_event": StoryEvent}
MAJOR = 1


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the record called *name*."""
    found = msgspec.json.schema(RECORDS[name])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:khabar:schema:{name}:{MAJOR}"} | found


def path(name: str) -> Path:
    """Return where the schema of *name* lies."""
    return HERE / f"{name}.{MAJOR}.json"


def text(name: str) -> bytes:
    """Return the file's content."""
    return orjson.dumps(schema(name), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


if __name__ == "__main__":
    for record in RECORDS:
        path(record).write_bytes(text(record))
