"""The article with its names marked."""

from __future__ import annotations

from msgspec.structs import replace

from services.extract.core import extract
from services.extract.marked import marked
from tests.unit.extract_articles import article


def test_every_mention_of_an_article_is_marked_with_its_type() -> None:
    text = "جیک سالیوان به وین رفت."
    shown = marked(text, extract(article(text, "fa")).mentions)
    assert shown == "\u2068⟦جیک سالیوان·PER⟧\u2069 به \u2068⟦وین·LOC⟧\u2069 رفت."


def test_of_mentions_that_overlap_one_is_marked() -> None:
    text = "Iran now"
    one = extract(article(text, "en")).mentions[0]
    shown = marked(text, [replace(one, end=2), one, replace(one, start=2), replace(one, start=5, end=99)])
    assert shown == "\u2068⟦Iran·LOC⟧\u2069 now"
    assert marked(text, []) == text
