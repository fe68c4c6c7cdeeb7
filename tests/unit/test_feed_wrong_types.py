"""Evidence of a wrong type costs the evidence and never the article; what is data and no page is refused, at
every door alike.
"""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.feed import core
from services.feed.forms import json_line, no_page
from services.feed.reading import named
from services.feed.reading.job import Job
from services.feed.submission import Submission
from shared.errors import BadRecord
from shared.records import Raw

NOW = "2024-06-10T12:00:00.000Z"
TEXT = "شورای شهر اصفهان در نشست روز سه‌شنبه خود بودجه سال آینده حمل و نقل عمومی را بررسی و کلیات آن را تصویب کرد."
URL = "https://field.example/1"
ITEM = {"source": "field.example", "url": URL, "text": TEXT}


def raw(line: bytes, source: str = "") -> Raw:
    return core.raw_of(*core.item_of(line, source), now=NOW)


def given(**fields: Any) -> Raw:
    return raw(
        json.dumps({name: value for name, value in (ITEM | fields).items() if value is not ...}).encode()
    )


def unread(found: Raw) -> list[str]:
    assert isinstance(found.extra, dict)
    return list(found.extra["khabar"]["unread"])


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("title", ["عنوان"], "عنوان"),
        ("title", {"rendered": "عنوان"}, "عنوان"),
        ("title", "None", None),
        ("title", float("nan"), None),
        ("author", [{"@type": "Person", "name": "A"}, {"name": "B"}], "A, B"),
        ("author", None, None),
        ("section", ["الف", "ب", "الف"], "الف, ب"),
        ("lang", ["fa"], "fa"),
        ("published", 1717485000, "2024-06-04T07:10:00.000Z"),
        ("published", ["1717485000000"], "2024-06-04T07:10:00.000Z"),
        ("published", {"$date": {"$numberLong": "1717485000000"}}, "2024-06-04T07:10:00.000Z"),
        ("published", "NaT", None),
    ],
)
def test_a_claim_of_another_type_is_read_as_it_was_meant(name: str, value: object, meant: str | None) -> None:
    found = given(**{name: value})
    assert (getattr(found.declared, name) or None, found.extra) == (meant, core.UNSET)
    assert given(declared={name: value}).declared == found.declared, (
        "the short field and the whole object say the same"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", ["a", "b"]),
        ("title", {"fa": "عنوان", "en": "title"}),
        ("title", "x" * 1001),
        ("author", {"id": 1}),
        ("lang", ["fa", "en"]),
        ("published", True),
        ("published", ["2024-06-04", "2024-06-05"]),
        ("declared", "عنوان"),
        ("scraper", "scrapy 2.11"),
        ("media_type", "page"),
        ("encoding", {"from": "header"}),
        ("publisher_code", [1, 2]),
        ("publisher_code", "a\0b"),
        ("url", ["https://a.example/1", "https://a.example/2"]),
        ("url", False),
        ("url", 5),
        ("url", "index.html"),
        ("url", "http://[bad"),
    ],
)
def test_a_claim_that_says_nothing_costs_itself_and_is_kept_aside(name: str, value: Any) -> None:
    found = given(**{name: value})
    assert (found.payload, unread(found)) == (TEXT, [name])
    assert isinstance(found.extra, dict)
    assert found.extra[name] == (str(value) if value == 5 else value)
    assert getattr(found, name, core.UNSET) in (core.UNSET, "text/plain", core.Declared())


def test_of_an_object_only_the_part_that_cannot_be_read_is_lost() -> None:
    found = given(
        source={"id": "x.ir", "kind": "blog", "name": "X"},
        declared={"title": ["a", "b"], "lang": "fa"},
        scraper={"version": 2.11},
    )
    assert (found.source.id, found.source.name, found.source.kind) == ("x.ir", "X", core.UNSET)
    assert (found.declared.lang, found.declared.title) == ("fa", core.UNSET)
    assert found.scraper != core.UNSET
    assert unread(found) == ["declared.title", "source.kind"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (["x.ir"], "x.ir"),
        ({"id": None, "name": "The Outlet"}, "The Outlet"),
        (7.0, "7"),
        (["x.ir", "y.ir"], "field.example"),
        (True, "field.example"),
        ({"id": "a\0b"}, "field.example"),
    ],
)
def test_a_source_of_another_type(source: object, expected: str) -> None:
    assert given(source=source).source.id == expected
    if expected == "field.example":
        with pytest.raises(BadRecord, match="wrong_type: source"):
            given(source=source, url=...)


