"""What a reader is shown: the sentence that both sides quote, one reason a name, and places that speak
against.
"""

from __future__ import annotations

import numpy as np

from services.link.model import model
from services.link.reading.facts import sentences
from services.link.reading.measured import size_of
from services.link.reading.notes import Figure, NotedName, Notes
from services.link.reasons.evidence import time_label
from services.link.weighing.anchors import anchors
from tests.unit.link_articles import Lane, Page

NAMES = {
    "fa": {"کرج": ("LOC", "gn:1"), "تهران": ("LOC", "gn:2")},
    "ar": {"كرج": ("LOC", "gn:1"), "طهران": ("LOC", "gn:2")},
}
SAID = {
    "fa": "وزیر نیرو گفت: «از همکاری همه استان‌ها سپاسگزاریم و این راه دشوار بود. سد تازه کرج تا پایان دسامبر آب تهران را تامین خواهد کرد».",
    "ar": "وقال وزير الطاقة «سيؤمن سد كرج الجديد مياه طهران حتى نهاية ديسمبر. ونحن ماضون في بناء محطات أخرى في الجنوب».",
}


def told(lang: str) -> Page:
    return Page(lang, lang, SAID[lang], at="2024-05-01T08:00:00.000Z", names=NAMES[lang])


def test_the_sentences_that_match_stand_side_by_side_not_their_neighbours() -> None:
    lane = Lane()
    lane.take(told("fa"))
    linked = lane.take(told("ar"))
    quote = next(item for item in linked["evidence"] if item["kind"] == "quote")
    assert linked["evidence"][0] == quote
    assert "ديسمبر" in quote["text"]
    assert "ماضون" not in quote["text"]
    assert "دسامبر" in quote["other"]["text"]
    assert "سپاسگزاریم" not in quote["other"]["text"]


def test_a_name_is_one_reason() -> None:
    lane = Lane()
    lane.take(told("fa"))
    labels = [
        item["label"] for item in lane.take(told("ar"))["evidence"] if item["kind"] in {"entity", "place"}
    ]
    assert labels
    assert len(labels) == len(set(labels))


def place(entity_id: str, precision: str = "", lat: float = 0.0, lon: float = 0.0) -> Notes:
    return Notes(
        [], [], [], [], [], [], [NotedName(entity_id, "LOC", {}, [], entity_id, 0, 5, precision, lat, lon)]
    )


def conflicts(a: Notes, b: Notes, *, same_language: bool) -> bool:
    return any(
        anchor.weight < 0
        for anchor in anchors(a, b, model().anchors, same_language=same_language, words_log_odds=0.0)
    )


def test_far_towns_speak_against_in_any_language() -> None:
    far, near = place("gn:2", "city", 36.3, 59.6), place("gn:3", "city", 35.8, 50.9)
    tehran = place("gn:1", "city", 35.7, 51.4)
    assert conflicts(tehran, far, same_language=False)
    assert not conflicts(tehran, near, same_language=False)


def test_unknown_towns_speak_against_only_where_they_would_be_spelled_alike() -> None:
    assert conflicts(place("p:a"), place("p:b"), same_language=True)
    assert not conflicts(place("p:a"), place("p:b"), same_language=False)
    assert not conflicts(place("p:a"), place("p:a"), same_language=True)
    province = place("gn:1", "adm1", 31.3, 48.7)
    assert not conflicts(place("p:a dam"), province, same_language=True), "it may lie there"


def named(*names: str) -> Notes:
    return Notes(
        [],
        [],
        [],
        [],
        [],
        [],
        [NotedName(f"p:{name}", "ORG", {}, [], name, 0, 5, "", 0.0, 0.0) for name in names],
    )


def test_several_names_with_none_in_common_speak_against() -> None:
    """Two matches of one league and day; a name in another spelling is heard, in another script too."""
    match = named("Persepolis", "Sepahan")
    assert conflicts(match, named("Tractor", "Esteghlal"), same_language=True)
    assert not conflicts(match, named("Perspolis FC", "Tractor"), same_language=True)
    assert conflicts(named("پرسپولیس", "سپاهان"), named("Tractor", "Esteghlal"), same_language=False)
    assert not conflicts(named("پرسپولیس", "سپاهان"), named("Persepolis", "Esteghlal"), same_language=False)
    assert conflicts(
        named("Nasser Hospital", "Naderi"), named("Hospital Alba", "Safaei"), same_language=True
    ), "the word for a hospital makes no two of them one"


def given_back(a: Notes, b: Notes, *, words: float) -> list[tuple[str, float]]:
    found = anchors(a, b, model().anchors, same_language=True, words_log_odds=words)
    return [(item.label, item.weight) for item in found if item.kind == "words"]


