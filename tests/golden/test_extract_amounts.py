"""Hard strings of times and numbers, written for this test: every value must be as listed, and no year may be
wrong in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import UNSET

from services.extract.counting.numbers import numbers
from services.extract.dating.expressions import times
from services.extract.words_of_article import Words
from shared.records import DateValue, Span
from shared.text.tokens import tokens

HERE = Path(__file__).parent
LEAST = 0.99


def rows(name: str) -> Iterator[list[str]]:
    for line in (HERE / name).read_text(encoding="utf8").splitlines():
        if not line.startswith("#"):
            yield line.split("\t")


def words(text: str, lang: str) -> Words:
    found = tokens(text)
    return Words.of(text, found, lang)


def day(value: str) -> DateValue | None:
    if not value:
        return None
    span = Span(start=0, end=0, layer=UNSET)
    return DateValue(
        value=value, precision="day", calendar="gregory", raw=value, span=span, method="test", confidence=1.0
    )


def read_times(lang: str, published: str, text: str) -> list[str]:
    return [str(time.value) for time in times(words(text, lang), day(published))]


def read_numbers(lang: str, text: str) -> list[str]:
    read = words(text, lang)
    return [
        f"{n.value:.15g}{'~' * n.approx} {n.unit or '-'} {n.of or '-'}"
        for n in numbers(read, times(read, None))
    ]


def wanted(cell: str) -> list[str]:
    return [] if cell == "-" else cell.split(";")


def test_hard_times_and_numbers_are_read() -> None:
    wrong, total = [], 0
    for lang, published, text, values in rows("extract_times.tsv"):
        total += 1
        made = read_times(lang, published, text)
        if made != wanted(values):
            wrong.append((text, made, values))
    for lang, text, values in rows("extract_numbers.tsv"):
        total += 1
        made = read_numbers(lang, text)
        if made != wanted(values):
            wrong.append((text, made, values))
    assert total >= 300
    print(*wrong, sep="\n")
    assert len(wrong) <= (1 - LEAST) * total, wrong


def test_no_year_is_wrong_in_silence() -> None:
    for lang, published, text, values in rows("extract_times.tsv"):
        years = set(re.findall(r"\b(?:1[3-9]|20)\d\d\b", values))
        for time in times(words(text, lang), day(published)):
            made = set(re.findall(r"\b(?:1[3-9]|20)\d\d\b", str(time.value)))
            assert made <= years, (text, time)
