"""Names as they sound in two scripts: servants of God written together or apart, words joined on either
side.
"""

from __future__ import annotations

import pytest

from services.extract.naming.identity import SAME_SPELLING
from shared.text.skeleton import fine_key
from shared.text.sound import name_similarity


@pytest.mark.parametrize(
    "other", ["عبد الملك الحوثي", "Abdul Malik al-Houthi", "Abdulmalik al-Houthi", "Abdel-Malik al-Houthi"]
)
def test_a_servant_of_is_one_name_together_or_apart(other: str) -> None:
    assert name_similarity("عبدالملک الحوثی", other) >= 0.85


def test_a_name_that_only_starts_like_one_stays_whole() -> None:
    assert fine_key("Abdullah") == fine_key("عبدالله")
    assert " " not in fine_key("Abdullah")
    assert fine_key("Abdul") == fine_key("Abd")


def test_both_sides_may_join_words() -> None:
    assert name_similarity("علی‌رضا محمدپور کاشانی", "عليرضا محمد پور کاشانی") >= SAME_SPELLING
    assert name_similarity("غلام رضا تقی‌زاده", "غلامرضا تقی زاده") >= SAME_SPELLING


def test_two_words_joined_on_both_sides_prove_nothing() -> None:
    assert name_similarity("حسن علوی", "حسنعل وی") < SAME_SPELLING
