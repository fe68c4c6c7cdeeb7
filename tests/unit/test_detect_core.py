from __future__ import annotations

from typing import Any

import msgspec
import pytest

from services.detect import core, language_tags
from services.detect.stage import WORK
from shared.contract import Emit, Message, Origin
from shared.errors import BadRecord
from shared.records import Article, Language
from shared.wire import codec

PERSIAN = "وزیر خارجه در نشست خبری خود گفت که گفت‌وگوها ادامه دارد و نتیجه آن به‌زودی اعلام می‌شود."
ARABIC = "قال المتحدث باسم الحكومة في مؤتمر صحفي اليوم إن المفاوضات مستمرة وإن نتائجها ستعلن قريبا."
ENGLISH = (
    "The spokesman told reporters on Wednesday that the talks would go on and that results would follow."
)

HEAD: dict[str, Any] = {
    "doc_id": "doc_1",
    "rev": "r1",
    "rev_no": 1,
    "source": {"id": "example.org"},
    "fetched_at": "2024-01-01T00:00:00.000Z",
    "first_seen_at": "2024-01-01T00:00:00.000Z",
    "declared": {},
    "raw_ref": {"topic": "articles.raw", "partition": 0, "offset": 0, "content_sha256": "0" * 64},
}


def article(text: str, *, hint: str = "fa", declared: str | None = None) -> Article:
    clean: dict[str, Any] = {
        "text": text,
        "title": None,
        "lead": None,
        "align": [],
        "segments": [],
        "edits": {},
        "published": None,
        "lang_hint": {"lang": hint, "confidence": 0.9, "method": "letters"},
        "sources": [],
        "quality": {
            "boilerplate_ratio": 0.0, "repeat_ratio": 0.0, "zwnj_lost_estimate": 0, "zwnj_inserted": 0, "chars": 1, "words": 1, "is_flash": False,
        },
        "fingerprint": {"body_sha256": "", "simhash64": "", "minhash": [], "version": 1},
        "duplicate": [],
        "why": {},
        "warnings": [],
        "by": {"stage": "clean", "version": "1"},
    }  # fmt: skip
    return msgspec.convert(
        {**HEAD, "declared": {"lang": declared} if declared else {}, "clean": clean}, Article
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PERSIAN, ("fa", "fa", "Arab", "rtl")),
        (ARABIC, ("ar", "ar", "Arab", "rtl")),
        (
            "وزیر خارجہ نے پریس کانفرنس میں کہا کہ بات چیت جاری ہے اور نتائج کا اعلان جلد کیا جائے گا",
            ("ur", "ur", "Arab", "rtl"),
        ),
        (
            "د بهرنیو چارو وزیر په خپل خبري غونډه کې وویل چې خبرې اترې دوام لري او پایلې به یې ژر اعلان شي",
            ("ps", "ps", "Arab", "rtl"),
        ),
        (
            "وەزیری دەرەوە لە کۆنگرەیەکی ڕۆژنامەوانیدا ڕایگەیاند کە دانوستانەکان بەردەوامن و ئەنجامەکە بەم زووانە دەبێت",
            ("ckb", "ku", "Arab", "rtl"),
        ),
        (
            "تاشقى ئىشلار مىنىستىرى ئاخبارات ئېلان قىلىش يىغىنىدا سۆھبەتنىڭ داۋاملىشىۋاتقانلىقىنى ئېيتتى",
            ("ug", "ug", "Arab", "rtl"),
        ),
        (
            "پرڏيهي وزير پريس ڪانفرنس ۾ چيو ته ڳالهيون جاري آهن ۽ ان جا نتيجا جلد پڌرا ڪيا ويندا",
            ("sd", "sd", "Arab", "rtl"),
        ),
        (ENGLISH, ("en", "en", "Latn", "ltr")),
        (
            "Dışişleri Bakanı düzenlediği basın toplantısında görüşmelerin sürdüğünü söyledi.",
            ("tr", "tr", "Latn", "ltr"),
        ),
        (
            "Министр иностранных дел заявил на пресс-конференции, что переговоры продолжаются.",
            ("ru", "ru", "Cyrl", "ltr"),
        ),
        (
            "Міністр закордонних справ заявив на пресконференції, що переговори тривають.",
            ("uk", "uk", "Cyrl", "ltr"),
        ),
        ("שר החוץ אמר במסיבת עיתונאים כי השיחות נמשכות והתוצאות יפורסמו בקרוב", ("he", "he", "Hebr", "rtl")),
        ("विदेश मंत्री ने एक संवाददाता सम्मेलन में कहा कि बातचीत जारी है", ("hi", "hi", "Deva", "ltr")),
        ("Ο υπουργός Εξωτερικών δήλωσε ότι οι συνομιλίες συνεχίζονται", ("el", "el", "Grek", "ltr")),
        ("საგარეო საქმეთა მინისტრმა განაცხადა", ("ka", "ka", "Geor", "ltr")),
        ("外交部长在记者会上说会谈仍在继续，结果将很快公布", ("zh", "zh", "Hani", "ltr")),
        ("外相は記者会見で協議が続いていると述べた", ("ja", "ja", "Jpan", "ltr")),
        ("salam hale shoma chetore? man kheili khoobam merci", ("fa-Latn", "fa", "Latn", "ltr")),
        ("wallah ma na3ref wach rah yesra f had el bled rabi ysahel", ("ar-Latn", "ar", "Latn", "ltr")),
    ],
)
def test_a_sentence_is_named_by_language_route_script_and_direction(
    text: str, expected: tuple[str, str, str, str]
) -> None:
    found = core.detect(text)
    assert (found.lang, found.lang_macro, found.script, found.dir) == expected
    assert found.confidence >= 0.6
    assert found.und_reason is msgspec.UNSET


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no_letters"),
        ("۱۲۳ ۴۵۶ — ۷۸۹", "no_letters"),
        ("https://example.ir/fa/news/5123?utm=1", "no_letters"),
        ("نظر", "no_letters"),
        ("ایران", "short"),
        ("ژظغ صثقب ضذطل چحخگ پثشظ یعغف ضصثق", "zxx"),
        ("ᚠᚢᚦᚨᚱᚲ ᚷᚹ", "no_letters"),
        ("ᏣᎳᎩ ꂷꂵ ᠮᠣᠩᠭᠣᠯ", None),
    ],
)
def test_what_cannot_be_told_is_und_with_the_reason(text: str, reason: str | None) -> None:
    found = core.detect(text)
    if reason is None:
        assert found.lang != "und"
    else:
        assert (found.lang, found.lang_macro, found.und_reason, found.confidence) == (
            "und",
            "und",
            reason,
            0.0,
        )


