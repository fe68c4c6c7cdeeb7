"""What ``khabar bench link`` measures of a stream of weeks."""

from __future__ import annotations

from itertools import pairwise

from services.workshop.timing.link_weeks import COPIED, by_week, posts


def test_each_week_is_measured_and_the_past_fills() -> None:
    found = by_week(2, 30)
    assert list(found) == ["1", "2"]
    assert all(week["per_cpu_s"] > 0 and week["bytes_per_story"] > 0 for week in found.values())
    assert found["1"]["past"] > 0, "articles have left the window"
    assert found["2"]["live"] < 4 * 30, "three days are live"


def test_some_posts_repeat_the_words_of_the_one_before() -> None:
    made = list(posts(1, 3 * COPIED))
    same = [two.doc_id for one, two in pairwise(made) if one.copy_key == two.copy_key]
    assert len(same) == 2
    assert len({post.doc_id for post in made}) == len(made)
