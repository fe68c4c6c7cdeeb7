"""The zone behind a time: an offset, a name of the tz database, a city «به وقت …», an abbreviation."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from shared.text.dates_zones import DOUBTFUL, PLACES, iana

_OFFSET = re.compile(
    r"\s?[(\[]?(?P<gmt>gmt|utc|z)?\s?(?P<sign>[+-])\s?(?P<hours>\d{1,2})(?::?(?P<minutes>[0-5]\d))?(?P<behind>\s?(?:gmt|utc))?[)\]]?(?![\d:/])"
)
_RIGHT_TO_LEFT = re.compile(
    r"\s?\(?(?P<gmt>gmt|utc)?\s?(?P<hours>\d{1,2})(?::(?P<minutes>[0-5]\d))?\s?(?P<sign>[+-])\s?(?P<behind>gmt|utc)?\)?(?![\d:/])"
)
"""«(3+ GMT)», as a line set from right to left shows it."""
_HALF_READ = re.compile(r"\s?[(\[]?(?:gmt|utc|z)?\s?(?:\+\s?\d|-\d{1,2}(?:\d\d|:)?\d*(?![\d./-]))")
_NAMED = re.compile(r"\s?(?P<open>[\[(])?(?P<name>[a-z]+(?:/[a-z0-9_+-]+){1,2})[\])]?")
_CLOCK_WORD = re.compile(r"\s?(?:hours?|hrs|hr|h|uhr|น|час(?:ов|а)?|godz|بجے|دقیقه|ساعت)\.?(?=\s|[(\[,،])")
"""A word of clocks between a time and its zone: «14:02 hrs IST», «14:02 Uhr MEZ»."""
_OF_GREENWICH = re.compile(
    r"\s?[(\[]?(?:ب?توقیت|به وقت)?\s?(?:غرینتش|غرینیتش|جرینتش|گرینویچ|гринвич|мск)\s?(?P<sign>[+-])\s?(?P<hours>\d{1,2})(?::?(?P<minutes>[0-5]\d))?[)\]]?(?![\d:/])"
)
_TIME_OF_CJK = re.compile(
    r"\s?[(（\[]?\s?(?P<place>[\u3400-\u9fff\uac00-\ud7af]{1,8}?)\s?(?:标准|標準|표준)?\s?(?:时间|時間|시간|시각)[)）\]]?"
)
_CJK_BEFORE = re.compile(
    r"(?<![\u3400-\u9fff\uac00-\ud7af])(?P<place>[\u3400-\u9fff\uac00-\ud7af]{1,8}?)\s?(?:标准|標準|표준)?\s?(?:时间|時間|시간|시각)[：:]?\s?$"
)
_CJK_ZONES = {
    **dict.fromkeys(
        ("北京", "中国", "中國", "台北", "臺北", "台湾", "臺灣", "香港", "上海"), "Asia/Shanghai"
    ),
    **dict.fromkeys(("日本", "東京", "东京", "일본"), "Asia/Tokyo"),
    **dict.fromkeys(("韓国", "韩国", "韓國", "首尔", "首爾", "한국", "서울"), "Asia/Seoul"),
    **dict.fromkeys(("格林威治", "格林尼治", "世界", "그리니치", "세계"), "UTC"),
    **dict.fromkeys(("当地", "當地", "现地", "現地", "현지"), ""),
}
_IN_BRACKETS = re.compile(r"\s?[(\[]\s?(?P<place>[^\W\d_][^\d()\[\]]{1,30}?)\s?[)\]]")
_OF_A_CITY = re.compile(
    r"\s?[(،,]?\s?(?P<place>(?:по|за)\s[а-яіїєґ]{4,12}(?:\sчасом)?|[^\W\d_]{4,10}\sوقت|भारतीय\sसमय|ت\.?\s?غ|ت\.?\s?م\.?\s?غ)(?![^\W\d_])"
)
"""«14:02 (تهران)», «по Киеву», «за київським часом», «پاکستانی وقت», «ت.غ»: a zone where the place is known.
"""
_NAMES_OF_FIELDS = "发布 發布 發佈 发表 發表 更新 最后更新 最後更新 修改 编辑 公開 配信 掲載 登録 投稿 수정 입력 등록 작성 게시 최종수정 기사입력 승인"
_LABELS = frozenset(_NAMES_OF_FIELDS.split())
"""Before «time» these name a field of the line, and no zone."""
_ZONE_WORD = re.compile(
    r"\s?[(،,]?\s?(?:به ?وقت|بتوقیت|توقیت|بوقت|بالتوقیت|hora de|heure de|ora di|по времени|به ?کاتی|به کات)\s+(?P<place>\w+(?:\s\w+)?)"
)
_TIME_OF = re.compile(r"\s?\(?(?P<place>[a-z]+(?: [a-z]+)?)(?: (?:standard|summer|daylight))? time\)?")
_LOCAL = frozenset({"محلی", "المحلی", "local", "ortszeit"})
_ABBREVIATION = re.compile(
    r"\s?[\[(]?(?P<name>[a-zа-я]{1,4}(?![^\W\d_])|جی ایم ٹی|یو ٹی سی|पीएसटी|जीएमटी)[\])]?"
)
_UNKNOWN = re.compile(r"\s?\(?[a-z]{2,4}t\)?(?![^\W\d_])")
"""Abbreviations of zones end in «t»; one that is not listed may be any of them."""
_WORDS_IN_T = "at last post start east edit test next fast first just soit dont fait jest not but most must that what it out got set put get let sort part"
_NO_ZONE = frozenset(_WORDS_IN_T.split())
"""Words that end so and stand behind a time."""


class StatedZone(NamedTuple):
    """A zone and where the words that state it end; *name* is empty for none, None for an unclear one."""

    name: str | None
    end: int


def zone_before(text: str, at: int) -> str | None:
    """Return the zone named before ``text[at]`` («北京时间 2022年»); "" for none, None for an unclear one."""
    match = _CJK_BEFORE.search(text, max(0, at - 14), at)
    return _CJK_ZONES.get(match["place"]) if match and match["place"] not in _LABELS else ""


@cache
def _places() -> dict[str, str]:
    return {name.replace(" ", ""): zone for name, zone in PLACES.items()}


def stated_zone(text: str, at: int) -> StatedZone:
    """Return the zone stated at ``text[at]``."""
    clock_word = _CLOCK_WORD.match(text, at)
    if clock_word:
        stated = stated_zone(text, clock_word.end())
        return stated if stated.name != "" else StatedZone("", at)
    cjk = _TIME_OF_CJK.match(text, at)
    if cjk and cjk["place"] not in _LABELS:
        return StatedZone(_CJK_ZONES.get(cjk["place"]), cjk.end())
    for pattern in (_IN_BRACKETS, _OF_A_CITY):
        city = pattern.match(text, at)
        if city and (zone := _places().get(re.sub(r"[\s.]", "", city["place"]))):
            return StatedZone(zone, city.end())
    return _by_offset(text, at)


def _by_offset(text: str, at: int) -> StatedZone:
    greenwich = _OF_GREENWICH.match(text, at)
    if greenwich and int(greenwich["hours"]) <= 14:
        return StatedZone(_as_offset(greenwich), greenwich.end())
    offset = _OFFSET.match(text, at)
    if offset and _believed(offset):
        named = _NAMED.match(text, offset.end())
        end = named.end() if named and iana(named["name"]) else offset.end()
        return StatedZone(_as_offset(offset), end)
    reversed_offset = _RIGHT_TO_LEFT.match(text, at)
    if (
        reversed_offset
        and (reversed_offset["gmt"] or reversed_offset["behind"])
        and int(reversed_offset["hours"]) <= 14
    ):
        return StatedZone(_as_offset(reversed_offset), reversed_offset.end())
    if _HALF_READ.match(text, at):
        return StatedZone(None, at)
    return _by_name(text, at)


def _believed(offset: re.Match[str]) -> bool:
    """Tell whether an offset is a zone's: «+3:30», «+0330», «GMT+3»; not «+3» alone, nor what no zone has."""
    hours, minutes = int(offset["hours"]), int(offset["minutes"] or 0)
    plain = len(offset["hours"]) == 2 or ":" in offset.group()
    return hours <= 14 and minutes % 15 == 0 and bool(offset["gmt"] or offset["behind"] or plain)


