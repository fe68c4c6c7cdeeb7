"""Second thoughts: an article moves to the story that began after it, a story that ran together is split;
records and reasons say so.
"""

from __future__ import annotations

import random
from typing import Any

import orjson
import pytest

from services.cli import story_words
from services.cli.lookups.story_lookup import moved_by
from services.link.model import model
from services.link.reasons.why_not import explain
from tests.unit.link_articles import Lane, Page

HARBOUR = [
    "Dockers in the harbour of Kadura stopped work this morning over the loss of night shifts.",
    "Ships wait outside Kadura as dockers refuse night shifts and the harbour stands still.",
    "The harbour of Kadura is still: dockers say night shifts were cut without notice.",
    "No ship was unloaded in Kadura today, dockers of the harbour stay at home.",
]
HEADLINE = "Dockers march on parliament as harbour strike spreads to the capital"
MARCH = [
    "Thousands march on parliament in the capital, asking for a new law on strikes.",
    "Police closed the square before parliament when the march reached the capital.",
    "The march on parliament ended peacefully, the capital's mayor said at night.",
    "After the march on parliament the speaker received a delegation in the capital.",
]


def directions(*angles: tuple[float, float]) -> list[bytes]:
    """Vectors in a plane, given by their two coordinates, each with a part of its own."""
    dice = random.Random(11)
    axes = [[dice.gauss(0, 1) for _ in range(384)] for _ in range(2)]
    found = []
    for x, y in angles:
        values = [x * a + y * b + 0.35 * dice.gauss(0, 1) for a, b in zip(*axes, strict=True)]
        most = max(map(abs, values))
        found.append(bytes(round(value / most * 127) % 256 for value in values))
    return found


def at(minute: int) -> str:
    return f"2024-05-01T{8 + minute // 60:02}:{minute % 60:02}:00.000Z"


def told(lane: Lane, texts: dict[str, str], vectors: list[bytes]) -> dict[str, dict[str, Any]]:
    """Let the lane take texts, one every ten minutes; return their blocks by document."""
    return {
        doc_id: lane.take(
            Page(
                doc_id,
                "en",
                text,
                at=at(10 * n),
                vector=vectors[n],
                title=text[:30],
                source=f"{doc_id}.example",
            )
        )
        for n, (doc_id, text) in enumerate(texts.items())
    }


def sent(lane: Lane, topic: str) -> list[dict[str, Any]]:
    return [orjson.loads(item.value) for item in lane.sent if item.topic == topic]


def records(lane: Lane) -> dict[str, dict[str, Any]]:
    """The last record of each story; every version is sent once, in order."""
    last: dict[str, dict[str, Any]] = {}
    for record in sent(lane, "stories"):
        assert record["version"] == last.get(record["story_id"], {"version": 0})["version"] + 1
        last[record["story_id"]] = record
    return last


def placed_once(lane: Lane, docs: list[str]) -> None:
    """Every document is in one story, and the story's record and the lane agree."""
    found = {}
    for story_id, record in records(lane).items():
        if record["status"] == "merged":
            continue
        assert (
            record["members"]["n"] == len(record["doc_ids"]) == sum(record["members"]["by_source"].values())
        )
        assert record["members"]["n"] == sum(record["members"]["by_lang"].values()) == len(record["timeline"])
        assert set(record["medoid"].values()) <= set(record["doc_ids"])
        for doc_id in record["doc_ids"]:
            assert doc_id not in found
            found[doc_id] = story_id
    assert set(found) == set(docs)
    assert {doc_id: lane.state.placed(doc_id)[0] for doc_id in docs} == found  # type: ignore[index]


def moved() -> tuple[Lane, dict[str, dict[str, Any]]]:
    """A headline joins the harbour story; the march that it is about is reported afterwards.

    It has been copied meanwhile.
    """
    lane = Lane()
    texts = {f"harbour{n}": text for n, text in enumerate(HARBOUR)} | {"headline": HEADLINE, "copy": HEADLINE}
    texts |= {f"march{n}": text for n, text in enumerate(MARCH)}
    plane = [(1, 0)] * 4 + [(0.6, 0.7)] * 2 + [(0, 1)] * 4
    return lane, told(lane, texts, directions(*plane))


