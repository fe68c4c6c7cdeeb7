from __future__ import annotations

import pytest

from shared.text import directions, scripts


def test_letters_are_counted_by_script_and_nothing_else_is() -> None:
    assert scripts.counts("سلام! hello ۱۲۳ 漢字 … 👍") == {"Latn": 5, "Arab": 4, "Hani": 2}
    assert scripts.counts("12 ۳۴ — !") == {}


def test_code_points_beyond_the_basic_plane_are_read() -> None:
    assert scripts.counts("𠀀𠀁") == {"Hani": 2}
    assert scripts.counts("𞤀𞤁") == {"Adlm": 2}
    assert scripts.counts("\U000e0041😀") == {}


def test_vowel_signs_and_joiners_are_no_letters() -> None:
    assert scripts.counts("مُعَلِّم") == {"Arab": 4}
    assert scripts.counts("می\u200cروم") == {"Arab": 5}


@pytest.mark.parametrize(
    ("text", "script", "direction"),
    [
        ("این یک متن است (NATO)", "Arab", "rtl"),
        ("שלום", "Hebr", "rtl"),
        ("The news", "Latn", "ltr"),
        ("123", "Zyyy", "ltr"),
        ("", "Zyyy", "ltr"),
    ],
)
def test_a_text_runs_as_most_of_its_letters(text: str, script: str, direction: str) -> None:
    assert scripts.main_script(text) == script
    assert scripts.text_direction(text) == direction


@pytest.mark.parametrize(
    ("tag", "direction"),
    [
        ("fa", "rtl"), ("fa-AF", "rtl"), ("fa-Latn", "ltr"), ("ckb", "rtl"), ("kmr", "ltr"), ("kmr-Arab", "rtl"), ("ms-Arab", "rtl"),
        ("az", "ltr"), ("azb", "rtl"), ("UR_pk", "rtl"), ("he", "rtl"), ("zh-Hant", "ltr"), ("und", "ltr"), ("", "ltr"),
    ],
)  # fmt: skip
def test_a_tag_runs_by_its_script_or_its_languages_usual_one(tag: str, direction: str) -> None:
    assert directions.tag_direction(tag) == direction