def test_an_identity_is_the_same_however_its_number_is_written() -> None:
    ids = {given(publisher_code=code).doc_id for code in (12, 12.0, "12", ["12"], {"$oid": "12"})}
    assert ids == {given(publisher_code="12").doc_id}


@pytest.mark.parametrize(
    ("fields", "payload"),
    [
        ({"text": ["یک", None, "دو"]}, "یک\n\nدو"),
        ({"text": 5, "html": "<p>متن"}, "<p>متن"),
        ({"text": "nan", "html": "<p>متن"}, "<p>متن"),
        ({"payload_b64": "%%"}, TEXT),
        ({"text": ..., "content": {"rendered": "<p>متن", "protected": False}, "link": URL}, "<p>متن"),
        ({"text": None, "source": ..., "body": ["یک", "دو"]}, "یک\n\nدو"),
    ],
)
def test_the_page_is_what_can_be_read(fields: dict[str, Any], payload: str) -> None:
    assert given(**fields).payload == payload


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"text": 5}, "wrong_type"),
        ({"text": {"url": URL}}, "wrong_type"),
        ({"text": ["a", {"b": 1}]}, "wrong_type"),
        ({"text": "NaN"}, "empty_text"),
        ({"text": ..., "content": [{"title": "a"}]}, "wrong_type"),
        ({"text": ..., "articles": [{"title": "a", "content": "b"}]}, "empty_text"),
        ({"text": ..., "payload_b64": "JVBERi0xLjQKJeLjz9M="}, "undecodable"),
    ],
)
def test_without_a_page_there_is_no_article(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadRecord) as caught:
        given(**fields)
    assert caught.value.reason == reason


def test_what_cannot_be_written_again_is_left_out() -> None:
    deep: dict[str, Any] = {}
    for _ in range(400):
        deep = {"a": deep}
    found = given(foo=deep, extra={"bar": deep, "khabar": "not ours", "mine": 1})
    assert found.extra == {"mine": 1, "khabar": {"left_out": ["bar", "foo"]}}


MOMENT = "2024-06-04T09:30:00.000Z"


@pytest.mark.parametrize(
    "fetched",
    [
        "2024-06-04T13:00:00+0330", "2024-06-04 09:30:00", "2024-06-04 09:30:00 UTC", "20240604T093000Z", "20240604093000", 1717493400,
        1717493400000, "1717493400.0", "Tue, 04 Jun 2024 09:30:00 GMT", "Tuesday, 04-Jun-24 09:30:00 GMT", "4 Jun 2024 13:00 +0330 (IRST)",
        "۲۰۲۴-۰۶-۰۴T۰۹:۳۰:۰۰Z", [MOMENT], {"$date": MOMENT}, 1717493400000000000,
    ],
)  # fmt: skip
def test_a_time_of_fetching_is_read_as_it_is_meant(fetched: object) -> None:
    assert given(fetched_at=fetched).fetched_at == MOMENT


@pytest.mark.parametrize(
    "fetched",
    [
        "1403-03-15T09:30:00+03:30", "1403/03/15 09:30", "1445-11-27T09:30:00Z", "2567-06-04T09:30:00Z", "06/04/2024 09:30",
        "Tue, 04 Jun 2024 09:30:00 AST", "Tue, 04 Jun 2024 09:30:00 -0000", "Tue Jun  4 09:30:00 2024", "0000-00-00 00:00:00",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2024-06-04", 20240604, True, [MOMENT, "2024-06-05T09:30:00Z"],
        {"at": MOMENT},
    ],
)  # fmt: skip
def test_no_moment_and_a_year_of_another_calendar_are_refused_at_the_door(fetched: object) -> None:
    with pytest.raises(BadRecord, match="wrong_type: fetched_at"):
        given(fetched_at=fetched)
    with pytest.raises(BadRecord, match="wrong_type: fetched_at"):
        given(text=..., source=..., content=TEXT, scraped_at=fetched)


