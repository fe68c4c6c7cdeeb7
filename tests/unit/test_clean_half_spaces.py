"""Half-spaces: what looks like a suffix is cut from a word that can have it, and from no other."""

from __future__ import annotations

import pytest

from services.clean.spacing.known_words import SortedTable, load
from services.clean.spacing.restorer import restored
from services.clean.spacing.suffix_stems import may_be_cut

LOANWORDS = """
توییتر توییتری توییترها دکترین سنتر مستر مانیتر لستر منچستر گلوستر دوستر السترها پیتر پیتری والتر گونتر دیتر هانتر ولتر بوستر رویتر پرینتر
اسکنتر کلاستر فیلتر پوستر آلستر وبستر فاستر پاستر مانستر کاستر ماستر تستر هیتر کفتر کروستر اسپینتر شیء شیئ جزء سوء ابها مها
"""


def test_a_loanword_stays_whole() -> None:
    assert restored(LOANWORDS) == LOANWORDS


@pytest.mark.parametrize(
    "word",
    [
        "بزرگ‌تر", "کوچک‌ترین", "قوی‌تر", "علمی‌تر", "انسانی‌تر", "پرجمعیت‌ترین", "سریع‌ترین", "جوان‌تر", "گرم‌تر", "کلی‌تر", "عجیب‌تر", "کج‌تر",
        "معروف‌ترین", "بافضیلت‌تر", "کتاب‌ها", "سگ‌ها", "گل‌های", "شب‌ها", "دیپلمات‌ها", "دکترین‌ها", "المپیک‌ها",
    ],
)  # fmt: skip
def test_a_word_that_can_have_the_suffix_gets_it_back(word: str) -> None:
    assert restored(word.replace("\u200c", "")) == word


def test_a_suffix_asks_for_its_kind_of_word_and_another_part_for_none() -> None:
    known = load().knowledge
    assert not may_be_cut(known, "سن", "تر"), "a noun"
    assert not may_be_cut(known, "تویی", "ترین"), "listed, but no adjective"
    assert not may_be_cut(known, "شی", "ء"), "no word begins so"
    assert not may_be_cut(known, "اب", "ها"), "two letters, and not common"
    assert may_be_cut(known, "خط", "ها")
    assert may_be_cut(known, "دست", "گیر"), "no suffix: another judges"
    assert isinstance(known.gradable, SortedTable)
