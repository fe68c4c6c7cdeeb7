"""What is glued to a word (Arabic proclitics, Persian and English endings), and its light stem.

All forms here are folded (``shared.text.tokens.fold``). Names are never stemmed before they are found: ایران
→ ایر, تهران → تهر.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

ARABIC_PREFIXES = ("وال", "بال", "کال", "فال", "لل", "ال")
_ARABIC_ENDINGS = ("یات", "یون", "یین", "ات", "ون", "ین", "ان", "یه", "ها", "هم", "ه", "ی")
_PERSIAN_ENDINGS = ("هایشان", "هایی", "های", "ترین", "ها", "شان", "تر", "ای", "ی")
_ENGLISH_ENDINGS = ("ations", "ation", "ings", "ing", "edly", "ed", "ies", "es", "s", "ly")
_NISBA_ENDINGS = ("یین", "یون", "یات", "یان", "یه", "یا")


@functools.lru_cache(100_000)
def stem(word: str, lang: str) -> str:
    """Return the light stem of a folded *word*, at least 3 letters.

    Arabic loses its article and endings, Persian its plural; any other language is treated as English.
    """
    if lang == "ar":
        prefix = next((p for p in ARABIC_PREFIXES if word.startswith(p) and len(word) - len(p) >= 3), "")
        return _without_ending(word[len(prefix) :], _ARABIC_ENDINGS)
    return _without_ending(word, _PERSIAN_ENDINGS if lang == "fa" else _ENGLISH_ENDINGS)


def _without_ending(word: str, endings: tuple[str, ...]) -> str:
    return next((word[: -len(e)] for e in endings if word.endswith(e) and len(word) - len(e) >= 3), word)


class Clipped(NamedTuple):
    """A folded word without what is glued to it: *form*, *cut* letters off in front, *behind* at its end."""

    cut: int
    form: str
    behind: int


@functools.lru_cache(100_000)
def readings(word: str, lang: str) -> tuple[Clipped, ...]:
    """Return the forms that a folded *word* may be read as, the whole word first.

    Arabic: without و ف, then without ب ل ك, and «لل» read as ل + ال. Elsewhere: without the possessive 's.
    Each shorter form has at least two letters.
    """
    if lang == "ar":
        return _arabic_readings(word)
    whole = Clipped(0, word, 0)
    if len(word) <= 3 or not word.endswith(("'s", "s'")):
        return (whole,)
    behind = 2 if word.endswith("'s") else 1
    return whole, Clipped(0, word[:-behind], behind)


def _arabic_readings(word: str) -> tuple[Clipped, ...]:
    clipped = [Clipped(0, word, 0)]
    cuts = [0]
    if word[:1] in {"و", "ف"}:
        cuts.append(1)
    for cut in cuts:
        rest = word[cut:]
        if cut:
            clipped.append(Clipped(cut, rest, 0))
        if rest.startswith("لل"):
            clipped.append(Clipped(cut + 1, "ا" + rest[1:], 0))
        if rest[:1] in {"ب", "ل", "ک"}:
            clipped.append(Clipped(cut + 1, rest[1:], 0))
    return tuple(reading for reading in clipped if len(reading.form) >= 2 or reading.cut == 0)


@functools.lru_cache(100_000)
def nationalities(word: str, lang: str) -> tuple[str, ...]:
    """Return the masculine singulars a folded nationality may come from: الإيرانيين → ایرانی."""
    if lang == "ar":
        out = []
        for reading in _arabic_readings(word):
            bare = reading.form.removeprefix("ال")
            ending = next((e for e in _NISBA_ENDINGS if bare.endswith(e) and len(bare) - len(e) >= 2), None)
            out += [bare, bare[: -len(ending)] + "ی"] if ending else [bare]
        return tuple(dict.fromkeys(out))
    if lang == "fa":
        plain = next(
            (
                word[: -len(e)]
                for e in ("هایی", "های", "ها", "ان")
                if word.endswith(e) and len(word) - len(e) >= 3
            ),
            word,
        )
        return (word,) if plain == word else (word, plain)
    bare = word.removesuffix("'s")
    return (bare, bare[:-1]) if bare.endswith("s") else (bare,)