def test_a_bare_name_still_lists_what_it_may_be() -> None:
    found = core.detect("ایران")
    assert found.alternatives
    assert found.alternatives[0].lang == "fa"
    assert len(found.alternatives) <= 3


def test_english_names_do_not_make_a_persian_line_english() -> None:
    assert (
        core.detect("به گفته Jake Sullivan, Antony Blinken, Lloyd Austin و Linda Thomas-Greenfield").lang
        == "fa"
    )


def test_an_english_line_that_quotes_a_persian_word_stays_english() -> None:
    assert (
        core.detect("Protesters in several towns were chanting آزادی while the police looked on").lang == "en"
    )


def test_a_persian_text_from_an_arabic_keyboard_is_persian_and_says_so() -> None:
    found = core.detect(PERSIAN.replace("ی", "ي").replace("ک", "ك"))
    assert found.lang == "fa"
    assert isinstance(found.orthography, msgspec.Struct)
    assert found.orthography.arabic_keyboard_ratio == 1.0
    plain = core.detect(PERSIAN).orthography
    assert isinstance(plain, msgspec.Struct)
    assert plain.arabic_keyboard_ratio == 0.0
    assert plain.zwnj_density > 0


def test_the_spans_of_a_page_say_where_the_language_changes() -> None:
    text = f"{PERSIAN}\n{PERSIAN}\n\n{ENGLISH}\n{ENGLISH}\n{ARABIC}\n{ARABIC}"
    found = core.detect(text)
    assert [(span.lang, text[span.start : span.end].partition("\n")[0]) for span in found.spans] == [
        ("fa", PERSIAN), ("en", ENGLISH), ("ar", ARABIC),
    ]  # fmt: skip
    assert found.mixed
    assert all(span.confidence > 0.9 for span in found.spans)


