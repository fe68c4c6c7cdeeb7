"""The two seeds through clean and extract, by rules alone: people, places, quotes with speakers, and the
sources.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import pytest
from msgspec import UNSET

from services.clean.core import prepare
from services.clean.folding import fold_page
from services.clean.memory.lane_memory import Memory
from services.extract.core import extract
from shared.contract import Origin
from shared.records import Article, Declared, Entities, Raw, Source
from shared.wire import codec

SEEDS = Path(__file__).parents[1] / "seeds"
FILES = {"fa": "000_3eb1ae8f6e4d07b5.txt", "ar": "002_7e478acb9f3015b4.txt"}


@cache
def article(lang: str) -> Article:
    text = (SEEDS / FILES[lang]).read_text(encoding="utf8")
    raw = Raw(
        doc_id=lang * 16,
        id_basis="content",
        rev="0" * 16,
        content_sha256=hashlib.sha256(text.encode()).hexdigest(),
        source=Source(id="a.example", name="a", domain="a.example", country="IR", kind="site"),
        fetched_at="2022-01-28T12:00:00.000Z",
        first_seen_at="2022-01-28T12:00:00.000Z",
        media_type="text/plain",
        encoding="utf-8",
        payload=text,
        declared=Declared(),
    )
    return fold_page(Memory(), prepare(raw), Origin("articles.raw", 0, 0, 0))[0]


@cache
def entities(lang: str) -> Entities:
    return extract(article(lang))


def ids(lang: str) -> set[str]:
    return {mention.entity_id for mention in entities(lang).mentions}


@pytest.mark.parametrize("lang", ["fa", "ar"])
def test_both_name_the_people_and_places_of_the_event(lang: str) -> None:
    wanted = {
        "e:jake-sullivan",
        "e:eyal-hulata",
        "iso:IR",
        "iso:US",
        "iso:IL",
        "gn:2761369",
        "gn:112931",
        "gn:4140963",
    }
    assert wanted <= ids(lang)


def test_each_names_its_own() -> None:
    assert {"e:naftali-bennett", "wd:Q6279"} <= ids("fa")
    assert {"e:ebrahim-raisi", "e:ali-shamkhani", "e:antony-blinken", "iso:KW"} <= ids("ar")


def test_two_spellings_are_one_person() -> None:
    names = next(
        entity for entity in entities("ar").entities if entity.entity_id == "e:jake-sullivan"
    ).names_used
    assert {"جيك سوليفان", "جيك ساليفان"} <= set(names)


def test_an_epithet_is_kept_as_a_naming() -> None:
    assert ("iso:IL", "رژیم صهیونیستی") in {
        (naming.entity_id, naming.surface) for naming in entities("fa").namings
    }


def spoken(lang: str) -> list[tuple[str, str, str]]:
    found = []
    for quote in entities(lang).quotes:
        if quote.mode in {"direct", "mixed"}:
            assert quote.verb is not UNSET
            assert quote.speaker
            found.append((quote.verb.lemma, quote.speaker.entity_id or "", quote.speaker.text or ""))
    return found


def test_seven_quotes_have_verb_and_speaker() -> None:
    assert [(verb, speaker) for verb, speaker, _ in spoken("fa")] == [
        ("توضیح", "wd:Q35525"),
        ("آمدن", "wd:Q35525"),
        ("گفتن", ""),
    ]
    assert spoken("fa")[2][2] == "مقام‌های ارشد اسرائیلی"
    assert [(verb, speaker) for verb, speaker, _ in spoken("ar")] == [
        ("أكد", "e:jake-sullivan"),
        ("أضاف", "e:antony-blinken"),
        ("تابع", "e:antony-blinken"),
        ("قال", "e:ebrahim-raisi"),
    ]


def credited(lang: str) -> list[tuple[str, str]]:
    return [(credit.kind, credit.agent.text) for credit in entities(lang).attributions]


def test_the_persian_page_credits_itself_while_its_source_line_says_fars() -> None:
    assert ("reported_by", "آوای نشاط") in credited("fa")
    assert ("relayed_from", "مقام‌های آمریکایی و صهیونیستی") in credited("fa")
    assert ("source_line", "فارس") in credited("fa")
    chain = entities("fa").provenance
    assert chain.self_claimed == "آوای نشاط"
    assert chain.declared_source == ["فارس"]
    assert chain.chain == ["آوای نشاط", "فارس", "آکسیوس", "مقام‌های آمریکایی و صهیونیستی"]


def test_the_arabic_page_keeps_two_glued_sources_apart() -> None:
    kinds = dict.fromkeys(credited("ar"))
    assert ("dateline_outlet", "ميدل ايست نيوز") in kinds
    assert ("relayed_from", "البيت الأبيض") in kinds
    assert ("statement", "وزارة الخارجية الأميركية") in kinds
    assert entities("ar").provenance.declared_source == ["RT", "الجزيرة"]


def test_days_are_resolved_only_where_a_day_of_publication_is_known() -> None:
    assert entities("fa").event_date
    assert entities("fa").event_date.value == "2022-01-26"
    assert [time.value for time in entities("ar").times] == ["XXXX-WXX-3", "XXXX-12", "XXXX-WXX-3"]


def test_without_models_the_record_says_so() -> None:
    made = entities("fa")
    assert made.degraded
    assert made.vector is None
    assert {"vector", "tagger"} <= set(made.why)


@pytest.mark.parametrize("lang", ["fa", "ar"])
def test_the_same_article_gives_the_same_bytes(lang: str) -> None:
    assert codec.encode(extract(article(lang))) == codec.encode(extract(article(lang)))
