"""Whatever bytes and headers a foreign producer writes, they are read or refused, and what is read is passed
on as it was.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.workshop.fuzzing.hostile_records import page, record
from services.workshop.fuzzing.mutations import mutated
from services.workshop.fuzzing.targets import wire
from shared.contract import Emit, Origin, Reject
from shared.errors import BadRecord
from shared.records import Raw
from shared.wire import codec, headers

MAKER = headers.RecordMaker(stage="clean", version="1", model_sha256="m", run="live", instance="host")
PLACE = Origin("articles.raw", 3, 17, 1_643_279_520_000)
NAMES = st.sampled_from(
    [
        "ce_id", "traceparent", headers.ORIGIN, headers.CAUSE, headers.REDRIVEN, headers.EDITED, headers.REASON, headers.HISTORY,
        "khabar-topic", "khabar-partition", "khabar-offset", "khabar-timestamp", "__dlq.errors.topic", "__streams.errors.message",
    ]
) | st.text(max_size=6)  # fmt: skip
VALUES = st.none() | st.binary(max_size=40) | st.sampled_from(
    [b"articles.raw/1/2/3", b"a/b/1/2/3", b"//1/2/3", b"a/-1/2/3", b"3", b"9" * 30, b"[]", b"[[[", b'[{"a":1}]', b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01"]
)  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
@example(b'{"schema":[],"doc_id":"a"}')
@example(b'{"schema":{},"doc_id":"a"}')
@example(b'{"schema":true}')
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
def test_any_bytes_are_a_record_or_refused(data: bytes) -> None:
    wire(data)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 8))
def test_a_record_with_turned_bytes_is_a_record_or_refused(seed: int, times: int) -> None:
    dice = Random(seed)
    made = orjson.dumps(page(dice, "a") | {"payload": "سلام دنیا"})
    wire(mutated(dice, made, times) if times else record(dice, "a"))


def test_what_can_be_read_but_not_written_is_refused() -> None:
    deep = json.loads("[" * 300 + "]" * 300)
    raw = codec.decode(
        orjson.dumps(page(Random(1), "a"))[:-1] + b',"extra":{"a":' + b"[" * 300 + b"]" * 300 + b"}}", Raw
    )
    assert raw.extra == {"a": deep}
    with pytest.raises(BadRecord, match="wrong_type: nested too deep"):
        codec.encode(raw)


@given(
    st.dictionaries(st.text(max_size=6), JSON, min_size=1, max_size=5),
    st.sampled_from(["clean", "language"]),
    JSON,
    st.sampled_from([b"", b" \n"]),
)
def test_a_block_is_added_behind_the_earlier_bytes(
    given: dict[str, Any], block: str, content: Any, behind: bytes
) -> None:
    given.pop(block, None)
    value = orjson.dumps(given)
    longer = codec.extend(value + behind, block, content)
    assert longer.startswith(value[:-1])
    assert orjson.loads(longer) == given | {block: content}
    with pytest.raises(BadRecord):
        codec.extend(longer, block, content)


@settings(max_examples=300)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=12))
def test_no_header_stops_a_lane(found: list[tuple[str, bytes]]) -> None:
    kept = headers.well_formed(found)
    cause = headers.Cause(kept, PLACE, 1, "2022-01-27T10:32:00.000Z")
    made = dict(
        headers.output_headers(
            Emit("articles.clean", b"k", b"{}", "news.article.clean.v1", "d"), MAKER, cause
        )
    )
    assert len(made["ce_id"]) == 64
    assert len(made["traceparent"]) == 55
    letter = headers.dead_letter_headers(Reject("bug", "x\ud800", "a:1"), MAKER, cause, 1)
    assert all(isinstance(value, bytes) for _, value in letter)
    assert headers.get(letter, headers.REASON) in {"bug", "redriven_too_often"}
    assert PLACE in headers.origins_of(letter)
    assert headers.times_redriven(found) >= 0
    headers.origins_of(found)