def test_the_same_form_of_words_about_another_town_or_other_people_says_nothing() -> None:
    """«A court in Shiraz sentenced …», «a court in Rasht sentenced …»."""
    shiraz, rasht = place("gn:1", "city", 29.6, 52.5), place("gn:2", "city", 37.3, 49.6)
    assert given_back(shiraz, rasht, words=4.0) == [
        ("the same words, but gn:1 ≠ gn:2", -4.0 * model().anchors.form)
    ]
    assert given_back(shiraz, shiraz, words=4.0) == []
    assert given_back(place("p:a"), place("p:b"), words=4.0) == [], (
        "posts about one event name different quarters of a town"
    )
    assert given_back(people("Naderi", "Safaei"), people("Kalani", "Moradi"), words=4.0) != []
    assert given_back(people("Naderi"), people("Kalani"), words=4.0) == [], (
        "one names the driver, the other the officer"
    )
    assert given_back(people("Naderi", "Safaei"), people("Naderi", "Moradi"), words=4.0) == []


def people(*names: str) -> Notes:
    return Notes(
        [],
        [],
        [],
        [],
        [],
        [],
        [NotedName(f"p:{name}", "PER", {}, [], name, 0, 5, "", 0.0, 0.0) for name in names],
    )


def priced(day: str, *prices: tuple[float, str]) -> Notes:
    return Notes(
        [], [], [], [], [day], [Figure(value, unit, "", f"{value:g}", 0, 5) for value, unit in prices], []
    )


def test_the_figures_of_another_day_are_other_news() -> None:
    weights = model().anchors
    monday = priced("2024-06-03", (58_400, "IRT"), (1, "USD"))
    against = anchors(
        monday,
        priced("2024-06-04", (59_100, "IRT"), (1, "USD")),
        weights,
        same_language=True,
        words_log_odds=0.0,
    )
    assert {(item.label, item.weight) for item in against if item.weight < 0} == {
        ("58400 ≠ 59100 IRT", weights.figure_conflict),
        ("2024-06-03 ≠ 2024-06-04", weights.day_figure_conflict),
    }
    same_price = anchors(
        monday, priced("2024-06-04", (58_400, "IRT")), weights, same_language=True, words_log_odds=0.0
    )
    assert [item.weight for item in same_price if item.kind == "time"] == [weights.day_conflict]


def test_a_headline_is_short_and_an_article_is_long() -> None:
    assert size_of(0) == size_of(40) == 0.0
    assert size_of(600) == size_of(9_000) == 1.0
    assert 0.0 < size_of(150) < size_of(300) < 1.0


def test_a_decimal_point_ends_no_sentence() -> None:
    text = "زلزله به بزرگی 5.1 ریشتر شهر را لرزاند. گروه‌های امداد به منطقه رفتند."
    assert [text[a:b] for a, b in sentences(text, 0, len(text))] == [
        part + "." for part in text.rstrip(".").split(". ")
    ]


def test_the_time_between_is_said_as_a_reader_would_say_it() -> None:
    said = {
        (): "no date in one of the articles",
        (20.0,): "in the same minute",
        (60.0,): "1 minute apart",
        (0.0, 7_200.0): "up to 2 hours apart",
        (600.0, 36_000.0): "10 minutes to 10 hours apart",
        (7_200.0, 93_600.0): "2 to 26 hours apart",
    }
    assert {apart: time_label(np.array(apart)) for apart in said} == said


def test_a_member_in_another_language_does_not_hide_that_the_place_is_another() -> None:
    pages = [
        (
            "avalanche",
            "en",
            "Six climbers are missing after an avalanche on the slopes above Karun, rescue teams say.",
            "Karun",
        ),
        ("the same", "ar", "فقدان ستة متسلقين بعد انهيار ثلجي فوق كارون بحسب فرق الإنقاذ.", "كارون"),
        (
            "another",
            "en",
            "Four skiers are missing after an avalanche on the slopes above Alvand, rescue teams say.",
            "Alvand",
        ),
    ]
    lane, linked = Lane(), {}
    for hour, (name, lang, text, place_name) in enumerate(pages):
        names = {place_name: ("LOC", "p:alvand" if name == "another" else "p:karun")}
        linked[name] = lane.take(Page(name, lang, text, at=f"2024-05-01T0{hour}:00:00.000Z", names=names))
    assert linked["the same"]["decision"] == "joined"
    (against,) = [item for item in linked["another"]["evidence"] if item["label"] == "Alvand ≠ Karun"]
    assert against["weight"] <= model().anchors.unknown_town_conflict
