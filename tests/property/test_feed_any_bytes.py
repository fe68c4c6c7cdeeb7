"""Whatever a file or an item holds, it ends as articles or as refusals, never as an error of ours."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.feed.core import Item, item_of, raw_of
from services.feed.delivery import emitted
from services.feed.mapping import shapes
from services.feed.reading import named
from services.feed.reading.file_kind import KINDS
from services.feed.reading.job import Job
from shared.errors import BadRecord
from shared.wire import topics

LINE = b'{"source":"x.ir","url":"https://x.ir/1","text":"a \\"b\\" [c] {d}"}\n'
PIECES = st.sampled_from(
    [
        LINE,
        b'source,text\nx.ir,"a\nb"\n',
        b"[",
        b"]",
        b"{",
        b'"',
        b",",
        b"\n",
        b"\\",
        b"\xff",
        b"\x00",
        b"WARC/1.0\r\n",
        b"\r\n",
    ]
)
FILES = st.lists(PIECES | st.binary(max_size=12), max_size=12).map(b"".join)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(sorted({*Item.__struct_fields__, *shapes.known_names()}))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(KINDS)), data=FILES, cut=st.integers(0, 40), packed=st.booleans())
@example(name=".json", data=b"]]]{}[", cut=0, packed=False)
@example(
    name=".warc",
    data=b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 9\r\n\r\nHTTP/1.1 ",
    cut=0,
    packed=False,
)
def test_any_file(tmp_path: Path, name: str, data: bytes, cut: int, *, packed: bool) -> None:
    path = tmp_path / f"a{name}"
    path.write_bytes(gzip.compress(data)[: len(data) + 40 - cut] if packed else data)
    for one in named.submissions([str(path)], Job()):
        assert (one.item is None) == (one.refused is not None)
        assert one.where.startswith(str(path))


@settings(max_examples=400, deadline=None)
@given(
    given=st.dictionaries(NAMES | st.text(max_size=6), JSON, max_size=6), text=st.text(min_size=1, max_size=8)
)
def test_any_item(given: dict[str, object], text: str) -> None:
    line = json.dumps(given | {"text": text}).encode()
    try:
        item, payload = item_of(line, "given")
        raw = raw_of(item, payload, now="2026-01-01T00:00:00.000Z")
    except BadRecord:
        return
    one = named.Submission("test:1", line, item, payload)
    assert emitted(one, topics.RAW.name, now_ms=1_700_000_000_000).rev == raw.rev


@pytest.mark.parametrize("size", [1, 3, 4096])
def test_lines_of_many_kinds_are_all_found(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINE * size)
    assert sum(one.refused is None for one in named.submissions([str(path)], Job())) == size
