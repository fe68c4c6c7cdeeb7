"""Training text for the own models: windows of licensed lines, disturbed as real pages are, and the junk that
is no language.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

Texts = Mapping[str, Mapping[str, list[str]]]
"""label → source → lines."""

SIZES = (2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 40)  # words
OVER_LINE_END = 0.85  # so that whole-line order is not learnt
LARGEST_SOURCE = 300_000  # code points; sources are mixed by the square root of their size up to this
WORD_LIST, WORD_LIST_SHARE = "gat", 0.25
KEYED = 0.7  # share of a careless window's letters that are typed so
URDU_AS_ARABIC = 0.12
JOINER_AS_SPACE = 0.3
JUNK = "zxx"
SPACELESS = frozenset({"zh", "zh-Hant", "yue", "bo", "dz"})
"""Languages that set no space between words: their windows are counted in characters."""

RARE = frozenset({"glk", "bal", "brh", "trw", "kmr-Arab", "sdh", "hac"})
"""Labels without a dev set of their own: a tenth of their lines stays out of training and is what they are
measured on.
"""

_MIXED_LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأإئؤةىپچژکگیہےںٹڈڑ"
_ALPHABETS = (
    _MIXED_LETTERS,
    "ابتثجحخدذرزسشصضطظعغفقکلمنهویآپچژگ",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهويءأةى",
    "ابتٹثجحخدڈذرڑزسشصضطظعغفقکلمنوہھءیےپچژگں",
)


@dataclass(frozen=True, slots=True)
class Keyboards:
    """Careless typing: keyboard → letter → its stand-ins, label → keyboards, label → share of windows."""

    stand_ins: dict[str, dict[str, list[str]]]
    careless: dict[str, list[str]]
    rate: dict[str, float]
    urdu_as_arabic: dict[str, str]


@cache
def keyboards() -> Keyboards:
    """Return the tables of keyboards.yml."""
    found = yaml.safe_load(Path(__file__).with_name("keyboards.yml").read_text(encoding="utf-8"))
    stand_ins = {
        name: {letter: [to] if isinstance(to, str) else to for letter, to in table.items()}
        for name, table in found["keyboards"].items()
    }
    return Keyboards(stand_ins, found["careless"], found["rate"], found["urdu-as-arabic"])


def held_out(label: str, text: str) -> bool:
    """Whether this line stays out of training for evaluation."""
    return label in RARE and zlib.crc32(text.encode()) % 10 == 0


def draw(texts: Texts, label: str, rng: random.Random) -> str:
    """Return one training text of *label*."""
    if label == JUNK:
        return _junk(texts, rng)
    return _disturb(label, window(texts[label], rng), rng)


def window(sources: Mapping[str, list[str]], rng: random.Random, joint: str = " ") -> str:
    """Return 2 to 40 words of one source, mostly running over line ends; characters when *joint* is empty."""
    lines = _source(sources, rng)
    size = rng.choice(SIZES)
    words = _words(rng.choice(lines), joint)
    while len(words) < size and rng.random() < OVER_LINE_END:
        words = words + _words(rng.choice(lines), joint)
    start = rng.randrange(max(1, len(words) - size + 1))
    return joint.join(words[start : start + size])


def _words(line: str, joint: str) -> list[str]:
    return line.split() if joint else list(line)


def _source(sources: Mapping[str, list[str]], rng: random.Random) -> list[str]:
    names = sorted(sources)
    shares = [
        min(sum(map(len, sources[name])), LARGEST_SOURCE) ** 0.5
        * (WORD_LIST_SHARE if name == WORD_LIST and len(names) > 1 else 1.0)
        for name in names
    ]
    return sources[rng.choices(names, shares)[0]]


def _disturb(label: str, text: str, rng: random.Random) -> str:
    tables = keyboards()
    if label in ("ur", "pnb") and rng.random() < URDU_AS_ARABIC:
        text = text.translate(
            {ord(letter): to for letter, to in tables.urdu_as_arabic.items() if rng.random() < 0.8}
        )
    if label in tables.careless and rng.random() < tables.rate.get(label, tables.rate["default"]):
        stand_ins = tables.stand_ins[rng.choice(tables.careless[label])]
        table = {letter: rng.choice(options) for letter, options in stand_ins.items()}
        text = "".join(table.get(letter, letter) if rng.random() < KEYED else letter for letter in text)
    if "\u200c" in text and rng.random() < JOINER_AS_SPACE:
        text = text.replace("\u200c", " ")
    return text


def _junk(texts: Texts, rng: random.Random) -> str:
    """Random letters, letters drawn as often as real ones, shuffled words, UTF-8 read as cp1256, reversed
    text.
    """
    kind = rng.random()
    if kind < 0.3:
        alphabet = rng.choice(_ALPHABETS)
        return _random_words(alphabet, rng)
    text = window(texts[rng.choice(("fa", "ar", "ur", "ps"))], rng)
    if kind < 0.5:
        return _random_words(text.replace(" ", "") or _MIXED_LETTERS, rng)
    if kind < 0.7:
        return " ".join("".join(rng.sample(word, len(word))) for word in text.split())
    if kind < 0.9:
        return text.encode().decode("cp1256", errors="ignore")
    return text[::-1]


def latin_junk(texts: Texts, rng: random.Random) -> str:
    """Return Latin text in no language: random letters, shuffled words, identifiers."""
    kind = rng.random()
    if kind < 0.3:
        return _random_words("abcdefghijklmnopqrstuvwxyz", rng)
    text = window(texts[rng.choice(("en", "fr", "tr", "id", "sw"))], rng)
    if kind < 0.6:
        return " ".join("".join(rng.sample(word, len(word))) for word in text.split())
    if kind < 0.8:
        return " ".join(
            "".join(rng.choice("abcdef0123456789") for _ in range(rng.randrange(6, 33)))
            for _ in range(rng.randrange(1, 5))
        )
    return _random_words(text.replace(" ", "").lower() or "x", rng)


def _random_words(letters: str, rng: random.Random) -> str:
    return " ".join(
        "".join(rng.choice(letters) for _ in range(rng.randrange(1, 9))) for _ in range(rng.randrange(1, 12))
    )
