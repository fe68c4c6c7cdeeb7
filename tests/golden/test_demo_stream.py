"""What the stream of the demo shows, as the engine makes it today: which articles are one story, what stays
apart, what died.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from services.checkout import SEEDS, STREAM
from services.cli.verbs.demo import FETCHED, SOURCES
from services.cli.verbs.demo_stream import LAST, SIGHTS, named_id
from services.feed.core import raw_of
from services.feed.reading import named
from services.feed.reading.job import Job
from services.feed.submission import Submission
from services.pulse.core import Note, Place, seconds
from services.pulse.daybook import Daybook
from services.pulse.source_silence import KnownSources
from services.stages import all_work
from shared.wire import codec, headers, topics
from shared.worker.in_memory import Pipeline

INTENDED = STREAM.with_name("intended.tsv")


@dataclass
class Shown:
    """What the engine has made: articles by id (the newest), stories by id, events, letters; *event_of* is
    what the author meant.
    """

    articles: dict[str, dict[str, Any]] = field(default_factory=dict)
    stories: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    letters: list[tuple[str, str]] = field(default_factory=list)
    event_of: dict[str, str] = field(default_factory=dict)

    def article(self, outlet: str, path: str) -> dict[str, Any]:
        return self.articles[named_id(outlet, path)]

    def stories_of(self, event: str) -> list[dict[str, Any]]:
        """The stories that hold articles of an event, the one with most of them first."""
        held = {
            name: sum(self.event_of[doc] == event for doc in story["doc_ids"])
            for name, story in self.stories.items()
        }
        return [self.stories[name] for name in sorted(held, key=lambda name: -held[name]) if held[name]]


def intended() -> list[list[str]]:
    lines = INTENDED.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


def pages() -> list[tuple[Submission, str]]:
    """The seeds, then the stream, each with when it was fetched."""
    seeds = [
        page
        for name, source in SOURCES.items()
        for page in named.submissions([str(SEEDS / name)], Job(source=source))
    ]
    stream = list(named.submissions([str(STREAM)], Job()))
    return [(page, FETCHED) for page in seeds] + [
        (page, str(page.item and page.item.fetched_at)) for page in stream
    ]


@pytest.fixture(scope="module")
def shown() -> Shown:
    pipeline, found = Pipeline(all_work()), Shown()
    events = {url: event for event, _, _, url in intended()}
    for page, at in pages():
        assert page.item is not None, page.refused
        raw = raw_of(page.item, page.payload, now=at)
        found.event_of[raw.doc_id] = events[raw.url] if isinstance(raw.url, str) else "seeds"
        pipeline.send(topics.RAW.name, raw.source.id.encode(), codec.encode(raw))
    made: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for topic, stored in pipeline.topics.items():
        if topic in (topics.LINKED.name, topics.STORIES.name, topics.STORY_EVENTS.name):
            made[topic] = [orjson.loads(one.value or b"") for one in stored]
        if topic.endswith(".dead"):
            found.letters += [(topic, headers.get(one.headers, headers.REASON) or "") for one in stored]
    found.articles = {one["doc_id"]: one for one in made[topics.LINKED.name]}
    newest = {one["story_id"]: one for one in made[topics.STORIES.name]}
    found.stories = {story_id: one for story_id, one in newest.items() if one["status"] != "merged"}
    found.events = made[topics.STORY_EVENTS.name]
    return found


def test_the_seeds_are_one_story_and_nobody_else_is_in_it(shown: Shown) -> None:
    (story,) = shown.stories_of("seeds")
    assert {shown.event_of[doc] for doc in story["doc_ids"]} == {"seeds"}
    assert set(story["members"]["by_lang"]) == {"fa", "ar"}


LANGUAGES = {
    "quake": {"fa", "ar", "en", "tr", "fr", "ur"},
    "ship": {"fa", "ar", "en", "fr"},
    "karachi": {"ur", "en"},
    "mosaic": {"tr", "fr", "ar", "en"},
    "dust-basra": {"ar", "fa", "en"},
    "dust-ahvaz": {"fa", "ar", "en"},
    "train": {"fr", "ar", "en"},
    "chess": {"ur", "en"},
    "dates": {"ar", "fa"},
}


@pytest.mark.parametrize("event", LANGUAGES)
def test_an_event_is_told_in_one_story_by_all_its_languages(shown: Shown, event: str) -> None:
    story = shown.stories_of(event)[0]
    assert set(story["members"]["by_lang"]) == LANGUAGES[event]
    assert {shown.event_of[doc] for doc in story["doc_ids"]} == {event}


@pytest.mark.parametrize(
    "event", ["karachi", "mosaic", "dust-basra", "dust-ahvaz", "train", "chess", "dates"]
)
def test_and_none_of_its_articles_is_elsewhere(shown: Shown, event: str) -> None:
    assert len(shown.stories_of(event)) == 1


def test_no_story_holds_two_events(shown: Shown) -> None:
    """Not even the two fires of one evening, in two ports of one coast and in one agency's words."""
    assert [
        story["label"]
        for story in shown.stories.values()
        if len({shown.event_of[doc] for doc in story["doc_ids"]}) > 1
    ] == []
    assert [len(shown.stories_of(event)) for event in ("fire-mersin", "fire-iskenderun")] == [1, 1]


