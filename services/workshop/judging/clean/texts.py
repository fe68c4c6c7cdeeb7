"""Judges characters, dates and the map: the tricky table, hard and generated dates, laws that must hold on
every text.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import random
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from hijridate import Gregorian

from services.clean.edits.characters import normalise, normalised
from services.clean.edits.first_guess import guess_language
from services.clean.edits.ledger import KEEP, Traced, align, trace
from services.clean.edits.wrong_charset import repaired
from services.clean.lines import patterns
from services.clean.lines.line_signature import signature
from services.clean.lines.verdicts import type_by_patterns
from services.clean.spacing import restorer
from shared.text import dates
from shared.text.calendars import date_to_jalali
from shared.text.letters import ZWNJ
from shared.text.match_key import match_key

ZONES = {"fa": "Asia/Tehran", "ar": "Asia/Riyadh"}
_UNTOUCHED = re.compile(r"https?://[!-~]+|(?<![\w.])@[A-Za-z0-9_]+|#\w+|\d+(?:[.,:/٫٬]\d+)+")
_FOREIGN = {"fa": re.compile("[يك]"), "ar": re.compile("[یک]")}


def tricky_cases() -> list[dict[str, str]]:
    """Return the tricky table: lang, part, text, want (a ``|`` stands for U+200C)."""
    table: dict[str, list[dict[str, str]]] = json.loads(
        files("services.workshop.judging.clean").joinpath("data", "tricky.json").read_text(encoding="utf-8")
    )
    return table["cases"]


def outcome(case: dict[str, str]) -> str:
    """Return what clean makes of a tricky case."""
    part, text, lang = case["part"], case["text"], case["lang"]
    if part == "spacing":
        return restorer.restored(text).replace(ZWNJ, "|")
    if part == "characters":
        return normalised(text, lang).replace(ZWNJ, "|")
    if part == "mojibake":
        return repaired(trace(text))[0].text
    if part == "line":
        return type_by_patterns(patterns.load(), ["x" * 50, "y" * 50, text], ["x", "y", signature(text)])[
            2
        ].type
    if part == "key":
        return case["want"] if match_key(text) == match_key(case["want"]) else match_key(text)
    found = dates.parse(text, lang=lang)
    return dates.value(found, ZONES[lang]) if found else ""


def hard_dates() -> list[tuple[str, str, str]]:
    """Return the hand-made date strings as (language, expected, string)."""
    text = (
        files("services.workshop.judging.clean")
        .joinpath("data", "hard_dates.tsv")
        .read_text(encoding="utf-8")
    )
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return [(lang, expected, string) for lang, expected, string in rows]


def read_date(lang: str, text: str) -> str:
    """Return what the date parser reads in *text*, ``-`` for nothing."""
    found = dates.parse(text, lang=lang)
    return dates.value(found, ZONES.get(lang, "")) if found else "-"


@cache
def _month_names() -> dict[str, list[str]]:
    return {
        "persian": ["فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"],
        "arabic": ["يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"],
        "levant": [m.replace("_", " ") for m in ["كانون_الثاني", "شباط", "آذار", "نيسان", "أيار", "حزيران", "تموز", "آب", "أيلول", "تشرين_الأول", "تشرين_الثاني", "كانون_الأول"]],
        "hijri": [m.replace("_", " ") for m in ["محرم", "صفر", "ربيع_الأول", "ربيع_الآخر", "جمادى_الأولى", "جمادى_الآخرة", "رجب", "شعبان", "رمضان", "شوال", "ذو_القعدة", "ذو_الحجة"]],
        "week": ["دوشنبه", "سه\u200cشنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه", "یکشنبه"],
    }  # fmt: skip


def generated_dates(day: dt.date, clock: str) -> list[str]:
    """Return *day* in eleven spellings of three calendars."""
    fa, ar = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"), str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
    names = _month_names()
    year, month, of_month = date_to_jalali(day)
    hijri, week = Gregorian(day.year, day.month, day.day).to_hijri(), names["week"][day.weekday()]
    solar, lunar = names["persian"][month - 1], names["hijri"][hijri.month - 1]
    arabic, levant = names["arabic"][day.month - 1], names["levant"][day.month - 1]
    return [
        f"کد خبر: 57351 | تاریخ انتشار: {of_month:02d} {solar} {year} - {clock}".translate(fa),
        f"{week} {of_month} {solar} ماه {year} ساعت {clock}".translate(fa),
        f"{year}/{month:02d}/{of_month:02d} {clock}".translate(fa),
        f"{week}، {of_month} {solar}، {year}",
        f"{day.day} {arabic} {day.year} - {clock}",
        f"آخر تحديث: {day.day} {levant}/{arabic} {day.year}, {clock} GMT".translate(ar),
        f"{day.day} {levant} ({arabic}) {day.year}",
        f"{hijri.day} {lunar} {hijri.year} هـ الموافق {day.day} {arabic} {day.year} م",
        f"{hijri.day} {lunar} {hijri.year}".translate(ar),
        day.strftime("%B %d, %Y") + " " + clock,
        day.isoformat() + "T" + clock,
    ]


def evaluate_dates(count: int = 3000) -> dict[str, object]:
    """Return right, wrong and unread hard strings, and how many of *count* × 11 generated ones were read
    rightly.
    """
    right = wrong = unread = 0
    for lang, expected, text in hard_dates():
        got = read_date(lang, text)
        right += got == expected
        wrong += got not in (expected, "-")
        unread += got == "-" != expected
    rng = random.Random(5)
    read = 0
    for _ in range(count):
        day = dt.date(2000, 1, 1) + dt.timedelta(days=rng.randrange(9500))
        for text in generated_dates(day, f"{rng.randrange(24):02d}:{rng.randrange(60):02d}"):
            found = dates.parse(text)
            read += found is not None and found.local.date() == day
    return {
        "hard": {"right": right, "wrong": wrong, "unread": unread},
        "generated": {"right": read, "of": 11 * count},
    }


def broken_laws(raw: str) -> list[str]:
    """Return the laws that clean's treatment of *raw* breaks: none, ever."""
    lang = guess_language(raw).lang
    traced = normalise(trace(raw), lang)
    plain = traced.text
    if lang == "fa":
        traced = traced.edited(
            [(at, at, ZWNJ, "half_space_restored") for at in restorer.insertions(traced.text)]
        )
    broken = []
    if normalised(plain, lang) != plain:
        broken.append("a second pass changes something")
    if "&" not in raw and _figures(raw) != _figures(traced.text):
        broken.append("an address, number or tag changed")
    if lang in _FOREIGN and _FOREIGN[lang].search(traced.text):
        broken.append("a foreign keyboard's letter is left")
    if match_key(traced.text) != match_key(plain):
        broken.append("the key depends on half-spaces")
    return broken + broken_map(traced)


