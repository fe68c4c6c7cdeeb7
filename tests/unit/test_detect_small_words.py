"""A language that no model knows, or knows too little of, is not called by the name of a neighbour."""

from __future__ import annotations

import pytest

from services.detect.core import detect

HINDUSTANI = [
    "Wazir e azam ne kaha ke hukumat awam ke masail jald hal karegi",
    "Pakistan ne match jeet liya aur series apne naam kar li",
    "Imran Khan ki rehai ka faisla aaj hoga",
    "sadar ne qaum se khitab kiya",
    "Lahore mein barish se sarkon par pani jama ho gaya",
    "Karachi mein garmi ki shiddat barqarar hai",
    "Yeh khabar bilkul jhoot hai",
    "pradhan mantri ne kaha ki sarkar kisanon ke saath hai",
]
KNOWN = {
    "fa-Latn": "emrooz dolar dobare geroon shod va mardom narahatand",
    "de": "Mein Haus hat einen Garten und ich bin froh",
    "nl": "De regering zegt dat het plan door gaat",
    "sq": "Kryeministri tha se qeveria do të veprojë",
    "sw": "Serikali imesema kuwa mpango huo utaanza",
    "ha": "Gwamnati ta ce za ta gina sabbin makarantu",
    "tn": "Puso e rile e tla aga dikolo tse dintšhwa mo metseng ya rona",
    "tr": "Başbakan halkın sorunlarını çözeceğini söyledi",
    "id": "Presiden mengatakan bahwa pemerintah akan membangun sekolah",
    "en": "The prime minister said that the government will solve it soon",
}


@pytest.mark.parametrize("text", HINDUSTANI)
def test_urdu_in_latin_letters_is_no_persian(text: str) -> None:
    assert detect(text).lang == "und"


@pytest.mark.parametrize("lang", KNOWN)
def test_known_languages_with_some_of_its_small_words_stay(lang: str) -> None:
    assert detect(KNOWN[lang]).lang == lang


@pytest.mark.parametrize(
    "text",
    [
        "آذربایجان پرزیدنتی ایله گؤروشدو",
        "ایران میللی تیمی اوددو",
        "یئنی ایلینیز موبارک",
        "دولت یئنی قرار وئردی",
        "خالق بو ایشدن راضی دئییل",
        "بیزیم دیلیمیز تورکجه دیر",
        "باکیدا گؤروش کئچیریلدی",
        "تراکتور اویونو اوددو و قهرمان اولدو",
        "اردبیلده یاغیش یاغدی و یوللار باغلاندی",
    ],
)
def test_azerbaijani_in_arabic_letters_is_none_of_its_neighbours(text: str) -> None:
    assert detect(text).lang in ("azb", "und")


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("ائتلاف ملی در مجلس تشکیل شد", "fa"),
        ("مسئولان گفتند که رئیس مؤسسه مؤثر بود", "fa"),
        ("بوی خوش گل و گلدان", "fa"),
        ("وہ گئے اور کئی لوگ گئی", "ur"),
        ("أكد المسؤول أن المؤتمر سيعقد غدا", "ar"),
        ("شىنجاڭدا قار ياغدى ۋە يوللار تاقالدى", "ug"),
    ],
)
def test_its_neighbours_stay(text: str, lang: str) -> None:
    assert detect(text).lang == lang
