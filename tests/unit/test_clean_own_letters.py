"""The letters of each language: another keyboard's and an old spelling's are put right, what can be two
letters stays as typed.
"""

from __future__ import annotations

import re
import unicodedata

import pytest

from services.clean.edits.characters import normalised
from services.clean.edits.first_guess import SURE, guess_language

PERSIAN = "رئیس جمهور در نشست خبری گفت که دولت برای حل مشکلات مردم لایحه تازه‌ای به مجلس می‌برد"
ARABIC = "أعلنت وزارة الصحة في تونس يوم الاثنين افتتاح مستشفى جديد في مدينة صفاقس"
URDU = "پاکستان کے وزیر اعظم نے اسلام آباد میں کہا کہ حکومت عوام کے مسائل حل کرنے کے لیے اقدامات کر رہی ہے"
SORANI = "سەرۆکی هەرێمی کوردستان لە هەولێر پێشوازی لە باڵیۆزی ئەمریکا کرد و باسی دۆخی ناوچەکە کرا"
UYGHUR = "شىنجاڭ ئۇيغۇر ئاپتونوم رايونىنىڭ ئىقتىسادى بۇ يىل تېز سۈرئەتتە ئۆستى، دەپ خەۋەر قىلدى ھۆكۈمەت"
PASHTO = "د افغانستان د بهرنیو چارو وزارت وایي چې په کابل کې به د سیمې هېوادونو غونډه جوړه شي"

FORMS = re.compile("<(isolated|initial|medial|final)> ([0-9A-F]{4})$")


def printed(text: str, *, arabic_kaf: bool = False) -> str:
    """Return *text* in presentation forms, each letter alone."""
    forms: dict[str, str] = {}
    for code in (*range(0xFB50, 0xFDD0), *range(0xFE70, 0xFEFD)):
        found = FORMS.match(unicodedata.decomposition(chr(code)))
        if found and found[1] == "isolated":
            forms[chr(int(found[2], 16))] = chr(code)
    return "".join(forms.get("ك" if arabic_kaf and char == "ک" else char, char) for char in text)


@pytest.mark.parametrize(
    ("text", "lang"),
    [(PERSIAN, "fa"), (ARABIC, "ar"), (URDU, "ur"), (SORANI, "ckb"), (UYGHUR, "ug"), (PASHTO, "ps")],
    ids=lambda one: one[:12],
)
def test_the_language_is_guessed_from_letters_in_whatever_form_they_come(text: str, lang: str) -> None:
    for written in (
        text,
        printed(text),
        "".join(f"&#{ord(char)};" for char in text),
        "".join(f"&amp;#x{ord(char):x};" for char in text),
    ):
        guess = guess_language(written)
        assert guess.lang == lang
        assert guess.confidence >= SURE
        assert normalised(written, lang) == normalised(text, lang)


def test_printed_persian_gets_its_own_kaf() -> None:
    written = printed(PERSIAN, arabic_kaf=True)
    assert "ﻙ" in written
    assert normalised(written, guess_language(written).lang) == PERSIAN


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("سه‌رۆكی هه‌رێمی كوردستان له‌ هه‌ولێر.", "سەرۆکی هەرێمی کوردستان لە هەولێر."),
        ("باسی دۆخی ناوچه‌كه‌ كرا", "باسی دۆخی ناوچەکە کرا"),
        ("هه‌ماهه‌نگی زیاتر كرده‌وه‌", "هەماهەنگی زیاتر کردەوە"),
        ("له هه‌ولێر كۆبوونه‌وه كرا", "لە هەولێر کۆبوونەوە کرا"),
        ("پادشاه و گوناه و ھەولێر", "پادشاه و گوناه و هەولێر"),
        ("سە‌رۆک", "سەرۆک"),
        ("كوردي", "کوردی"),
    ],
)
def test_sorani_of_the_old_spelling(typed: str, meant: str) -> None:
    assert normalised(typed, "ckb") == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (
            "پاكستان كے وزير اعظم نے اسلام آباد ميں كہا كہ حكومت",
            "پاکستان کے وزیر اعظم نے اسلام آباد میں کہا کہ حکومت",
        ),
        ("اس نے كها كه وه بهي ساته هے", "اس نے کہا کہ وہ بھی ساتھ ہے"),
        ("لاهور ميں نهيں رهے", "لاہور میں نہیں رہے"),
        ("پهلے بهت تها", "پہلے بہت تھا"),
        ("پڑهائى", "پڑھائی"),
        ("ھاتھ ہے", "ھاتھ ہے"),
        ("غبهش", "غبهش"),
    ],
)
def test_urdu_from_an_arabic_keyboard(typed: str, meant: str) -> None:
    assert normalised(typed, "ur") == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ذهب إلی المستشفی وحتی مصطفی قال", "ذهب إلى المستشفى وحتى مصطفى قال"),
        ("فی وزارة المالیة", "في وزارة المالية"),
        ("ولدی عیسی کتاب", "ولدى عيسى كتاب"),
        ("الإسلامی", "الإسلامي"),
        (ARABIC, ARABIC),
    ],
)
def test_arabic_from_a_persian_keyboard(typed: str, meant: str) -> None:
    assert normalised(typed, "ar") == meant


@pytest.mark.parametrize(
    ("text", "lang"), [(URDU, "ur"), (SORANI, "ckb"), (UYGHUR, "ug"), (PASHTO, "ps"), ("وایي چې شي", "ps")]
)
def test_a_language_in_its_own_letters_is_not_changed(text: str, lang: str) -> None:
    assert normalised(text, lang) == text


@pytest.mark.parametrize("lang", ["ur", "ckb", "ar", "ps"])
def test_a_second_pass_changes_nothing(lang: str) -> None:
    for text in (URDU, SORANI, UYGHUR, "له‌ هه‌ ه ه‌ه ھە كه‌ په‌ پهه بهھ إلی", printed(SORANI)):
        once = normalised(text, lang)
        assert normalised(once, lang) == once


def test_a_persian_page_that_types_the_kurdish_vowel_is_persian() -> None:
    assert guess_language(PERSIAN.replace("ه", "ە")).lang == "fa"
