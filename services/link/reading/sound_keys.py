"""Sound keys: one consonant skeleton for a name in Arabic, Latin, Cyrillic or Hebrew letters.

Made to find candidates, so it forgives more than the skeleton by which extract tells persons apart. A word
has up to ``MOST_KEYS`` keys, because some letters stand for two sounds; keys of fewer than three consonants
say too little and are not used.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from services.link.reading.words import variants

MOST_KEYS = 6  # keys of one word
_SHORTEST = 3  # consonants of a key, and letters of a form that is read

_CLASS = {
    **dict.fromkeys("بپ", "B"), **dict.fromkeys("تطټ", "T"), **dict.fromkeys("ثسصښ", "S"), **dict.fromkeys("جژځ", "J"),
    **dict.fromkeys("چشڅ", "C"), **dict.fromkeys("حه", "H"), "خ": "X", **dict.fromkeys("دډڈ", "D"), **dict.fromkeys("ذزضظږ", "Z"),
    **dict.fromkeys("رړڑڕ", "R"), **dict.fromkeys("غقکگ", "K"), **dict.fromkeys("فڤ", "F"), **dict.fromkeys("لڵ", "L"), "م": "M",
    **dict.fromkeys("نڼں", "N"), **dict.fromkeys("ٹ", "T"),
}  # fmt: skip
_FIRST = {"ی": ("Y",), "ا": ("A",), "ع": ("A",)}
_LATIN = (
    ("sch", "C"), ("tch", "C"), ("sh", "C"), ("ch", "C"), ("kh", "X"), ("gh", "K"), ("ph", "F"), ("th", "T"), ("ck", "K"),
    ("dj", "J"), ("zh", "J"), ("x", "KS"), ("qu", "K"), ("b", "B"), ("p", "B"), ("t", "T"), ("s", "S"), ("j", "J"), ("h", "H"),
    ("d", "D"), ("z", "Z"), ("r", "R"), ("g", "K"), ("k", "K"), ("q", "K"), ("f", "F"), ("v", "F"), ("w", "F"), ("l", "L"),
    ("m", "M"), ("n", "N"),
)  # fmt: skip
_TWO_SOUNDS = {"ch": ("C", "K"), "th": ("T", "Z")}
_ROMAN = {
    **dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", (
        "a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "i", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "kh", "ts", "ch",
        "sh", "sh", "", "y", "", "e", "yu", "ya"), strict=True)),
    **dict(zip("אבגדהוזחטיכךלמםנןסעפףצץקרשת", (
        "a", "b", "g", "d", "h", "v", "z", "h", "t", "y", "k", "k", "l", "m", "m", "n", "n", "s", "a", "p", "p", "ts", "ts", "k", "r",
        "sh", "t"), strict=True)),
}  # fmt: skip


def _with_sound(keys: list[str], sounds: tuple[str, ...]) -> list[str]:
    longer = [key if sound and key.endswith(sound) else key + sound for key in keys for sound in sounds]
    return longer[: MOST_KEYS * 2]


def _arabic_sounds(word: str, at: int) -> tuple[str, ...]:
    letter, first, last = word[at], at == 0, at == len(word) - 1
    long = len(word) > _SHORTEST
    if letter == "و":
        return ("F",) if first else ("", "F")
    if letter == "ج" and long:
        return ("J", "K")  # Egypt's g
    if letter == "ه" and last and long:
        return ("",)  # a vowel at the end
    return (_FIRST.get(letter) if first else None) or (_CLASS.get(letter, ""),)


def _arabic_keys(word: str) -> list[str]:
    word = word.replace("تش", "چ")
    keys = [""]
    for at in range(len(word)):
        keys = _with_sound(keys, _arabic_sounds(word, at))
    return keys


def _latin_sounds(word: str, at: int) -> tuple[int, tuple[str, ...]]:
    """Return how many letters at *at* make one sound, and which sounds these may be."""
    first, last, soft = at == 0, at == len(word) - 1, word[at + 1 : at + 2] in ("e", "i", "y")
    letters, sound = next(
        ((letters, sound) for letters, sound in _LATIN if word.startswith(letters, at)), (word[at], "")
    )
    if letters == "c":
        sound = "S" if soft else "K"
    elif not sound and first:
        sound = "Y" if letters == "y" else "A"
    if letters == "g" and soft:
        return 1, ("J", "K")
    if (letters == "w" and not first) or (letters == "h" and last and not first):
        return 1, ("", "F") if letters == "w" else ("",)
    return len(letters), _TWO_SOUNDS.get(letters, (sound,))


def _latin_keys(word: str) -> list[str]:
    roman = "".join(_ROMAN.get(letter, letter) for letter in word.lower())
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", roman) if letter.isascii())
    keys, at = [""], 0
    while at < len(plain):
        width, sounds = _latin_sounds(plain, at)
        keys = _with_sound(keys, sounds)
        at += width
    return keys


@lru_cache(200_000)
def sound_keys(word: str, lang: str) -> tuple[str, ...]:
    """Return the keys of a folded *word* (at most ``MOST_KEYS``), none when it has too few consonants."""
    if "\u0620" <= word[:1] <= "\u06ff":
        forms = variants(word, lang)[: 3 if lang == "ar" else 2] if lang in ("ar", "fa") else [word]
        keys = [key for form in forms if len(form) >= _SHORTEST for key in _arabic_keys(form)[:MOST_KEYS]]
    else:
        keys = _latin_keys(word)[:MOST_KEYS]
    return tuple(dict.fromkeys(key for key in keys if len(key) >= _SHORTEST))
