"""What a page repeats."""

from __future__ import annotations

from tests.unit.clean_pages import ARABIC, PERSIAN, Lane, raw

BODY = PERSIAN.split("\n\n")


def test_an_exact_copy_of_another_document() -> None:
    lane = Lane()
    first = lane.article(raw(ARABIC, source="one"))
    copy = lane.clean(raw(ARABIC, source="two"))
    (found,) = copy.duplicate
    assert (found.of, found.relation, found.score, found.same_source) == (first.doc_id, "exact", 1.0, False)


def test_spelling_makes_no_difference() -> None:
    lane = Lane()
    lane.clean(raw(PERSIAN, source="one"))
    spelled = PERSIAN.replace("ی", "ي").replace("ک", "ك").replace("هستهای", "هسته‌ای")
    assert [d.relation for d in lane.clean(raw(spelled, source="two")).duplicate] == ["exact"]


def test_a_near_copy_and_a_part() -> None:
    lane = Lane()
    lane.clean(raw(PERSIAN, source="one"))
    near = lane.clean(raw("\n\n".join(BODY[:-3]), source="two"))
    assert [d.relation for d in near.duplicate] == ["near"]
    part = lane.clean(raw("\n\n".join(BODY[4:7]), source="three"))
    assert {d.relation for d in part.duplicate} == {"partial"}
    assert {d.direction for d in part.duplicate} == {"contained"}


def test_different_stories_are_no_duplicates() -> None:
    lane = Lane()
    lane.clean(raw(PERSIAN))
    assert lane.clean(raw(ARABIC)).duplicate == []


def test_another_payload_under_the_same_id_is_a_revision() -> None:
    lane = Lane()
    lane.article(raw(PERSIAN, doc_id="d1"))
    second = lane.clean(raw(PERSIAN + "\nادامه خبر در ساعات آینده اعلام خواهد شد.", doc_id="d1"))
    assert [(d.of, d.relation) for d in second.duplicate] == [("d1", "revision")]


def test_one_news_code_of_one_source_is_one_item() -> None:
    lane = Lane()
    first = lane.article(raw(PERSIAN, doc_id="d1"))
    other = lane.clean(
        raw(
            "کد خبر: ۵۷۳۵۱\nعنوان دیگر این خبر درباره ورزش است\nتیم ملی فوتبال امروز به اردو رفت.",
            doc_id="d2",
        )
    )
    assert [(d.of, d.relation) for d in other.duplicate] == [(first.doc_id, "same_item")]


def test_short_flashes_are_compared_as_a_whole_alone() -> None:
    lane = Lane()
    lane.clean(raw("فوری: زلزله شدید تهران را لرزاند", doc_id="d1"))
    assert lane.clean(raw("فوری: زلزله شدید شیراز را لرزاند", doc_id="d2")).duplicate == []
    assert [
        d.relation
        for d in lane.clean(raw("فوری: زلزلهٔ شدید تهران را لرزاند", doc_id="d3", source="x")).duplicate
    ] == ["exact"]
