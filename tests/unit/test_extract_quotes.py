"""Quotations that go on, phrases no one said, and who was spoken to."""

from __future__ import annotations

from services.extract.core import extract
from tests.unit.extract_articles import article


def heard(text: str, lang: str) -> list[tuple[str, str | None]]:
    quotes = extract(article(text, lang)).quotes
    return [(quote.mode, quote.speaker.text or None if quote.speaker else None) for quote in quotes]


def test_a_second_quotation_without_a_verb_goes_on_with_the_first() -> None:
    text = "“The water rose above the second floor,” said Anna Schmidt, who fled. “We saw no boats for two whole days.”"
    assert heard(text, "en") == [("direct", "Anna Schmidt"), ("direct", "Anna Schmidt")]


def test_a_new_paragraph_or_half_a_sentence_does_not_go_on() -> None:
    text = "“The water rose above the second floor,” said Anna Schmidt.\n\nShe read the “slow and steady green growth plan” there."
    assert heard(text, "en") == [("direct", "Anna Schmidt"), ("scare", None)]


def test_a_so_called_phrase_is_said_by_no_one() -> None:
    assert heard("Ministers said little of the so-called “green and fair growth for all plan”.", "en") == [
        ("scare", None)
    ]


def test_whom_a_source_told_is_not_the_source() -> None:
    assert heard("قال مصدر طبي لوكالة رويترز إن عدد الجرحى ارتفع إلى عشرين شخصا", "ar") == [
        ("indirect", "مصدر طبي")
    ]


def test_a_document_speaks_when_the_text_names_no_body() -> None:
    assert heard("وذكر البيان أن الاجتماع المقبل سيعقد في الشهر المقبل", "ar") == [("indirect", "البيان")]


def said(text: str, lang: str) -> list[tuple[str, str | None]]:
    quotes = extract(article(text, lang)).quotes
    return [
        (text[quote.start : quote.end], quote.speaker.text or None if quote.speaker else None)
        for quote in quotes
    ]


def test_a_colon_without_marks_opens_what_is_said() -> None:
    assert said("مریم رضایی افزود: پل‌هایی که فرسوده‌اند باید بسته شوند.", "fa") == [
        ("پل‌هایی که فرسوده‌اند باید بسته شوند", "مریم رضایی")
    ]


def test_a_relative_clause_is_not_speech() -> None:
    assert said("مریم رضایی این گزارش را سندی خواند که کسی تا کنون ندیده است.", "fa") == []
    assert said("در این نامه که دیروز نوشته شده که سندی در کار نبوده است.", "fa") == []


def test_what_is_said_on_the_way_ends_before_the_next_verb() -> None:
    assert said(
        "مریم رضایی با بیان اینکه آب سدهای کشور بسیار کم شده است، گفت: مصرف باید مدیریت شود.", "fa"
    ) == [
        ("آب سدهای کشور بسیار کم شده است", "مریم رضایی"),
        ("مصرف باید مدیریت شود", "مریم رضایی"),
    ]


def test_he_is_not_someone_named_inside_a_quotation() -> None:
    text = "مریم رضایی گفت: مردم از علی حسینی یاد خواهند کرد. وی افزود: این راه ادامه خواهد داشت."
    assert [speaker for _, speaker in said(text, "fa")] == ["مریم رضایی", "مریم رضایی"]


def test_he_at_the_head_of_a_clause_is_its_subject() -> None:
    text = "مریم رضایی گفت: این راه ادامه خواهد داشت. وی با اشاره به سخنان علی حسینی افزود: این راه هموار نخواهد بود."
    assert [speaker for _, speaker in said(text, "fa")] == ["مریم رضایی", "مریم رضایی"]