def _figures(text: str) -> list[str]:
    return [found.replace(ZWNJ, "") for found in _UNTOUCHED.findall(text) if found.isascii()]


def broken_map(traced: Traced) -> list[str]:
    """Return the laws of the map that *traced* breaks."""
    rows = align(traced, len(traced.raw))
    broken = []
    clean_at = raw_at = 0
    for clean_start, clean_len, raw_start, raw_len, op in rows:
        if (clean_start, raw_start) != (clean_at, raw_at):
            broken.append("a gap in the map")
        if (
            op == KEEP
            and traced.text[clean_start : clean_start + clean_len]
            != traced.raw[raw_start : raw_start + raw_len]
        ):
            broken.append("a kept run differs")
        clean_at, raw_at = clean_start + clean_len, raw_start + raw_len
    if (clean_at, raw_at) != (len(traced.text), len(traced.raw)):
        broken.append("the map does not cover both texts")
    return broken


def _texts(data: Path) -> Iterator[str]:
    """Real texts: agency articles, posts of the development stream, news of twelve languages."""
    path = data / "zwnj" / "farsnews.jsonl.gz"
    if path.exists():
        with gzip.open(path, "rt", encoding="utf-8") as rows:
            for _, row in zip(range(500), rows, strict=False):
                yield "\n".join(json.loads(row)["paragraphs"])
    path = data / "news-dev" / "stream.jsonl.gz"
    if path.exists():
        with gzip.open(path, "rt", encoding="utf-8") as rows:
            for number, row in zip(range(4000), rows, strict=False):
                text = json.loads(row).get("text")
                if number % 2 == 0 and text:
                    yield text


def evaluate_texts(data: Path) -> dict[str, object]:
    """Return the tricky table's and the laws' figures."""
    cases = tricky_cases()
    broken = texts = 0
    for text in _texts(data):
        texts += 1
        broken += bool(broken_laws(text))
    return {
        "tricky": {"right": sum(outcome(case) == case["want"] for case in cases), "of": len(cases)},
        "laws": {"texts": texts, "broken": broken},
        "dates": evaluate_dates(),
    }
