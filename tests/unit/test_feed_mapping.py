"""Other tools' words for an article, as those tools write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from services.feed import core
from services.feed.core import Item
from services.feed.mapping import shapes
from services.feed.mapping.field_path import FieldPath
from services.feed.mapping.translation import MOST_KEPT_BYTES
from shared.errors import BadRecord
from shared.records import Raw

NOW = "2026-01-01T00:00:00.000Z"
URL = "https://www.outlet.ir/news/1?id=7"


def raw(given: dict[str, Any], *, source: str = "", shape: shapes.Shape | None = None) -> Raw:
    return core.raw_of(*core.item_of(orjson.dumps(given), source, shape), now=NOW)


NEWS_PLEASE = {
    "authors": ["A. Writer", "B. Writer"], "date_download": "2025-07-17 17:03:06", "date_modify": "None",
    "date_publish": "2025-07-17 15:00:00", "description": "lead", "filename": "x.json", "image_url": None, "language": "fa",
    "localpath": None, "title": "عنوان", "title_page": None, "title_rss": None, "source_domain": "outlet.ir", "maintext": "متن", "url": URL,
}  # fmt: skip
NEWSPAPER4K = {
    "url": URL, "read_more_link": "", "language": "en", "title": "عنوان", "top_image": "https://x/i.jpg", "meta_img": "", "images": [],
    "movies": [], "keywords": ["a"], "meta_keywords": [], "tags": [], "authors": ["A. Writer", "B. Writer"],
    "publish_date": "2025-07-17 15:00:00", "summary": "", "meta_description": "", "meta_lang": "fa", "meta_favicon": "",
    "meta_site_name": "Outlet", "canonical_link": URL, "text": "متن",
}  # fmt: skip
ZYTE = {
    "url": URL, "headline": "عنوان", "datePublished": "2025-07-17 15:00:00", "authors": [{"name": "A. Writer"}, {"name": "B. Writer"}],
    "inLanguage": "fa", "articleBody": "متن", "articleBodyHtml": "<p>متن</p>", "breadcrumbs": [{"name": "سیاست", "url": "https://x/y"}],
    "metadata": {"probability": 0.98, "dateDownloaded": "2025-07-17T17:03:06Z"},
}  # fmt: skip
SCHEMA_ORG = {
    "@context": "https://schema.org", "@type": "NewsArticle", "mainEntityOfPage": {"@type": "WebPage", "@id": URL}, "headline": "عنوان",
    "datePublished": "2025-07-17 15:00:00", "author": [{"@type": "Person", "name": "A. Writer"}, {"@type": "Person", "name": "B. Writer"}],
    "publisher": {"@type": "Organization", "name": "Outlet"}, "inLanguage": "fa", "articleBody": "متن", "articleSection": ["سیاست"],
}  # fmt: skip
MEDIA_CLOUD = {
    "id": "ab12", "indexed_date": "2025-07-18 00:00:00", "language": "fa", "media_name": "outlet.ir", "media_url": "outlet.ir",
    "publish_date": "2025-07-17 15:00:00", "text": "متن", "title": "عنوان", "url": URL,
}  # fmt: skip
NEWS_SEARCH = {
    "article_title": "عنوان", "publication_date": "2025-07-17 15:00:00", "indexed_date": "2025-07-18", "language": "fa",
    "url": URL, "canonical_domain": "outlet.ir", "text_content": "متن", "text_extraction": "trafilatura", "id": "ab12",
}  # fmt: skip
SPIDER = {
    "title": "عنوان", "link": URL, "content": "متن", "author": "A. Writer, B. Writer", "published_at": "2025-07-17 15:00:00",
    "scraped_at": 1752771786, "language": "fa", "category": "سیاست",
}  # fmt: skip
SHAPES = {
    "news-please": NEWS_PLEASE, "newspaper4k": NEWSPAPER4K, "zyte": ZYTE, "schema.org": SCHEMA_ORG, "media-cloud": MEDIA_CLOUD,
    "media-cloud-search": NEWS_SEARCH, "spider": SPIDER,
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_an_article_is_the_same_from_every_tool(name: str) -> None:
    found, ours = raw(SHAPES[name]), raw({"source": "outlet.ir", "url": URL, "text": "متن"})
    assert (found.doc_id, found.rev, found.source.id) == (ours.doc_id, ours.rev, "outlet.ir")
    assert (found.declared.title, found.declared.lang) == ("عنوان", "fa")
    assert found.declared.published == "2025-07-17 15:00:00"
    if name not in ("media-cloud", "media-cloud-search"):
        assert found.declared.author == "A. Writer, B. Writer"
    if name in ("news-please", "zyte", "spider"):
        assert found.fetched_at == "2025-07-17T17:03:06.000Z", "the crawl's time is no time of publication"


NINJS_1 = {
    "uri": "urn:newsml:agency.org:2025:7", "type": "text", "versioncreated": "2025-07-17T15:00:00Z", "language": "en", "byline": "A. Writer",
    "headline": "A title", "body_text": "The text.", "body_xhtml": "<p>The text.</p>", "copyrightholder": "agency",
}  # fmt: skip
NINJS_3 = {
    "uri": "urn:newsml:agency.org:2025:7", "versionCreated": "2025-07-17T15:00:00Z", "language": "en", "by": "A. Writer",
    "headlines": [{"role": "main", "value": "A title"}], "copyrightHolder": "agency",
    "bodies": [{"role": "main", "contentType": "text/plain", "value": "The text."}],
}  # fmt: skip


@pytest.mark.parametrize("given", [NINJS_1, NINJS_3])
def test_ninjs_of_all_versions(given: dict[str, Any]) -> None:
    found = raw(given)
    assert (found.payload, found.media_type, found.publisher_code) == (
        "The text.",
        "text/plain",
        "urn:newsml:agency.org:2025:7",
    )
    assert (found.declared.title, found.declared.author, found.declared.published) == (
        "A title",
        "A. Writer",
        "2025-07-17T15:00:00Z",
    )
    assert found.source.id == "agency", "there is no address, so it is who publishes"


def test_an_item_in_our_words_is_never_read_as_another_shape() -> None:
    found = raw(
        {
            "source": "x.ir",
            "text": "ours",
            "body": "theirs",
            "headline": "theirs",
            "published_at": "2020-01-01",
        }
    )
    assert found.payload == "ours"
    assert found.declared.title == found.declared.published == core.UNSET
    assert found.extra == {"body": "theirs", "headline": "theirs", "published_at": "2020-01-01"}


def test_nulls_and_empty_fields_are_as_if_absent() -> None:
    found = raw(
        {
            "source": "x.ir",
            "text": "a",
            "url": None,
            "fetched_at": None,
            "lang": "",
            "declared": {"title": None, "lang": "fa"},
            "html": None,
        }
    )
    assert (found.id_basis, found.fetched_at, found.declared.lang) == ("content", NOW, "fa")
    assert found.extra is core.UNSET
    assert raw({"source": "x.ir", "text": None, "body": "theirs"}).payload == "theirs"


def test_unknown_fields_are_kept_within_bounds_and_what_is_not_is_named() -> None:
    found = raw(
        {
            "source": "x.ir",
            "text": "a",
            "id": 7,
            "tags": ["a"],
            "raw": "x" * MOST_KEPT_BYTES,
            "extra": {"mine": 1},
        }
    )
    assert found.extra == {"mine": 1, "id": 7, "tags": ["a"], "khabar": {"left_out": ["raw"]}}


@pytest.mark.parametrize(
    ("given", "source", "expected"),
    [
        ({"text": "a", "url": "https://WWW.X.ir:8080/1"}, "", "x.ir"),
        ({"text": "a", "url": "https://x.ir/1"}, "given", "given"),
        ({"text": "a", "publisher": "The Outlet"}, "", "The Outlet"),
        ({"text": "a", "url": "https://x.ir/1", "publisher": "The Outlet"}, "", "x.ir"),
        ({"content": "a", "site": "https://www.y.ir/"}, "", "y.ir"),
        ({"content": "a", "source": "Said so", "url": "https://x.ir/1"}, "given", "Said so"),
    ],
)
def test_who_is_the_source(given: dict[str, Any], source: str, expected: str) -> None:
    assert raw(given, source=source).source.id == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (1752771786, "2025-07-17T17:03:06.000Z"),
        (1752771786123, "2025-07-17T17:03:06.123Z"),
        (1752771786.5, "2025-07-17T17:03:06.500Z"),
        ("1752771786", "2025-07-17T17:03:06.000Z"),
        ("1752771786123", "2025-07-17T17:03:06.123Z"),
        (1752771786123456, "2025-07-17T17:03:06.123Z"),
        (1752771786123456789, "2025-07-17T17:03:06.123Z"),
    ],
)
def test_numbers_of_seconds_and_their_parts_are_times(given: object, expected: str) -> None:
    found = raw({"source": "x.ir", "text": "a", "fetched_at": given, "declared": {"published": given}})
    assert (found.fetched_at, found.declared.published) == (expected, expected)


@pytest.mark.parametrize(
    "given",
    [20250717, 2025, True, 17527717861234, [1752771786, 1752771787], {"at": 1}, "2025-07", "yesterday"],
)
def test_what_is_no_time_is_refused_by_its_field(given: object) -> None:
    with pytest.raises(BadRecord, match="fetched_at") as caught:
        raw({"source": "x.ir", "text": "a", "fetched_at": given})
    assert caught.value.reason == "wrong_type"


@pytest.mark.parametrize(
    ("given", "reason", "words"),
    [
        ({"source": "x.ir", "txet": "a"}, "empty_text", '"txet" looks like "text"'),
        (
            {"source": "x.ir", "articel_text": "a"},
            "empty_text",
            '"articel_text" looks like "article_text", which is read as "text"',
        ),
        (
            {"text": "a", "soruce": "x.ir"},
            "no_identity",
            'no source: add "source" or a "url", or give --source ("soruce" looks like "source")',
        ),
        ({"source": "x.ir", "title": "a"}, "empty_text", 'no page: add "text", "html" or "payload_b64"'),
    ],
)
def test_a_refusal_names_what_the_field_was_meant_to_be(
    given: dict[str, Any], reason: str, words: str
) -> None:
    with pytest.raises(BadRecord) as caught:
        raw(given)
    assert caught.value.reason == reason
    assert words in caught.value.detail


def test_a_user_says_how_his_items_are(tmp_path: Path) -> None:
    path = tmp_path / "map.yml"
    path.write_text(
        "text:\n- article.parts[].body\n- article.fallback\ntitle: article.titles[1]\nsource: who\nfetched_at: at\n",
        encoding="utf-8",
    )
    given = {
        "article": {"parts": [{"body": "one"}, {"body": None}, {"body": "two"}], "titles": ["a", "b"]},
        "who": "x.ir",
        "at": 1752771786,
        "n": 1,
    }
    found = raw(given, shape=shapes.read(path))
    assert (found.payload, found.declared.title, found.source.id) == ("one\n\ntwo", "b", "x.ir")
    assert found.fetched_at == "2025-07-17T17:03:06.000Z"
    assert found.extra == {"n": 1}
    with pytest.raises(BadRecord, match="no page"):
        raw({"article": {}, "who": "x.ir"}, shape=shapes.read(path))


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("text: a..b", "no path"),
        ("txt: a", "no field of ours"),
        ("- text", "an object is needed"),
        ("text: [a", "no YAML"),
        ("text: a[x]", "no path"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(tmp_path: Path, written: str, words: str) -> None:
    path = tmp_path / "map.yml"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(shapes.BadMapping, match=words):
        shapes.read(path)


def test_paths() -> None:
    found = {"a": {"b": [{"c": 1}, {"c": [2, 3]}]}, "x.y": 4, "@id": 5}
    for written, values in {
        "a.b[0].c": [1],
        "a.b[].c": [1, [2, 3]],
        "a.b[1].c[]": [2, 3],
        "x.y": [4],
        "@id": [5],
        "a.z": [],
        "a.b[9]": [],
    }.items():
        assert list(FieldPath.parse(written).values(found)) == values, written


def test_shapes_read_only_fields_we_have() -> None:
    assert set(shapes.TARGETS) <= set(Item.__struct_fields__)
    assert {shape.name for shape in shapes.declared()} == {*SHAPES, "ninjs"}
