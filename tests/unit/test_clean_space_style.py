"""A host's space style: it decides only for pages too short to tell, and is forgotten with the pages that
showed it.
"""

from __future__ import annotations

from tests.unit.clean_pages import Lane, raw

SPACED = "او می گوید که این کار می تواند مفید باشد و مردم می خواهند بدانند چه می شود و چرا کار شماره {} گران شده است."
INTACT = (
    "او می‌گوید که این کار می‌تواند مفید باشد و مردم می‌خواهند بدانند چه می‌شود و چرا کار شماره {} گران شده است."
)
SHORT = "وزیر نیرو فردا درباره قیمت تازه آب با نمایندگان مردم سخن می گوید"
JOINED = "وزیر نیرو می گوید این طرح آماده است اما مجلس نمیتواند آن را بخواند و میخواهد بیشتر بداند"


def lane_of(page: str, count: int) -> Lane:
    lane = Lane()
    for number in range(count):
        lane.fold(raw(page.format(number)))
    return lane


def test_a_short_page_follows_its_host() -> None:
    block = lane_of(SPACED, 3).clean(raw(SHORT))
    assert block.text == SHORT.replace("می گوید", "می‌گوید")
    assert block.edits["space_fix"] == 1
    assert [s.kept for s in block.segments] == [True]
    assert sum(row[1] for row in block.align) == len(block.text)
    assert sum(row[3] for row in block.align) == len(SHORT)


def test_without_enough_of_its_pages_nothing_is_closed() -> None:
    assert lane_of(SPACED, 2).clean(raw(SHORT)).text == SHORT


def test_a_host_that_writes_half_spaces_closes_nothing() -> None:
    lane = lane_of(SPACED, 3)
    for number in range(3):
        lane.fold(raw(INTACT.format(10 + number)))
    assert lane.clean(raw(SHORT)).text == SHORT


def test_hosts_are_kept_apart() -> None:
    assert lane_of(SPACED, 3).clean(raw(SHORT, source="other")).text == SHORT


def test_a_page_that_speaks_against_it_keeps_its_spaces() -> None:
    assert "می گوید" in lane_of(SPACED, 3).clean(raw(JOINED)).text


def test_a_restored_lane_knows_the_style() -> None:
    lane = lane_of(SPACED, 3)
    restored = Lane()
    for key, value in sorted(lane.changelog.items(), reverse=True):
        restored.memory.apply(key, value)
    restored.offset = lane.offset
    assert restored.fold(raw(SHORT)) == lane.fold(raw(SHORT))


def test_a_page_of_furniture_alone_has_no_style() -> None:
    block = lane_of(SPACED, 3).clean(raw("نظرات بینندگان\nنظر شما درباره این مطلب چیست"))
    assert "only_furniture" in block.warnings
