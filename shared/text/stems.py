"""What is glued to a word: Arabic proclitics, Persian and English endings; and the light stem that content words are compared by.

All forms here are folded (``shared.text.tokens.fold``). Names are never stemmed before they are found: ایران → ایر, تهران → تهر.
"""

from __future__ import annotations

import functools

_ARABIC_PREFIXES = ("وال", "بال", "کال", "فال", "لل", "ال")
_ARABIC_ENDINGS = ("یات", "یون", "یین", "ات", "ون", "ین", "ان", "یه", "ها", "هم", "ه", "ی")
_PERSIAN_ENDINGS = ("هایشان", "هایی", "های", "ترین", "ها", "شان", "تر", "ای", "ی")
_ENGLISH_ENDINGS = ("ations", "ation", "ings", "ing", "edly", "ed", "ies", "es", "s", "ly")
_NISBA_ENDINGS = ("یین", "یون", "یات", "یان", "یه", "یا")


@functools.lru_cache(100_000)
def stem(word: str, lang: str) -> str:
    """Return the light stem of a folded *word*: what is left of Arabic article and endings, Persian plural, English inflection; ≥ 3 letters."""
    if lang == "ar":
        prefix = next((p for p in _ARABIC_PREFIXES if word.startswith(p) and len(word) - len(p) >= 3), "")
        return _without(word[len(prefix) :], _ARABIC_ENDINGS)
    return _without(word, _PERSIAN_ENDINGS if lang == "fa" else _ENGLISH_ENDINGS)


def _without(word: str, endings: tuple[str, ...]) -> str:
    return next((word[: -len(e)] for e in endings if word.endswith(e) and len(word) - len(e) >= 3), word)


@functools.lru_cache(100_000)
def readings(word: str, lang: str) -> tuple[tuple[int, str, int], ...]:
    """Return ``(letters cut in front, form, letters cut behind)``, the whole word first.

    Arabic: و ف, then ب ل ك, and «لل» read as ل + ال. English: the possessive 's. At least two letters are left.
    """
    if lang == "ar":
        return _arabic_readings(word)
    if word.endswith(("'s", "s'")) and len(word) > 3:
        return (0, word, 0), (0, word[:-2] if word.endswith("'s") else word[:-1], 2 if word.endswith("'s") else 1)
    return ((0, word, 0),)


def _arabic_readings(word: str) -> tuple[tuple[int, str, int], ...]:
    found = [(0, word, 0)]
    cuts = [0]
    if word[:1] in {"و", "ف"}:
        cuts.append(1)
    for cut in cuts:
        rest = word[cut:]
        if cut:
            found.append((cut, rest, 0))
        if rest.startswith("لل"):
            found.append((cut + 1, "ا" + rest[1:], 0))
        if rest[:1] in {"ب", "ل", "ک"}:
            found.append((cut + 1, rest[1:], 0))
    return tuple(reading for reading in found if len(reading[1]) >= 2 or reading[0] == 0)


@functools.lru_cache(100_000)
def nationalities(word: str, lang: str) -> tuple[str, ...]:
    """Return the masculine singular forms a folded nationality word may come from: الإيرانيين → ایرانی, آمریکایی‌ها → امریکایی."""
    if lang == "ar":
        out = []
        for _, form, _ in _arabic_readings(word):
            bare = form.removeprefix("ال")
            ending = next((e for e in _NISBA_ENDINGS if bare.endswith(e) and len(bare) - len(e) >= 2), None)
            out += [bare, bare[: -len(ending)] + "ی"] if ending else [bare]
        return tuple(dict.fromkeys(out))
    if lang == "fa":
        plain = next((word[: -len(e)] for e in ("هایی", "های", "ها", "ان") if word.endswith(e) and len(word) - len(e) >= 3), word)
        return (word,) if plain == word else (word, plain)
    bare = word.removesuffix("'s")
    return (bare, bare[:-1]) if bare.endswith("s") else (bare,)
