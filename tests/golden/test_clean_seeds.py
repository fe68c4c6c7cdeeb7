"""Both seeds through clean: what must come out of the two pages the project exists for."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from services.clean.record.clean_block import MOST_CUT
from services.web.views.ledger_rows import rows
from shared.records import Clean
from tests.unit.clean_pages import ARABIC, PERSIAN, Lane, clean, raw

HALF_SPACES = [
    "جلسه\u200cای",
    "تل\u200cآویو",
    "هسته\u200cای",
    "بیانیه\u200cای",
    "سازمان\u200cهای",
    "منطقه\u200cای",
    "آماده\u200cسازی",
    "گزینه\u200cهای",
    "این\u200cباره",
    "مقام\u200cهای",
    "رایزنی\u200cها",
    "پیش\u200cروی",
    "نخست\u200cوزیری",
    "بین\u200cالمللی",
    "سخت\u200cتر",
    "تحریم\u200cها",
    "طرف\u200cهای",
    "گفت\u200cوگوها",
    "گرفته\u200cاند",
    "نخست\u200cوزیر",
    "بی\u200cثباتی",
    "ضعیف\u200cتر",
    "می\u200cرسد",
]
LEGAL_EXTRA = "هم‌زمان"


@pytest.fixture(scope="module")
def persian() -> Clean:
    return clean(PERSIAN)


@pytest.fixture(scope="module")
def arabic() -> Clean:
    return clean(ARABIC)


def cut(block: Clean, payload: str) -> list[tuple[str, str]]:
    return [(s.type, payload[s.start : s.end]) for s in block.segments if not s.kept]


def test_persian_furniture_is_cut_and_typed(persian: Clean) -> None:
    assert cut(persian, PERSIAN) == [
        ("news_code", "کد خبر: ۵۷۳۵۱"),
        ("pub_line", "تاریخ انتشار: ۰۷ بهمن ۱۴۰۰ - ۱۴:۰۲"),
        ("end_marker", "انتهای پیام/"),
        ("source_line", "منبع: فارس"),
        ("comment_form", "نظرات بینندگان"),
        ("comment_form", "نام:"),
        ("comment_form", "ایمیل:"),
        ("comment_form", "* نظر:"),
    ]


def test_the_ledger_tells_the_words_of_every_line_cut_or_kept(persian: Clean, arabic: Clean) -> None:
    for block, payload in ((persian, PERSIAN), (arabic, ARABIC)):
        told = rows(block)
        assert [one.text for one in told if not one.segment.kept] == [
            words.replace("بـ", "ب") for _, words in cut(block, payload)
        ]
        assert (
            "\n\n".join(
                one.text or "" for one in sorted(told, key=lambda one: one.segment.start) if one.segment.kept
            )
            == block.text
        )


def test_of_a_page_that_is_furniture_the_record_tells_the_beginning() -> None:
    block = clean(PERSIAN + "\nمنبع: فارس" * 3_000)
    told = [one.text for one in block.segments if one.text is not UNSET]
    assert sum(len(one) for one in told) == MOST_CUT
    assert sum(not one.kept for one in block.segments) > len(told)


def test_arabic_furniture_is_cut_and_typed(arabic: Clean) -> None:
    assert [kind for kind, _ in cut(arabic, ARABIC)] == [
        "promo", "source_line", "source_line", "related", "comment_form", "comment_form", "captcha", "nav",
    ]  # fmt: skip
    assert len(arabic.text.split("\n\n")) == 17


def test_persian_half_spaces_are_back(persian: Clean) -> None:
    found = [word for word in persian.text.replace("«", " ").split() if "\u200c" in word]
    bare = [word.strip("،.»:؛") for word in found]
    assert sum(word.count("\u200c") for word in bare) == 29 + bare.count(LEGAL_EXTRA)
    assert {part for word in bare for part in word.split("-") if "\u200c" in part} == {
        *HALF_SPACES,
        LEGAL_EXTRA,
    }


def test_persian_date_is_read_in_its_own_calendar(persian: Clean) -> None:
    date = persian.published
    assert date is not None
    assert (date.value, date.precision, date.calendar) == ("2022-01-27T10:32:00.000Z", "minute", "persian")
    assert PERSIAN[date.span.start : date.span.end] == date.raw == "۰۷ بهمن ۱۴۰۰ - ۱۴:۰۲"
    assert date.fallback is None


def test_arabic_page_has_no_date_and_says_so(arabic: Clean) -> None:
    assert arabic.published is None
    assert arabic.why["published"] == "no date in page"


def test_parts(persian: Clean, arabic: Clean) -> None:
    assert persian.title is not None
    assert persian.title.text == "رایزنی مشاوران امنیتی واشنگتن و تل‌آویو درباره ایران"
    assert persian.text[persian.title.span.start : persian.title.span.end] == persian.title.text
    assert persian.lead is not None
    assert persian.lead.text.startswith("مشاوران امنیتی سران")
    assert arabic.title is not None
    assert arabic.title.text.startswith("مستشارا الأمن القومي")
    assert arabic.lead is not None
    assert arabic.lead.text.startswith("قال مستشار")


def test_sources(persian: Clean, arabic: Clean) -> None:
    assert [(s.name, s.kind) for s in persian.sources] == [
        ("آوای نشاط", "self_claimed"),
        ("فارس", "declared"),
    ]
    assert [(s.name, s.kind) for s in arabic.sources] == [
        ("ميدل ايست نيوز", "dateline"),
        ("RT", "declared"),
        ("الجزيرة", "declared"),
    ]
    own = persian.sources[0].span
    assert persian.text[own.start : own.end] == "آوای نشاط"


def test_publisher_code(persian: Clean) -> None:
    code = persian.publisher_code
    assert code
    assert (code.value, PERSIAN[code.span.start : code.span.end]) == ("57351", "۵۷۳۵۱")


def test_the_same_input_gives_the_same_bytes() -> None:
    assert Lane().fold(raw(PERSIAN)) == Lane().fold(raw(PERSIAN))
