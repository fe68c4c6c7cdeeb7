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

_LETTERS_OF_SOUND = {
    "B": "بپ", "T": "تطټٹ", "S": "ثسصښ", "J": "جژځ", "C": "چشڅ", "H": "حه", "X": "خ", "D": "دډڈ",
    "Z": "ذزضظږ", "R": "رړڑڕ", "K": "غقکگ", "F": "فڤ", "L": "لڵ", "M": "م", "N": "نڼں",
}  # fmt: skip
_ARABIC_SOUND = {letter: sound for sound, letters in _LETTERS_OF_SOUND.items() for letter in letters}
_FIRST_SOUND = {"ی": "Y", "ا": "A", "ع": "A"}
"""Arabic letters that have a sound at the beginning of a word alone."""
_LATIN_SOUND = {
    "sch": "C", "tch": "C", "sh": "C", "ch": "C", "kh": "X", "gh": "K", "ph": "F", "th": "T", "ck": "K",
    "dj": "J", "zh": "J", "x": "KS", "qu": "K", "b": "B", "p": "B", "t": "T", "s": "S", "j": "J", "h": "H",
    "d": "D", "z": "Z", "r": "R", "g": "K", "k": "K", "q": "K", "f": "F", "v": "F", "w": "F", "l": "L",
    "m": "M", "n": "N",
}  # fmt: skip
"""Letters that make one sound, the longest first; *c*, *y* and vowels depend on their place."""
_TWO_SOUNDS = {"ch": ("C", "K"), "th": ("T", "Z")}
_CYRILLIC = "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh sh y e yu ya"
_HEBREW = "a b g d h v z h t y k k l m m n n s a p p ts ts k r sh t"
_IN_LATIN = {
    **dict(zip("абвгдеёжзийклмнопрстуфхцчшщыэюя", _CYRILLIC.split(), strict=True)),
    **dict(zip("אבגדהוזחטיכךלמםנןסעפףצץקרשת", _HEBREW.split(), strict=True)),
}
"""How other letters are written in Latin; those that are not here are left out."""


@lru_cache(200_000)
def sound_keys(word: str, lang: str) -> tuple[str, ...]:
    """Return the keys of a folded *word* (at most ``MOST_KEYS``), none when it has too few consonants."""
    if "\u0620" <= word[:1] <= "\u06ff":
        forms = variants(word, lang)[: 3 if lang == "ar" else 2] if lang in ("ar", "fa") else [word]
        keys = [key for form in forms if len(form) >= _SHORTEST for key in _arabic_keys(form)[:MOST_KEYS]]
    else:
        keys = _latin_keys(word)[:MOST_KEYS]
    return tuple(dict.fromkeys(key for key in keys if len(key) >= _SHORTEST))


def _arabic_keys(word: str) -> list[str]:
    word = word.replace("تش", "چ")
    keys = [""]
    for at in range(len(word)):
        keys = _with_sound(keys, _arabic_sounds(word, at))
    return keys


def _arabic_sounds(word: str, at: int) -> tuple[str, ...]:
    """Return the sounds that the letter at *at* may be; an empty one is no consonant."""
    letter, first, last = word[at], at == 0, at == len(word) - 1
    long = len(word) > _SHORTEST
    if letter == "و":
        return ("F",) if first else ("", "F")
    if letter == "ج" and long:
        return ("J", "K")  # Egypt's g
    if letter == "ه" and last and long:
        return ("",)  # a vowel at the end
    if first and letter in _FIRST_SOUND:
        return (_FIRST_SOUND[letter],)
    return (_ARABIC_SOUND.get(letter, ""),)


def _latin_keys(word: str) -> list[str]:
    in_latin = "".join(_IN_LATIN.get(letter, letter) for letter in word.lower())
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", in_latin) if letter.isascii())
    keys, at = [""], 0
    while at < len(plain):
        width, sounds = _latin_sounds(plain, at)
        keys = _with_sound(keys, sounds)
        at += width
    return keys


def _latin_sounds(word: str, at: int) -> tuple[int, tuple[str, ...]]:
    """Return how many letters at *at* make one sound, and which sounds these may be."""
    first, last, soft = at == 0, at == len(word) - 1, word[at + 1 : at + 2] in ("e", "i", "y")
    letters = next((letters for letters in _LATIN_SOUND if word.startswith(letters, at)), word[at])
    sound = _LATIN_SOUND.get(letters, "")
    if letters == "c":
        sound = "S" if soft else "K"
    elif not sound and first:
        sound = "Y" if letters == "y" else "A"
    if letters == "g" and soft:
        return 1, ("J", "K")
    if (letters == "w" and not first) or (letters == "h" and last and not first):
        return 1, ("", "F") if letters == "w" else ("",)
    return len(letters), _TWO_SOUNDS.get(letters, (sound,))


def _with_sound(keys: list[str], sounds: tuple[str, ...]) -> list[str]:
    """Return the keys with one sound more, a key for each that it may be; a sound is not written twice."""
    longer = [key if sound and key.endswith(sound) else key + sound for key in keys for sound in sounds]
    return longer[: MOST_KEYS * 2]
