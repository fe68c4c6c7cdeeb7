"""Where dots lie, how a text is cut, and that the reasons shown add up."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import orjson
from hypothesis import given
from hypothesis import strategies as st

from services.archive.reading.answers import MapPlace, Member, PlaceShown
from services.web.drawing import lanes_drawing, map_drawing
from services.web.views.marked_text import paragraphs
from services.web.views.story_view import links_of, origins, weighed
from shared.records import Article

SAMPLE = msgspec.json.decode(
    (Path(__file__).parents[1] / "contract" / "samples" / "article.1.json").read_bytes(), type=Article
)


def member(name: str, lang: str, minute: int, **more: object) -> Member:
    given = {
        "doc_id": name, "rev": "1", "rev_no": 1, "source": name, "source_name": name, "url": None, "lang": lang, "dir": "rtl", "title": name,
        "lead": "", "at": f"2022-01-27T10:{minute:02}:00.000Z", "published": None, "novelty": "update", "decision": "joined", "linked_to": "s",
        "score": 0.9, "margin": 0.1, "threshold": 0.5, "cross_lingual": True, "bias": -1.0, "evidence": [], "evidence_rest": 0.0,
        "runner_up": None, "changed_numbers": [], "copy_of": None, "origin": None, "chain": [], "moved": [],
    }  # fmt: skip
    return msgspec.convert(given | more, Member)


def test_time_runs_as_the_interface_does_and_every_language_has_a_lane() -> None:
    members = [member("a", "fa", 0), member("b", "ar", 30), member("c", "fa", 59)]
    lanes = lanes_drawing.drawn(members, mirrored=False)
    assert [lane.lang for lane in lanes.lanes] == ["fa", "ar"]
    first, last = (dot.x for dot in lanes.lanes[0].dots)
    assert 0 < first < last < 100
    mirrored = lanes_drawing.drawn(members, mirrored=True)
    assert [dot.x for dot in mirrored.lanes[0].dots] == [last, first]
    assert lanes_drawing.drawn(members[:1], mirrored=False).lanes[0].dots[0].x == 50
    assert lanes_drawing.drawn([], mirrored=False).height == 0


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180), st.integers(1, 9)), max_size=30))
def test_every_place_lies_on_the_map(found: list[tuple[float, float, int]]) -> None:
    places = [
        MapPlace(
            place=PlaceShown(entity_id=str(i), label={"en": str(i)}, lat=lat, lon=lon), stories=n, newest=""
        )
        for i, (lat, lon, n) in enumerate(found)
    ]
    for spot in map_drawing.drawn(places, "fa").spots:
        assert -5 <= spot.x <= 105
        assert -20 <= spot.y <= map_drawing.HEIGHT_PX + 20
        assert spot.r <= map_drawing.LARGEST


def test_a_text_that_is_cut_for_its_marks_is_still_the_text() -> None:
    found = paragraphs(SAMPLE)
    assert SAMPLE.clean is not msgspec.UNSET
    assert SAMPLE.entities is not msgspec.UNSET
    shown = "\n\n".join("".join(one.text for one in paragraph.stretches) for paragraph in found)
    assert shown == SAMPLE.clean.text
    marked = {one.mention.exact for paragraph in found for one in paragraph.stretches if one.mention}
    assert marked == {one.exact for one in SAMPLE.entities.mentions}
    assert any(one.quote for paragraph in found for one in paragraph.stretches) == bool(
        SAMPLE.entities.quotes
    )
    assert sum(paragraph.heading for paragraph in found) == 1


def test_the_reasons_that_are_shown_add_up_to_the_score() -> None:
    linked = orjson.loads(
        (Path(__file__).parents[1] / "contract" / "samples" / "article.1.json").read_bytes()
    )["linked"]
    one = member("a", "ar", 0, **{key: linked[key] for key in ("bias", "evidence", "evidence_rest", "score")})
    sums = weighed(one)
    total = sum(reason.weight for reason in (*sums.reasons, *sums.against)) + sums.rest + sums.bias
    assert math.isclose(total, sums.log_odds)
    assert math.isclose(1 / (1 + math.exp(-sums.log_odds)), one.score, abs_tol=1e-4)


def test_articles_stand_under_the_origin_that_they_name() -> None:
    fars = {"origin": "فارس"}
    found = origins([member("a", "fa", 0), member("b", "fa", 1, **fars), member("c", "fa", 2, **fars)])
    assert [(one.name, len(one.members)) for one in found] == [("فارس", 2), ("", 1)]
    assert links_of(member("b", "fa", 1, chain=["b", "فارس"], **fars)) == ["b", "فارس"]
