"""What the AsyncAPI document says of the records of a topic, as validators."""

from __future__ import annotations

from typing import Any

import jsonschema

Pair = tuple[jsonschema.Draft7Validator, jsonschema.Draft7Validator]


def payloads_and_headers(document: dict[str, Any]) -> dict[str, Pair]:
    """Return by channel the validators of a record's value and of its headers (names → text)."""
    return {
        name: (_validator(document, message["payload"]), _validator(document, message.get("headers", {})))
        for name, message in document["components"]["messages"].items()
    }


def _validator(document: dict[str, Any], schema: dict[str, Any]) -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator({"components": document["components"], "allOf": [schema]})
