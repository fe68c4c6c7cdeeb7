"""Articles for tests of extract, made from a text."""

from __future__ import annotations

from shared.records import Article, By, Clean, DateValue, Declared, Fingerprint, Quality, RawRef, Source, Span
from shared.records.clean import LangHint, Part


def article(text: str, lang: str, *, title: str = "", published: str = "") -> Article:
    """Return a cleaned article of *text*; *title* must stand at its start."""
    clean = Clean(
        text=text,
        title=Part(text=title, span=Span(start=0, end=len(title))) if title else None,
        lead=None,
        align=[],
        segments=[],
        edits={},
        published=DateValue(
            value=published,
            precision="day",
            calendar="gregory",
            raw=published,
            span=Span(start=0, end=0),
            method="test",
            confidence=1.0,
        )
        if published
        else None,
        lang_hint=LangHint(lang=lang, confidence=1.0, method="test"),
        sources=[],
        quality=Quality(
            boilerplate_ratio=0.0,
            repeat_ratio=0.0,
            zwnj_lost_estimate=0,
            zwnj_inserted=0,
            chars=len(text),
            words=len(text.split()),
            is_flash=False,
        ),
        fingerprint=Fingerprint(body_sha256="", simhash64="", minhash=[], version=1),
        duplicate=[],
        why={},
        warnings=[],
        by=By(stage="clean", version="1"),
    )
    return Article(
        doc_id="d" * 32,
        rev="0" * 16,
        rev_no=1,
        source=Source(id="a.example", name="a", domain="a.example", country="IR", kind="site"),
        fetched_at="2022-01-28T12:00:00.000Z",
        first_seen_at="2022-01-28T12:00:00.000Z",
        declared=Declared(),
        raw_ref=RawRef(topic="articles.raw", partition=0, offset=0, content_sha256=""),
        clean=clean,
    )
