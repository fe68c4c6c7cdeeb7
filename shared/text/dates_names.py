"""Names of months, weekdays and half days in the languages news comes in, folded as ``shared.text.dates`` reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from shared.text.calendars import Calendar
from shared.text.digits import TO_ASCII

_PERSIAN = """
فروردین حمل وری خاکەلێوە | اردیبهشت ثور غویی گوڵان | خرداد جوزا غبرگولی جۆزەردان | تیر سرطان چنگاښ پووشپەڕ | مرداد امرداد اسد زمری گەلاوێژ |
شهریور سنبله وږی خەرمانان | مهر میزان تله ڕەزبەر | آبان عقرب لړم گەڵاڕێزان | آذر قوس لیندۍ سەرماوەز | دی جدی مرغومی بەفرانبار |
بهمن دلو سلواغه ڕێبەندان | اسفند حوت کب ڕەشەمە
"""
_GREGORY = """
يناير كانون_الثاني كانون_ثاني جانفي ژانویه جنوری جنوري کانوونی_دووەم january jan janvier januar enero janeiro gennaio ocak января yanvar januari |
فبراير شباط فيفري فوریه فروری فبروري شوبات february feb février fevrier februar febrero fevereiro febbraio şubat февраля fevral februari |
مارس آذار ازار مارچ ئازار march mar mars märz marzo março mart марта maret |
أبريل إبريل نيسان أفريل آوریل اوریل اپریل april apr avril abril aprile nisan апреля aprel |
مايو أيار ايار ماي مه می مئی مې ئایار may mai mayo maio maggio mayıs мая mei |
يونيو يونيه حزيران جوان ژوئن جون حوزەیران june jun juin juni junio junho giugno haziran июня iyun |
يوليو يوليه تموز جويلية جويليه یولیو ژوئیه ژوییه جولای جولائی تەممووز july jul juillet juli julio julho luglio temmuz июля iyul |
أغسطس اغسطس آب أوت غشت اوت آگوست اگست اګست ئاب august aug août aout agosto ağustos августа avqust agustus |
سبتمبر أيلول ايلول شتنبر سپتامبر ستمبر سپتمبر ئەیلوول september sept sep septembre septiembre setembro settembre eylül сентября sentyabr |
أكتوبر تشرين_الأول تشرين_أول اکتبر تشرینی_یەکەم october oct octobre oktober octubre outubro ottobre ekim октября oktyabr |
نوفمبر تشرين_الثاني تشرين_ثاني نونبر نوامبر نومبر تشرینی_دووەم november nov novembre noviembre novembro kasım ноября noyabr |
ديسمبر كانون_الأول كانون_أول دجنبر دسامبر دسمبر ډسمبر کانوونی_یەکەم december dec décembre decembre dezember diciembre dezembro dicembre aralık декабря dekabr desember
"""
_HIJRI = """
محرم محرم_الحرام محرمالحرام | صفر صفر_المظفر صفرالمظفر | ربيع_الأول ربیع_اول ربيع_أول | ربيع_الآخر ربيع_الثاني ربیع_ثانی ربيع_آخر |
جمادى_الأولى جمادى_الأول جمادی_اول جمادی_الاولی | جمادى_الآخرة جمادى_الثانية جمادى_الثاني جمادى_الآخر جمادی_ثانی |
رجب رجب_المرجب | شعبان شعبان_المعظم | رمضان رمضان_المبارك رمضان_مبارک | شوال شوال_المکرم |
ذو_القعدة ذي_القعدة ذوالقعده ذيقعده ذی_قعده ذي_قعدة | ذو_الحجة ذي_الحجة ذوالحجه ذيحجه ذی_حجه ذي_حجة
"""
_TABLES: tuple[tuple[Calendar, str], ...] = (("persian", _PERSIAN), ("gregory", _GREGORY), ("islamic-umalqura", _HIJRI))

_WEEKDAYS = """
دوشنبه الاثنين الإثنين الأثنين اثنين دووشەممە پیر monday mon lundi montag lunes pazartesi понедельник |
سه_شنبه سهشنبه الثلاثاء ثلاثاء سێشەممە منگل tuesday tue tues mardi dienstag martes salı вторник |
چهارشنبه الأربعاء اربعاء چوارشەممە بدھ wednesday wed mercredi mittwoch miércoles çarşamba среда |
پنجشنبه پنج_شنبه پنجشنبه الخميس خميس پێنجشەممە جمعرات thursday thu thur thurs jeudi donnerstag jueves perşembe четверг |
جمعه آدینه الجمعة جمعة هەینی friday fri vendredi freitag viernes cuma пятница |
شنبه السبت سبت شەممە ہفتہ saturday sat samedi samstag sábado cumartesi суббота |
یکشنبه یک_شنبه الأحد احد یەکشەممە اتوار sunday sun dimanche sonntag domingo pazar воскресенье
"""

_LETTERS = {
    "ي": "ی",
    "ى": "ی",
    "ې": "ی",
    "ۍ": "ی",
    "ێ": "ی",
    "ك": "ک",
    "ە": "ه",
    "ة": "ه",
    "ۀ": "ه",
    "ہ": "ه",
    "ھ": "ه",
    "−": "-",
    "–": "-",
}
_LETTERS |= dict.fromkeys("أإآٱ", "ا")
FOLD: dict[int, str] = {**TO_ASCII, **{ord(a): b for a, b in _LETTERS.items()}, **{c: chr(c + 32) for c in range(65, 91)}}
"""One character to one: digits, look-alike letters, ASCII capitals."""

DROPPED = re.compile("[\u064b-\u0655\u0670\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069\u061c\ufeff]")
"""What a reader of dates does not see."""


def fold_name(name: str) -> str:
    """Return *name* as it stands in a folded text."""
    return DROPPED.sub("", name.lower()).translate(FOLD)


def _columns(table: str) -> list[list[str]]:
    return [[fold_name(name) for name in column.split()] for column in table.split("|")]


@cache
def months() -> dict[str, tuple[tuple[Calendar, int], ...]]:
    """Return folded name (parts joined by ``_``) → the (calendar, month number) it can mean."""
    out: dict[str, tuple[tuple[Calendar, int], ...]] = {}
    for calendar, table in _TABLES:
        for number, names in enumerate(_columns(table), 1):
            for name in names:
                out[name] = tuple(dict.fromkeys((*out.get(name, ()), (calendar, number))))
    return out


@cache
def weekdays() -> dict[str, int]:
    """Return folded name → day of the week, Monday 0."""
    return {name: number for number, names in enumerate(_columns(_WEEKDAYS)) for name in names}


def alternatives(names: Iterable[str]) -> str:
    """Return a regular expression of all *names*, the longest first; the parts of a name may stand together or apart."""
    ordered = sorted(names, key=lambda name: (-len(name), name))
    return "|".join(r"\s?".join(map(re.escape, name.split("_"))) for name in ordered)


def squeezed(name: str) -> str:
    """Return *name* without spaces and underscores: the key under which a match is looked up."""
    return re.sub(r"[\s_]+", "", name)
