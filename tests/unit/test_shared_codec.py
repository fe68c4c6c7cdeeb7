"""Bytes to records: what is refused, and for which reason."""

from __future__ import annotations

import msgspec
import orjson
import pytest

from shared.errors import BadRecord
from shared.wire import codec


class Kind(msgspec.Struct, frozen=True):
    name: str
    n: int = 0


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "not_json"),
        (b"nonsense", "not_json"),
        (b'{"name": "\xff"}', "not_json"),
        (b'{"name": "\\ud800"}', "not_json"),
        (b'{"name": NaN}', "not_json"),
        ("\ufeff{}".encode(), "not_json"),
        (b"[" * 2000, "not_json"),
        (b"[]", "not_an_object"),
        (b"17", "not_an_object"),
        (b"{}", "missing_field"),
        (b'{"name": 5}', "wrong_type"),
        (b'{"name": "a", "n": "1"}', "wrong_type"),
        (b'{"name": "a", "n": 1.5}', "wrong_type"),
        (b'{"name": "a", "schema": 99}', "unknown_schema"),
        (b'{"name": "' + b"a" * 1000 + b'"}', "too_large"),
    ],
)
def test_refusals_name_their_reason(value: bytes, reason: str) -> None:
    with pytest.raises(BadRecord) as caught:
        codec.decode(value, Kind, max_bytes=500 if reason == "too_large" else codec.MAX_VALUE_BYTES)
    assert caught.value.reason == reason


def test_the_schema_before_is_still_read() -> None:
    assert codec.decode(b'{"name": "a", "schema": 0}', Kind).name == "a"


def test_extending_copies_every_earlier_byte() -> None:
    value = b'{"unknown": 1.50, "text": "a \\u0627 \\"linked\\":", "b": {}}  \n'
    made = codec.extend(value, "linked", Kind("x"))
    assert made.startswith(value.rstrip()[:-1])
    assert orjson.loads(made)["linked"] == {"name": "x", "n": 0}


def test_a_block_is_never_added_twice() -> None:
    once = codec.extend(b'{"a":1}', "linked", {})
    with pytest.raises(BadRecord):
        codec.extend(once, "linked", {})


def test_unset_stays_out_and_none_stays_in() -> None:
    class Block(msgspec.Struct):
        sought: str | None
        unsought: str | msgspec.UnsetType = msgspec.UNSET

    assert codec.encode(Block(None)) == b'{"sought":null}'
