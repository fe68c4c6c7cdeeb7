"""Words of amounts and times belong to a language: no table is read in another, and a scale is known before a
number is believed.
"""

from __future__ import annotations

import json
import math
from functools import cache
from importlib.resources import files
from importlib.util import find_spec

import pytest

from services.extract.counting.amounts import amount_at
from services.extract.counting.numbers import ENGLISH_ONLY_UNITS, numbers
from services.extract.dating.expressions import times
from services.extract.lexicon.word_tables import phrases, table
from services.extract.words_of_article import Words
from shared.records import DateValue, Number, Span
from shared.text.tokens import tokens

COLLISIONS: dict[str, dict[str, list[str]]] = json.loads(
    (files("services.workshop.building.counting") / "word_collisions.json").read_text("utf8")
)
"""Table and part → word → languages among whose 20,000 commonest words it is, while their own table has no
such word; built by the workshop.
"""
SAME_SENSE = {
    "units.measures": "an English name of a measure that other languages write the same («km», «meter»)",
    "units.currencies": "an English name or code of money that other languages write the same («euro», «USD»)",
    "units.percent": "«percent», «pct»",
}
"""Why English words of a part are read in other languages as well; those that are something else there are in
``ENGLISH_ONLY_UNITS``.
"""


def words(text: str, lang: str) -> Words:
    found = tokens(text, 200)
    return Words.of(text, found, lang)


@cache
def english(part: str) -> frozenset[str]:
    row = table("units")[part]["en"]
    forms = row.values() if isinstance(row, dict) else [row]
    return frozenset(form.lower() for held in forms for form in held.split("|"))


def test_the_lists_of_collisions_are_whole() -> None:
    parts = {
        f"{name}.{part}"
        for name, part in [("units", part) for part in ("words", "scales", "currencies", "measures")]
        + [("times", "days")]
    }
    assert parts <= COLLISIONS.keys()
    assert sum(len(langs) for found in COLLISIONS.values() for langs in found.values()) > 2000


@pytest.mark.parametrize("part", sorted(COLLISIONS))
def test_no_common_word_of_another_language_is_read(part: str) -> None:
    name, _, column = part.partition(".")
    for word, langs in COLLISIONS[part].items():
        for lang in langs:
            assert phrases(name, column, lang).at([word], 0) is None, (word, lang)


@pytest.mark.parametrize("part", ["units.measures", "units.currencies", "units.percent"])
def test_a_unit_of_another_language_is_read_for_a_reason(part: str) -> None:
    for word, langs in COLLISIONS[part].items():
        if word in english(part.partition(".")[2]) - ENGLISH_ONLY_UNITS:
            assert part in SAME_SENSE
            continue
        for lang in langs:
            meant = phrases("units", part.partition(".")[2], "en").at([word], 0)
            read = numbers(words(f"5 {word} ", lang), [])
            own = {"€", "$"} | {
                value for column in ("percent", "currencies", "measures") for value in _values(column, lang)
            }
            assert all(number.unit is None or number.unit in own for number in read), (word, lang, meant)


def _values(column: str, lang: str) -> set[str]:
    row = table("units")[column].get(lang, {})
    return {str(value) for value in row} if isinstance(row, dict) else {"%"}


@pytest.mark.parametrize("part", ["times.days", "times.units", "times.single", "times.sets"])
def test_a_time_of_another_language_is_not_read(part: str) -> None:
    span = Span(start=0, end=0, layer="clean")
    today = DateValue(
        value="2024-11-22",
        precision="day",
        method="declared",
        tz="UTC",
        confidence=1.0,
        calendar="gregory",
        raw="",
        span=span,
    )
    for word, langs in COLLISIONS[part].items():
        for lang in langs:
            text = f"5 {word}" if part == "times.units" else word
            assert [
                time.type
                for time in times(words(text, lang), today)
                if time.type in {"DURATION", "SET", "DATE"}
            ] == [], (word, lang)


def test_the_scales_are_what_their_source_says() -> None:
    if find_spec("babel") is None:
        pytest.skip("SKIPPED LOUDLY: babel is not here, so the table of scales was not built again")
    from services.workshop.building.counting.scale_words import ARTEFACT, packed  # noqa: PLC0415 - needs babel

    assert packed() == ARTEFACT.read_bytes()


def read(lang: str, text: str, *countries: str) -> list[Number]:
    found = words(text, lang)
    return numbers(found, times(found, None), frozenset(countries))


@pytest.mark.parametrize(
    ("lang", "text", "value"),
    [
        ("nl", "2,5 miljoen mensen vluchtten", 2.5e6),
        ("pl", "uciekło 2,5 miliona osób", 2.5e6),
        ("uk", "15 тисяч людей втекли", 15_000),
        ("he", "15 מיליון אנשים נמלטו", 15e6),
        ("ko", "350만 명이 대피", 3.5e6),
        ("az", "5 milyon nəfər", 5e6),
        ("en", "12,34,567 people fled", 1_234_567),
        ("en", "two-and-a-half million people fled", 2.5e6),
        ("en", "four score and seven people", 87),
        ("ar", "مليونان ونصف المليون شخص", 2.5e6),
        ("en", "A drop of -3 percent", -3),
        ("de", "15 Minusgrade", -15),
        ("de", "15 Grad minus", -15),
        ("tr", "sıfırın altında 15 derece", -15),
        ("ur", "نقطہ انجماد سے 15 ڈگری نیچے", -15),
        ("ur", "نقطہ انجماد سے 15 ڈگری اوپر", 15),
        ("hi", "तापमान शून्य से 15 डिग्री नीचे", -15),
        ("ckb", "15 پلە لە ژێر سفر", -15),
        ("pl", "minus 15 stopni", -15),
        ("nl", "min 15 graden", -15),
    ],
)
def test_scale_and_sign_are_read(lang: str, text: str, value: float) -> None:
    assert [number.value for number in read(lang, text)] == [value]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("und", "15 foobar baz"),  # whose «foobar» may be a thousand
        ("vi", "5 tỷ đồng"),
        ("zh", "35万人逃离"),
        ("en", "1,25,00 people"),
        ("en", "about 2-3 million people"),
        ("ur", "نقطہ انجماد سے 15 ڈگری"),
    ],
)
def test_what_may_be_scaled_or_below_zero_is_no_number(lang: str, text: str) -> None:
    assert read(lang, text) == []


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "two to three million people"),
        ("fa", "۲ تا ۳ میلیون نفر"),
        ("de", "2 bis 3 Millionen Menschen"),
        ("ar", "من 2 إلى 3 ملايين دولار"),
    ],
)
def test_the_first_of_a_range_may_share_the_scale(lang: str, text: str) -> None:
    assert [number.value for number in read(lang, text)] == [3e6]


@pytest.mark.parametrize(
    ("text", "countries", "unit"),
    [
        ("five million dollars", (), "USD"),
        ("five million dollars", ("US",), "USD"),
        ("five million dollars", ("AU",), "dollar"),
        ("$5 million", ("CA", "US"), "dollar"),
        ("US$5 million", ("CA",), "USD"),
        ("A$5 million", ("US",), "AUD"),
        ("$5 million", ("CL",), "dollar"),
    ],
)
def test_dollars_are_american_where_no_other_country_counts_in_its_own(
    text: str, countries: tuple[str, ...], unit: str
) -> None:
    assert [number.unit for number in read("en", text, *countries)] == [unit]


def test_an_amount_that_is_not_read_takes_its_parts_along() -> None:
    found = words("1,25,00 people", "en")
    amount = amount_at(found, 0)
    assert amount
    assert math.isnan(amount.value)
