"""Every name of a day, a month or a half day belongs to a language, and is read in no other."""

from __future__ import annotations

import json
from importlib.resources import files
from importlib.util import find_spec

import pytest

from shared.text.calendar_words import anywhere, languages, readable, table_language, words_of
from shared.text.dates_names import squeezed

COLLISIONS: dict[str, dict[str, list[str]]] = json.loads(
    (files("shared.text") / "data/calendar_collisions.json").read_text("utf8")
)
"""Names that are among the 20,000 commonest words of a language in which they are no such name; built by the
workshop.
"""


def test_the_table_is_what_its_sources_say() -> None:
    if find_spec("babel") is None:
        pytest.skip("SKIPPED LOUDLY: babel is not here, so the table of calendar words was not built again")
    from services.workshop.building.calendar.word_table import ARTEFACT, packed  # noqa: PLC0415 - needs babel

    assert packed() == ARTEFACT.read_bytes()


@pytest.mark.parametrize("table", ["months", "weekdays", "half_days"])
def test_no_common_word_of_another_language_is_read_as_a_name(table: str) -> None:
    met = 0
    for name, others in COLLISIONS[table].items():
        for lang in others:
            met += 1
            if table_language(lang):
                assert name not in getattr(words_of(lang), table), (name, lang)
                assert name not in getattr(readable(lang), table) or name in getattr(words_of("en"), table), (
                    name,
                    lang,
                )
    assert met > 20


def test_where_the_language_is_not_known_a_half_day_is_no_common_word_of_any() -> None:
    read = {name for name in COLLISIONS["half_days"] if name in anywhere().half_days}
    assert read <= set(words_of("en").half_days), (
        "English ones stand in pages of every language; German «am» leaves the hour as it is"
    )


def test_the_words_that_started_this() -> None:
    assert "هفته" not in words_of("fa").weekdays
    assert "پیر" not in words_of("fa").weekdays
    assert "مه" in words_of("fa").months
    assert "مه" not in readable("ps").months
    assert "اب" not in words_of("fa").months
    assert "اب" in words_of("ar").months


def test_every_language_knows_its_year_and_week() -> None:
    for lang in languages():
        months = words_of(lang).months
        if months:
            numbers = {
                number
                for meanings in months.values()
                for calendar, number in meanings
                if calendar == "gregory"
            }
            assert numbers == set(range(1, 13)), lang
            assert set(words_of(lang).weekdays.values()) == set(range(7)), lang
        assert words_of(lang).half_days, lang
    assert sum(bool(words_of(lang).half_days) for lang in languages()) > 30


def test_no_table_holds_a_name_twice_in_two_senses() -> None:
    for lang in languages():
        for name, meanings in words_of(lang).months.items():
            assert len({calendar for calendar, _ in meanings}) == len(meanings), (lang, squeezed(name))
