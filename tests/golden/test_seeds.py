"""The two pages the engine exists for: one event, two languages, one story, with the reasons."""

from __future__ import annotations

import math
from itertools import permutations
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.feed.core import raw_of
from services.feed.reading import named
from services.feed.reading.job import Job
from services.stages import all_work
from shared.wire import codec, topics
from shared.worker.in_memory import Pipeline

SEEDS = Path(__file__).resolve().parents[1] / "seeds"
FA, AR = "000_3eb1ae8f6e4d07b5.txt", "002_7e478acb9f3015b4.txt"
NOW = "2026-01-01T00:00:00.000Z"


def run(order: tuple[str, ...]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the linked articles by file name, and the stories, after feeding *order*."""
    pipeline, ids = Pipeline(all_work()), {}
    for name in order:
        for page in named.submissions([str(SEEDS / name)], Job(source=f"outlet-of-{name[:3]}")):
            assert page.item is not None
            raw = raw_of(page.item, page.payload, now=NOW)
            ids[raw.doc_id] = name
            pipeline.send(topics.RAW.name, raw.source.id.encode(), codec.encode(raw))
    articles = [orjson.loads(one.value or b"") for one in pipeline.topics[topics.LINKED.name]]
    stories = {one.key: orjson.loads(one.value or b"") for one in pipeline.topics[topics.STORIES.name]}
    return {ids[article["doc_id"]]: article for article in articles}, list(stories.values())


@pytest.fixture(scope="module")
def both() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    return run((FA, AR))


def test_persian_page(both: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    clean = both[0][FA]["clean"]
    assert clean["published"]["value"] == "2022-01-27T10:32:00.000Z"
    assert clean["published"]["precision"] == "minute"
    cut = [segment for segment in clean["segments"] if not segment["kept"]]
    assert sorted(segment["type"] for segment in cut) == sorted(
        [
            "news_code",
            "pub_line",
            "end_marker",
            "source_line",
            "comment_form",
            "comment_form",
            "comment_form",
            "comment_form",
        ]
    )
    assert all(segment["rule"] for segment in cut)
    assert clean["quality"]["zwnj_inserted"] >= 29
    for word in (
        "جلسه‌ای",
        "تل‌آویو",
        "هسته‌ای",
        "سازمان‌های",
        "گفت‌وگوها",
        "گرفته‌اند",
        "نخست‌وزیر",
        "بین‌المللی",
        "می‌رسد",
        "ضعیف‌تر",
    ):
        assert word in clean["text"]
    assert {(one["kind"], one["name"]) for one in clean["sources"]} >= {
        ("self_claimed", "آوای نشاط"),
        ("declared", "فارس"),
    }
    assert clean["title"]["text"] == "رایزنی مشاوران امنیتی واشنگتن و تل‌آویو درباره ایران"
    chain = both[0][FA]["entities"]["provenance"]["chain"]
    assert chain.index("آوای نشاط") < chain.index("فارس")


def test_arabic_page(both: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    clean = both[0][AR]["clean"]
    assert clean["published"] is None
    assert clean["why"]["published"]
    assert sum(not segment["kept"] for segment in clean["segments"]) == 8
    assert {one["name"] for one in clean["sources"] if one["kind"] == "declared"} == {"RT", "الجزيرة"}
    mentions = both[0][AR]["entities"]["mentions"]
    spelled = {mention["exact"]: mention["entity_id"] for mention in mentions if mention["type"] == "PER"}
    ids = {spelled[name] for name in spelled if name.endswith(("سوليفان", "ساليفان"))}
    assert len(ids) == 1, "two spellings, one man"
    assert {name for name in spelled if name.endswith(("سوليفان", "ساليفان"))} >= {
        "جيك سوليفان",
        "جيك ساليفان",
    }


def test_languages(both: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    assert [
        (both[0][name]["language"]["lang"], both[0][name]["language"]["confidence"] > 0.99)
        for name in (FA, AR)
    ] == [
        ("fa", True),
        ("ar", True),
    ]


@pytest.mark.parametrize("order", list(permutations((FA, AR))), ids=["persian-first", "arabic-first"])
def test_one_story_in_either_order(order: tuple[str, ...]) -> None:
    articles, stories = run(order)
    living = [story for story in stories if story["status"] != "merged"]
    assert len(living) == 1
    assert sorted(living[0]["doc_ids"]) == sorted(article["doc_id"] for article in articles.values())
    assert set(living[0]["label"]) == {"fa", "ar"}


def test_the_reasons_are_ones_a_reader_understands_and_add_up(
    both: tuple[dict[str, Any], list[dict[str, Any]]],
) -> None:
    linked = both[0][AR]["linked"]
    assert linked["decision"] == "joined"
    shown = [one for one in linked["evidence"] if one["weight"] > 0]
    assert {"entity", "quote", "time", "place"} <= {one["kind"] for one in shown}
    said = " ".join(one["label"] + one["text"] + one["other"]["text"] for one in shown)
    for what in ("سالیوان", "SCG", "هولاتا"):
        assert what in said, f"{what} is among the reasons"
    texts = {both[0][name]["doc_id"]: both[0][name]["clean"]["text"] for name in (FA, AR)}
    for one in shown:
        assert one["text"]
        assert one["other"]["text"]
        for span in one["doc_spans"]:
            assert texts[both[0][AR]["doc_id"]][span["start"] : span["end"]].strip()
        for span in one["other"]["spans"]:
            assert texts[one["other"]["doc_id"]][span["start"] : span["end"]].strip()
    total = linked["bias"] + sum(one["weight"] for one in linked["evidence"]) + linked["evidence_rest"]
    assert math.isclose(total, math.log(linked["score"] / (1 - linked["score"])), abs_tol=1e-6)


def test_every_span_holds_what_it_says(both: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    for article in both[0].values():
        text = article["clean"]["text"]
        for mention in article["entities"]["mentions"]:
            assert text[mention["start"] : mention["end"]] == mention["exact"]


def test_the_same_bytes_again() -> None:
    assert run((FA, AR)) == run((FA, AR))
