"""Builds ``shared/text/data/calendar_words.json.gz`` from CLDR (through babel) and what is written beside
this module.

    python -m services.workshop.building.calendar.word_table

The artefact: language → ``months`` by calendar (twelve lists of names), ``weekdays`` (seven lists, Monday
first), ``half_days`` (word → list of [first hour, hour after the last], which may cross midnight),
``ordinals`` and ``cardinals`` (word → day of the month). Parts of a name are joined by «_». The same input
gives the same bytes.
"""

from __future__ import annotations

import gzip
import json
import unicodedata
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import yaml

from services.checkout import ROOT
from shared.text.dates_names import fold_name

ARTEFACT = ROOT / "shared" / "text" / "data" / "calendar_words.json.gz"
_CODES = """
af am ar az be bg bn bs ca ckb cs cy da de el en es et eu fa fi fil fr ga gl gu ha he hi hr hu hy id is it ja ka kk km kn ko ku ky lo lt lv mk
ml mn mr ms my ne nb nl or pa pl ps pt ro ru sd si sk sl so sq sr sv sw ta te tg tk tr ug uk ur uz vi zh zu
"""
LANGUAGES = _CODES.split()
"""The languages of CLDR that news comes in; Thai and Burmese years are of other calendars, their half days
are read all the same.
"""
REGIONS = {
    "ar": ["ar_DZ", "ar_MA", "ar_IQ", "ar_SY", "ar_TN", "ar_LB", "ar_MR"],
    "de": ["de_AT"],
    "en": ["en_GB", "en_AU"],
    "es": ["es_MX", "es_AR"],
    "fa": ["fa_AF"],
    "pt": ["pt_PT"],
    "sr": ["sr_Latn"],
    "uz": ["uz_Cyrl"],
    "az": ["az_Cyrl"],
    "zh": ["zh_Hant"],
}
HOURS: dict[str, tuple[int, int]] = {
    "am": (0, 12), "pm": (12, 24), "dawn": (2, 7), "morning": (4, 12), "noon": (11, 16), "afternoon": (12, 18), "evening": (15, 24),
    "night": (19, 4), "midnight": (0, 1),
}  # fmt: skip
"""Hours of a class of half days: [first, hour after the last), over midnight where the last is smaller."""
COMPOUNDS = {
    "de": {
        "früh": "morning",
        "morgen": "morning",
        "vormittag": "am",
        "mittag": "noon",
        "nachmittag": "pm",
        "abend": "evening",
        "nacht": "night",
    },
    "nl": {"ochtend": "morning", "middag": "afternoon", "avond": "evening", "nacht": "night"},
    "sv": {
        "smorgon": "morning",
        "sförmiddag": "am",
        "seftermiddag": "pm",
        "skväll": "evening",
        "snatt": "night",
    },
    "nb": {
        "smorgen": "morning",
        "sformiddag": "am",
        "settermiddag": "pm",
        "skveld": "evening",
        "snatt": "night",
    },
    "da": {
        "smorgen": "morning",
        "sformiddag": "am",
        "seftermiddag": "pm",
        "saften": "evening",
        "snat": "night",
    },
}
"""Half days that are written together with a day of the week: «Donnerstagabend»."""
SHORTEST_DAY = 5
COMPOSED = {0x958 + i: letters for i, letters in enumerate(("क़", "ख़", "ग़", "ज़", "ड़", "ढ़", "फ़", "य़"))} | {
    0x9DC: "ড়",
    0x9DD: "ঢ়",
    0x9DF: "য়",
}
"""Letters that Unicode writes in one sign or in two, and normalising always in two."""

type Table = dict[str, Any]


def build() -> dict[str, Table]:
    """Return the table of every language."""
    written: dict[str, Table] = yaml.safe_load(
        (files("services.workshop.building.calendar") / "calendar_words.yml").read_text(encoding="utf8")
    )
    return {lang: _language(lang, written.get(lang, {})) for lang in sorted({*LANGUAGES, *written})}