@pytest.mark.parametrize("fetched", [None, "", "None", "NaT", float("nan"), {}, []])
def test_no_time_of_fetching_is_now(fetched: object) -> None:
    assert given(fetched_at=fetched).fetched_at == NOW


LINE = json.dumps(ITEM, ensure_ascii=False).encode()


def slip(written: bytes) -> bytes:
    """Return the line with a field of *written*."""
    return LINE[:-1] + b', "score": ' + written + b"}"


@pytest.mark.parametrize(
    "line",
    [
        b"\xef\xbb\xbf" + LINE,
        b"\xef\xbb\xbf\xef\xbb\xbf " + LINE,
        b"\x1e" + LINE,
        LINE + b",",
        LINE + b" \r\n",
        *(
            slip(one)
            for one in (
                b"NaN",
                b"-Infinity",
                b"nan",
                b"inf",
                b"undefined",
                b"None",
                b"True",
                b"01",
                b".5",
                b"+1",
                b"1e999",
                b"0x1F",
            )
        ),
        slip(b"[1, 2, ]"),
        slip(b'{"a": NaN, }'),
        slip(b"2024-06-04"),
        slip(b"9" * 6000),
    ],
)
def test_a_slip_of_a_json_writer_costs_no_article(line: bytes) -> None:
    found = raw(line)
    assert (found.payload, found.doc_id, found.rev) == (TEXT, given().doc_id, given().rev)


@pytest.mark.parametrize(
    ("written", "meant", "mended"),
    [
        (b"a\tb", "a\tb", 0),
        (b"it\\'s", "it's", 0),
        (b"\\x41", "A", 0),
        (b"a \\ud83d b", "a \ufffd b", 1),
        (b"a \\ude00\\ud83d b", "a \ufffd\ufffd b", 2),
        (b"\\ud83d\\ude00", "\U0001f600", 0),
        (b"a \xed\xa0\xbd b", "a \ufffd b", 1),
        (b"\xed\xa0\xbd\xed\xb8\x80" + b"b" * 100, "\U0001f600" + "b" * 100, 0),
        (b"a \xd9 b" + b"b" * 100, "a \ufffd b" + "b" * 100, 1),
        (b"C:\\q", "C:\ufffd", 1),
    ],
)
def test_a_broken_character_costs_one_sign(written: bytes, meant: str, mended: int) -> None:
    assert json_line.load(b'{"score": NaN, "text": "' + written + b'"}', 10_000) == (
        {"score": None, "text": meant},
        mended,
    )


@pytest.mark.parametrize(
    "line",
    [b'{"a": foo}', b"{a: 1}", b'{"a": "b', b'{"a":1}{"b":2}', b"\xef\xbb\xbf", b'{"a":"\\', b'{"a" "b"}'],
)
def test_what_is_no_json_is_not_guessed(line: bytes) -> None:
    with pytest.raises(BadRecord) as caught:
        json_line.load(line, 10_000)
    assert caught.value.reason == "not_json"


DATA = {
    "RSS": b'\xef\xbb\xbf<?xml version="1.0"?>\n<?xml-stylesheet href="a"?><!-- b --><rss version="2.0"><channel><item>',
    "Atom": b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>a</title>',
    "RDF": b'<?xml version="1.0"?><rdf:RDF xmlns="http://purl.org/rss/1.0/"><item>',
    "sitemap": b'<?xml version="1.0"?><urlset><url><loc>https://a.example/1</loc>',
    "OPML": b"<opml version='2.0'><body>",
    "NITF": b'<?xml version="1.0"?><!DOCTYPE nitf SYSTEM "nitf.dtd"><nitf><body>',
    "an unknown XML": b'<?xml version="1.0"?><export><row>',
    "RSS in UTF-16": '<?xml version="1.0"?><rss version="2.0"><channel>'.encode("utf-16"),
    "JSON Feed": b'{\n "version": "https://jsonfeed.org/version/1.1", "items": []}',
    "JSON lines": LINE + b"\n" + LINE,
    "a list": b'[{"title": "a"}]',
    "a broken list": b'[ {"title": "a", "te',
    "JSONP": b'callback({"title": "a"})',
    "a table": b"url,title,text\nhttps://a.example/1,a,b\n",
    "a calendar": b"BEGIN:VCALENDAR\nVERSION:2.0\n",
    "a saved page in parts": b"From: <Saved by Blink>\nSubject: a\nMIME-Version: 1.0\n\n<p>a",
}
PAGES = {
    "a page in XHTML": b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x.dtd"><html><body><p>a',
    "a piece of a page": b'<?xml version="1.0"?><article><p>a',
    "a custom element": b"<feed-card><p>a</p></feed-card>",
    "a text in brackets": "[تهران] خبر".encode(),
    "a text with code in it": 'او نوشت {"url": "https://a.example"} و رفت'.encode(),
    "a text of a dialogue": b'{ "Yes", he said }',
    "a list of words": b"Title, text, and date:\nwhat readers want",
    "UTF-16 without a mark": "او گفت خبر تازه‌ای در راه است، و رفت.".encode("utf-16-le"),
}


