from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime

import msgspec
import orjson
import pytest

from services.link.model import model
from services.link.reasons.why_not import explain
from services.link.stage import WORK
from shared.errors import BadRecord
from shared.records import Article
from tests.unit.link_articles import Lane, Page

QUAKE = {"نیشابور": ("LOC", "gn:1"), "خراسان رضوی": ("LOC", "gn:2")}


def quake_fa(doc_id: str = "fa1", **more: object) -> Page:
    return Page(
        doc_id,
        "fa",
        "زمین‌لرزه‌ای به بزرگی ۵٫۱ ریشتر بامداد چهارشنبه شهر نیشابور در خراسان رضوی را لرزاند و ۱۴ نفر زخمی شدند.",
        title="زلزله ۵٫۱ ریشتری در نیشابور",
        at="2024-03-06T02:10:00.000Z",
        names=QUAKE,
        **more,  # type: ignore[arg-type]
    )


def quake_ar() -> Page:
    return Page(
        "ar1",
        "ar",
        "ضرب زلزال بقوة 5.1 درجة فجر الأربعاء مدينة نيسابور في خراسان رضوي شمال شرق إيران، وأصيب 14 شخصا.",
        title="زلزال بقوة 5.1 درجة يضرب نيسابور",
        at="2024-03-06T04:00:00.000Z",
        names={"نيسابور": ("LOC", "gn:1"), "خراسان رضوي": ("LOC", "gn:2")},
    )


def vote_fa() -> Page:
    return Page(
        "fa2",
        "fa",
        "نمایندگان مجلس در نشست علنی امروز به طرح حمایت از دامداران با ۱۸۰ رای موافق رای دادند و کلیات آن تصویب شد.",
        title="طرح حمایت از دامداران تصویب شد",
        at="2024-03-06T08:10:00.000Z",
    )


def total(linked: dict) -> float:
    return linked["bias"] + sum(item["weight"] for item in linked["evidence"]) + linked["evidence_rest"]


def test_one_event_in_two_languages_is_one_story() -> None:
    lane = Lane()
    first, other, second = lane.take(quake_fa()), lane.take(vote_fa()), lane.take(quake_ar())
    assert first["decision"] == other["decision"] == "opened"
    assert second["decision"] == "joined"
    assert second["cross_lingual"]
    assert second["story_id"] == first["story_id"] != other["story_id"]


def test_reasons_add_up_to_the_score() -> None:
    lane = Lane()
    for page in (quake_fa(), vote_fa(), quake_ar()):
        linked = lane.take(page)
        assert math.log(linked["score"] / (1 - linked["score"])) == pytest.approx(total(linked), abs=1e-9)


def test_reasons_show_words_that_stand_in_both_articles() -> None:
    lane = Lane()
    pages = {page.doc_id: orjson.loads(page.value())["clean"]["text"] for page in (quake_fa(), quake_ar())}
    lane.take(quake_fa())
    shown = [item for item in lane.take(quake_ar())["evidence"] if item["doc_spans"]]
    assert {"place", "number", "time"} <= {item["kind"] for item in shown}
    for item in shown:
        for text, side, spans in (
            ("ar1", item, item["doc_spans"]),
            (item["other"]["doc_id"], item["other"], item["other"]["spans"]),
        ):
            for span in spans:
                assert pages[text][span["start"] : span["end"]] in side["text"]


def test_a_revision_stays_in_its_story() -> None:
    lane = Lane()
    first = lane.take(quake_fa())
    again = lane.take(quake_fa(rev="r2", rev_no=2))
    assert again["decision"] == "held"
    assert again["story_id"] == first["story_id"]
    assert "revision" in again["why"]["decision"]


def test_the_same_words_inherit_the_story() -> None:
    lane = Lane()
    first, copy = lane.take(quake_fa()), lane.take(quake_fa("fa9", source="other.example"))
    assert copy["story_id"] == first["story_id"]
    assert copy["novelty"]["class"] == "repeat"


def test_a_missing_date_costs_certainty_and_says_so() -> None:
    dated, undated = Lane(), Lane()
    page = quake_ar()
    page.at = None
    dated.take(quake_fa())
    undated.take(quake_fa())
    sure, unsure = dated.take(quake_ar()), undated.take(page)
    assert unsure["story_id"] == sure["story_id"]
    assert unsure["score"] < sure["score"]
    assert "undated" in unsure["warnings"]


