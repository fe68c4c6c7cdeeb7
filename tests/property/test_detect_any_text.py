from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.detect import core
from services.detect.models import script_folding

WORDS = st.sampled_from(
    ["وزیر", "خارجه", "قال", "المتحدث", "ہے", "The", "minister", "سلام", "١٢", "۳۴", "\n", "\n\n", "👍", "https://a.b/c", "ӘҒ", "漢字", "かな", "\u200c", "\u202e", "<b>", "&amp;", "@x"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=60).map(" ".join))


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_every_text_gets_one_whole_answer(text: str) -> None:
    found = core.detect(text)
    assert 0.0 <= found.confidence <= 1.0
    assert (found.lang == "und") == (found.und_reason is not msgspec.UNSET)
    assert all(0.0 < each.confidence <= 1.0 and each.lang != found.lang for each in found.alternatives)
    edges = [edge for span in found.spans for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert all(span.start < span.end <= len(text) for span in found.spans)
    assert all(a.lang != b.lang for a, b in zip(found.spans, found.spans[1:], strict=False))
    between = [text[a.end : b.start] for a, b in zip(found.spans, found.spans[1:], strict=False)]
    assert all(gap.isspace() for gap in between)
    assert msgspec.json.encode(core.detect(text)) == msgspec.json.encode(found)


@given(TEXTS)
def test_folding_twice_is_folding_once(text: str) -> None:
    for fold in (script_folding.arabic, script_folding.general):
        once = "".join(map(chr, fold(text)))
        assert "".join(map(chr, fold(once))) == once


@given(st.text(alphabet="یکوزرخاجه ", max_size=80))
def test_the_keyboard_does_not_matter(text: str) -> None:
    assert (
        script_folding.arabic(text).tolist()
        == script_folding.arabic(text.replace("ی", "ي").replace("ک", "ك")).tolist()
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 40).map(lambda n: "😀\n" * n))
def test_text_before_a_span_moves_it_by_its_code_points(prefix: str) -> None:
    body = "وزیر خارجه در نشست خبری خود گفت که گفت‌وگوها ادامه دارد.\nThe talks would go on, the spokesman told reporters."
    plain, moved = core.detect(body).spans, core.detect(prefix + body).spans
    assert [span.lang for span in plain] == [span.lang for span in moved]
    assert moved[-1].end == plain[-1].end + len(prefix)
    assert moved[-1].start == plain[-1].start + len(prefix)
