"""Dates in every calendar and spelling: read rightly or not at all."""

from __future__ import annotations

import datetime as dt

import pytest

from services.workshop.judging.clean.texts import generated_dates, hard_dates, read_date
from shared.text import dates, dates_relative
from shared.text.calendars import date_to_jalali, is_jalali_leap, jalali_to_date
from tests.unit.clean_pages import clean

NOWRUZ = {
    1398: "2019-03-21",
    1399: "2020-03-20",
    1400: "2021-03-21",
    1403: "2024-03-20",
    1404: "2025-03-21",
    1408: "2029-03-20",
}


@pytest.mark.parametrize(("lang", "expected", "text"), hard_dates(), ids=lambda value: value[:40])
def test_hard_string(lang: str, expected: str, text: str) -> None:
    assert read_date(lang, text) == expected


@pytest.mark.parametrize(
    "day", [dt.date(2001, 9, 11), dt.date(2012, 2, 29), dt.date(2020, 3, 20), dt.date(2025, 12, 31)], ids=str
)
def test_generated_spellings(day: dt.date) -> None:
    for text in generated_dates(day, "07:05"):
        found = dates.parse(text)
        assert found is not None, text
        assert found.local.date() == day, text


@pytest.mark.parametrize(("year", "expected"), NOWRUZ.items())
def test_first_day_of_the_persian_year(year: int, expected: str) -> None:
    assert str(jalali_to_date(year, 1, 1)) == expected
    assert date_to_jalali(dt.date.fromisoformat(expected)) == (year, 1, 1)


def test_leap_day_exists_only_in_leap_years() -> None:
    assert is_jalali_leap(1399)
    assert jalali_to_date(1399, 12, 30) == dt.date(2021, 3, 20)
    assert jalali_to_date(1400, 12, 30) is None


def test_span_is_that_of_the_text_as_given() -> None:
    text = "\u200fنُشر: ٢٧ ينا\u0640ير ٢٠٢٢ - 14:02 الآن"
    found = dates.parse(text, lang="ar")
    assert found
    assert text[found.start : found.end] == found.raw == "٢٧ ينا\u0640ير ٢٠٢٢ - 14:02"


def test_all_dates_of_a_line_in_order() -> None:
    found = dates.find("از ۷ بهمن ۱۴۰۰ تا 2022-03-01 و 5 مارس 2022", lang="fa")
    assert [str(f.local.date()) for f in found] == ["2022-01-27", "2022-03-01", "2022-03-05"]


PAGE = (
    "{line}\nنخستین خبر مهم روز درباره کشور\n"
    + "وزیر کشور در نشستی با خبرنگاران درباره برنامه‌های تازه دولت توضیح داد و به پرسش‌ها پاسخ گفت.\n" * 3
)


def test_published_and_modified_are_told_apart() -> None:
    block = clean(PAGE.format(line="تاریخ انتشار: ۷ بهمن ۱۴۰۰ - ۱۰:۰۰ | به‌روزرسانی: ۸ بهمن ۱۴۰۰ - ۱۱:۰۰"))
    assert block.published
    assert block.modified
    assert (block.published.value[:10], block.modified.value[:10]) == ("2022-01-27", "2022-01-28")


def test_a_date_after_the_fetch_is_flagged_and_not_given() -> None:
    block = clean(PAGE.format(line="تاریخ انتشار: ۷ بهمن ۱۴۰۵"))
    assert block.published is None
    assert "date_in_future" in block.warnings
    assert "۷ بهمن ۱۴۰۵" in block.why["published"]


def test_a_date_in_the_body_is_not_the_page_s() -> None:
    body = "به گفته او این قرارداد در ۷ بهمن ۱۳۹۸ در تهران امضا شده بود و سه سال اعتبار داشت و سپس دوباره تمدید شد."
    assert clean(PAGE.format(line=body)).published is None


def test_the_feed_s_date_is_marked_as_a_fallback() -> None:
    from shared.records import Declared  # noqa: PLC0415 - one test's need

    block = clean(PAGE.format(line="خبر"), declared=Declared(published="2022-01-27T10:00:00Z"))
    assert block.published
    assert (block.published.value, block.published.fallback) == ("2022-01-27T10:00:00.000Z", "feed")


ANCHOR = dt.datetime(2022, 1, 27, 10, 32, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("۲ ساعت پیش", "2022-01-27"),
        ("دو ساعت قبل", "2022-01-27"),
        ("منذ ساعتين", "2022-01-27"),
        ("منذ 3 أيام", "2022-01-24"),
        ("منذ يوم", "2022-01-26"),
        ("أول أمس", "2022-01-25"),
        ("دیروز", "2022-01-26"),
        ("an hour ago", "2022-01-27"),
        ("۲۰ ساعت پیش", "2022-01-26"),
        ("قبل ۱۵ دقیقه", "2022-01-27T13:47:00"),
        ("14 hours ago", None),
        ("two weeks ago", None),
        ("پیش از این", None),
    ],
)
def test_a_relative_phrase_needs_an_anchor_and_gives_no_more_than_it_knows(
    text: str, expected: str | None
) -> None:
    assert dates.parse(text) is None
    found = dates_relative.resolve(text, anchor=ANCHOR, zone_name="Asia/Tehran")
    got = (
        (found.local.isoformat() if found.precision == "minute" else str(found.local.date()))
        if found
        else None
    )
    assert got == expected


def test_a_date_told_from_the_fetch_is_marked_as_a_fallback() -> None:
    block = clean(PAGE.format(line="۳ روز پیش"))
    assert block.published
    assert (block.published.value, block.published.fallback, block.published.method) == (
        "2022-01-29",
        "fetched",
        "relative",
    )
