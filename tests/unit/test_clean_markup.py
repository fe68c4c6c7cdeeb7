"""What real pages do to a cleaner: breaks in the source, leads cut short by their own markup, bylines that
name the site.
"""

from __future__ import annotations

import pytest

from tests.unit.clean_pages import clean

TITLE = "شهردار از بازگشایی پل قدیمی شهر در هفته آینده خبر داد"
LEAD = "پل قدیمی شهر پس از دو سال تعمیر از شنبه آینده به روی خودروها و عابران باز می‌شود، اما کامیون‌ها همچنان از پل تازه می‌گذرند."
BODY = [
    "شهردار در گفت‌وگو با خبرنگاران گفت که هزینه تعمیر این پل از بودجه استان پرداخت شده و کار آن دو ماه زودتر از برنامه پایان یافته است.",
    "به گفته او، سنگ‌های نمای پل شماره‌گذاری و پس از شست‌وشو در جای نخست خود کار گذاشته شد تا چهره تاریخی آن دست نخورد.",
    "ساکنان محله می‌گویند در این دو سال ناچار بودند هر روز نزدیک به نیم ساعت بیشتر در راه باشند و از بازگشایی آن خوشحال‌اند.",
]


def page(*, head: str = "", lead: str = LEAD, body: list[str] = BODY) -> str:
    paragraphs = "\n".join(f"<p>{p}</p>" for p in body)
    return (
        f'<!doctype html><html lang="fa"><head><meta charset="utf-8"><title>{TITLE}</title>{head}</head><body>'
        f'<article><h1>{TITLE}</h1><p class="lead">{lead}</p><div class="body">{paragraphs}</div></article></body></html>'
    )


def test_a_line_break_of_the_source_is_a_space() -> None:
    block = clean(page(body=[p.replace(" و ", "\n      و ") for p in BODY]), media_type="text/html")
    assert block.text.split("\n\n") == [TITLE, LEAD, *BODY]


def test_a_line_break_inside_of_pre_stays() -> None:
    poem = "<pre>نخستین سطر شعری کوتاه\nدومین سطر همان شعر</pre>"
    block = clean(f"<div><p>{BODY[0]}</p>{poem}<p>{BODY[1]}</p></div>", media_type="text/html")
    assert "نخستین سطر شعری کوتاه\n\nدومین سطر همان شعر" in block.text


def test_a_post_without_blocks_keeps_its_lines() -> None:
    block = clean(
        f"<b>{TITLE}</b>\n{BODY[0]}\n<a href='https://example.ir'>بیشتر</a> {BODY[1]}", media_type="text/html"
    )
    assert block.text.split("\n\n")[:2] == [TITLE, BODY[0]]


def test_a_lead_cut_short_by_its_markup_comes_out_whole() -> None:
    head = f'<meta name="description" content="{LEAD[:70]}">'
    block = clean(page(head=head), media_type="text/html")
    assert block.lead is not None
    assert block.lead.text == LEAD


def test_a_description_that_repeats_the_headline_is_no_lead() -> None:
    head = f'<meta name="description" content="نمونه - {TITLE}"><meta property="og:description" content="{LEAD}">'
    block = clean(page(head=head), media_type="text/html")
    assert block.lead is not None
    assert block.lead.text == LEAD


@pytest.mark.parametrize(
    ("authors", "byline"),
    [
        (["https://www.facebook.com/some.one", "نیما کاشانی"], "نیما کاشانی"),
        (["خبرگزاری نمونه | آخرین خبرها"], None),
        (["example"], None),
        (["نیما کاشانی"], "نیما کاشانی"),
    ],
)
def test_a_byline_is_a_name(authors: list[str], byline: str | None) -> None:
    head = '<meta property="og:site_name" content="خبرگزاری نمونه"><link rel="canonical" href="https://www.example.ir/news/1">'
    head += "".join(f'<meta name="author" content="{author}">' for author in authors)
    block = clean(page(head=head), media_type="text/html")
    assert (block.byline.text if block.byline else None) == byline


def test_a_privacy_banner_is_no_headline() -> None:
    banner = "ما از کوکی‌ها استفاده می‌کنیم تا تجربه بهتری داشته باشید و با ادامه استفاده از این سایت آن را می‌پذیرید."
    block = clean(page().replace("<article>", f"<article><p>{banner}</p>"), media_type="text/html")
    assert block.title is not None
    assert block.title.text == TITLE
    assert "کوکی" not in block.text
