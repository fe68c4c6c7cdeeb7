"""An episode points to a story that has closed, as long as the lane remembers that story's articles."""

from __future__ import annotations

import random
from functools import cache

import orjson

from services.link.lifecycle.eviction import SWEEP_EVERY
from services.link.memory.past import FEWEST_ARTICLES
from tests.unit.link_articles import Lane, Page

WORDS = [
    "harvest",
    "ferry",
    "museum",
    "orchestra",
    "bridge",
    "glacier",
    "senate",
    "vaccine",
    "harbour",
    "library",
    "stadium",
    "tunnel",
    "satellite",
    "orchard",
]
NAMES = {"Amina Rahal": ("PER", "p:1"), "Kadura": ("LOC", "gn:7")}
FIRST = "Amina Rahal, the mayor of Kadura, was arrested over the sale of the old harbour, her party said."
LATER = (
    "The trial of Amina Rahal over the sale of the old harbour opens in Kadura next month, a judge decided."
)


@cache
def vector(seed: int, near: int = -1) -> bytes:
    """A direction of its own, or one close to that of *near*."""
    dice = random.Random(seed)
    values = [dice.gauss(0, 1) for _ in range(384)]
    if near >= 0:
        other = random.Random(near)
        values = [other.gauss(0, 1) + 0.4 * value for value in values]
    most = max(map(abs, values))
    return bytes(round(value / most * 127) % 256 for value in values)


def filled() -> tuple[Lane, str]:
    """A lane in which a story has closed, and the story's id."""
    lane, dice = Lane(), random.Random(3)
    first = lane.take(
        Page("first", "en", FIRST, at="2024-05-01T08:00:00.000Z", names=NAMES, vector=vector(0))
    )
    for n in range(1, FEWEST_ARTICLES + 20):
        text = " ".join(dice.choices(WORDS, k=12))
        lane.take(Page(f"x{n}", "en", text, at="2024-05-01T09:00:00.000Z", vector=vector(n)))
    for n in range(SWEEP_EVERY):
        lane.take(Page(f"later{n}", "en", f"Note {n}", at="2024-05-05T09:00:00.000Z"))
    return lane, first["story_id"]


def later(text: str, names: dict[str, tuple[str, str]]) -> Page:
    return Page("later", "en", text, at="2024-05-05T10:00:00.000Z", names=names, vector=vector(999, near=0))


def links(lane: Lane, page: Page) -> list[dict[str, str]]:
    story_id = lane.take(page)["story_id"]
    records = [orjson.loads(item.value) for item in lane.sent if item.topic == "stories"]
    found: list[dict[str, str]] = [record for record in records if record["story_id"] == story_id][-1][
        "links_out"
    ]
    return found


def test_an_episode_points_to_the_closed_story_it_follows() -> None:
    lane, story_id = filled()
    again = lane.restored()
    assert story_id not in lane.state.shelf.slot_of
    expected = [{"story_id": story_id, "relation": "follow_up"}]
    assert links(lane, later(LATER, NAMES)) == links(again, later(LATER, NAMES)) == expected


def test_likeness_without_the_names_is_no_episode() -> None:
    lane, _ = filled()
    text = "The trial of a mayor over the sale of a harbour opens next month, a judge decided."
    assert links(lane, later(text, {})) == []


def test_what_is_forgotten_is_not_pointed_to() -> None:
    lane, story_id = filled()
    for n in range(SWEEP_EVERY):
        lane.take(Page(f"last{n}", "en", f"Note {n}", at="2024-05-09T09:00:00.000Z"))
    assert not [key for key in lane.changelog if story_id.encode() in key]


def test_a_restored_lane_closes_what_comes_after() -> None:
    lane, _ = filled()
    again = lane.restored()
    for one in (lane, again):
        one.sent.clear()
        one.take(later(LATER, NAMES))
        for n in range(SWEEP_EVERY):
            one.take(Page(f"last{n}", "en", f"Note {n}", at="2024-05-09T09:00:00.000Z"))
    assert [item.value for item in lane.sent] == [item.value for item in again.sent]
