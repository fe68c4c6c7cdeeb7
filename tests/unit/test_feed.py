"""Feed: what is taken, what is refused, and who is who."""

from __future__ import annotations

import base64

import orjson
import pytest

from services.feed import core
from shared.errors import BadRecord
from shared.records import Raw

NOW = "2026-01-01T00:00:00.000Z"


def raw(**fields: object) -> Raw:
    item, payload = core.item_of(orjson.dumps({"source": "x.ir", "text": "متن"} | fields), "")
    return core.raw_of(item, payload, now=NOW)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"not json", "not_json"),
        (b"[1]", "not_an_object"),
        (b'{"source":"x","text":5}', "wrong_type"),
        (b'{"source":"x"}', "empty_text"),
        (b'{"source":"x","text":"  \\n"}', "empty_text"),
        (b'{"source":"x","payload_b64":"%%"}', "undecodable"),
        (b'{"text":"a"}', "no_identity"),
        (b'{"source":{"id":" "},"text":"a"}', "wrong_type"),
        (b'{"source":{"id":"a\\u0000b"},"text":"a"}', "wrong_type"),
        (b'{"source":"x","text":"' + b"a" * 2_000_001 + b'"}', "too_large"),
        (b'{"source":"x","text":"a","fetched_at":"yesterday"}', "wrong_type"),
        (b'{"source":"x","text":"a","fetched_at":12}', "wrong_type"),
    ],
)
def test_refusals_name_their_reason(line: bytes, reason: str) -> None:
    with pytest.raises(BadRecord) as caught:
        core.raw_of(*core.item_of(line, ""), now=NOW)
    assert caught.value.reason == reason


def test_a_flash_of_a_few_words_is_an_article() -> None:
    assert raw(text="فوری: زلزله").payload == "فوری: زلزله"


def test_bytes_that_are_not_utf8_travel_untouched() -> None:
    page = "سلام".encode("cp1256")
    item, payload = core.item_of(
        orjson.dumps({"source": "x", "payload_b64": base64.b64encode(page).decode()}), ""
    )
    found = core.raw_of(item, payload, now=NOW)
    assert base64.b64decode(found.payload_b64 or "") == page


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"url": "HTTPS://X.ir:443/A?id=1&utm_source=t#top"}, {"url": "https://x.ir/A?id=1"}, True),
        ({"url": "https://x.ir/a"}, {"url": "https://x.ir/A"}, False),
        ({"url": "https://x.ir/a?cid=1"}, {"url": "https://x.ir/a?cid=2"}, False),
        ({"url": "https://news.x.ir/1"}, {"url": "https://x.ir/1"}, False),
        (
            {"url": "https://x.ir/1", "publisher_code": "7"},
            {"url": "https://x.ir/2", "publisher_code": "7"},
            True,
        ),
        ({"text": "یک"}, {"text": "دو"}, False),
        ({"source": "a"}, {"source": "b"}, False),
    ],
)
def test_identity(one: dict[str, object], other: dict[str, object], same: bool) -> None:
    assert (raw(**one).doc_id == raw(**other).doc_id) is same


def test_another_payload_is_another_revision_of_the_same_document() -> None:
    one, other = raw(url="https://x.ir/1", text="یک"), raw(url="https://x.ir/1", text="دو")
    assert one.doc_id == other.doc_id
    assert one.rev != other.rev


def test_what_a_page_claims_is_kept_as_a_claim() -> None:
    found = raw(lang="fa", declared={"published": "2020-01-01", "lang": "ar"})
    assert (found.declared.lang, found.declared.published) == ("ar", "2020-01-01")
