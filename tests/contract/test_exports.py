"""What is taken along keeps to the standards: ninjs by its official schema, RSS and schema.org by the words
of their specifications.
"""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import feedparser
import jsonschema
import msgspec
import orjson
import pytest

from services.archive.reading import story_page
from services.archive.reading.answers import Member, StoryPage
from services.web.exports import rss_feed, story_json_ld, story_ninjs
from shared.records.story import TopEntity
from tests.unit.archive_shelf import Shelf

BASE = "https://news.example.org"
OFFICIAL = orjson.loads(
    gzip.decompress((Path(__file__).parent / "exports" / "ninjs-2.1.json.gz").read_bytes())
)
CHECKED = jsonschema.FormatChecker([])
ODD = 'a & b <i>\u202e "\x00\ud800 </title>]]>'
PEOPLE = [
    {
        "entity_id": f"e:{kind}",
        "type": kind,
        "label": {"fa": "سالیوان", "en": "Sullivan"},
        "spellings": {"fa": ["سالیوان"]},
        "n": 2,
    }
    for kind in ("PER", "ORG", "LOC", "FAC", "EVENT")
]


@CHECKED.checks("date-time", ValueError)
def is_moment(value: object) -> bool:
    return not isinstance(value, str) or dt.datetime.fromisoformat(value).tzinfo is not None


@CHECKED.checks("uri", ValueError)
def is_uri(value: object) -> bool:
    return not isinstance(value, str) or (
        bool(urlsplit(value).scheme) and value.isascii() and " " not in value
    )


@pytest.fixture
def page(tmp_path: Path) -> Iterator[StoryPage]:
    shelf = Shelf(tmp_path)
    shelf.article("fa1", "سالیوان در وین\n\nسالیوان گفت.", source="avaye-neshat")
    shelf.article("x/1 2", ODD.replace("\ud800", "\ufffe"), lang="en", source="evil & co")
    shelf.story(
        "s1",
        ["fa1", "x/1 2"],
        by_lang={"fa": 1, "en": 1},
        label={"fa": "سالیوان", "en": ODD.replace("\ud800", "")},
        event_date="2022-01-26",
    )
    found = story_page.story(shelf.reader(), "s1")
    assert found is not None
    entities = msgspec.convert(PEOPLE, list[TopEntity])
    yield msgspec.structs.replace(found, story=msgspec.structs.replace(found.story, top_entities=entities))
    shelf.close()


def faults(made: dict[str, Any]) -> list[str]:
    return [
        one.message[:200]
        for one in jsonschema.Draft202012Validator(OFFICIAL, format_checker=CHECKED).iter_errors(made)
    ]


def test_the_official_schema_of_ninjs_takes_a_story_and_would_not_take_another(page: StoryPage) -> None:
    made = orjson.loads(orjson.dumps(story_ninjs.document(page, BASE)))
    assert faults(made) == []
    assert {"people", "organisations", "places"} <= made.keys()
    assert faults(made | {"type": "story"}) != []
    assert faults(made | {"firstcreated": "yesterday"}) != []
    assert faults(made | {"headline": "x"}) != []
    assert faults({name: value for name, value in made.items() if name != "uri"}) != []


def test_a_feed_is_what_the_specification_of_rss_says(page: StoryPage) -> None:
    for items, lang in (
        (rss_feed.of_members(page.members, BASE), None),
        (rss_feed.of_stories([page.card], BASE, "fa"), "fa"),
    ):
        text = rss_feed.text(ODD.replace("\ud800", ""), f"{BASE}/?lang=fa&sort=growing", lang, items)
        root = ET.fromstring(text)  # noqa: S314 - of our own making
        assert (root.tag, root.get("version"), [one.tag for one in root]) == ("rss", "2.0", ["channel"])
        channel = root[0]
        for required in ("title", "link", "description"):
            assert len(channel.findall(required)) == 1, required
        assert [one.text for one in channel.findall("language")] == ([lang] if lang else [])
        assert parsedate_to_datetime(channel.findtext("lastBuildDate", "")).tzinfo is not None
        guids = [one.findtext("guid") for one in channel.findall("item")]
        assert len(set(guids)) == len(guids) == len(items)
        for one in channel.findall("item"):
            assert {child.tag for child in one} <= {
                "title",
                "link",
                "description",
                "author",
                "category",
                "comments",
                "enclosure",
                "guid",
                "pubDate",
                "source",
            }
            assert len({child.tag for child in one}) == len(one), "each at most once"
            assert one.findtext("title") or one.findtext("description")
            assert urlsplit(one.findtext("link", "")).scheme == "https"
            guid = one.find("guid")
            assert guid is not None
            assert guid.get("isPermaLink") == "false", "it is no address"
            assert parsedate_to_datetime(one.findtext("pubDate", "")).tzinfo is not None
            for source in one.findall("source"):
                assert source.text
                assert source.get("url", "").startswith(f"{BASE}/stories.rss?source="), (
                    "the feed that it came from, not the article"
                )
        read = feedparser.parse(text.encode("utf-8", "replace"))
        assert not read.bozo, "another reader takes it as it is"
        assert len(read.entries) == len(items)


KNOWN = {
    "Collection": {"identifier", "version", "name", "about", "hasPart", "temporalCoverage"},
    "NewsArticle": {
        "headline",
        "inLanguage",
        "version",
        "publisher",
        "sdDatePublished",
        "abstract",
        "datePublished",
        "url",
        "citation",
    },
    "Person": {"name", "alternateName"},
    "Organization": {"name", "alternateName"},
    "Place": {"name", "alternateName"},
    "Event": {"name", "alternateName"},
    "Thing": {"name", "alternateName"},
}
"""What schema.org lets each of these types have, of what we say."""


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(inner)


def test_every_type_and_property_of_the_json_ld_is_one_of_schema_org(page: StoryPage) -> None:
    told = [with_origin(page.members[0]), page.members[1]]
    made = story_json_ld.document(msgspec.structs.replace(page, members=told), BASE)
    found = list(nodes(orjson.loads(orjson.dumps(made))))
    assert {one.get("@type") for one in found} >= {
        "Collection",
        "NewsArticle",
        "Person",
        "Organization",
        "Place",
        "Event",
    }
    for one in found:
        if "@value" in one:
            assert one.keys() == {"@language", "@value"}
            continue
        assert {name for name in one if not name.startswith("@")} <= KNOWN[one["@type"]]
        if "@id" in one:
            assert urlsplit(one["@id"]).netloc == "news.example.org"
            assert " " not in one["@id"]
    assert made["hasPart"][0]["citation"] == "فارس"


def with_origin(member: Member) -> Member:
    return msgspec.structs.replace(
        member, origin="فارس", published="2022-01-26T10:00:00.000Z", url="javascript:x"
    )
