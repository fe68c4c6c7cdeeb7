"""Dates as languages write them: months of their own, half days around the clock, zones; what is not
understood costs precision.
"""

from __future__ import annotations

import pytest

from services.clean.page.date_language import date_language
from shared.records.clean import LangHint
from shared.text import dates, dates_machine
from tests.unit.clean_pages import clean

AFTERNOON = "2022-01-27T14:00:00.000Z"
"""Half past five in the afternoon in Tehran."""
HALF_DAYS = [
    ("ko", "입력 2022.01.27. 오후 5:30"),
    ("ko", "2022년 1월 27일 오후 5시 30분"),
    ("zh", "2022/1/27 下午 05:30"),
    ("zh", "2022年1月27日 下午5点30分"),
    ("ja", "2022年1月27日 午後5:30"),
    ("ar", "27 يناير 2022 5:30 بعد الظهر"),
    ("ar", "الخميس مساء 27 يناير 2022 الساعة 5:30"),
    ("ar", "27 يناير 2022 الساعة 5:30 مساءً"),
    ("ar", "27 يناير 2022 عصرا 5:30"),
    ("ar", "5:30 م - 27 يناير 2022"),
    ("ur", "جمعرات 27 جنوری 2022 شام 5:30"),
    ("ur", "27 جنوری 2022 سہ پہر 5:30 بجے"),
    ("fa", "پنجشنبه ۷ بهمن ۱۴۰۰ ساعت ۵:۳۰ دقیقه عصر"),
    ("fa", "عصر پنجشنبه ۷ بهمن ۱۴۰۰ ساعت ۵:۳۰"),
    ("fa", "۷ بهمن ۱۴۰۰ - ۵:۳۰ ب . ظ"),
    ("fa", "۷ بهمن ۱۴۰۰ - ۵:۳۰ بعدازظهر"),
    ("fa", "۷ بهمن ۱۴۰۰ غروب ساعت ۵:۳۰"),
    ("ps", "2022-01-27 5:30 ماسپښین"),
    ("ckb", "2022-01-27 5:30 د.ن"),
    ("he", "27 בינואר 2022 5:30 אחה״צ"),
    ("hi", "27 जनवरी 2022 शाम 5:30 बजे"),
    ("bn", "২৭ জানুয়ারি ২০২২ বিকাল ৫:৩০"),
    ("en", "January 27, 2022 5:30 p. m."),
    ("en", "27 January 2022, 5.30pm"),
    ("en", "27 January 2022 at 5.30 in the afternoon"),
    ("en", "5:30 PM, 27 January 2022"),
    ("es", "27 de enero de 2022 5:30 de la tarde"),
    ("es", "27 de enero de 2022, 5:30 p. m."),
    ("ru", "27 января 2022, 5:30 вечера"),
    ("el", "27 Ιανουαρίου 2022 5:30 μ.μ."),
    ("hu", "2022. január 27. du. 5:30"),
    ("tr", "27 Ocak 2022 öğleden sonra 5:30"),
    ("vi", "27 tháng 1 năm 2022 5:30 CH"),
    ("pl", "27 stycznia 2022 5:30 po południu"),
    ("cs", "27. ledna 2022 5:30 odpoledne"),
    ("id", "27 Januari 2022 pukul 5:30 sore"),
    ("de", "27. Januar 2022 um 5:30 Uhr nachmittags"),
    ("de", "Donnerstagnachmittag, 27. Januar 2022, 5:30 Uhr"),
    ("nl", "donderdagavond, 27 januari 2022, 5:30"),
    ("it", "27 gennaio 2022, 5:30 di sera"),
    ("uk", "27 січня 2022, 5:30 вечора"),
    ("bg", "27 януари 2022 5:30 следобед"),
    ("pt", "27 de janeiro de 2022, 5:30 da tarde"),
]


