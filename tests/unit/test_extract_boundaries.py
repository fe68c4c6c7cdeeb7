"""Where names begin and end when the curated table, a tagger and the words around them disagree."""

from __future__ import annotations

import pytest

from services.extract.core import extract
from services.extract.tagger.interfaces import Models, SpanType, TaggedSpan
from shared.records import Entities
from tests.unit.extract_articles import article


def tagged(text: str, lang: str, *spans: tuple[int, int, SpanType]) -> Entities:
    return extract(
        article(text, lang),
        Models(tag=lambda _t, _l: [TaggedSpan(a, b, kind, 0.9) for a, b, kind in spans], model_sha256="m"),
    )


def shown(made: Entities) -> list[tuple[str, str]]:
    return [(mention.type, mention.exact) for mention in made.mentions if mention.type != "NORP"]


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("ar", "زار الوفد مدينة غزة", [("LOC", "غزة")]),
        ("ar", "وصل إلى دولة الكويت مساء", [("LOC", "الكويت")]),
        ("ar", "قيادي بحركة حماس في الخارج", [("ORG", "حماس")]),
        ("ar", "قالت وزيرة الخارجية الألمانية", []),
        ("ar", "قالت وزارة الخارجية الألمانية", [("ORG", "وزارة الخارجية الألمانية")]),
        ("fa", "پلیس ایتالیا این خبر را تایید کرد", [("ORG", "پلیس ایتالیا")]),
        ("fa", "او در ایتالیا بازی می‌کند", [("LOC", "ایتالیا")]),
        ("fa", "در گفت‌وگو با خبرنگار فارس", [("ORG", "فارس")]),
    ],
)
def test_what_only_says_what_kind_stays_outside(
    lang: str, text: str, expected: list[tuple[str, str]]
) -> None:
    assert shown(extract(article(text, lang))) == expected


def test_the_wider_body_wins_over_the_one_inside() -> None:
    made = tagged("گزارش کمیسیون عمران مجلس شورای اسلامی منتشر شد", "fa", (1, 6, "ORG"))
    assert shown(made) == [("ORG", "کمیسیون عمران مجلس شورای اسلامی")]


def test_a_longer_form_of_a_known_person_keeps_the_id() -> None:
    known = extract(article("التقى حسني مبارك الوفد", "ar")).mentions[0].entity_id
    made = tagged("التقى محمد حسني مبارك الوفد", "ar", (1, 4, "PER"))
    assert [(mention.exact, mention.entity_id) for mention in made.mentions] == [("محمد حسني مبارك", known)]


@pytest.mark.parametrize(
    ("text", "span", "exact"),
    [("سخنان آقای زرنگار منتشر شد", (1, 3), "زرنگار"), ("سخنان امیر عظیمی منتشر شد", (1, 3), "امیر عظیمی")],
)
def test_titles_stay_outside_but_given_names_do_not(text: str, span: tuple[int, int], exact: str) -> None:
    assert shown(tagged(text, "fa", (*span, "PER"))) == [("PER", exact)]


def test_what_stands_after_a_club_word_is_a_club() -> None:
    assert shown(tagged("بازی تیم فریدونکنار امروز است", "fa", (1, 3, "PER"))) == [("ORG", "فریدونکنار")]
    assert shown(tagged("بازیکن تیم والیبال میلان رفت", "fa")) == [("ORG", "میلان")]


def test_the_article_swallowed_by_a_preposition_is_shown_as_written_and_keyed_as_named() -> None:
    mention = extract(article("زيارة للولايات المتحدة", "ar")).mentions[0]
    plain = extract(article("زيارة الولايات المتحدة", "ar")).mentions[0]
    assert mention.exact == "للولايات المتحدة"
    assert (mention.norm, mention.skeleton, mention.entity_id) == (
        plain.norm,
        plain.skeleton,
        plain.entity_id,
    )
    assert extract(article("وللولايات المتحدة دور", "ar")).mentions[0].exact == "للولايات المتحدة"


def test_a_surname_that_is_a_nationality_is_the_person_where_it_speaks() -> None:
    text = "وصل محمد شياع السوداني إلى عمان. وقال السوداني إن الوفد السوداني تأخر"
    made = extract(article(text, "ar"))
    people = [mention for mention in made.mentions if mention.type == "PER"]
    assert [mention.exact for mention in people] == ["محمد شياع السوداني", "السوداني"]
    assert len({mention.entity_id for mention in people}) == 1
    assert made.mentions[-1].type == "NORP"


def test_forces_without_their_state_are_no_name() -> None:
    assert shown(extract(article("أعلنت القوات المسلحة حالة التأهب", "ar"))) == []
