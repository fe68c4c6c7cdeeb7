"""A story's status follows the clock of the articles: open, quiet after a day without one, reopened,
closed.
"""

from __future__ import annotations

from typing import Any

import orjson

from services.link.lifecycle.eviction import SWEEP_EVERY
from tests.unit.link_articles import Lane, Page

FIRST = "Fire crews fought a blaze in the old timber market of Rasht through the night, the mayor said."
NEXT = "The blaze in the old timber market of Rasht is out, the mayor said; fire crews had fought it through the night."
AGAIN = "Fire crews are back at the old timber market of Rasht: the blaze of last night has flared up again, the mayor said."


def fire(doc_id: str, text: str, at: str) -> Page:
    return Page(doc_id, "en", text, title="Blaze in the timber market of Rasht", at=at)


def let_pass(lane: Lane, at: str) -> None:
    """Let so many other articles come at *at* that the lane looks at its stories."""
    for n in range(SWEEP_EVERY):
        lane.take(Page(f"{at}/{n}", "en", f"Note {n}", at=at))


def records(lane: Lane, story_id: str) -> list[dict[str, Any]]:
    found = [orjson.loads(item.value) for item in lane.sent if item.topic == "stories"]
    return [record for record in found if record["story_id"] == story_id]


def events(lane: Lane, story_id: str) -> list[str]:
    found = [orjson.loads(item.value) for item in lane.sent if item.topic == "stories.events"]
    return [event["event"] for event in found if event["story_id"] == story_id]


def test_a_day_without_an_article_makes_a_story_quiet() -> None:
    lane = Lane()
    story_id = lane.take(fire("a", FIRST, "2024-05-01T20:00:00.000Z"))["story_id"]
    let_pass(lane, "2024-05-02T19:00:00.000Z")
    assert records(lane, story_id)[-1]["status"] == "open"
    let_pass(lane, "2024-05-02T21:00:00.000Z")
    let_pass(lane, "2024-05-03T06:00:00.000Z")
    assert [(record["version"], record["status"]) for record in records(lane, story_id)] == [
        (1, "open"),
        (2, "quiet"),
    ]
    assert events(lane, story_id) == ["quiet"]


def test_an_article_wakes_a_quiet_story_and_the_next_finds_it_open() -> None:
    lane = Lane()
    story_id = lane.take(fire("a", FIRST, "2024-05-01T20:00:00.000Z"))["story_id"]
    let_pass(lane, "2024-05-02T22:00:00.000Z")
    assert lane.take(fire("b", AGAIN, "2024-05-02T22:00:00.000Z"))["story_id"] == story_id
    assert lane.take(fire("c", NEXT, "2024-05-02T23:00:00.000Z"))["story_id"] == story_id
    assert [record["status"] for record in records(lane, story_id)] == ["open", "quiet", "reopened", "open"]
    assert [record["version"] for record in records(lane, story_id)] == [1, 2, 3, 4]
    assert events(lane, story_id) == ["quiet", "reopened"]


def test_an_article_that_only_comes_late_wakes_nothing() -> None:
    lane = Lane()
    story_id = lane.take(fire("a", FIRST, "2024-05-01T20:00:00.000Z"))["story_id"]
    let_pass(lane, "2024-05-03T06:00:00.000Z")
    assert lane.take(fire("b", NEXT, "2024-05-01T22:00:00.000Z"))["story_id"] == story_id
    assert records(lane, story_id)[-1]["status"] == "quiet"
    assert events(lane, story_id) == ["quiet"]


def test_a_quiet_story_is_closed_when_its_articles_have_left() -> None:
    lane = Lane()
    story_id = lane.take(fire("a", FIRST, "2024-05-01T20:00:00.000Z"))["story_id"]
    let_pass(lane, "2024-05-03T06:00:00.000Z")
    let_pass(lane, "2024-05-06T06:00:00.000Z")
    assert events(lane, story_id) == ["quiet", "closed"]
    assert not [key for key in lane.changelog if story_id.encode() in key]


def test_a_restored_lane_knows_which_stories_are_quiet() -> None:
    lane = Lane()
    story_id = lane.take(fire("a", FIRST, "2024-05-01T20:00:00.000Z"))["story_id"]
    let_pass(lane, "2024-05-02T22:00:00.000Z")
    again = lane.restored()
    let_pass(again, "2024-05-02T23:00:00.000Z")
    assert records(again, story_id) == []
    again.take(fire("b", AGAIN, "2024-05-02T23:00:00.000Z"))
    assert events(again, story_id) == ["reopened"]