def _language(lang: str, written: Table) -> Table:
    months: list[list[str]] = [[] for _ in range(12)]
    weekdays: list[list[str]] = [[] for _ in range(7)]
    half_days: dict[str, set[tuple[int, int]]] = {}
    for code in [lang, *REGIONS.get(lang, ())] if lang in LANGUAGES else ():
        _take(code, months, weekdays, half_days)
    table: Table = {"months": {}}
    for calendar in ("gregory", "persian", "islamic-umalqura"):
        columns = (
            [column.split() for column in written[calendar].split("|")]
            if calendar in written
            else [[] for _ in range(12)]
        )
        listed = [[*(months[i] if calendar == "gregory" else ()), *columns[i]] for i in range(12)]
        if any(listed):
            table["months"][calendar] = [_spelled(names) for names in listed]
    columns = (
        [column.split() for column in written["weekdays"].split("|")]
        if "weekdays" in written
        else [[] for _ in range(7)]
    )
    table["weekdays"] = [_spelled([*weekdays[i], *columns[i]]) for i in range(7)]
    ours = {
        word: HOURS[name] for name, words in written.get("half_days", {}).items() for word in words.split()
    }
    days = [name for names in weekdays for name in dict.fromkeys(names) if len(name) >= SHORTEST_DAY]
    ours |= {day + ending: HOURS[name] for day in days for ending, name in COMPOUNDS.get(lang, {}).items()}
    # what is written here stands for CLDR's hours of the same word
    ours_folded = {fold_name(word) for word in ours}
    half_days = {word: hours for word, hours in half_days.items() if fold_name(word) not in ours_folded} | {
        w: {h} for w, h in ours.items()
    }
    table["half_days"] = {
        form: sorted(half_days[word]) for word in sorted(half_days) for form in _spelled([word])
    }
    for spelled in ("ordinals", "cardinals"):
        table[spelled] = {
            word: int(day)
            for word, _, day in (pair.partition("=") for pair in written.get(spelled, "").split())
        }
    return table


def _take(
    code: str, months: list[list[str]], weekdays: list[list[str]], half_days: dict[str, set[tuple[int, int]]]
) -> None:
    """Add what CLDR knows of locale *code*.

    Babel keeps aliases of the locale read before, so its memory is emptied first.
    """
    from babel import Locale, localedata  # noqa: PLC0415 - needed for the build alone

    localedata._cache.clear()  # noqa: SLF001 - see above
    locale = Locale.parse(code)
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in locale.months.get(context, {}).get(width, {}).items():
                months[number - 1] += _named(name)
            for number, name in locale.days.get(context, {}).get(width, {}).items():
                weekdays[number] += _named(name)
    rules = locale.day_period_rules.get(None, {}) if hasattr(locale, "day_period_rules") else {}
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for label, word in locale.day_periods.get(context, {}).get(width, {}).items():
                hours = _hours(label, rules)
                if hours and word and len(word.replace(".", "")) > 1:
                    half_days.setdefault(_joined(word), set()).update(hours)


def _hours(label: str, rules: dict[str, list[dict[str, int]]]) -> set[tuple[int, int]]:
    if label in {"am", "pm", "midnight"}:
        return {HOURS[label]}
    if label == "noon":
        return {HOURS["noon"]}
    return {(rule["from"] // 3600, rule["before"] // 3600) for rule in rules.get(label, ()) if "from" in rule}


def _named(name: str) -> list[str]:
    """Return *name* as the table writes it; none for «1월» and the like, which are digits with a sign, or for
    a letter alone.
    """
    plain = _joined(name)
    return [plain] if len(plain) > 1 and not plain[0].isdigit() else []


def _joined(name: str) -> str:
    return "_".join(name.replace("\u200f", "").replace("،", " ").split()).rstrip(".")


def _spelled(names: Iterable[str]) -> list[str]:
    """Return *names* once each, with the spellings that Unicode holds for the same."""
    out: dict[str, None] = {}
    for name in names:
        apart = unicodedata.normalize("NFC", name)
        whole = apart
        for sign, letters in COMPOSED.items():
            whole = whole.replace(unicodedata.normalize("NFC", letters), chr(sign))
        out |= dict.fromkeys((apart, whole))
    return list(out)


def packed() -> bytes:
    """Return the artefact's bytes."""
    return gzip.compress(
        json.dumps(build(), ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode(), 9, mtime=0
    )


if __name__ == "__main__":
    ARTEFACT.write_bytes(packed())