def test_a_headline_moves_to_the_story_that_began_after_it() -> None:
    lane, linked = moved()
    old, new = linked["harbour0"]["story_id"], linked["march0"]["story_id"]
    assert old != new
    assert linked["headline"]["story_id"] == linked["copy"]["story_id"] == old
    left, got = records(lane)[old], records(lane)[new]
    assert left["doc_ids"] == [f"harbour{n}" for n in range(4)]
    assert left["members"]["by_source"] == {f"harbour{n}.example": 1 for n in range(4)}
    assert left["last_at"] == at(30)
    assert sorted(got["doc_ids"]) == ["copy", "headline", *(f"march{n}" for n in range(4))]
    assert (got["first_event_at"], got["status"]) == (at(40), "open")
    assert left["origins"]["n_independent"] == 4
    assert got["origins"]["n_independent"] == 5
    placed_once(lane, list(linked))


def test_a_move_says_from_where_to_where_and_why() -> None:
    lane, linked = moved()
    (event,) = sent(lane, "stories.events")
    assert (event["event"], event["story_id"], event["other_id"]) == (
        "moved",
        linked["march0"]["story_id"],
        linked["harbour0"]["story_id"],
    )
    detail = event["detail"]
    assert (detail["doc_id"], detail["copies"]) == ("headline", ["copy"])
    assert detail["score"] >= 0.5
    assert detail["margin"] >= model().move_margin
    assert any("parliament" in reason["label"] for reason in detail["evidence"])
    assert detail["against"]


def test_a_moved_article_is_known_where_it_is_after_a_restore() -> None:
    lane, linked = moved()
    new, again = linked["march0"]["story_id"], lane.restored()
    assert again.state.placed("headline") == again.state.placed("copy") == (new, "r1")
    assert again.take(Page("headline", "en", HEADLINE, at=at(120), rev="r2", rev_no=2))["story_id"] == new
    here, there = (
        explain(lane.state, "headline", linked[doc]["story_id"], model()) for doc in ("march0", "harbour0")
    )
    assert here is not None
    assert there is not None
    assert here["score"] > there["score"]


SPLIT = {
    "both": "Heavy rain: flights cancelled in Kadura, schools closed in Merun.",
    "air0": "All flights from Kadura are cancelled until noon, the airport says.",
    "school0": "Pupils in Merun stay at home, their schools have water in the halls.",
    "air1": "Passengers sleep at the airport of Kadura after flights were cancelled.",
    "school1": "Schools of Merun stay closed on Thursday, the council has decided.",
    "air2": "Flights leave Kadura again, but the airport expects long queues.",
    "school2": "Teachers in Merun clean their schools before pupils come back.",
}


def parted() -> tuple[Lane, dict[str, dict[str, Any]]]:
    """One report of two things brings both into one story."""
    lane, air, school = Lane(), (1.0, 0.0), (-0.3, 0.95)
    plane = [(0.6, 0.8), air, school, air, school, air, school]
    return lane, told(lane, SPLIT, directions(*plane))


def test_a_story_that_ran_together_is_split() -> None:
    lane, linked = parted()
    old = linked["both"]["story_id"]
    assert {linked[doc]["story_id"] for doc in list(SPLIT)[:-1]} == {old}
    new = linked["school2"]["story_id"]
    assert new != old
    left, got = records(lane)[old], records(lane)[new]
    assert left["doc_ids"] == ["both", "air0", "air1", "air2"]
    assert got["doc_ids"] == ["school0", "school1", "school2"]
    assert (got["split_from"], got["status"], got["version"]) == (old, "open", 1)
    assert (got["first_seen"]["doc_id"], got["first_event_at"], got["last_at"]) == ("school0", at(20), at(60))
    assert "split_from" not in left
    placed_once(lane, list(SPLIT))


def test_a_split_says_who_left_and_why() -> None:
    lane, linked = parted()
    (event,) = sent(lane, "stories.events")
    assert (event["event"], event["story_id"], event["other_id"]) == (
        "split",
        linked["both"]["story_id"],
        linked["school2"]["story_id"],
    )
    detail = event["detail"]
    assert detail["doc_ids"] == ["school0", "school1", "school2"]
    assert detail["score"] < 0.5 <= min(detail["alone"])
    assert all(reason["weight"] < 0 for reason in detail["against"])


def test_a_move_and_a_split_are_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    for lane, doc_id in ((moved()[0], "copy"), (parted()[0], "school1")):
        (event,) = sent(lane, "stories.events")
        assert doc_id in moved_by(event)
        assert "both" not in moved_by(event)
        story_words.moved(event)
        said = capsys.readouterr().out
        assert event["story_id"] in said
        assert event["other_id"] in said
        assert "against staying" in said
