"""Which script a text is written in (ISO 15924), and which way it runs.

A letter is a code point of category L; digits, marks and punctuation belong to no script here. Ranges follow
the blocks of Unicode 15, cut to the scripts news is written in.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

from shared.text.directions import Direction, script_direction

NO_SCRIPT = "Zyyy"
"""ISO 15924 for text without a letter of any known script."""

LATIN_BESIDE_ARABIC = re.compile(r"(?<=[A-Za-z])(?=[\u0600-\u06ff])|(?<=[\u0600-\u06ff])(?=[A-Za-z])")
"""The empty place where one of the two scripts follows the other: two names that were glued together
(``RTالجزيرة``).
"""

_RANGES: tuple[tuple[str, int, int], ...] = (
    ("Latn", 0x0041, 0x02AF),
    ("Grek", 0x0370, 0x03FF),
    ("Cyrl", 0x0400, 0x052F),
    ("Armn", 0x0530, 0x058F),
    ("Hebr", 0x0590, 0x05FF),
    ("Arab", 0x0600, 0x06FF),
    ("Syrc", 0x0700, 0x074F),
    ("Arab", 0x0750, 0x077F),
    ("Thaa", 0x0780, 0x07BF),
    ("Nkoo", 0x07C0, 0x07FF),
    ("Arab", 0x0870, 0x08FF),
    ("Deva", 0x0900, 0x097F),
    ("Beng", 0x0980, 0x09FF),
    ("Guru", 0x0A00, 0x0A7F),
    ("Gujr", 0x0A80, 0x0AFF),
    ("Orya", 0x0B00, 0x0B7F),
    ("Taml", 0x0B80, 0x0BFF),
    ("Telu", 0x0C00, 0x0C7F),
    ("Knda", 0x0C80, 0x0CFF),
    ("Mlym", 0x0D00, 0x0D7F),
    ("Sinh", 0x0D80, 0x0DFF),
    ("Thai", 0x0E00, 0x0E7F),
    ("Laoo", 0x0E80, 0x0EFF),
    ("Tibt", 0x0F00, 0x0FFF),
    ("Mymr", 0x1000, 0x109F),
    ("Geor", 0x10A0, 0x10FF),
    ("Hang", 0x1100, 0x11FF),
    ("Ethi", 0x1200, 0x139F),
    ("Cher", 0x13A0, 0x13FF),
    ("Cans", 0x1400, 0x167F),
    ("Khmr", 0x1780, 0x17FF),
    ("Mong", 0x1800, 0x18AF),
    ("Olck", 0x1C50, 0x1C7F),
    ("Cyrl", 0x1C80, 0x1C8F),
    ("Geor", 0x1C90, 0x1CBF),
    ("Latn", 0x1E00, 0x1EFF),
    ("Grek", 0x1F00, 0x1FFF),
    ("Latn", 0x2C60, 0x2C7F),
    ("Geor", 0x2D00, 0x2D2F),
    ("Tfng", 0x2D30, 0x2D7F),
    ("Ethi", 0x2D80, 0x2DDF),
    ("Cyrl", 0x2DE0, 0x2DFF),
    ("Hani", 0x3005, 0x3007),
    ("Kana", 0x3040, 0x30FF),
    ("Bopo", 0x3100, 0x312F),
    ("Hang", 0x3130, 0x318F),
    ("Kana", 0x31F0, 0x31FF),
    ("Hani", 0x3400, 0x4DBF),
    ("Hani", 0x4E00, 0x9FFF),
    ("Yiii", 0xA000, 0xA4CF),
    ("Cyrl", 0xA640, 0xA69F),
    ("Latn", 0xA722, 0xA7FF),
    ("Latn", 0xAB30, 0xAB6F),
    ("Hang", 0xAC00, 0xD7FF),
    ("Hani", 0xF900, 0xFAFF),
    ("Latn", 0xFB00, 0xFB06),
    ("Armn", 0xFB13, 0xFB17),
    ("Hebr", 0xFB1D, 0xFB4F),
    ("Arab", 0xFB50, 0xFDFF),
    ("Arab", 0xFE70, 0xFEFC),
    ("Latn", 0xFF21, 0xFF5A),
    ("Kana", 0xFF66, 0xFF9F),
    ("Adlm", 0x1E900, 0x1E95F),
    ("Arab", 0x1EE00, 0x1EEFF),
    ("Hani", 0x20000, 0x323AF),
)
TABLE_END = 0x20000
"""Beyond it there is nothing but ideographs: tables over code points may stop here and let one entry more
stand for them.
"""

_LAST_IDEOGRAPH = 0x323AF

SCRIPTS: tuple[str, ...] = (NO_SCRIPT, *sorted({name for name, _, _ in _RANGES}))
"""Every script known here; ``letters`` gives indices into it."""


@cache
def _table() -> NDArray[np.uint8]:
    """Return the script index of each code point below 0x20000, 0 for no letter, and one for all above."""
    table = np.zeros(TABLE_END + 1, np.uint8)
    for name, first, last in _RANGES:
        index = SCRIPTS.index(name)
        for point in range(first, min(last, TABLE_END) + 1):
            if unicodedata.category(chr(point)).startswith("L") or point == TABLE_END:
                table[point] = index
    return table


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the code points of *text*; lone surrogates are passed through."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def letters(points: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Return for each code point the index of its script in ``SCRIPTS``, 0 for no known letter."""
    scripts: NDArray[np.uint8] = _table().take(points, mode="clip")
    if len(points) and points.max() > _LAST_IDEOGRAPH:
        scripts = np.where(points > _LAST_IDEOGRAPH, np.uint8(0), scripts)
    return scripts


def counts(text: str) -> dict[str, int]:
    """Return how many letters of each script *text* holds, the most frequent first, ties by name."""
    tally = np.bincount(letters(code_points(text)), minlength=len(SCRIPTS))
    present = [(SCRIPTS[index], int(tally[index])) for index in np.flatnonzero(tally) if index]
    return dict(sorted(present, key=lambda item: (-item[1], item[0])))


def main_script(text: str) -> str:
    """Return the script with the most letters in *text*, ``Zyyy`` when it has none."""
    return next(iter(counts(text)), NO_SCRIPT)


def text_direction(text: str) -> Direction:
    """Return which way *text* runs, by the script of most of its letters."""
    return script_direction(main_script(text))
