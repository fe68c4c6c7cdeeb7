"""Numbers of a story: what is an update, what a contradiction, and what is neither."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.link_articles import Lane, Page

SAID = {
    "fa": (
        "واژگونی اتوبوس در جاده هراز {} کشته بر جا گذاشت؛ اتوبوس مسافران آمل را به تهران می‌برد.",
        "واژگونی اتوبوس در جاده هراز",
    ),
    "ar": (
        "انقلاب حافلة على طريق هراز يخلف {} قتيلا؛ الحافلة كانت تنقل ركابا من آمل إلى طهران.",
        "انقلاب حافلة على طريق هراز",
    ),
    "en": (
        "A bus overturned on the Haraz road, {} were killed; the bus was taking passengers from Amol to Tehran.",
        "Bus overturns on Haraz road",
    ),
}
NAMES = {
    "fa": {"هراز": ("LOC", "gn:1"), "آمل": ("LOC", "gn:2")},
    "ar": {"هراز": ("LOC", "gn:1"), "آمل": ("LOC", "gn:2")},
    "en": {"Haraz": ("LOC", "gn:1"), "Amol": ("LOC", "gn:2")},
}


def told(lang: str, dead: float, at: str, *, words: str = "", of: str = "killed", end: str = "") -> Page:
    text, title = SAID[lang]
    exact = words or f"{dead:g}"
    return Page(
        f"{lang}/{dead:g}/{at}", lang, text.format(exact) + end, title=title, at=f"2024-05-01T{at}:00.000Z", names=NAMES[lang],
        numbers=[(exact, dead, None, of)], about=(exact,) if words else (),
    )  # fmt: skip


def novelty(*pages: Page) -> dict[str, Any]:
    lane = Lane()
    linked = [lane.take(page) for page in pages]
    assert len({one["story_id"] for one in linked}) == 1, "the pages tell one story"
    found: dict[str, Any] = linked[-1]["novelty"]
    return found


@pytest.mark.parametrize(("first", "second"), [("fa", "ar"), ("ar", "en"), ("en", "fa"), ("fa", "fa")])
def test_a_lower_number_in_the_same_hour_contradicts_in_any_language(first: str, second: str) -> None:
    found = novelty(told(first, 15, "08:00"), told(second, 12, "08:30"))
    assert found["class"] == "contradiction"
    assert found["changed_numbers"] == [
        {"of": "killed", "was": 15.0, "now": 12.0, "doc_id": f"{first}/15/08:00"}
    ]


@pytest.mark.parametrize(("dead", "at"), [(15, "08:30"), (9, "11:00")])
def test_what_grows_or_comes_later_brings_up_to_date(dead: int, at: str) -> None:
    found = novelty(told("fa", 12, "08:00"), told("ar", dead, at))
    assert found["class"] == "update"
    assert found["changed_numbers"] == [
        {"of": "killed", "was": 12.0, "now": float(dead), "doc_id": "fa/12/08:00"}
    ]


def test_a_later_number_is_measured_against_the_last_one_said() -> None:
    found = novelty(told("fa", 12, "08:00"), told("ar", 15, "10:00"), told("en", 14, "10:30"))
    assert found["class"] == "contradiction"
    assert found["changed_numbers"] == [{"of": "killed", "was": 15.0, "now": 14.0, "doc_id": "ar/15/10:00"}]


def test_an_old_number_that_arrives_late_changes_nothing() -> None:
    lane = Lane()
    for page in (told("fa", 12, "08:00"), told("ar", 15, "11:00")):
        lane.take(page)
    assert lane.take(told("en", 12, "09:00"))["novelty"]["changed_numbers"] == []
    last = lane.take(told("fa", 14, "11:30"))["novelty"]
    assert last["changed_numbers"] == [{"of": "killed", "was": 15.0, "now": 14.0, "doc_id": "ar/15/11:00"}]


@pytest.mark.parametrize(
    ("lang", "words"), [("fa", "بیش از ۱۰"), ("ar", "أكثر من 10"), ("en", "more than 10")]
)  # fmt: skip
def test_a_bound_that_fits_is_no_change(lang: str, words: str) -> None:
    assert novelty(told("fa", 12, "08:00"), told(lang, 10, "08:20", words=words))["changed_numbers"] == []
    assert novelty(told(lang, 10, "08:00", words=words), told("ar", 12, "08:20"))["changed_numbers"] == []


def test_a_bound_does_not_replace_the_number_it_fits() -> None:
    found = novelty(
        told("fa", 12, "08:00"), told("en", 10, "08:20", words="more than 10"), told("ar", 11, "08:40")
    )
    assert found["changed_numbers"] == [{"of": "killed", "was": 12.0, "now": 11.0, "doc_id": "fa/12/08:00"}]
    assert found["class"] == "contradiction"


def test_other_things_counted_are_no_contradiction() -> None:
    assert novelty(told("fa", 15, "08:00"), told("ar", 12, "08:30", of="wounded"))["changed_numbers"] == []
    assert (
        novelty(told("fa", 15, "08:00", of="person"), told("ar", 12, "08:30", of="person"))["changed_numbers"]
        == []
    )


def test_a_word_that_only_one_language_counts_by_is_not_compared() -> None:
    assert (
        novelty(told("fa", 15, "08:00", of="سال"), told("ar", 12, "08:30", of="سال"))["changed_numbers"] == []
    )


def test_a_number_said_again_beside_another_is_no_change() -> None:
    page = told("en", 15, "08:30", end=" Last year 30 died on the same road.")
    page.numbers.insert(0, ("30", 30.0, None, "killed"))
    assert novelty(told("fa", 15, "08:00"), page)["changed_numbers"] == []


def test_a_list_of_numbers_says_nothing_about_the_story() -> None:
    page = told("en", 15, "08:30", end=" Crashes of the year: 30, 41 and 7 dead.")
    page.numbers += [(exact, float(exact), None, "killed") for exact in ("30", "41", "7")]
    assert novelty(told("fa", 12, "08:00"), page)["changed_numbers"] == []


def test_numbers_of_another_size_count_another_thing() -> None:
    assert novelty(told("fa", 12, "08:00"), told("en", 18000, "09:30"))["changed_numbers"] == []


def magnitude(lang: str, value: float, at: str) -> Page:
    page = told(lang, value, at, of="")
    page.numbers = [(f"{value:g}", value, "Mw", None)]
    return page


def test_a_magnitude_needs_no_object_and_an_aftershock_is_no_contradiction() -> None:
    found = novelty(magnitude("fa", 5.4, "08:00"), magnitude("ar", 5.1, "08:20"))
    assert found["changed_numbers"] == [{"of": "Mw", "was": 5.4, "now": 5.1, "doc_id": "fa/5.4/08:00"}]
    assert novelty(magnitude("fa", 5.4, "08:00"), magnitude("ar", 3.9, "08:20"))["changed_numbers"] == []
