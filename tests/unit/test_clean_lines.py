"""Furniture: patterns on the first page of a host, the host's memory from the third on."""

from __future__ import annotations

import random

import pytest

from services.clean.lines import patterns
from services.clean.lines.line_signature import signature
from services.clean.lines.verdicts import type_by_patterns
from services.clean.memory.lane_memory import Memory
from tests.unit.clean_pages import PERSIAN, Lane, clean, raw

SENTENCE = "The committee met on {} and agreed with {} that the road to {} would be closed for repairs until the end of the season."
WORDS = [
    "alpha",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliet",
    "kilo",
    "lima",
    "mike",
    "november",
    "oscar",
    "papa",
]


def verdict(line: str, *, lines: int = 12) -> str:
    page = ["x" * 60] * (lines - 1) + [line]
    return type_by_patterns(patterns.load(), page, [signature(text) for text in page])[-1].type


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("news_code", "شناسه خبر: ۸۴۶۲۳۵"),
        ("pub_line", "تم النشر: 27 يناير 2022"),
        ("pub_line", "الأربعاء، 07 أكتوبر 2020 - 12:09 م"),
        ("byline", "حوار: آسيا منصور"),
        ("byline", "Author, Samira Haddad"),
        ("nav", "We use cookies to make this site work and to count our readers."),
        ("pub_line", "Published: 27 January 2022, 14:02 GMT"),
        ("end_marker", "انتهای‌پیام/86011/ت10"),
        ("source_line", "المصدر: وكالات"),
        ("source_line", "Source: Agencies"),
        ("comment_form", "نظر شما"),
        ("comment_form", "دیدگاهتان را بنویسید"),
        ("comment_form", "اترك تعليقا"),
        ("comment_form", "Leave a Reply"),
        ("captcha", "7 × ثلاثة ="),
        ("related", "بیشتر بخوانید:"),
        ("related", "أخبار ذات صلة"),
        ("related", "» اخبار مرتبط"),
        ("related", "🔻 مطالب پیشنهادی"),
        ("related", "Related articles"),
        ("share", "Share this article"),
        ("share", "فيسبوك تويتر واتساب"),
        ("share", "لینک کوتاه"),
        ("promo", "تابعونا على قناتنا في التلغرام"),
        ("promo", "Sign up for our newsletter"),
        ("nav", "برچسب‌ها: ایران، وین"),
        ("nav", "Back to top"),
        ("nav", "© 2022 All rights reserved"),
        ("ad", "Advertisement"),
    ],
)
def test_furniture_families(kind: str, line: str) -> None:
    assert verdict(line) == kind


@pytest.mark.parametrize(
    "line",
    [
        "منبع اصلی درآمد این شرکت فروش نفت بود و وزیر این را تأیید کرد",
        "المصدر قال إن المفاوضات مستمرة منذ أسبوع",
        "Sources said on Monday that the talks would go on",
        "نظرات کارشناسان درباره این طرح متفاوت است",
        "بازگشت به لانه جاسوسی",
        "زمان ثبت نام از کاندیداهای انتخابات امروز به پایان می‌رسد",
        "Share prices fell by a tenth on Tuesday",
        "Related to this, the minister also spoke about water",
        "تابع المسؤولون حديثهم عن الأوضاع في المنطقة",
        "حوار: كيف تنتهي الحرب وما الذي ينتظر المدينة بعد عودة سكانها؟",
        "We use the privacy of our homes to say what we think, he wrote.",
        "By the time he arrived, the hall was empty.",
        "Home secretary resigns over leaked letter",
        "اشتراک نظر دو کشور درباره امنیت منطقه",
        "The advertisement cost two million",
        "Date palms die in the south as rivers dry up",
        "Published reports differ on how many were hurt.",
        "مشاهدات عینی از زلزله دیشب",
    ],
)
def test_honest_lines_stay(line: str) -> None:
    assert verdict(line) == "body"


def test_no_pattern_holds_a_sign_that_signatures_fold_away() -> None:
    signs = {c for c in patterns.load().regex.pattern if not c.isascii()}
    assert sorted(c for c in signs if signature(f"x{c}x") != f"x{c}x") == []


