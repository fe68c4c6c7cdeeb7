"""Characters, mojibake, keys: the tricky table, and what must never change."""

from __future__ import annotations

import pytest

from services.clean.edits.characters import normalised
from services.clean.edits.ledger import trace
from services.clean.edits.wrong_charset import repaired
from services.workshop.judging.clean.texts import outcome, tricky_cases
from shared.text import mojibake
from shared.text.digits import fold_digits
from shared.text.match_key import match_key
from tests.unit.clean_pages import ARABIC, PERSIAN


@pytest.mark.parametrize("case", tricky_cases(), ids=lambda case: f"{case['part']}:{case['text'][:20]}")
def test_tricky_input(case: dict[str, str]) -> None:
    assert outcome(case) == case["want"]


@pytest.mark.parametrize(
    "text",
    [
        "½ … ² ™",
        "https://a.ir/x?y=1&z=2",
        "12.5 ٫ ۳٬۵۰۰ 3,500",
        "a\n\nb",
        "e\u0301 é",
        "🇮🇷 👩🏽\u200d🚀",
        "№ 5",
    ],
)
def test_other_text_stays(text: str) -> None:
    assert normalised(text, "fa") in (text, text.replace("e\u0301", "é"))


def test_foreign_letters_stay_where_the_language_is_not_known() -> None:
    assert normalised("ہے کے ي", "") == "ہے کے ي"


def test_key_knows_no_half_space_and_no_keyboard() -> None:
    assert match_key("می\u200cشود") == match_key("میشود")
    assert match_key("علي كريمي") == match_key("علی کریمی")
    assert match_key("أَحْمَد ١٢") == match_key("احمد 12")
    assert match_key(match_key(PERSIAN)) == match_key(PERSIAN)


def test_digits_of_many_scripts_fold_without_moving_anything() -> None:
    assert fold_digits("۱۲ ٣٤ ५६ ৭৮") == "12 34 56 78"


@pytest.mark.parametrize(("wrong", "right"), [("cp1256", "utf-8"), ("cp1252", "utf-8"), ("latin-1", "utf-8")])
@pytest.mark.parametrize("page", [PERSIAN, ARABIC], ids=["fa", "ar"])
def test_every_line_read_in_a_wrong_charset_is_read_again(page: str, wrong: str, right: str) -> None:
    lines = [line for line in page.split("\n") if len(line) > 3]
    damaged = [
        "".join(bytes((byte,)).decode(wrong, "ignore") or chr(byte) for byte in line.encode(right))
        for line in lines
    ]
    assert [getattr(mojibake.repair(line), "text", line) for line in damaged] == lines


@pytest.mark.parametrize(
    "line",
    ["Café résumé naïve", "Über größere Flüsse", "ظهر اليوم ﻓﻲ طهران", "عظيم عظيم", "Ça va être très cher"],
)
def test_sound_lines_are_left_alone(line: str) -> None:
    assert mojibake.repair(line) is None


def test_a_repair_is_mapped_word_by_word() -> None:
    traced, names = repaired(trace("Ø³Ù„Ø§Ù… Ø¯Ù†ÛŒØ§"))
    assert traced.text == "سلام دنیا"
    assert names == {"utf8_as_cp1252"}
    assert traced.raw_span(5, 9) == (9, 17)


def test_marks_without_end_on_one_letter_are_fewer() -> None:
    assert normalised("a" + "\u0301\u0316" * 50_000 + "b", "en").count("\u0316") <= 30
    assert normalised("س\u0651\u064e\u0651لام", "ur") == normalised(
        normalised("س\u0651\u064e\u0651لام", "ur"), "ur"
    )
    assert normalised("." * 100 + "\u0301", "en") == "." * 100 + "\u0301"
