"""The stage: charsets, limits, errors, and what travels on."""

from __future__ import annotations

import pickle

import msgspec
import orjson
import pytest
from msgspec import structs

from services.clean.stage import WORK
from shared.contract import Message, Origin
from shared.errors import BadRecord
from shared.records import Source
from shared.wire import codec
from tests.unit.clean_pages import ARABIC, PERSIAN, Lane, clean, raw

ORIGIN = Origin("articles.raw", 3, 17, 0)


@pytest.mark.parametrize("charset", ["cp1256", "utf-16", "utf-8-sig", "iso-8859-6"])
def test_bytes_of_a_known_charset(charset: str) -> None:
    text = ARABIC.replace("“", '"').replace("”", '"').replace("ً", "")
    data = text.encode(charset, "ignore")
    block = clean(data, encoding=charset)
    assert "مستشار الأمن القومي" in block.text


def test_the_charset_a_page_declares_itself() -> None:
    body = "".join(f"<p>{line}</p>" for line in ARABIC.split("\n") if line)
    data = f'<html><head><meta charset="windows-1256"></head><body>{body}</body></html>'.encode(
        "cp1256", "ignore"
    )
    assert "مستشار الأمن القومي" in clean(data, media_type="text/html").text


def test_an_undeclared_charset_is_guessed_and_said() -> None:
    block = clean(ARABIC.encode("cp1256", "ignore"))
    assert "مستشار الأمن القومي" in block.text
    assert "charset_guessed" in block.warnings


@pytest.mark.parametrize("payload", ["", "   \n ", "\u200c\u200f", "***", "\u0000"])
def test_a_page_without_text_is_refused(payload: str) -> None:
    with pytest.raises(BadRecord) as caught:
        clean(payload)
    assert caught.value.reason == "empty_text"


def test_no_payload_and_bad_base64() -> None:
    with pytest.raises(BadRecord) as caught:
        Lane().clean(structs.replace(raw("x"), payload=msgspec.UNSET))
    assert caught.value.reason == "missing_field"
    with pytest.raises(BadRecord) as caught:
        Lane().clean(structs.replace(raw("x"), payload=msgspec.UNSET, payload_b64="%%%"))
    assert caught.value.reason == "undecodable"


def test_nul_is_stripped_and_mapped() -> None:
    block = clean("خبر\u0000 مهم امروز درباره کشور ایران است")
    assert "\u0000" not in block.text
    assert [3, 0, 3, 1, "drop"] in [list(row) for row in block.align]


def test_an_endless_page_is_cut_with_a_warning() -> None:
    block = clean("کلمه " * 100_000)
    assert len(block.text) <= 200_000
    assert "text_cut" in block.warnings
    block = clean("\n".join(f"سطر شماره {i} از این متن" for i in range(6_000)))
    assert len(block.segments) <= 5_000
    assert "text_cut" in block.warnings


def test_a_page_travels_between_processes() -> None:
    message = Message(None, codec.encode(raw(PERSIAN)), ORIGIN)
    page = WORK.extract(message)
    sent = pickle.loads(pickle.dumps(page))  # noqa: S301 - our own bytes, as a process pool sends them
    memory = WORK.state()
    assert WORK.fold(memory, message, sent) == WORK.fold(memory, message, page)


def test_fold_changes_nothing_itself() -> None:
    lane = Lane()
    lane.fold(raw(PERSIAN))
    message = Message(None, codec.encode(raw(ARABIC)), ORIGIN)
    page = WORK.extract(message)
    assert WORK.fold(lane.memory, message, page) == WORK.fold(lane.memory, message, page)


def test_the_head_and_the_event() -> None:
    record = raw(PERSIAN, source_record=Source(id="neshat", country="IR"), url="https://x.ir/1")
    (emit,) = Lane().fold(record).outcomes
    value = orjson.loads(emit.value)
    assert (emit.topic, emit.key, emit.type, emit.subject, emit.rev) == (
        "articles.clean", record.doc_id.encode(), "news.article.clean.v1", record.doc_id, record.rev,
    )  # fmt: skip
    assert value["raw_ref"] == {
        "topic": "articles.raw",
        "partition": 0,
        "offset": 0,
        "content_sha256": record.content_sha256,
    }
    assert "payload" not in value
    assert value["clean"]["published"]["tz_basis"] == "source_default"


def test_warnings_travel_beside_the_record_to_be_counted() -> None:
    (emit,) = Lane().fold(raw("نظرات بینندگان\nنام:\nایمیل:")).outcomes
    assert "only_furniture" in emit.warnings
    assert list(emit.warnings) == orjson.loads(emit.value)["clean"]["warnings"]


def test_english_and_other_scripts_pass_untouched() -> None:
    english = "Officials meet in Vienna\n\nThe two sides met on Monday, officials said, and agreed to meet again in a week."
    assert clean(english).text == english
    hindi = "दोनों पक्षों ने सोमवार को मुलाकात की\n\nअधिकारियों ने कहा कि वे एक सप्ताह में फिर मिलेंगे।"
    assert clean(hindi).text == hindi


def test_a_half_space_that_became_a_space() -> None:
    spaced = "او می گوید که این کار می تواند مفید باشد و مردم می خواهند بدانند چه می شود و چرا کتاب ها گران شده اند."
    block = clean(spaced)
    assert "می‌گوید" in block.text
    assert "کتاب‌ها" in block.text
    assert block.edits["space_fix"] >= 5


def test_intact_half_spaces_are_left_alone() -> None:
    intact = "او می‌گوید که کتاب‌های تازه‌ای نوشته‌اند و سازمانهای دیگر می‌خواهند همکاری کنند."
    assert clean(intact).text == intact
