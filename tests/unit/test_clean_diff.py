"""``khabar diff``: every change with its rule, safe in a terminal and in a browser."""

from __future__ import annotations

from services.clean.side_by_side import as_html, as_terminal, line_diffs
from tests.unit.clean_pages import PERSIAN, clean


def test_every_line_and_every_restored_word_is_shown() -> None:
    text = as_terminal(PERSIAN, clean(PERSIAN))
    assert "news_code" in text
    assert "[pattern:code_fa]" in text
    assert "جلسه¦ای" in text
    assert "half-space restored" in text
    assert "\u2068«جِیک\u2069 → \u2068«جیک\u2069" in text
    assert "\u2068نشاط ،\u2069 → \u2068نشاط،\u2069" in text
    assert text.count("\u2068") == text.count("\u2069")
    assert text.splitlines()[-1].startswith("12 of 20 lines stay; ")


def test_a_kept_line_is_shown_whole() -> None:
    block = clean(PERSIAN)
    kept = [shown.clean for shown in line_diffs(PERSIAN, block) if shown.segment.kept]
    assert "\n\n".join(kept) == block.text


def test_hostile_text_cannot_leave_its_place() -> None:
    page = (
        "عنوان خبر <script>alert(1)</script>\u202e درباره کشور\x1b[31m\nمتن خبر درباره کشور ایران و مردم آن است.\n"
        * 2
    )
    block = clean(page)
    assert "\x1b" not in as_terminal(page, block)
    assert "\u202e" not in as_terminal(page, block)
    assert "<script>alert" not in as_html(page, block)


def test_html_is_one_page() -> None:
    text = as_html(PERSIAN, clean(PERSIAN))
    assert text.startswith("<!doctype html>")
    assert text.count("<li ") == 20
    assert "<del><bdi>جلسهای</bdi></del>" in text
