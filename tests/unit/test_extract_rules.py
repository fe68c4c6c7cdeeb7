"""What extract finds by rules: names, ids across scripts, quotes, speakers, sources, places."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.detect.core import detect
from services.extract.core import extract
from services.extract.naming.identity import provisional
from services.extract.saying.quotes import between_marks
from services.extract.tagger.interfaces import Models, TaggedSpan
from services.workshop.building.extract.entity_table import curated
from shared.errors import BadRecord
from shared.records import Entities, Vector
from shared.text.sound import name_similarity
from shared.text.sound_index import SoundIndex
from shared.text.stems import readings, stem
from shared.text.tokens import sentences, tokens
from tests.unit.extract_articles import article


def found(text: str, lang: str, published: str = "2022-01-27") -> Entities:
    return extract(article(text, lang, published=published))


def mentions(text: str, lang: str) -> list[tuple[str, str]]:
    return [(mention.type, mention.exact) for mention in found(text, lang).mentions]


def test_central_kurdish_is_read_by_its_own_words() -> None:
    text = (
        "سەرۆکی هەرێمی کوردستان ئەمڕۆ لە شاری هەولێر گوتی کە لیژنەیەکی تایبەت لێکۆڵینەوە لەو ڕووداوە دەکات و "
        "هەموو لایەنەکان دەبێت یارمەتی بدەن بۆ ئەوەی خەڵک لە مافەکانی خۆیان بێبەش نەبن."
    )
    language = detect(text)
    assert (language.lang, language.lang_macro) == ("ckb", "ku")
    told = replace(article(text, "und", published="2022-01-27"), language=language)
    assert [time.value for time in extract(told).times] == ["2022-01-27"]


def test_names_are_found_behind_arabic_clitics() -> None:
    assert ("LOC", "إيران") in mentions("وصل الوفد إلى فيينا وإيران تنتظر", "ar")


@pytest.mark.parametrize(
    ("first_word", "elsewhere", "begins_at"),
    [
        ("بأوسيم", "في منطقة أوسيم", "أوسيم"),
        ("وأوسيم", "في منطقة أوسيم", "أوسيم"),
        ("بأوسيم", "بمنطقة إمبابة", "بأوسيم"),
        ("بالعياط", "بمنطقة إمبابة", "العياط"),
        ("كمال", "نقل مال كثير", "كمال"),
    ],
)
def test_a_clitic_is_left_outside_where_the_text_tells_it_from_the_name(
    first_word: str, elsewhere: str, begins_at: str
) -> None:
    text = f"اندلع حريق {first_word} مساء الأحد. وقال شاهد إن النيران {elsewhere} خمدت."

    def tag(_tokens: object, _lang: str) -> list[TaggedSpan]:
        return [TaggedSpan(2, 3, "LOC", 0.9, "encoder")]

    made = extract(article(text, "ar"), Models(tag=tag, model_sha256="m"))
    assert [m.exact for m in made.mentions if m.method == "encoder"] == [begins_at]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("وزارت خارجه ایران بیانیه داد", "fa"),
        ("أصدرت وزارة الخارجية الإيرانية بيانا", "ar"),
        ("The Iranian Foreign Ministry issued a statement", "en"),
    ],
)
def test_an_office_takes_its_state_into_its_id(text: str, lang: str) -> None:
    assert "e:foreign-ministry.ir" in {mention.entity_id for mention in found(text, lang).mentions}


def test_english_short_names_need_their_capitals() -> None:
    assert not mentions("they told us who it was", "en")
    assert ("LOC", "US") in mentions("The US said so", "en")


def test_a_title_makes_a_person_of_unknown_words() -> None:
    assert ("PER", "بهزاد قره‌خانلو") in mentions("دکتر بهزاد قره‌خانلو به تهران رفت", "fa")


def test_one_unknown_person_has_one_id_in_three_scripts() -> None:
    ids = {provisional("PER", name)[0] for name in ("Daniel Sturridge", "دانييل ستوريدج", "دنیل استوریج")}
    assert len(ids) <= 2
    assert provisional("PER", "Daniel Sturridge") == provisional("PER", "دانييل ستوريدج")


def test_an_unlisted_spelling_of_a_listed_person_is_that_person() -> None:
    made = found("التقى الوزير أنطوني بلينكين نظيره", "ar")
    assert "e:antony-blinken" in {mention.entity_id for mention in made.mentions}


def test_a_surname_alone_belongs_to_the_full_name() -> None:
    made = found("دکتر بهزاد قره‌خانلو به تهران رفت. قره‌خانلو سپس بازگشت.", "fa")
    assert len({mention.entity_id for mention in made.mentions if mention.type == "PER"}) == 1


def test_a_mark_closes_only_its_own_kind() -> None:
    text = 'قال "خيارات بديلة”، ثم قال “جملة طويلة تماما لا تغلقها علامة أخرى”.'
    assert [text[a:b] for a, b in between_marks(text)] == ["جملة طويلة تماما لا تغلقها علامة أخرى"]


def speakers(text: str, lang: str) -> list[str | None]:
    return [
        (quote.speaker.text or None) if quote.speaker else None
        for quote in found(text, lang).quotes
        if quote.mode != "scare"
    ]


def test_a_verb_without_subject_goes_on_with_the_last_speaker() -> None:
    text = "قال أنتوني بلينكن إن بلاده تدعم الحوار مع الجميع. وتابع “نحن ممتنون جدا لكل من ساعدنا في هذا”."
    assert speakers(text, "ar") == ["أنتوني بلينكن", "أنتوني بلينكن"]


def test_whom_it_was_told_to_is_not_who_said_it() -> None:
    assert speakers(
        "مقام‌های ارشد اسرائیلی به آکسیوس گفتند: «ما همچنان نگران این موضوع هستیم و خواهیم بود».", "fa"
    ) == ["مقام‌های ارشد اسرائیلی"]


def test_english_quotes_have_speakers() -> None:
    text = '"We are ready for dialogue with all the parties," said Antony Blinken on Monday.'
    assert speakers(text, "en") == ["Antony Blinken"]


def test_sources_are_credited() -> None:
    made = found("According to Reuters, the talks will go on.", "en")
    assert [(credit.kind, credit.agent.entity_id) for credit in made.attributions] == [
        ("according_to", "wd:Q130879")
    ]


def test_places_have_coordinates_and_roles() -> None:
    made = found("دیدار دو طرف در وین برگزار شد و ایران آن را تایید کرد", "fa")
    roles = {made.mentions[int(place.mention_id[1:]) - 1].exact: place.role for place in made.places}
    assert roles == {"وین": "event", "ایران": "mention"}


def test_a_tagger_is_believed_where_no_table_knows_better() -> None:
    def tag(_tokens: object, _lang: str) -> list[TaggedSpan]:
        return [TaggedSpan(0, 2, "PER", 0.9, "encoder"), TaggedSpan(3, 4, "ORG", 0.9, "encoder")]

    made = extract(article("zorb glim in Iran", "en"), Models(tag=tag, model_sha256="m"))
    assert [(m.type, m.exact, m.method) for m in made.mentions] == [
        ("PER", "zorb glim", "encoder"),
        ("LOC", "Iran", "alias"),
    ]
    assert not made.degraded
    assert made.by.model_sha256 == "m"


def test_the_vector_or_the_reason_is_in_the_record() -> None:
    vector = Vector(model_sha256="m", engine="e", dim=1, scale=1.0, data="AA==")
    assert extract(article("text", "en"), Models(embed=lambda _a, _b, _c: vector)).vector == vector
    assert (
        extract(article("text", "en"), Models(embed=lambda _a, _b, _c: "no weights")).why["vector"]
        == "no weights"
    )


def test_nothing_to_read_is_refused() -> None:
    with pytest.raises(BadRecord, match="empty_text"):
        extract(article(" ", "fa"))


def test_joined_neighbours_use_both_words_up() -> None:
    assert name_similarity("عبد الله", "Abdullah") > 0.8
    assert name_similarity("لی نا", "Lina Harper") < 0.8


def test_a_name_is_found_among_others() -> None:
    names = ["Joe Biden", "Jake Sullivan", "Julie Salvo", "Jack Sellers"]
    index = SoundIndex(names)
    assert names[index.search("جیک سالیوان")[0].place] == "Jake Sullivan"
    assert index.search("") == []


def test_tokens_keep_half_spaces_and_cut_sentences() -> None:
    text = "نخست‌وزیر آمد. U.S. officials left.\nThe 3.5 end"
    assert [len(s) for s in sentences(tokens(text))] == [3, 7, 5]
    assert tokens(text)[0].text == "نخست‌وزیر"


def test_clitics_and_stems() -> None:
    assert (1, "الولایات", 0) in readings("للولایات", "ar")
    assert stem("کتابها", "fa") == "کتاب"


def section(*rows: dict[str, object]) -> dict[str, object]:
    return {"one": {"type": "ORG", "kind": "body", "rows": list(rows)}}


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([{"en": ["Alpha"]}, {"en": ["Beta", "Alpha"]}], "e:beta and e:alpha"),
        ([{"fa": ["کتاب"]}], "ordinary word"),
        ([{"key": "e:a", "redirect": "e:b"}, {"key": "e:b", "redirect": "e:a"}], "cycle"),
        ([{"en": ["Alpha"]}, {"en": ["Alpha"]}], "two rows"),
    ],
)
def test_the_curated_table_refuses_what_would_do_harm(rows: list[dict[str, object]], fault: str) -> None:
    with pytest.raises(SystemExit, match=fault):
        curated(section(*rows), [], {"fa": {"ordinary": ["کتاب"]}}).finished()