def test_the_same_event_a_week_later_is_another_story() -> None:
    lane = Lane()
    first = lane.take(quake_fa())
    later = quake_ar()
    later.at = "2024-03-13T04:00:00.000Z"
    assert lane.take(later)["story_id"] != first["story_id"]


def test_a_restored_lane_goes_on_as_if_it_had_never_stopped() -> None:
    lane = Lane()
    for page in (quake_fa(), vote_fa()):
        lane.take(page)
    restored = lane.restored()
    assert orjson.dumps(restored.take(quake_ar())) == orjson.dumps(lane.take(quake_ar()))
    assert restored.sent[-1].value == lane.sent[-1].value


def test_old_stories_are_closed_by_the_clock_of_the_articles() -> None:
    lane = Lane()
    first = lane.take(quake_fa())
    for n in range(70):
        page = vote_fa()
        page.doc_id = f"x{n}"
        page.at = "2024-03-20T08:00:00.000Z"
        page.text = f"{page.text} شماره {n} و {n * 7}"
        lane.take(page)
    events = [orjson.loads(item.value) for item in lane.sent if item.topic == "stories.events"]
    assert [event["story_id"] for event in events if event["event"] == "closed"] == [first["story_id"]]
    assert f"s:{first['story_id']}".encode() not in lane.changelog


def test_one_article_with_a_wrong_year_does_not_empty_the_lane() -> None:
    lane = Lane()
    first = lane.take(quake_fa())
    lane.take(replace(vote_fa(), at="2031-03-06T08:10:00.000Z"))
    assert lane.take(quake_ar())["story_id"] == first["story_id"]
    assert lane.state.clock.at == datetime.fromisoformat("2024-03-07T02:10:00Z").timestamp()


def test_what_is_sent_can_be_read_again() -> None:
    lane = Lane()
    for page in (quake_fa(), quake_ar()):
        lane.take(page)
    linked = [item for item in lane.sent if item.topic == "articles.linked"]
    story = [orjson.loads(item.value) for item in lane.sent if item.topic == "stories"][-1]
    assert all(msgspec.convert(orjson.loads(item.value), Article) for item in linked)
    assert story["version"] == 2
    assert story["members"]["by_lang"] == {"ar": 1, "fa": 1}
    assert story["label"]["fa"] == "زلزله ۵٫۱ ریشتری در نیشابور"
    assert story["label"]["ar"] == "زلزال بقوة 5.1 درجة يضرب نيسابور"


def test_an_article_without_text_is_refused() -> None:
    page = Page("fa1", "fa", "   ")
    with pytest.raises(BadRecord):
        WORK.extract(page.message())


def test_a_follow_up_points_to_the_earlier_episode() -> None:
    lane = Lane()
    first = lane.take(quake_fa())
    later = quake_ar()
    later.at = "2024-03-08T09:00:00.000Z"
    second = lane.take(later)
    assert second["story_id"] != first["story_id"]
    story = [orjson.loads(item.value) for item in lane.sent if item.topic == "stories"][-1]
    assert story["links_out"] == [{"story_id": first["story_id"], "relation": "follow_up"}]


def test_a_quote_stands_in_both_wordings_side_by_side() -> None:
    said = {
        "fa": "وزیر نیرو گفت: «سد تازه کرج تا پایان دسامبر آب تهران را تامین خواهد کرد و خاموشی برق پایان می‌یابد».",
        "ar": "وقال وزير الطاقة «سيؤمن سد كرج الجديد مياه طهران حتى نهاية ديسمبر وينتهي انقطاع الكهرباء».",
    }
    lane = Lane()
    for lang, text in said.items():
        lane.take(
            Page(
                lang, lang, text, title="سد کرج" if lang == "fa" else "سد كرج", at="2024-05-01T08:00:00.000Z"
            )
        )
    story = [orjson.loads(item.value) for item in lane.sent if item.topic == "stories"][-1]
    assert {frozenset(quote["wording"]) for quote in story["top_quotes"]} == {frozenset({"fa", "ar"})}


def test_why_not_names_what_spoke_against() -> None:
    lane = Lane()
    first, other = lane.take(quake_fa()), lane.take(vote_fa())
    refused = explain(lane.state, "fa2", first["story_id"], model())
    assert refused is not None
    assert refused["score"] < 0.5
    assert refused["against"]
    assert explain(lane.state, "unknown", other["story_id"], model()) is None
