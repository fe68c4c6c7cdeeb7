"""Persian lines written in Latin letters, as people type them without a Persian keyboard (tables in
romanisation.yml).
"""

from __future__ import annotations

import random
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_WORD = re.compile("[ء-غف-يپچژکگی]+")


@cache
def _tables() -> dict[str, Any]:
    tables: dict[str, Any] = yaml.safe_load(
        Path(__file__).with_name("romanisation.yml").read_text(encoding="utf-8")
    )
    return tables


def persian(line: str, rng: random.Random) -> str:
    """Return one way to write the Persian *line* in Latin letters."""
    plain = line.replace("ي", "ی").replace("ك", "ک").replace("\u200c", rng.choice((" ", "")))
    return _WORD.sub(lambda word: _word(word[0], rng), plain)


def _word(word: str, rng: random.Random) -> str:
    tables = _tables()
    if word in tables["words"] and rng.random() < 0.9:
        return str(rng.choice(tables["words"][word]))
    written: list[str] = []
    open_consonant = False  # the last letter was a consonant that a short vowel may follow
    for at, letter in enumerate(word):
        sound, vowel = _letter(word, at, rng)
        if open_consonant and not vowel and sound and rng.random() < tables["short-rate"]:
            written.append(rng.choice(tables["short"]))
        written.append(sound)
        open_consonant = not vowel and bool(sound) and letter != "ء"
    return "".join(written)


def _letter(word: str, at: int, rng: random.Random) -> tuple[str, bool]:
    """Return how the letter at *at* sounds here, and whether it is a vowel."""
    tables = _tables()
    letter, following = word[at], word[at + 1 : at + 2]
    if letter == "ا" and at == 0 and following:
        return ("" if following in ("ی", "و") else rng.choice(tables["short"])), True  # Iran, oo, agar
    if letter in tables["long"]:
        forms = tables["long"][letter]
        return forms if isinstance(forms, str) else rng.choice(forms), True
    if letter == "و":
        return ("v", False) if at == 0 or following in ("ا", "ی") else (rng.choice(tables["waw"]), True)
    if letter == "ی":
        return ("y", False) if at == 0 or following in ("ا", "و") else (rng.choice(tables["ye"]), True)
    if letter == "ه" and not following and at:
        return rng.choice(tables["final-he"]), True
    forms = tables["consonants"].get(letter, "")
    return forms if isinstance(forms, str) else rng.choice(forms), False