@pytest.mark.parametrize(("lang", "text"), HALF_DAYS)
def test_a_half_day_is_read_wherever_it_stands(lang: str, text: str) -> None:
    found = dates.parse(text, lang=lang)
    assert found
    assert (dates.value(found, "Asia/Tehran"), found.unread) == (AFTERNOON, "")


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("fa", "۷ بهمن ۱۴۰۰ ۵:۳۰ صبح", "2022-01-27T02:00:00.000Z"),
        ("ko", "2022.01.27. 오전 5:30", "2022-01-27T02:00:00.000Z"),
        ("ko", "2022.01.27. 오후 12:30", "2022-01-27T09:00:00.000Z"),
        ("en", "27 January 2022 12:30 am", "2022-01-26T21:00:00.000Z"),
        ("en", "27 January 2022 12:30 pm", "2022-01-27T09:00:00.000Z"),
        ("fa", "۷ بهمن ۱۴۰۰ ساعت ۱۰:۳۰ شب", "2022-01-27T19:00:00.000Z"),
        ("zh", "2022年1月27日 凌晨2:30", "2022-01-26T23:00:00.000Z"),
    ],
)
def test_a_half_day_before_noon_and_around_it(lang: str, text: str, expected: str) -> None:
    found = dates.parse(text, lang=lang)
    assert found
    assert dates.value(found, "Asia/Tehran") == expected


@pytest.mark.parametrize(
    ("lang", "text", "unread"),
    [
        ("fa", "۷ بهمن ۱۴۰۰ ساعت ۲:۳۰ شب", "half_day"),  # of which of two days?
        ("fa", "۷ بهمن ۱۴۰۰ ساعت ۱۲:۰۰ شب", "half_day"),
        ("fa", "۷ بهمن ۱۴۰۰ ۵:۳۰ چاشتگاهان", "half_day"),
        ("en", "27 January 2022 17:30 am", "half_day"),
        ("en", "27 January 2022 5:30 nightish", "half_day"),
        ("en", "2022-01-27 14:02 +3", "zone"),
        ("en", "2022-01-27 14:02 [Mars/Olympus]", "zone"),
        ("en", "27 January 2022 14:02 IST", "zone"),
        ("en", "27 January 2022 14:02 XQT", "zone"),
        ("fa", "۷ بهمن ۱۴۰۰ ۱۴:۰۲ به وقت شیراز", "zone"),
    ],
)
def test_what_stands_beside_a_time_and_is_not_understood_leaves_the_day(
    lang: str, text: str, unread: str
) -> None:
    found = dates.parse(text, lang=lang)
    assert found
    assert (dates.value(found, "Asia/Tehran"), found.unread) == ("2022-01-27", unread)


@pytest.mark.parametrize(
    "text",
    [
        "2022-01-27 14:02 +3:30",
        "2022-01-27 14:02 +0330",
        "2022-01-27T14:02:00+03:30[Asia/Tehran]",
        "2022-01-27 14:02 [Asia/Tehran]",
        "2022-01-27 14:02 Asia/Tehran",
        "2022-01-27 14:02 GMT+3:30",
        "2022-01-27 14:02 (Tehran time)",
        "27 January 2022 14:02 IRST",
        "Thu Jan 27 2022 14:02:00 GMT+0330 (Iran Standard Time)",
    ],
)
def test_a_stated_zone_is_not_the_source_s(text: str) -> None:
    found = dates.parse(text, lang="en")
    assert found
    assert dates.value(found, "Europe/London") == "2022-01-27T10:32:00.000Z"


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("ps", "د جنورۍ ۲۷مه ۲۰۲۲"),
        ("ps", "د ۲۰۲۲ کال د جنورۍ ۲۷مه"),
        ("ar", "27 كانون 2 2022"),
        ("ar", "27 كانون ثان 2022"),
        ("ar", "السابع والعشرين من يناير 2022"),
        ("ur", "۲۷؍جنوری ۲۰۲۲ء"),
        ("ur", "۲۷؍۱؍۲۰۲۲"),
        ("he", "27 בינואר 2022"),
        ("hi", "27 जनवरी 2022"),
        ("bn", "২৭ জানুয়ারি ২০২২"),
        ("ckb", "٢٧ی کانوونی دووەمی ٢٠٢٢"),
        ("fa", "پنجشنبه هفتم بهمن ۱۴۰۰"),
        ("fa", "پنجشنبه ۱۴۰۰ بهمن ۷"),
        ("fa", "بیست و هفتم ژانویه ۲۰۲۲"),
        ("en", "2022 January 27"),
        ("en", "the twenty-seventh of January 2022"),
        ("hu", "2022. január 27."),
        ("lt", "2022 m. sausio 27 d."),
        ("uz", "2022-yil 27-yanvar"),
        ("pl", "27 stycznia 2022"),
        ("", "27 janvier 2022"),
        ("und", "27 ЯНВАРЯ 2022"),
        ("fa", "27 Jan 2022"),
        ("fa", "27 يناير 2022"),
    ],
)
def test_a_month_is_read_in_its_language(lang: str, text: str) -> None:
    found = dates.parse(text, lang=lang)
    assert found
    assert found.local.date().isoformat() == "2022-01-27"