def test_another_meeting_in_vienna_is_refused_by_the_story_of_the_seeds(shown: Shown) -> None:
    """The same places and the same agreement on the same day, but other people."""
    (seeds,), (experts,) = shown.stories_of("seeds"), shown.stories_of("vienna-list")
    assert seeds["story_id"] != experts["story_id"]
    refusals = [
        one["linked"]["runner_up"]
        for doc, one in shown.articles.items()
        if shown.event_of[doc] == "vienna-list"
        and one["linked"].get("runner_up", {}).get("story_id") == seeds["story_id"]
    ]
    assert refusals
    assert any(
        one["label"].startswith("the same words, but") for refusal in refusals for one in refusal["against"]
    )


def test_the_second_meeting_stays_apart_from_the_first(shown: Shown) -> None:
    (basra,), (ahvaz,) = shown.stories_of("dust-basra"), shown.stories_of("dust-ahvaz")
    assert basra["story_id"] != ahvaz["story_id"]


def test_what_comes_a_day_later_is_a_story_of_its_own(shown: Shown) -> None:
    """The tents of the quake, the ship afloat again: later chapters, which the engine does not join."""
    assert [len(story["doc_ids"]) for story in shown.stories_of("quake")] == [11, 4]
    assert [len(story["doc_ids"]) for story in shown.stories_of("ship")] == [7, 2]


def test_a_fire_and_a_power_cut_were_two_stories_and_are_one(shown: Shown) -> None:
    (story,) = shown.stories_of("karachi")
    (merged,) = [
        one for one in shown.events if one["event"] == "merged" and one["story_id"] == story["story_id"]
    ]
    assert "نوید لاشاری" in {one["label"] for one in merged["detail"]["evidence"]}
    assert story["aliases"] == [merged["other_id"]]


def test_the_injured_were_twelve_and_are_seventeen(shown: Shown) -> None:
    linked = shown.article("payam-aras.example", "news/88139/مصدومان-ماکو")["linked"]
    assert linked["novelty"]["class"] == "update"
    assert [(one["of"], one["was"], one["now"]) for one in linked["novelty"]["changed_numbers"]] == [
        ("wounded", 12.0, 17.0)
    ]


def test_a_page_changed_its_headline_and_its_number_without_a_word(shown: Shown) -> None:
    article = shown.article("gulf-courier.example", "region/maku-earthquake")
    assert article["clean"]["title"]["text"].startswith("Seventeen hurt")
    assert article["linked"]["decision"] == "held"
    assert article["first_seen_at"] < article["fetched_at"]


@pytest.mark.parametrize(
    ("copy", "origin"),
    [
        (("rooznegar.example", "news/301598"), ("karunpress.example", "news/19903")),
        (("dijla-alyawm.example", "world/55098"), ("wakalat-alrafid.example", "news/7755")),
    ],
)
def test_a_near_copy_is_known_as_one(shown: Shown, copy: tuple[str, str], origin: tuple[str, str]) -> None:
    linked = shown.article(*copy)["linked"]
    assert linked["novelty"]["class"] == "repeat"
    assert linked["why"]["decision"].startswith("near copy")
    assert named_id(*origin) in linked["why"]["decision"]
    assert copy[0] not in {one["origin"] for one in shown.stories_of("ship")[0]["origins"]["list"]}


def test_one_page_dies_in_clean(shown: Shown) -> None:
    assert shown.letters == [("clean.dead", "empty_text")]


def test_one_source_falls_silent(shown: Shown) -> None:
    """Pulse misses it by the end of the stream, when the pages come at the times they were fetched at."""
    book, known, source = Daybook(), KnownSources(()), "nasim-khazar.example"
    for offset, article in enumerate(shown.articles.values()):
        at = seconds(article["first_seen_at"])
        book.take(
            Place(topics.LIVE, 0, offset),
            Note(at, article["language"]["lang"], article["source"]["id"], "", []),
        )
        if article["source"]["id"] == source:
            known.hear(book, source, book.heard[source])
    silence = known.known[source]
    assert book.newest - seconds(silence.last_at) > silence.limit_s


def test_the_demo_points_at_articles_of_the_stream(shown: Shown) -> None:
    assert {named_id(outlet, path) for _, outlet, path, _ in SIGHTS} | {named_id(*LAST)} <= set(
        shown.articles
    )


def test_each_line_is_in_the_table_of_what_was_meant() -> None:
    lines = [orjson.loads(line) for line in STREAM.read_bytes().splitlines()]
    assert [(line["fetched_at"], line["url"]) for line in lines] == [
        (at, url) for _, _, at, url in intended()
    ]
    assert {line["url"].partition("://")[2].partition("/")[0].rpartition(".")[2] for line in lines} == {
        "example"
    }
