"""Both seeds inside of four page systems: every paragraph comes out, and no furniture."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.text.match_key import match_key
from tests.golden.clean_templates import TEMPLATES, Wrapped
from tests.unit.clean_pages import ARABIC, PERSIAN, clean

LINKS = {
    "fa": [
        "سیاسی",
        "اقتصادی",
        "ورزشی",
        "افزایش قیمت دلار در بازار امروز",
        "نتایج مسابقات فوتبال لیگ برتر",
        "تماس با ما",
    ],
    "ar": [
        "الرئيسية",
        "سياسة",
        "اقتصاد",
        "ارتفاع أسعار النفط في الأسواق العالمية",
        "نتائج مباريات الدوري الإسباني",
        "من نحن",
    ],
}


def letters(text: str) -> str:
    return "".join(c for c in match_key(text) if c.isalnum())


def wrapped(lang: str) -> Wrapped:
    text = {"fa": PERSIAN, "ar": ARABIC}[lang]
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if lang == "fa":
        return Wrapped(lang, lines[3], lines[2], lines[4:14], lines[:2], lines[14:], LINKS[lang])
    return Wrapped(lang, lines[0], lines[1], lines[2:17], [], lines[17:], LINKS[lang])


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.__name__)
@pytest.mark.parametrize("lang", ["fa", "ar"])
def test_every_paragraph_and_no_furniture(lang: str, template: Callable[[Wrapped], str]) -> None:
    page = wrapped(lang)
    payload = template(page)
    block = clean(payload, media_type="text/html")
    key = letters(block.text)
    assert [p for p in page.paragraphs if letters(p) not in key] == []
    left = [
        line
        for line in (*page.before, *page.after, *page.links)
        if match_key(line) in [match_key(x) for x in block.text.split("\n")]
    ]
    assert left == []
    assert block.title is not None
    assert match_key(block.title.text) == match_key(page.title)
    assert letters(page.lead) in key


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.__name__)
def test_metadata_of_the_page_is_read(template: Callable[[Wrapped], str]) -> None:
    block = clean(template(wrapped("fa")), media_type="text/html")
    assert block.published is not None
    assert block.published.value == "2022-01-27T10:32:00.000Z"
    assert block.publisher_code
    assert block.publisher_code.value == "57351"
    assert "فارس" in [s.name for s in block.sources if s.kind == "declared"]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.__name__)
@pytest.mark.parametrize("lang", ["fa", "ar"])
def test_offsets_lead_back_into_the_markup(lang: str, template: Callable[[Wrapped], str]) -> None:
    payload = template(wrapped(lang))
    block = clean(payload, media_type="text/html")
    for clean_start, clean_len, raw_start, raw_len, op in block.align:
        if op == "keep":
            assert (
                block.text[clean_start : clean_start + clean_len] == payload[raw_start : raw_start + raw_len]
            )
    assert sum(row[1] for row in block.align) == len(block.text)
    assert sum(row[3] for row in block.align) == len(payload)