@pytest.mark.parametrize("what", DATA)
@pytest.mark.parametrize("name", ["a.txt", "a.html"])
def test_data_is_no_article_whatever_door_it_comes_through(tmp_path: Path, what: str, name: str) -> None:
    (tmp_path / name).write_bytes(DATA[what])
    (found,) = named.submissions([str(tmp_path / name)], Job())
    assert found.refused is not None
    assert found.refused.reason == "wrong_type"
    assert found.original == DATA[what]
    as_field = Submission.of_line(
        orjson.dumps(ITEM | {"text": DATA[what].decode("utf-8", "replace")}), "", ""
    )
    as_bytes = Submission.of_line(
        orjson.dumps(ITEM | {"payload_b64": core.base64.b64encode(DATA[what]).decode()}), "", ""
    )
    assert as_bytes.refused is not None
    assert as_field.refused is not None or "UTF-16" in what


@pytest.mark.parametrize("what", PAGES)
def test_what_only_looks_like_data_is_a_page(what: str) -> None:
    assert (no_page.binary(PAGES[what]), no_page.data(PAGES[what])) == ("", "")


@pytest.mark.parametrize("data", [DATA["RSS"], DATA["Atom"], b"\n<!doctype html><p>a\n<p>b\n"])
def test_markup_where_json_is_read_is_refused_once(tmp_path: Path, data: bytes) -> None:
    for name in ("a.json", "a.jsonl"):
        (tmp_path / name).write_bytes(data + b"\n<p>" * 20)
        (found,) = named.submissions([str(tmp_path / name)], Job())
        assert found.refused is not None
        assert found.refused.reason == "wrong_type"


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_json_is_the_same_in_a_line_over_lines_in_a_list_and_through_a_pipe(
    tmp_path: Path, indent: int | None, several: bool, encoding: str
) -> None:
    written = [json.dumps(ITEM | {"url": f"{URL}{n}"}, indent=indent) for n in range(2)]
    data = (f"[{','.join(written)}]" if several else "\n".join(written)).encode(encoding)
    (tmp_path / "a.jsonl").write_bytes(data)
    there, here = os.pipe()
    os.write(here, data)
    os.close(here)
    try:
        for name in (str(tmp_path / "a.jsonl"), f"/dev/fd/{there}"):
            found = list(named.submissions([name], Job()))
            assert [one.item.url for one in found if one.item] == [f"{URL}0", f"{URL}1"]
    finally:
        os.close(there)


def test_a_cell_that_says_nothing_is_empty(tmp_path: Path) -> None:
    table = io.StringIO()
    csv.writer(table).writerows(
        [
            ("url", "text", "html", "title", "fetched_at", "publisher_code"),
            (URL, "nan", "<p>متن", "None", "NaT", "12.0"),
            (URL, "\\N", "", "", "", ""),
        ]
    )
    (tmp_path / "a.csv").write_text(table.getvalue(), encoding="utf-8")
    article, refused = named.submissions([str(tmp_path / "a.csv")], Job())
    assert article.item is not None
    assert (article.payload.decode(), article.item.title, article.item.fetched_at) == (
        "<p>متن",
        core.UNSET,
        core.UNSET,
    )
    assert refused.refused is not None
    assert refused.refused.reason == "empty_text"
