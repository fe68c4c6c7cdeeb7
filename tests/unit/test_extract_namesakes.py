"""Towns of one name: the country or state beside one tells which, and one text keeps one sense."""

from __future__ import annotations

import math

import pytest

from services.extract.core import extract
from shared.records import Entities
from tests.unit.extract_articles import article

TRIPOLI_LB, TRIPOLI_LY = (34.4367, 35.8497), (32.8872, 13.1913)
BIRMINGHAM_US, BIRMINGHAM_GB = (33.52, -86.80), (52.48, -1.90)


def spots(text: str, lang: str) -> list[tuple[float, float]]:
    found: Entities = extract(article(text, lang))
    return [(place.lat, place.lon) for place in found.places]


def near(one: tuple[float, float], other: tuple[float, float], km: float = 60) -> bool:
    return 111 * math.hypot(one[0] - other[0], (one[1] - other[1]) * math.cos(math.radians(one[0]))) < km


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("ar", "في مدينة طرابلس شمالي لبنان قتل شخصان في إطلاق نار، وقال رئيس بلدية طرابلس إن الجيش انتشر."),
        ("ar", "قتل شخصان في طرابلس اللبنانية أمس."),
        ("ar", "وصل الوفد إلى طرابلس في شمال لبنان."),
        ("fa", "دو نفر در شهر طرابلس در شمال لبنان کشته شدند."),
        ("fa", "دو نفر در طرابلس لبنان کشته شدند."),
        (
            "en",
            "Two people died in Tripoli, in northern Lebanon, when a gunman opened fire. The mayor of Tripoli spoke.",
        ),
        ("en", "Two people died in Tripoli, Lebanon, on Monday."),
        ("en", "Two people died in the Lebanese city of Tripoli on Monday."),
        ("en", "Two people died in Lebanon's northern city of Tripoli on Monday."),
    ],
)
def test_the_country_beside_a_town_tells_which(lang: str, text: str) -> None:
    found = spots(text, lang)
    assert any(near(spot, TRIPOLI_LB) for spot in found), found
    assert not any(near(spot, TRIPOLI_LY) for spot in found), found


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("ar", "اندلعت اشتباكات في طرابلس غربي ليبيا."),
        ("ar", "اندلعت اشتباكات في طرابلس."),
        ("fa", "در طرابلس پایتخت لیبی درگیری شد."),
        ("en", "Clashes broke out in Tripoli on Monday, the Libyan government said."),
        ("en", "Envoys met in Tripoli, Beirut and Damascus."),
    ],
)
def test_a_famous_town_stays_where_nothing_else_is_said(lang: str, text: str) -> None:
    assert any(near(spot, TRIPOLI_LY) for spot in spots(text, lang))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (
            "A judge in Athens, Georgia, spoke after the storm in Moscow, Idaho.",
            [(37.98, 23.73), (55.75, 37.62), (41.69, 44.83)],
        ),
        ("Voters in Paris, Texas, went to the polls.", [(48.85, 2.35)]),
        ("A factory in London, Ontario, was closed.", [(51.51, -0.13)]),
        ("A man in Athens, Ga., was arrested.", [(37.98, 23.73)]),
        ("A fire broke out in Damascus, Md., on Monday.", [(33.51, 36.29)]),
        ("Protesters gathered in Moscow in Idaho.", [(55.75, 37.62)]),
    ],
)
def test_a_state_behind_a_town_is_not_the_famous_one(text: str, wrong: list[tuple[float, float]]) -> None:
    found = spots(text, "en")
    assert not [spot for spot in found if any(near(spot, one) for one in wrong)]


def test_a_country_and_a_state_of_one_name() -> None:
    text = "Protesters filled the streets of Tbilisi as the parliament of Georgia passed the law; in Athens, Georgia, voters went to the polls."
    georgias = [spot for spot in spots(text, "en") if near(spot, (41.69, 44.83))]
    assert len(georgias) == 2, "the town and the country, not the state"


def test_the_governor_of_a_state_is_in_no_country() -> None:
    found = spots("The governor of Georgia spoke in Athens, Ga., on Monday.", "en")
    assert not [spot for spot in found if near(spot, (41.69, 44.83))]


def test_lists_of_places_are_no_towns_in_countries() -> None:
    assert any(near(spot, (48.85, 2.35)) for spot in spots("He visited Paris, Germany and Italy.", "en"))


def test_an_everyday_word_is_a_town_only_where_something_points_at_it() -> None:
    found = extract(
        article("انفجرت سيارة في مدينة صور جنوب لبنان، ونشر التلفزيون صور الحادث من مدينة صور.", "ar")
    )
    assert [mention.exact for mention in found.mentions].count("صور") == 2


@pytest.mark.parametrize(
    ("lang", "text", "right", "wrong"),
    [
        ("en", "Voters in Lebanon, Tennessee, went to the polls.", (36.21, -86.29), (33.89, 35.5)),
        ("en", "The museum in St. Petersburg, Florida, reopened.", (27.77, -82.67), (59.94, 30.31)),
        ("en", "Soldiers were seen in Barcelona, a city in Venezuela.", (10.13, -64.69), (41.39, 2.16)),
        ("ar", "اصطدم قطاران في طرابلس بلبنان وأصيب عشرة ركاب.", TRIPOLI_LB, TRIPOLI_LY),
    ],
)
def test_a_state_or_a_country_tells_also_a_town_of_a_country_s_name(
    lang: str, text: str, right: tuple[float, float], wrong: tuple[float, float]
) -> None:
    found = spots(text, lang)
    assert any(near(spot, right) for spot in found), found
    assert not any(near(spot, wrong) for spot in found), found


@pytest.mark.parametrize(
    ("lang", "text", "wrong"),
    [
        (
            "en",
            "Two bombs went off in Tripoli on Monday. The Lebanese prime minister, who was born there, spoke.",
            TRIPOLI_LY,
        ),
        (
            "en",
            "Bombs went off in Tripoli on Monday. The Lebanese prime minister spoke, and Tripoli mourned.",
            TRIPOLI_LY,
        ),
        ("en", "Georgia's senators voted for the bill, while Atlanta's mayor opposed it.", (41.69, 44.83)),
        ("fa", "آتش‌سوزی در پاریس تگزاس یک کشته بر جا گذاشت.", (48.85, 2.35)),
    ],
)
def test_a_town_that_may_be_another_s_has_no_place(lang: str, text: str, wrong: tuple[float, float]) -> None:
    assert not any(near(spot, wrong) for spot in spots(text, lang))


def test_a_small_namesake_in_a_country_that_is_named_is_no_doubt() -> None:
    assert any(
        near(spot, (51.51, -0.13))
        for spot in spots("The Canadian prime minister met bankers in London on Monday.", "en")
    )
