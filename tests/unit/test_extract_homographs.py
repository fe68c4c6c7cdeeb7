"""Names that are everyday words: «سيول» is Seoul where its neighbourhood is named or a tagger is sure, else
floods.
"""

from __future__ import annotations

import msgspec
import pytest

from services.extract.core import extract
from services.extract.tagger.interfaces import Models, TaggedSpan
from services.workshop.timing.extract import article

SEOUL = "gn:1835848"


def ids(text: str, *spans: TaggedSpan) -> list[str | None]:
    made = article("ar", 0)
    assert made.clean
    models = Models(tag=lambda _tokens, _lang: spans) if spans else Models()
    return [
        m.entity_id
        for m in extract(
            msgspec.structs.replace(made, clean=msgspec.structs.replace(made.clean, text=text)), models
        ).mentions
    ]


@pytest.mark.parametrize(
    "text", ["ضربت سيول عنيفة شرق ليبيا.", "حذرت الأرصاد من أمطار وسيول في جنوب البلاد."]
)
def test_floods_are_no_place(text: str) -> None:
    assert SEOUL not in ids(text)


@pytest.mark.parametrize(
    "text", ["طوكيو وسيول تتفقان على استئناف الحوار.", "أعلنت سيول أن كوريا الشمالية أطلقت صاروخا."]
)
def test_a_place_nearby_speaks_for_the_city(text: str) -> None:
    assert SEOUL in ids(text)


@pytest.mark.parametrize(("confidence", "city"), [(0.9, True), (0.6, False)])
def test_only_a_sure_tagger_speaks_for_the_city(confidence: float, city: bool) -> None:
    assert (
        SEOUL in ids("وصل الوزير إلى سيول اليوم.", TaggedSpan(3, 4, "LOC", confidence, "encoder"))
    ) is city


def test_what_is_no_name_is_no_tagged_name_either() -> None:
    assert ids("تسببت سيول في أضرار.", TaggedSpan(1, 2, "LOC", 0.6, "encoder")) == []


MEHRAN = "e:mehran"


def named(text: str, lang: str, *spans: TaggedSpan) -> list[str]:
    made = article(lang, 0)
    assert made.clean
    models = Models(tag=lambda _tokens, _lang: spans)
    return [
        m.entity_id
        for m in extract(
            msgspec.structs.replace(made, clean=msgspec.structs.replace(made.clean, text=text)), models
        ).mentions
    ]


@pytest.mark.parametrize(
    "text",
    [
        "زائران از گذرگاه مرزی مهران گذشتند.",
        "بارش باران در مهران ادامه دارد.",
        "زائران از ایلام و مهران گذشتند.",
        "فرماندار مهران از آمادگی کامل خبر داد.",
    ],
)
def test_a_cue_or_a_neighbour_makes_a_mans_name_a_town(text: str) -> None:
    assert MEHRAN in named(text, "fa")


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("مهران مدیری در تهران به روی صحنه رفت.", "fa"),
        ("این فیلم را مهران ساخت.", "fa"),
        ("Mehran Karimi spoke to reporters.", "en"),
    ],
)
def test_a_mans_name_is_no_town(text: str, lang: str) -> None:
    assert MEHRAN not in named(text, lang)


def test_a_town_told_once_is_the_town_all_through_the_article() -> None:
    assert named("شهر مهران آماده است. مهران هر سال میزبان زائران است.", "fa").count(MEHRAN) == 2


def test_a_sure_tagger_tells_a_town_and_a_tagged_man_stays_a_man() -> None:
    assert MEHRAN in named("زائران به مهران رسیدند.", "fa", TaggedSpan(2, 3, "LOC", 0.9, "encoder"))
    assert MEHRAN not in named("زائران به مهران گفتند.", "fa", TaggedSpan(2, 3, "PER", 0.9, "encoder"))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("وصل المئات إلى بلدة الخيام أمس.", True),
        ("تمزقت الخيام بفعل الرياح.", False),
        ("قصفت الطائرات ريف حماة.", True),
        ("نحن حماة الوطن وجنوده.", False),
        ("اشتباكات بين درعا وحماة.", True),
        ("نشرت الوكالة صور الاحتفال.", False),
        ("كان المشهد دوما على حاله.", False),
    ],
)
def test_words_of_arabic_are_towns_only_where_something_says_so(text: str, place: bool) -> None:
    held = {"gn:170017", "gn:170592", "e:khiam", "gn:267008"}
    assert bool(held.intersection(named(text, "ar"))) is place