def test_a_long_notice_to_commenters_is_cut() -> None:
    notice = "الآراء الواردة أدناه لا تعبر عن رأي الموقع، بل تعكس وجهات نظر أصحابها فقط، " * 5
    assert verdict(notice) == "comment_form"


def pages(count: int, head: str, tail: str) -> list[str]:
    rng = random.Random(1)
    out = []
    for number in range(count):
        body = [SENTENCE.format(*rng.sample(WORDS, 3)) + f" {rng.choice(WORDS)} {number}" for _ in range(6)]
        out.append("\n".join([head, *body, tail]))
    return out


def test_unknown_furniture_is_learned_from_the_third_page_on() -> None:
    lane = Lane()
    blocks = [
        lane.clean(raw(page))
        for page in pages(5, "The Daily Nothing – all the rest", "Our readers' corner 12")
    ]
    cut = [[(s.rule) for s in block.segments if not s.kept] for block in blocks]
    assert cut == [[], [], ["freq", "freq"], ["freq", "freq"], ["freq", "freq"]]


def test_hosts_learn_apart() -> None:
    lane = Lane()
    for page in pages(4, "The Daily Nothing – all the rest", "Our readers' corner 12"):
        lane.clean(raw(page, source="one"))
    other = lane.clean(raw(pages(1, "The Daily Nothing – all the rest", "Some other tail")[0], source="two"))
    assert all(segment.kept for segment in other.segments)


def test_a_copy_that_comes_again_and_again_is_learned_once() -> None:
    lane = Lane()
    page = pages(1, "One head line for this story only", "One tail line for this story only")[0]
    for copy in range(6):
        block = lane.clean(raw(page, doc_id=f"d{copy}"))
    assert all(segment.kept for segment in block.segments)


def test_furniture_alone_is_kept_with_a_warning() -> None:
    block = clean("نظرات بینندگان\nنام:\nایمیل:")
    assert block.text == "نظرات بینندگان\n\nنام:\n\nایمیل:"
    assert "only_furniture" in block.warnings


def test_frequency_never_empties_a_page() -> None:
    lane = Lane()
    for _ in range(5):
        block = lane.clean(raw("انفجارات تهز العاصمة الآن", doc_id=str(_)))
    assert block.text == "انفجارات تهز العاصمة الآن"
    assert block.quality.is_flash


def test_a_headline_that_stands_twice_is_cut_once() -> None:
    title = "رایزنی مشاوران امنیتی واشنگتن و تلآویو درباره ایران"
    block = clean(PERSIAN.replace(f"{title}\n", f"{title}\n{title}\n", 1))
    assert [s.rule for s in block.segments].count("title_again") == 1
    assert block.text.count("رایزنی مشاوران امنیتی") == 1


def test_body_under_a_heading_of_links_is_body() -> None:
    long = (
        SENTENCE.format("Monday", "all sides", "the harbour")
        + " "
        + SENTENCE.format("Friday", "no side", "the airport")
    )
    page = "\n".join(
        [
            *(SENTENCE.format(*WORDS[i : i + 3]) for i in range(5)),
            "Read more:",
            "A short link to another story",
            long,
        ]
    )
    block = clean(page)
    assert "A short link" not in block.text
    assert block.text.endswith(long)


def test_a_restored_lane_equals_one_that_never_stopped() -> None:
    lane = Lane()
    stream = [raw(page) for page in pages(8, "The Daily Nothing – all the rest", "Our readers' corner 12")]
    for record in stream[:5]:
        lane.fold(record)
    restored = Lane()
    for key, value in sorted(lane.changelog.items(), reverse=True):
        restored.memory.apply(key, value)
    restored.offset = lane.offset
    assert [lane.fold(r) for r in stream[5:]] == [restored.fold(r) for r in stream[5:]]


def test_what_a_host_leaves_behind_is_bounded() -> None:
    lane = Lane()
    for page in pages(300, "The Daily Nothing – all the rest", "Our readers' corner 12"):
        lane.fold(raw(page))
    assert sum(key.startswith(b"line/") for key in lane.changelog) == 128


def test_an_unknown_state_item_is_refused() -> None:
    with pytest.raises(ValueError, match="no such state item"):
        Memory().apply(b"what/1", b"[]")
