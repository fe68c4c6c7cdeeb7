"""A language that usually tells such stories and is silent on one is a gap; what is usual the lane learns
from its own stories.
"""

from __future__ import annotations

from typing import Any

import orjson

from services.link.lifecycle.eviction import SWEEP_EVERY
from services.link.lifecycle.silences import (
    LEAST_STORIES,
    Coverage,
    Telling,
    learned,
    listened_to,
    silent_languages,
    usual_delay_s,
)
from services.link.memory import items
from services.link.memory.items import Habit
from services.link.memory.lane_state import HABITS
from tests.unit.link_articles import Lane, Page

HOUR = 3_600.0
TITLE = {"fa": "ریزش معدن زغال‌سنگ در طبس", "ar": "انهيار منجم فحم في طبس"}
SAID = {
    "fa": [
        "ریزش معدن زغال‌سنگ طبس ده‌ها کارگر را زیر زمین گرفتار کرد و امدادگران از بامداد در محل هستند.",
        "امدادگران در معدن طبس هنوز به کارگران گرفتار نرسیده‌اند؛ استاندار از ریزش دوباره زغال‌سنگ خبر داد.",
        "خانواده‌های کارگران گرفتار در معدن زغال‌سنگ طبس کنار دهانه جمع شده‌اند و امدادگران تونل تازه‌ای می‌کنند.",
    ],
    "ar": [
        "انهيار منجم الفحم في طبس حاصر عشرات العمال تحت الأرض وفرق الإنقاذ في الموقع منذ الفجر.",
        "فرق الإنقاذ لم تصل بعد إلى عمال منجم الفحم في طبس والمحافظ يحذر من انهيار آخر.",
    ],
}
NAMES = {"fa": {"طبس": ("LOC", "gn:1")}, "ar": {"طبس": ("LOC", "gn:1")}}


def learned_often(told: Coverage, times: int) -> dict[str, Habit]:
    usual: dict[str, Habit] = {}
    for _ in range(times):
        usual = learned(usual, told, told)
    return usual


def both(delay: float) -> Coverage:
    return {"fa": Telling(3, 0.0), "ar": Telling(2, delay)}


def test_the_usual_delay_is_that_of_nine_in_ten() -> None:
    usual = learned_often(both(0.4 * HOUR), 27)
    for _ in range(2):
        usual = learned(usual, both(7 * HOUR), {"ar"})
    assert usual_delay_s(usual["fa>ar"]) == 1_800
    for _ in range(5):
        usual = learned(usual, both(7 * HOUR), {"ar"})
    assert usual_delay_s(usual["fa>ar"]) == 28_800


def test_nothing_is_usual_before_enough_stories_or_when_most_go_untold() -> None:
    assert usual_delay_s(learned_often(both(HOUR), LEAST_STORIES - 1)["fa>ar"]) is None
    usual = learned_often(both(HOUR), LEAST_STORIES)
    assert usual_delay_s(usual["fa>ar"]) == 3_600
    for _ in range(LEAST_STORIES + 1):
        usual = learned(usual, {"fa": Telling(3, 0.0)}, {"ar"})
    assert usual_delay_s(usual["fa>ar"]) is None


def test_what_is_remembered_stays_small() -> None:
    usual: dict[str, Habit] = {}
    for n in range(2_000):
        told: Coverage = {"fa": Telling(3, 0.0), "ar": Telling(3, HOUR), f"x{n % 50}": Telling(3, HOUR)}
        usual = learned(usual, told, listened_to(usual, told))
    assert len(usual) <= 12 * 11
    assert all(habit.told <= 400 and sum(habit.delays) == habit.answered for habit in usual.values())


def test_silence_is_one_gap_a_language_and_needs_the_usual_time() -> None:
    usual = learned_often({"fa": Telling(4, 0.0), "en": Telling(3, 0.0), "ar": Telling(2, HOUR)}, 30)
    told: Coverage = {"fa": Telling(4, 0.0), "en": Telling(3, 0.0)}
    assert list(silent_languages(usual, told, 0.9 * HOUR)) == []
    (found,) = silent_languages(usual, told, 1.1 * HOUR)
    silence = (found.lang, found.since, found.usual_s, found.stories_learned_from, found.share)
    assert silence == ("ar", 0.0, 3_600, 30, 1.0)
    assert list(silent_languages(usual, {"fa": Telling(2, 0.0)}, 9 * HOUR)) == []


