"""A heavy page is taken when what is left of it without code, styles and pictures is short enough."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.feed.core import item_of
from services.feed.forms.light_page import lightened
from shared.errors import BadRecord
from shared.wire import codec
from tests.unit.test_feed_reading import read

ARTICLE = b"<article><h1>A bridge</h1><p>The council voted on Tuesday.</p></article>"
DATA = b'<script type="application/ld+json">{"datePublished":"2024-06-04"}</script>'
HEAVY = {
    "script": b"<script>" + b"var a = '<p>1</p>';" * 300 + b"</script>",
    "upper case": b"<SCRIPT SRC=x>" + b"var a = 1;" * 500 + b"</SCRIPT >",
    "style": b"<style media='all'>" + b".a{color:red}" * 500 + b"</style>",
    "drawing": b"<svg><path d='" + b"M0 0" * 1000 + b"'/></svg>",
    "comment": b"<!-- " + b"old text " * 500 + b"-->",
    "picture": b'<img src="data:image/png;base64,' + b"iVBORw0K" * 600 + b'">',
}


@pytest.mark.parametrize("kind", HEAVY)
def test_what_makes_a_page_heavy_goes_and_what_is_read_stays(kind: str) -> None:
    page = b"<html>" + DATA + HEAVY[kind] + ARTICLE + HEAVY[kind] + b"</html>"
    light = lightened(page, 2000)
    assert len(light) < 500
    assert ARTICLE in light
    assert DATA in light
    assert lightened(page, len(page)) is page


@pytest.mark.parametrize(
    "opening", [b"<script>", b"<!--", b"<style", b"<svg", b"data:image/png;base64,", b"<script type=ld+json>"]
)
def test_what_never_ends_stays_and_costs_no_square(opening: bytes) -> None:
    page = opening * 100_000
    assert lightened(page, 10) == page


def test_a_text_is_too_large_all_the_same() -> None:
    with pytest.raises(BadRecord) as caught:
        item_of(codec.encode({"source": "x", "text": "a" * 2_000_001}), "")
    assert caught.value.reason == "too_large"
    script = "<script>" + "var a = 1;" * 250_000 + "</script>"
    _, payload = item_of(codec.encode({"source": "x", "html": script + ARTICLE.decode()}), "")
    assert payload.endswith(ARTICLE)


def test_a_heavy_file_is_taken(tmp_path: Path) -> None:
    (tmp_path / "heavy.html").write_bytes(HEAVY["script"] * 400 + ARTICLE)
    assert [one.refused for one in read(tmp_path / "heavy.html")] == [None]
