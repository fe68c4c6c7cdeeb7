"""Every span of extract lies in the text, whatever stands there; the same text gives the same bytes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.extract.core import extract
from shared.wire import codec
from tests.unit.extract_articles import article

PIECES = (
    "ایران", "وإيران", "Iran's", "«", "»", "“", "”", '"', "گفت", "وقال", "said", "که", "إن", "that", "۱۲", "12.5", "٣", "میلیون", "مليون", "million", "دلار",
    "چهارشنبه", "الأربعاء", "Wednesday", "۷ بهمن ۱۴۰۰", "جیک سالیوان", "جيك سوليفان", "Jake Sullivan", "به نقل از", "بحسب", "according to", ":", "،", ".",
    "\n\n", "😀", "رُفعت", "نخست‌وزیر", "%", "$", "-", "۱۴:۳۰", "هزار", "ألف", "و", "نصف", "وزارت خارجه", "RTالجزيرة", "U.S.", "Mr.", "ى", "\u200f", "\ufeff",
)  # fmt: skip
TEXTS = (
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=40)
    .map(" ".join)
    .filter(lambda text: text.strip())
)
LANGUAGES = st.sampled_from(["fa", "ar", "en", "ckb", "tr", "und"])


@given(TEXTS, LANGUAGES)
@settings(max_examples=150, deadline=None)
def test_spans_lie_in_the_text(text: str, lang: str) -> None:
    text = "😀 " + text
    made = extract(article(text, lang, published="2022-01-27"))
    for mention in made.mentions:
        assert text[mention.start : mention.end] == mention.exact
        assert mention.exact
        assert text[: mention.start].endswith(mention.prefix)
        assert text[mention.end :].startswith(mention.suffix)
    for span in (*made.quotes, *made.times, *made.numbers, *made.namings):
        assert 0 <= span.start < span.end <= len(text)
    known = {mention.id for mention in made.mentions}
    assert {place.mention_id for place in made.places} <= known
    assert {at for entity in made.entities for at in entity.mention_ids} == known


@given(TEXTS, LANGUAGES)
@settings(max_examples=30, deadline=None)
def test_the_same_text_gives_the_same_bytes(text: str, lang: str) -> None:
    assert codec.encode(extract(article(text, lang))) == codec.encode(extract(article(text, lang)))