def _as_offset(match: re.Match[str]) -> str:
    return f"{match['sign']}{int(match['hours']):02d}:{match['minutes'] or '00'}"


def _by_name(text: str, at: int) -> StatedZone:
    named = _NAMED.match(text, at)
    if named and (iana(named["name"]) or named["open"]):
        return StatedZone(iana(named["name"]) or None, named.end())
    for pattern in (_ZONE_WORD, _TIME_OF):
        place = pattern.match(text, at)
        if place:
            return _city(place, at)
    short = _ABBREVIATION.match(text, at)
    if short and short["name"] in PLACES:
        return StatedZone(PLACES[short["name"]], short.end())
    if (short and short["name"] in DOUBTFUL) or (
        (unlisted := _UNKNOWN.match(text, at)) and unlisted.group().strip(" ()") not in _NO_ZONE
    ):
        return StatedZone(None, at)
    return StatedZone("", at)


def _city(place: re.Match[str], at: int) -> StatedZone:
    """Return the zone of a city named in words; an unclear one ends where it begins, *at*."""
    words = place["place"].split()
    if _LOCAL.intersection(words):
        return StatedZone("", place.end())
    for size in (2, 1):
        zone = _places().get("".join(words[:size]))
        if zone:
            return StatedZone(zone, place.end())
    return StatedZone(None, at)