def test_a_form_line_and_a_latin_word_take_their_neighbours_language() -> None:
    found = core.detect(f"{PERSIAN}\nنام:\n۱۲۳\nTelegram\nنظر:\n{PERSIAN}")
    assert [span.lang for span in found.spans] == ["fa"]
    assert not found.mixed


def test_a_foreign_sentence_between_two_lines_is_a_span_but_no_mixed_page() -> None:
    found = core.detect(
        "\n".join([*[PERSIAN] * 9, "All rights reserved by the publisher of this site.", *[PERSIAN] * 9])
    )
    assert [span.lang for span in found.spans] == ["fa", "en", "fa"]
    assert found.lang == "fa"
    assert not found.mixed


def test_disagreement_with_hint_and_declaration_is_said() -> None:
    found = core.process(article(PERSIAN, hint="ar", declared="en-US"))
    assert found.lang == "fa"
    assert found.declared_agrees is False
    assert found.warnings == ["lang_hint_disagrees", "declared_lang_disagrees"]


@pytest.mark.parametrize("declared", ["fa", "fa-IR", "fa_IR", "prs", "per", "FA"])
def test_agreement_is_by_what_articles_are_routed_by(declared: str) -> None:
    found = core.process(article(PERSIAN, declared=declared))
    assert found.declared_agrees is True
    assert found.warnings == []


@pytest.mark.parametrize("declared", [None, "", "??", "und"])
def test_nothing_declared_is_neither_agreement_nor_disagreement(declared: str | None) -> None:
    assert core.process(article(PERSIAN, declared=declared)).declared_agrees is msgspec.UNSET


def test_an_article_that_clean_has_not_seen_is_refused() -> None:
    with pytest.raises(BadRecord) as refused:
        core.process(msgspec.convert(HEAD, Article))
    assert refused.value.reason == "missing_field"


def test_the_stage_adds_its_block_and_leaves_the_rest_untouched() -> None:
    value = codec.encode(article(PERSIAN))
    sent = WORK.extract(Message(b"doc_1", value, Origin("articles.clean", 0, 1, 0)))
    assert isinstance(sent, Emit)
    assert sent.topic == "articles.detected"
    assert sent.value.startswith(value[:-1])
    block = codec.decode(sent.value, Article).language
    assert isinstance(block, Language)
    assert (block.lang, block.by.stage) == ("fa", "detect")
    assert len(str(block.by.model_sha256)) == 64


@pytest.mark.parametrize(
    ("declared", "tag"),
    [
        ("fa_IR", "fa"), ("fa-AF", "fa-AF"), ("prs", "fa-AF"), ("pes", "fa"), ("arb", "ar"), ("ar-EG", "ar"), ("pbt", "ps"), ("uig", "ug"),
        ("ku-Arab", "kmr-Arab"), ("az-Arab", "azb"), ("az-Arab-IR", "azb"), ("pa-Arab", "pnb"), ("lah", "pnb"), ("iw", "he"), ("no", "no"), ("nb-NO", "no"),
        ("zh-Hant-TW", "zh-Hant"), ("en-GB", "en"), ("", "und"), ("123", "und"), (" FA ", "fa"),
    ],
)  # fmt: skip
def test_declared_languages_are_called_by_our_tags(declared: str, tag: str) -> None:
    assert language_tags.canonical(declared) == tag


@pytest.mark.parametrize(
    ("tag", "route"),
    [
        ("fa-AF", "fa"),
        ("ckb", "ku"),
        ("sdh", "ku"),
        ("kmr-Arab", "ku"),
        ("azb", "az"),
        ("pnb", "pa"),
        ("zh-Hant", "zh"),
    ],
)
def test_varieties_are_routed_with_their_language(tag: str, route: str) -> None:
    assert language_tags.macro(tag) == route
