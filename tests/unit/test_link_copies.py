"""Near copies inherit a story as copies do; texts of one pattern about other events do not."""

from __future__ import annotations

import pytest

from services.link.reading.wording import packed, share_repeated
from tests.unit.link_articles import Lane, Page

FA = "آتش‌سوزی گسترده در انبار پارچه بازار بزرگ رشت بامداد امروز پس از سه ساعت تلاش آتش‌نشانان مهار شد و دو نفر از کاسبان دچار سوختگی شدند."
AR = "اندلع حريق كبير في مستودع للأقمشة وسط سوق المدينة القديمة فجر اليوم وتمكنت فرق الإطفاء من إخماده بعد ثلاث ساعات من العمل المتواصل."
EN = "A large fire broke out in a textile warehouse of the old market at dawn and was put out after three hours of work by the crews."


def share(new: str, old: str, facts: tuple[str, ...] = ()) -> float | None:
    """What of *new* has been said by *old*; *facts* are names and numbers of both."""

    def spans(text: str) -> list[tuple[int, int]]:
        return [(text.find(fact), text.find(fact) + len(fact)) for fact in facts if fact in text]

    return share_repeated(packed(new, spans(new)), packed(old, spans(old)))


@pytest.mark.parametrize("text", [FA, AR, EN])
def test_a_lead_word_a_signature_and_a_cut_tail_leave_the_text_the_same(text: str) -> None:
    assert share(text, text) == 1.0
    assert share(f"فوری | {text}", text) is not None
    assert share(f"🔴 {text}\n\n@khabar_channel", text) is not None
    assert share(f"{text}\n@first_channel", f"{text}\n@second_channel") is not None
    assert share(" ".join(text.split()[:12]), text) == 1.0


@pytest.mark.parametrize(
    ("text", "word", "other"), [(FA, "رشت", "کرج"), (AR, "المدينة", "البلدة"), (EN, "textile", "paper")]
)
def test_another_word_in_a_words_place_is_another_text(text: str, word: str, other: str) -> None:
    assert share(text.replace(word, other), text) is None


def test_a_place_that_comes_first_or_last_is_no_signature() -> None:
    text = "a fire in a textile warehouse at dawn was put out after hours of work by the crews"
    assert share(f"Karaj: {text}", f"Rasht: {text}") is None
    assert share(f"{text} in Karaj", f"{text} in Rasht") is None
    assert share(f"{text}\nKaraj", f"{text}\nRasht", facts=("Karaj", "Rasht")) is None


def test_another_number_is_another_text() -> None:
    month = "نرخ تورم نقطه به نقطه در این ماه به {} درصد رسید و تورم ماهانه گروه خوراکی‌ها کاهش یافت، مرکز آمار اعلام کرد."
    assert share(month.format("۳۴٫۵"), month.format("۳۵٫۱")) is None
    assert share(f"{EN} 3 were hurt", EN) is None


def test_a_longer_report_is_no_copy_of_the_flash_before_it() -> None:
    more = "The mayor said that shops next to it would stay closed and that police were looking for witnesses of the night"
    assert share(f"{EN} {more}", EN) is None


def fire(doc_id: str, text: str, hour: int, source: str = "s.example") -> Page:
    return Page(doc_id, "en", text, at=f"2024-05-01T{hour:02}:00:00.000Z", source=source)


def test_a_near_copy_inherits_the_story_and_says_of_whom() -> None:
    lane = Lane()
    first = lane.take(fire("a", EN, 8))
    copy = lane.take(fire("b", f"Breaking: {EN}\n@some_channel", 9, "other.example"))
    assert (copy["decision"], copy["story_id"]) == ("joined", first["story_id"])
    assert copy["novelty"]["class"] == "repeat"
    assert copy["why"]["decision"].startswith("near copy: ")
    assert "% of the words are the same as in a" in copy["why"]["decision"]
    (reason,) = copy["evidence"]
    assert (reason["kind"], reason["other"]["doc_id"]) == ("fingerprint", "a")
    assert lane.state.number_of.keys() == {"a", "b"}


def test_a_report_of_the_same_pattern_is_compared() -> None:
    lane = Lane()
    lane.take(fire("a", EN, 8))
    other = lane.take(
        fire("b", EN.replace("textile warehouse of the old market", "paper mill of the north port"), 9)
    )
    assert "copy" not in other["why"].get("decision", "")
    assert "b" in lane.state.number_of


def test_a_copy_is_found_after_a_restore() -> None:
    lane = Lane()
    lane.take(fire("a", EN, 8))
    page = fire("b", f"Breaking: {EN}", 9)
    assert lane.restored().take(page) == lane.take(page)
