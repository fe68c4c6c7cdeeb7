"""Kinds of pages that the seeds do not show: each with its headline, its date, what stays and what goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.records import Clean
from tests.unit.clean_pages import clean

PAGES = Path(__file__).parent / "clean_kinds"


@dataclass(frozen=True)
class Kind:
    """A page and what is expected of it; *last* is how its text ends."""

    file: str
    title: str
    published: str | None
    paragraphs: int
    last: str
    gone: tuple[str, ...]
    byline: str | None = None
    lang: str = "fa"
    charset: str = "utf-8"

    def block(self) -> Clean:
        data = (PAGES / self.file).read_text(encoding="utf-8").encode(self.charset)
        return clean(data, media_type="text/html" if self.file.endswith(".html") else "text/plain")


KINDS = [
    Kind(
        "telegram.txt",
        "🔴 آغاز دور تازه گفتگوهای آب میان دو استان همسایه",
        None,
        5,
        "پیش از آغاز کشت روشن شود.",
        ("@namuneh_news", "بپیوندید", "t.me", "#آب"),
    ),
    Kind(
        "liveblog.html",
        "لحظه به لحظه با سیل شمال؛ راه‌های سه شهر بسته شد",
        "2021-04-15T01:40:00.000Z",
        8,
        "برق روستا نیز قطع شده است.",
        ("پربازدید", "والیبال", "حقوق", "جهان"),
    ),
    Kind(
        "amp.html",
        "افتتاح مكتبة عامة في الحي القديم بعد ترميم دام عامين",
        "2021-10-04T09:30:00.000Z",
        4,
        "مع مدارس الحي.",
        ("الرئيسية", "اقرأ أيضا", "معرض الكتاب", "جميع الحقوق"),
        byline="ليلى منصور",
        lang="ar",
    ),
    Kind(
        "double_date.txt",
        "أمانة المدينة تبدأ زراعة عشرة آلاف شجرة على الطرق الرئيسية",
        "2021-10-18",
        4,
        "عبر تطبيق الأمانة.",
        ("الموافق", "شارك الخبر", "طريق المطار", "الرئيسية »"),
        lang="ar",
    ),
    Kind(
        "agency.html",
        "Lake towns agree to share ferry after bridge closes",
        None,
        5,
        "free of charge until June.",
        (
            "By Anna",
            "Updated",
            "Steel prices",
            "Read more",
            "rights reserved",
            "Reporting by",
            "Our Standards",
        ),
        byline="(Reporting by Anna Keller; Editing by Tom Reed)",
        lang="en",
    ),
    Kind(
        "urdu.html",
        "پہاڑی علاقوں میں برف باری، کئی سڑکیں بند",
        "2021-01-14",
        4,
        "غیر ضروری سفر سے گریز کریں۔",
        ("تاریخ اشاعت", "متعلقہ خبریں", "کراچی", "صفحہ اول", "جملہ حقوق"),
        lang="ur",
    ),
    Kind(
        "cp1256.html",
        "انطلاق موسم قطاف الزيتون في القرى الجبلية",
        "2009-10-15",
        4,
        "بين الأشجار.",
        ("محليات", "نشر بتاريخ", "أضف تعليقا", "جميع الحقوق"),
        lang="ar",
        charset="cp1256",
    ),
    Kind(
        "json_body.html",
        "موزه شهر درهای خود را شب‌ها هم باز می‌کند",
        "2021-05-01T05:30:00.000Z",
        3,
        "در تالارها همراهی می‌کند.",
        ("جاوااسکریپت", "نمونه‌نیوز"),
    ),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.file)
def test_what_stays_and_what_goes(kind: Kind) -> None:
    block = kind.block()
    assert block.title is not None
    assert block.title.text == kind.title
    assert block.text.startswith(kind.title) or block.title.span.layer == "raw"
    assert block.text.endswith(kind.last)
    assert [gone for gone in kind.gone if gone in block.text] == []
    assert len(block.text.split("\n\n")) == kind.paragraphs
    assert block.lang_hint.lang == kind.lang


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.file)
def test_dates_and_bylines(kind: Kind) -> None:
    block = kind.block()
    assert (block.published.value if block.published else None) == kind.published
    assert (block.byline.text if block.byline else None) == kind.byline


def test_a_line_of_byline_and_update_gives_both() -> None:
    block = next(kind for kind in KINDS if kind.file == "agency.html").block()
    assert block.modified
    assert block.modified.value == "2021-03-01T16:20:00.000Z"
    assert [s.name for s in block.sources if s.kind == "dateline"] == ["Reuters"]