def test_iraq_s_may_and_persian_may_and_no_pashto_may() -> None:
    for lang, text in (("ar", "27 مايس 2022"), ("fa", "۲۷ مه ۲۰۲۲"), ("fa", "۲۷مه ۲۰۲۲")):
        found = dates.parse(text, lang=lang)
        assert found
        assert found.local.date().isoformat() == "2022-05-27"
    for text in ("۲۷مه ۲۰۲۲", "۲۷ مه ۲۰۲۲"):
        assert dates.parse(text, lang="ps") is None


def test_a_name_of_two_months_is_read_where_its_language_is_known() -> None:
    months = {
        lang: found.local.month if (found := dates.parse("27 listopada 2022", lang=lang)) else 0
        for lang in ("pl", "hr", "und")
    }
    assert months == {"pl": 11, "hr": 10, "und": 0}


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Evening Standard 27 January 2022 09:30"),
        ("fr", "Le Soir, 27 janvier 2022, 09:30"),
        ("en", "27 January 2022, 09:30 | Evening news"),
    ],
)
def test_a_paper_s_name_tells_no_hour(lang: str, text: str) -> None:
    found = dates.parse(text, lang=lang)
    assert found
    assert found.local.isoformat() == "2022-01-27T09:30:00"


PAGE = (
    "{line}\n\nنخستین خبر مهم روز درباره کشور\n"
    + "وزیر کشور در نشستی با خبرنگاران درباره برنامه‌های تازه دولت توضیح داد و گفت.\n" * 3
)


def test_a_time_that_is_not_read_is_warned_of() -> None:
    block = clean(PAGE.format(line="تاریخ انتشار: ۷ بهمن ۱۴۰۰ ساعت ۲:۳۰ شب"))
    assert block.published
    assert (block.published.value, block.warnings) == ("2022-01-27", ["clock_not_read"])
    assert clean(PAGE.format(line="تاریخ انتشار: ۷ بهمن ۱۴۰۰ ساعت ۲:۳۰ بامداد")).warnings == []


def test_the_language_of_a_page_s_dates_is_guessed_claimed_or_not_known() -> None:
    nothing = LangHint(lang="und", confidence=0.0, method="script")
    assert date_language(LangHint(lang="fa", confidence=0.9, method="letters"), "متن", ("ar",)) == "fa"
    assert date_language(nothing, "리버턴 시의회", ()) == "ko"
    assert date_language(nothing, "市議会は火曜日に新しい橋を承認した", ()) == "ja"
    assert date_language(nothing, "市议会批准建设新桥", ("ja",)) == "zh"
    assert date_language(nothing, "Rada miasta zgodziła się na nowy most", ("pl-PL",)) == "pl"
    assert date_language(nothing, "Rada miasta zgodziła się na nowy most", ("ru", "fa", None)) == "und"


