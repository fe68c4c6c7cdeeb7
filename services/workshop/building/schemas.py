"""Writes the schema files: ``python -m services.workshop.building.schemas``.

A test fails when they differ from the records.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import orjson

from services.checkout import ROOT
from shared.records import Article, Raw, SourceSilence, Story, StoryEvent, Window
from shared.records.act import Act
from shared.records.alias import Alias
from shared.records.mark import Mark
from shared.records.run import Run
from shared.records.run_diff import RunDiff

FOLDER = ROOT / "shared" / "schemas"
RECORDS: dict[str, type[msgspec.Struct]] = {
    "raw": Raw,
    "article": Article,
    "story": Story,
    "story_event": StoryEvent,
    "run": Run,
    "alias": Alias,
    "run_diff": RunDiff,
    "mark": Mark,
    "act": Act,
    "window": Window,
    "source_silence": SourceSilence,
}
MAJOR = 1


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the record called *name*."""
    found: dict[str, Any] = _unwrapped(msgspec.json.schema(RECORDS[name]))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:khabar:schema:{name}:{MAJOR}",
    } | found


def _unwrapped(part: Any) -> Any:
    """Return *part* with descriptions of one line: docstrings break theirs for who reads the code."""
    if isinstance(part, list):
        return [_unwrapped(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        key: " ".join(value.split()) if key == "description" and isinstance(value, str) else _unwrapped(value)
        for key, value in part.items()
    }


def path(name: str) -> Path:
    """Return where the schema of *name* lies."""
    return FOLDER / f"{name}.{MAJOR}.json"


def text(name: str) -> bytes:
    """Return the file's content."""
    return orjson.dumps(schema(name), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


if __name__ == "__main__":
    for record in RECORDS:
        path(record).write_bytes(text(record))
