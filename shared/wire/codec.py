"""Bytes ↔ records: refuses what is too large, not JSON or of the wrong type, and names the reason."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson

from shared.errors import BadRecord

MAX_VALUE_BYTES = 4 << 20
"""Largest record on a topic, as ``max.message.bytes`` of ``articles.*``."""

SCHEMA = 1
"""Major version of every record written here; readers accept this one and the one before."""

READABLE_SCHEMAS = frozenset({SCHEMA, SCHEMA - 1})


def load(value: bytes, max_bytes: int = MAX_VALUE_BYTES) -> dict[str, Any]:
    """Return the JSON object in *value*.

    Raises BadRecord with reason too_large, not_json or not_an_object.
    """
    if len(value) > max_bytes:
        raise BadRecord("too_large", f"{len(value)} bytes, at most {max_bytes} are taken")
    try:
        parsed = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise BadRecord("not_json", f"line {error.lineno} column {error.colno}: {error.msg}") from None
    if not isinstance(parsed, dict):
        raise BadRecord("not_an_object", f"a JSON {type(parsed).__name__}, an object is needed")
    return parsed


def decode[T](value: bytes, kind: type[T], max_bytes: int = MAX_VALUE_BYTES) -> T:
    """Return *value* as a *kind*, every field checked for its type; unknown fields are passed over.

    Raises BadRecord with reason too_large, not_json, not_an_object, unknown_schema, missing_field or
    wrong_type.
    """
    parsed = load(value, max_bytes)
    schema = parsed.get("schema", SCHEMA)
    if not isinstance(schema, int) or schema not in READABLE_SCHEMAS:
        raise BadRecord("unknown_schema", f"schema {schema!r}, this version reads {sorted(READABLE_SCHEMAS)}")
    return typed(parsed, kind)


def typed[T](parsed: dict[str, Any], kind: type[T]) -> T:
    """Return the object *parsed* as a *kind*; raises BadRecord with reason missing_field or wrong_type."""
    try:
        return msgspec.convert(parsed, kind)
    except msgspec.ValidationError as error:
        missing = "missing required field" in str(error)
        raise BadRecord("missing_field" if missing else "wrong_type", str(error)) from None


def encode(record: object) -> bytes:
    """Return *record* (a struct, or built-in values) as JSON; fields that are UNSET stay out.

    Raises BadRecord (wrong_type) on values nested deeper than JSON can be written: 1,024 levels are read, 254
    written.
    """
    try:
        return orjson.dumps(record, default=msgspec.to_builtins)
    except orjson.JSONEncodeError as error:
        if "Recursion limit" not in str(error):
            raise
        raise BadRecord("wrong_type", "nested too deep to be written again") from None


def extend(value: bytes, block: str, content: object) -> bytes:
    """Return the JSON object *value* with *block* added at its end; every earlier byte is copied untouched.

    Unknown fields of earlier stages travel on this way. Raises BadRecord when *value* holds the block
    already.
    """
    body = value.rstrip()
    if f'"{block}":'.encode() in body and block in orjson.loads(body):
        raise BadRecord("wrong_type", f"the record holds a block {block} already")
    return b'%b,"%b":%b}' % (body[:-1], block.encode(), encode(content))