def test_a_month_that_two_languages_share_is_read_by_the_claim_of_the_page() -> None:
    text = "Rada miasta zgodziła się na nowy most nad rzeką.\n\nPrezydent powiedział, że stary most nie unosi już ciężarówek i trzeba go zamknąć."
    page = (
        '<html lang="{}"><head><title>Most</title></head><body><article><h1>Nowy most</h1><p>27 listopada 2021</p><p>'
        + text
        + "</p></article></body></html>"
    )
    found = {lang: clean(page.format(lang)).published for lang in ("pl", "hr", "xx")}
    assert {lang: date.value if date else None for lang, date in found.items()} == {
        "pl": "2021-11-27",
        "hr": "2021-10-27",
        "xx": None,
    }


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("de", "27. Januar 2022, 14:02 Uhr MEZ", "2022-01-27T13:02:00.000Z"),
        ("fr", "27 janvier 2022 à 14h02 TU", "2022-01-27T14:02:00.000Z"),
        ("tr", "27 Ocak 2022 14:02 TSİ", "2022-01-27T11:02:00.000Z"),
        ("ar", "27 يناير 2022 الساعة 14:02 (توقيت غرينتش+3)", "2022-01-27T11:02:00.000Z"),
        ("ur", "27 جنوری 2022 14:02 جی ایم ٹی", "2022-01-27T14:02:00.000Z"),
        ("zh", "2022-01-27 14:02 北京时间", "2022-01-27T06:02:00.000Z"),
        ("ko", "2022-01-27 14:02 (한국시간)", "2022-01-27T05:02:00.000Z"),
        ("ko", "2022-01-27 14:02 수정 시간", "2022-01-27T20:02:00.000Z"),  # the time of what comes next
        ("zh", "北京时间2022年1月27日 14:02", "2022-01-27T06:02:00.000Z"),
        ("fa", "۷ بهمن ۱۴۰۰ ۱۴:۰۲ (تهران)", "2022-01-27T10:32:00.000Z"),
        ("ru", "27 января 2022 14:02 по Киеву", "2022-01-27T12:02:00.000Z"),
        ("uk", "27 січня 2022, 14:02 за київським часом", "2022-01-27T12:02:00.000Z"),
        ("ar", "27 يناير 2022 الساعة 14:02 ت.غ", "2022-01-27T14:02:00.000Z"),
        ("ckb", "2022-01-27 14:02 بەکاتی هەولێر", "2022-01-27T11:02:00.000Z"),
        ("ur", "27 جنوری 2022 14:02 پاکستانی وقت", "2022-01-27T09:02:00.000Z"),
        ("hi", "27 जनवरी 2022 14:02 भारतीय समय", "2022-01-27T08:32:00.000Z"),
        ("fr", "27 janvier 2022 à 14h02 HAE", "2022-01-27T18:02:00.000Z"),
        ("en", "27 January 2022 14:02 hrs IST", "2022-01-27"),
        ("zh", "2022年1月27日 14:02 美东时间", "2022-01-27"),
    ],
)
def test_a_zone_of_another_script_or_behind_a_word_of_clocks(lang: str, text: str, expected: str) -> None:
    found = dates.parse(text, lang=lang)
    assert found
    assert dates.value(found, "-06:00") == expected


@pytest.mark.parametrize(
    ("lang", "text"),
    [("zh", "更新时间：2022-01-27 14:02"), ("en", "Published:27/01/2022"), ("es", "27.º de enero de 2022")],
)
def test_a_mark_beside_a_date_is_none_of_it(lang: str, text: str) -> None:
    found = dates.parse(text, lang=lang)
    assert found
    assert found.local.date().isoformat() == "2022-01-27"


@pytest.mark.parametrize(
    "text",
    ["1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT", "0001-01-01T00:00:00Z", "0000-00-00 00:00:00"],
)
def test_what_a_program_writes_without_a_date_is_none(text: str) -> None:
    assert dates_machine.declared(text, lang="en") is None
