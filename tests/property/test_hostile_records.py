"""Hostile records through clean, detect, extract and link: each ends in exactly one place, none as our bug,
and what comes out is whole.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.extract import stage
from services.extract.tagger.interfaces import Models
from services.workshop.fuzzing.floods import FLOODS
from services.workshop.fuzzing.hostile_pages import NESTS
from services.workshop.fuzzing.hostile_records import page, record
from services.workshop.fuzzing.slow_records import Watched
from services.workshop.timing.made_pages import SEEDS

REPORT = (SEEDS / "002_7e478acb9f3015b4.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def engine() -> Iterator[Watched]:
    """The four stages without models: names by tables and rules."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "loaded", Models)
        yield Watched()


def value(payload: str | bytes, **fields: Any) -> bytes:
    body = (
        {"payload": payload}
        if isinstance(payload, str)
        else {"payload": None, "payload_b64": base64.b64encode(payload).decode()}
    )
    made = page(Random(1), "a") | {"payload_b64": None} | body | fields
    return orjson.dumps({name: content for name, content in made.items() if content is not None})


def ended(engine: Watched, record: bytes) -> str:
    end = engine.send("", record)
    assert ": bug" not in end, end
    return end


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_every_record_ends_in_one_place_and_whole(engine: Watched, seed: int) -> None:
    ended(engine, record(Random(seed), str(seed)))


@pytest.mark.parametrize("name", sorted(FLOODS))
@pytest.mark.parametrize("media_type", ["text/plain", "text/html"])
def test_a_flood_of_one_thing(engine: Watched, name: str, media_type: str) -> None:
    units = FLOODS[name]
    for turn, unit in enumerate((units[0], "".join(units))):
        flood = unit * (4_000 // len(unit))
        framed = (
            f"<html><body><p>{REPORT[:300]}</p><p>{flood}</p></body></html>"
            if media_type == "text/html"
            else f"{REPORT[:300]}\n{flood}\n"
        )
        payload = framed.encode("utf-8", "replace").decode()
        assert ended(
            engine, value(payload, doc_id=f"{name}-{media_type}-{turn}", media_type=media_type)
        ).startswith("linked")


@pytest.mark.parametrize(("opening", "closing"), NESTS)
def test_a_nest_of_elements(engine: Watched, opening: str, closing: str) -> None:
    for ends in (0, 1_000):
        framed = f"<html><body>{opening * 1_000}{REPORT[:600]}{closing * ends}</body></html>"
        assert re.match(
            "linked|clean.dead: empty_text",
            ended(engine, value(framed, doc_id=f"{opening}{ends}", media_type="text/html")),
        )


JUST = b'{"a":'
CASES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "clean.dead: not_json"),
    "not UTF-8": (b'{"doc_id":"\xff"}', "clean.dead: not_json"),
    "JSON without end": (b"[" * 100_000, "clean.dead: not_json"),
    "JSON too deep": (JUST * 1_100 + b"1" + b"}" * 1_100, "clean.dead: not_json"),
    "JSON deep in what nobody reads": (value("سلام دنیا", doc_id="deep")[:-1] + b',"extra":' + JUST * 1_000 + b"1" + b"}" * 1_001, "linked"),
    "a half of a pair": (value("x", doc_id="half")[:-1] + b',"extra":{"a":"\\ud800"}}', "clean.dead: not_json"),
    "a half of a pair in JSON-LD": (value('<html><head><script type="application/ld+json">{"@type":"NewsArticle","headline":"Storm \\ud800 closes"}</script></head>'
                                          f"<body><h1>Storm closes</h1><p>{REPORT[:600]}</p></body></html>", doc_id="half-ld", media_type="text/html"), "linked"),
    "the same key twice, the last counts": (value("سلام دنیا", doc_id="first")[:-1] + b',"doc_id":"second"}', "linked"),
    "an integer beyond all": (value("سلام دنیا", doc_id="integer")[:-1] + b',"extra":{"n":' + b"9" * 5_000 + b"}}", "clean.dead: not_json|linked"),
    "a schema that is a list": (value("x")[:-1] + b',"schema":[1]}', "clean.dead: unknown_schema"),
    "a block of a later stage": (value("سلام دنیا", doc_id="later")[:-1] + b',"linked":1,"entities":{},"language":[],"clean":0}', "linked"),
    "larger than a topic takes": (value("x")[:-1] + b',"extra":{"a":"' + b"a" * (4 << 20) + b'"}}', "clean.dead: too_large"),
    "a page too large": (value("آ" * 1_000_001), "clean.dead: too_large"),
    "200,000 marks on one letter": (value("a" + "\u0301\u0316" * 100_000, doc_id="marks"), "linked"),
    "only marks": (value("\u0301" * 200_000), "clean.dead: empty_text"),
    "only what has no width": (value("\u200b\u200c\u200d\u2060\ufeff" * 40_000), "clean.dead: empty_text"),
    "one word of 200,000 letters": (value("ا" * 200_000, doc_id="word"), "linked"),
    "200,000 lines": (value("الوقت\n" * 150_000, doc_id="lines"), "linked"),
    "a quote never closed": (value("قال «" + "«سلام " * 30_000, doc_id="open"), "linked"),
    "days that are none": (value("۳۲ بهمن ۱۴۰۰ و 31 February 2022 و ۹۹/۹۹/۹۹۹۹ و ²²/¹¹/²⁰²⁰ الساعة ²⁵:٩٩ " * 300, doc_id="days", declared={"published": "9999-99-99"}), "linked"),
    "an amount without end": (value("هزار میلیون میلیارد " * 5_000 + "نفر و " + "hundred million " * 5_000, doc_id="amount"), "linked"),
    "entities of entities": (value("<!DOCTYPE html [" + "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};">' for n in range(1, 40)) + f"]><html><body><p>&a39; {REPORT[:400]}</p>", doc_id="bomb", media_type="text/html"), "linked"),
    "an address that is none": (value("سلام دنیا", doc_id="address", url="http://[", canonical_url="http://[::1]:99999/"), "linked"),
    "a canonical address that is none": (value(f"<html><head><link rel='canonical' href='http://['><meta name='author' content='x'></head><body><p>{REPORT[:400]}</p>", doc_id="canonical", media_type="text/html"), "linked"),
    "bytes of no charset": (value(bytes(range(128, 256)) * 50, doc_id="bytes", encoding="hex"), "clean.dead: undecodable|linked"),
    "a charset that is a codec of bytes": (value(b"\xff\xfe\xfd" * 50, doc_id="codec", encoding="zlib"), "clean.dead: (undecodable|empty_text)|linked"),
    "fetched on no day": (value("سلام دنیا", doc_id="fetched", fetched_at="never"), "clean.dead: wrong_type"),
    "fetched after all days": (value("سلام دنیا", doc_id="fetched-late", fetched_at="9999-12-31T23:59:59.999Z"), "linked"),
    "fetched in another time zone's year 0": (value("سلام دنیا", doc_id="early", fetched_at="0001-01-01T00:00:00+14:00"), "clean.dead: wrong_type|linked"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_attack_ends_where_it_should(engine: Watched, case: str) -> None:
    record, place = CASES[case]
    assert re.match(place, ended(engine, record))
