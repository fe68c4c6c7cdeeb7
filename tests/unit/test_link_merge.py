from __future__ import annotations

import random

import orjson

from tests.unit.link_articles import Lane, Page

TEXTS = {
    "first": "The ministry closed the northern tunnel after cracks were found in its roof this morning.",
    "second": "Drivers were sent back before dawn when engineers halted traffic under the mountain pass.",
    "third": "Northern tunnel closed and traffic halted under the mountain pass after cracks in the roof.",
}


def directions() -> dict[str, bytes]:
    """Vectors of two articles that are too unlike to meet, and of a third that lies between them."""
    dice = random.Random(5)
    a, b = ([dice.gauss(0, 1) for _ in range(384)] for _ in range(2))
    b = [0.3 * x + 0.95 * y for x, y in zip(a, b, strict=True)]
    between = [x + y for x, y in zip(a, b, strict=True)]
    return {name: _packed(values) for name, values in (("first", a), ("second", b), ("third", between))}


def _packed(values: list[float]) -> bytes:
    most = max(abs(value) for value in values)
    return bytes(round(value / most * 127) % 256 for value in values)


def folded(
    texts: dict[str, str] = TEXTS, facts: dict[str, dict] | None = None
) -> tuple[Lane, dict[str, dict]]:
    lane, vectors, linked = Lane(), directions(), {}
    for hour, (name, text) in enumerate(texts.items()):
        at, told = f"2024-05-01T0{hour}:00:00.000Z", (facts or {}).get(name, {})
        linked[name] = lane.take(Page(name, "en", text, at=at, vector=vectors[name], **told))
    return lane, linked


def test_an_article_between_two_stories_merges_them_into_the_older() -> None:
    lane, linked = folded()
    assert linked["first"]["story_id"] != linked["second"]["story_id"]
    assert linked["third"]["story_id"] == linked["first"]["story_id"]
    records = {}
    for item in lane.sent:
        if item.topic == "stories":
            record = orjson.loads(item.value)
            records[record["story_id"]] = record
    loser, winner = records[linked["second"]["story_id"]], records[linked["first"]["story_id"]]
    assert (loser["status"], loser["merged_into"]) == ("merged", winner["story_id"])
    assert winner["aliases"] == [loser["story_id"]]
    assert winner["members"]["n"] == 3
    assert sorted(winner["doc_ids"]) == ["first", "second", "third"]


def test_a_merge_says_which_stories_and_why() -> None:
    lane, linked = folded()
    (event,) = [orjson.loads(item.value) for item in lane.sent if item.topic == "stories.events"]
    assert event["event"] == "merged"
    assert (event["story_id"], event["other_id"]) == (
        linked["first"]["story_id"],
        linked["second"]["story_id"],
    )
    assert event["detail"]["score"] >= 0.5
    assert event["detail"]["evidence"]


def test_a_merged_story_is_known_by_both_ids_after_a_restore() -> None:
    lane, linked = folded()
    again = Page("second", "en", TEXTS["second"], at="2024-05-01T01:00:00.000Z", rev="r2", rev_no=2)
    assert lane.restored().take(again)["story_id"] == linked["first"]["story_id"]


def test_an_article_that_clear_facts_keep_out_of_a_story_does_not_merge_it() -> None:
    texts = TEXTS | {"third": "The ministry says that traffic stops while cracks in the roof are filled."}
    told = {"first": ("Hallin", 12), "second": ("Morrow", 31), "third": ("Hallin", 12)}
    lane, linked = folded(
        {name: f"{texts[name]} It left {n} injured near {town}." for name, (town, n) in told.items()},
        {
            name: {"names": {town: ("LOC", f"p:{town}")}, "numbers": [(str(n), n, None, "injured")]}
            for name, (town, n) in told.items()
        },
    )
    assert linked["third"]["story_id"] == linked["first"]["story_id"] != linked["second"]["story_id"]
    assert not [item for item in lane.sent if item.topic == "stories.events"]
