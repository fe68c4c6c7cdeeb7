"""Laws of clean that hold on every text."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.clean.edits.characters import normalised
from services.clean.edits.ledger import Traced, trace
from services.clean.spacing.restorer import restored
from services.workshop.judging.clean.texts import broken_map
from shared.errors import BadRecord
from shared.text.match_key import match_key
from shared.text.match_keys import match_keys
from tests.unit.clean_pages import ARABIC, PERSIAN, clean

LETTERS = "ابپتجدرزسشعفقکگلمنهویيكىةأإآءئؤۀ ـ\u200c\u200d\u064b\u0654\u0651\u00ad¬\u200f\ufeffﷺﻼ،؛؟«»:.!0۱٢abc&;#<>/='\"\n\r\t\u2028\u00a0\u0000½😀👩"
texts = st.one_of(st.text(alphabet=LETTERS, max_size=120), st.text(max_size=60))
pieces = st.lists(
    st.sampled_from([*PERSIAN.split("\n"), *ARABIC.split("\n"), "&amp;nbsp;", "<p>", "\u0000", "ÙØ³Ù„"]),
    max_size=12,
).map("\n".join)


@given(texts, st.sampled_from(["fa", "ar", "", "ur"]))
def test_a_second_pass_changes_nothing(text: str, lang: str) -> None:
    once = normalised(text, lang)
    assert normalised(once, lang) == once


@given(texts)
def test_half_spaces_alone_are_inserted_and_the_key_does_not_see_them(text: str) -> None:
    given_back = restored(text)
    assert given_back.replace("\u200c", "") == text.replace("\u200c", "")
    assert match_key(given_back) == match_key(text)
    assert match_key(match_key(text)) == match_key(text)


@given(st.lists(texts))
def test_keys_of_lines_together_are_those_of_each(pages: list[str]) -> None:
    lines = [line for page in pages for line in page.split("\n")]
    assert match_keys(lines) == [match_key(line) for line in lines]


@st.composite
def edited(draw: st.DrawFn) -> Traced:
    traced = trace(draw(st.text(alphabet="abcd \n", max_size=40)))
    for _ in range(draw(st.integers(0, 4))):
        places = sorted(draw(st.lists(st.integers(0, len(traced.text)), max_size=8)))
        spans = list(zip(places[::2], places[1::2], strict=False))
        after = draw(st.lists(st.text(alphabet="xyz", max_size=4), min_size=len(spans), max_size=len(spans)))
        distinct = [
            (a, b, c, "letter")
            for i, ((a, b), c) in enumerate(zip(spans, after, strict=True))
            if i == 0 or a >= spans[i - 1][1]
        ]
        traced = traced.edited(distinct)
    return traced


@given(edited())
def test_the_map_covers_both_texts_once(traced: Traced) -> None:
    assert broken_map(traced) == []
    assert sum(run[0] for run in traced.runs) == len(traced.text)
    for at in range(len(traced.text)):
        start, end = traced.raw_span(at, at + 1)
        assert 0 <= start <= end <= len(traced.raw)


@settings(max_examples=150, deadline=None)
@example("\ufeff0\x00")
@given(st.one_of(texts, pieces))
def test_every_page_is_refused_or_mapped_exactly(payload: str) -> None:
    try:
        block = clean(payload.encode("utf-8", "replace").decode())
    except BadRecord as error:
        assert error.reason in {"empty_text", "undecodable"}  # noqa: PT017 - the other branch has more to say
        return
    at = 0
    for clean_start, clean_len, raw_start, raw_len, op in block.align:
        assert clean_start == at
        at += clean_len
        if op == "keep":
            assert (
                block.text[clean_start : clean_start + clean_len] == payload[raw_start : raw_start + raw_len]
            )
    assert at == len(block.text)
    assert sum(row[3] for row in block.align) == len(payload)
    for part in (block.title, block.lead):
        if part and part.span.layer != "raw":
            assert block.text[part.span.start : part.span.end] == part.text
