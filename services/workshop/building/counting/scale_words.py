"""Builds ``services/extract/data/scale_words.json``: the words for thousand, million … of every language of
CLDR, through babel.

    python -m services.workshop.building.counting.scale_words

The artefact: language → ``scales`` (value → its words) and ``comma`` (whether 1.234,5 is written where
English writes 1,234.5). CLDR gives the words in its compact forms («2,5 miljoen», «35万»); one letter of an
alphabet is left out, as «M» is a metre or a name. The same input gives the same bytes.
"""

from __future__ import annotations

import json
import re

from services.checkout import ROOT
from services.workshop.building.calendar.word_table import LANGUAGES

ARTEFACT = ROOT / "services" / "extract" / "data" / "scale_words.json"
LEAST = 3
"""Letters of a word that counts; signs of Chinese and Hangul say as much with one."""
_PATTERN = re.compile(r"\s*(0+)\s*(.+)")
_MARKS = str.maketrans(dict.fromkeys("\u200e\u200f'."))
_WIDE = re.compile("[\u3400-\u9fff\uac00-\ud7af]")

type Row = dict[str, object]


def build() -> dict[str, Row]:
    """Return the table of every language."""
    return {lang: row for lang in sorted(LANGUAGES) if (row := _row(lang))["scales"]}


def _row(lang: str) -> Row:
    """Return the row of *lang*.

    Babel keeps aliases of the locale read before, so its memory is emptied first.
    """
    from babel import Locale, localedata  # noqa: PLC0415 - needed for the build alone

    localedata._cache.clear()  # noqa: SLF001 - see above
    locale = Locale.parse(lang)
    value_of: dict[str, int] = {}
    for width in ("long", "short"):
        for by_size in locale.compact_decimal_formats.get(width, {}).values():
            for size, pattern in by_size.items():
                match = _PATTERN.fullmatch(pattern.pattern.split(";")[0].replace("\u200f", ""))
                word = match[2].translate(_MARKS).replace("\xa0", " ").strip() if match else ""
                if match and (len(word) >= LEAST or _WIDE.search(word)):
                    value_of[word] = max(value_of.get(word, 0), int(size) // 10 ** (len(match[1]) - 1))
    found: dict[int, list[str]] = {}
    # of two values of one word (Nepali in CLDR 45) the smaller is a slip
    for word, value in sorted(value_of.items()):
        found.setdefault(value, []).append(word)
    comma = locale.number_symbols.get("latn", {}).get("decimal") == ","
    return {"scales": {str(value): words for value, words in sorted(found.items())}, "comma": comma}


def packed() -> bytes:
    """Return the artefact's bytes."""
    return (json.dumps(build(), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


if __name__ == "__main__":
    ARTEFACT.write_bytes(packed())