def mine(lang: str, n: int, at: str, source: str) -> Page:
    return Page(
        f"{lang}{n}",
        lang,
        SAID[lang][n],
        title=TITLE[lang],
        at=f"2024-09-01T{at}:00.000Z",
        names=NAMES[lang],
        source=source,
    )


def let_pass(lane: Lane, at: str) -> None:
    for n in range(SWEEP_EVERY):
        lane.take(Page(f"{at}/{n}", "en", f"Note {n}", at=at))


def museum(names: dict[str, tuple[str, str]]) -> Page:
    text = "افتتح متحف جديد للنخيل في طبس وسط حضور كبير من الزوار والفنانين."
    return Page("ar/before", "ar", text, at="2024-08-30T05:00:00.000Z", names=names)


def primed(*, known: bool = True) -> Lane:
    """A lane that knows how usual Arabic is, in which an Arabic article of that town has come before, or of
    nowhere.
    """
    lane = Lane()
    lane.take(museum(NAMES["ar"] if known else {}))
    lane.changelog[HABITS.encode()] = items.encode(learned_often(both(HOUR), 30))
    return lane.restored()


def told_by_persians(lane: Lane, *, sources: int = 2) -> str:
    ids = {
        lane.take(mine("fa", n, f"06:{10 * n:02}", f"s{n % sources}.example"))["story_id"] for n in range(3)
    }
    assert len(ids) == 1, "the pages tell one story"
    return ids.pop()


def gaps(lane: Lane) -> list[dict[str, Any]]:
    found = [orjson.loads(item.value) for item in lane.sent if item.topic == "stories.events"]
    return [event for event in found if event["event"] == "gap"]


def last(lane: Lane, story_id: str) -> dict[str, Any]:
    found = [orjson.loads(item.value) for item in lane.sent if item.topic == "stories"]
    record: dict[str, Any] = [record for record in found if record["story_id"] == story_id][-1]
    return record


def test_a_silent_language_is_published_once_and_forgotten_when_it_comes() -> None:
    lane = primed()
    story_id = told_by_persians(lane)
    let_pass(lane, "2024-09-01T06:50:00.000Z")
    assert gaps(lane) == []
    let_pass(lane, "2024-09-01T08:00:00.000Z")
    let_pass(lane, "2024-09-01T09:00:00.000Z")
    (event,) = gaps(lane)
    assert event["story_id"] == story_id
    assert event["detail"] == {
        "lang": "ar", "silent_since": "2024-09-01T06:00:00.000Z", "usual_delay_s": 3_600, "learned_from": 30, "share": 1.0
    }  # fmt: skip
    before = last(lane, story_id)
    assert (before["version"], before["gaps"]) == (
        4,
        [{"group": "ar", "silent_since": "2024-09-01T06:00:00.000Z"}],
    )
    assert lane.take(mine("ar", 0, "09:10", "ar.example"))["story_id"] == story_id
    assert last(lane, story_id)["gaps"] == []


def test_silence_about_what_a_language_never_tells_is_no_gap() -> None:
    lane = primed(known=False)
    told_by_persians(lane)
    let_pass(lane, "2024-09-01T08:00:00.000Z")
    let_pass(lane, "2024-09-01T09:00:00.000Z")
    assert gaps(lane) == []


def test_one_outlet_alone_makes_no_gap() -> None:
    lane = primed()
    told_by_persians(lane, sources=1)
    let_pass(lane, "2024-09-01T08:00:00.000Z")
    let_pass(lane, "2024-09-01T09:00:00.000Z")
    assert gaps(lane) == []


def test_a_story_that_falls_quiet_teaches_what_is_usual() -> None:
    lane = Lane()
    lane.take(museum(NAMES["ar"]))
    told_by_persians(lane)
    for n in range(2):
        lane.take(mine("ar", n, f"07:{30 + n}", "ar.example"))
    let_pass(lane, "2024-09-02T12:00:00.000Z")
    assert lane.state.habits["fa>ar"].told == 1
    assert lane.state.habits["fa>ar"].answered == 1
    assert lane.restored().state.habits == lane.state.habits
