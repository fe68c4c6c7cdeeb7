"""A story rests on as many origins as its articles name, not on as many outlets."""

from __future__ import annotations

from typing import Any

import orjson

from services.link.reading import declared_origins
from services.link.reading.declared_origins import StoryOrigin
from tests.unit.link_articles import Lane, Page

REUTERS = {"en": ("Reuters", "e:reuters"), "fa": ("رویترز", "e:reuters"), "ar": ("رويترز", "e:reuters")}
SAID = {
    "en": "The strait of Hormuz was closed to tankers this morning after a collision of two ships, the port of Bandar Abbas said.",
    "fa": "تنگه هرمز صبح امروز پس از برخورد دو کشتی به روی نفتکش‌ها بسته شد، بندر بندرعباس اعلام کرد.",
    "ar": "أغلق مضيق هرمز صباح اليوم أمام ناقلات النفط بعد اصطدام سفينتين، بحسب ميناء بندر عباس.",
}
TITLE = {
    "en": "Strait of Hormuz closed after collision",
    "fa": "تنگه هرمز بسته شد",
    "ar": "إغلاق مضيق هرمز بعد اصطدام",
}
NAMES = {
    "en": {"Hormuz": ("LOC", "gn:1"), "Bandar Abbas": ("LOC", "gn:2")},
    "fa": {"هرمز": ("LOC", "gn:1"), "بندرعباس": ("LOC", "gn:2")},
    "ar": {"هرمز": ("LOC", "gn:1"), "بندر عباس": ("LOC", "gn:2")},
}


def told(lang: str, source: str, *, origin: bool, hour: int = 8, end: str = "", said: str = "") -> Page:
    return Page(
        source, lang, (said or SAID[lang]) + end, title=TITLE[lang], at=f"2024-05-01T{hour:02}:00:00.000Z", names=NAMES[lang], source=source,
        origin=REUTERS[lang] if origin else None,
    )  # fmt: skip


def counted(*pages: Page) -> dict[str, Any]:
    lane = Lane()
    assert len({lane.take(page)["story_id"] for page in pages}) == 1, "the pages tell one story"
    story = [orjson.loads(item.value) for item in lane.sent if item.topic == "stories"][-1]
    found: dict[str, Any] = story["origins"]
    return found


def test_three_outlets_that_relay_one_agency_are_one_origin_in_any_spelling() -> None:
    found = counted(*(told(lang, f"{lang}.example", origin=True) for lang in ("fa", "ar", "en")))
    assert found["n_independent"] == 1
    assert found["list"] == [{"origin": "رویترز", "n": 3, "via": ["fa.example", "ar.example", "en.example"]}]


def test_outlets_with_reports_of_their_own_are_origins_of_their_own() -> None:
    found = counted(
        told("fa", "fa.example", origin=True),
        told("ar", "ar.example", origin=False),
        told("en", "en.example", origin=False),
    )
    assert found["n_independent"] == 3


def test_the_agency_and_who_relays_it_are_one_origin() -> None:
    found = counted(
        told("fa", "fa.example", origin=True),
        told("en", "Reuters", origin=True),
        told("ar", "رويترز", origin=False),
    )
    assert found["n_independent"] == 1


def test_copies_rest_on_the_origin_of_what_they_copy() -> None:
    found = counted(
        told("en", "first.example", origin=True),
        told("en", "second.example", origin=False),
        told("en", "third.example", origin=False, end="\n@third_channel"),
    )
    assert found == {
        "n_independent": 1,
        "list": [{"origin": "Reuters", "n": 3, "via": ["first.example", "second.example", "third.example"]}],
    }


def test_stories_that_merge_share_their_origins() -> None:
    a = [StoryOrigin("Reuters", ["e:reuters", "reuters"], 2, ["a.example"])]
    b = [
        StoryOrigin("ISNA", ["isna"], 1, ["b.example"]),
        StoryOrigin("رویترز", ["e:reuters", "رویترز"], 1, ["b.example"]),
    ]
    found = declared_origins.listed(declared_origins.joined_origins(a, b))
    assert found.n_independent == 2
    assert [(one.origin, one.n, one.via) for one in found.ranked] == [
        ("Reuters", 3, ["a.example", "b.example"]),
        ("ISNA", 1, ["b.example"]),
    ]


def test_more_origins_are_counted_than_listed() -> None:
    known: list[StoryOrigin] = []
    for n in range(50):
        known = declared_origins.with_article(known, f"outlet {n}", [f"outlet {n}"], f"outlet {n}")
    found = declared_origins.listed(known)
    assert (found.n_independent, len(found.ranked)) == (50, 20)
