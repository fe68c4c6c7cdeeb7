"""Words of a text as the linker compares them: tokens with offsets, folded letters, light stems.

Stems need not be words; they only have to be the same for all forms of a word. The hub lexicon was built with
this folding, so a change here means building the lexicon again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from shared.text import stems

_DIGITS = {ord(digit): str(i % 10) for i, digit in enumerate("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩")}
_LETTERS = str.maketrans({
    "ي": "ی", "ى": "ی", "ې": "ی", "ێ": "ی", "ے": "ی", "ك": "ک", "ګ": "گ", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا",
    "ة": "ه", "ۀ": "ه", "ە": "ه", "ہ": "ه", "ھ": "ه", "ؤ": "و", "ۆ": "و", "ئ": "ی", "ء": "", "ـ": "",
})  # fmt: skip
_MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670]")
_NUMBER = r"[0-9۰-۹٠-٩]+(?:[.,/٫٬][0-9۰-۹٠-٩]+)*"
_LATIN = r"[A-Za-z\u00c0-\u024f\u0300-\u036f]+"
_ARABIC = r"[\u0621-\u065f\u066e-\u06d3\u06d5]+"
LONGEST_WORD = 64  # letters that are read of a word: what is remembered of words must stay small
_TOKEN = re.compile(rf"{_NUMBER}|{_LATIN}|{_ARABIC}|[^\W\d_]+")


def fold(text: str) -> str:
    """Return *text* with compatibility forms, digits, Arabic-script letters and marks made one."""
    plain = unicodedata.normalize("NFKC", text).translate(_DIGITS)
    return _MARKS.sub("", plain).translate(_LETTERS)


def tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield (folded word or number, start, end) in order; case is kept."""
    for match in _TOKEN.finditer(text):
        word = _folded(match.group()[:LONGEST_WORD])
        if word:
            yield word, match.start(), match.end()


@lru_cache(200_000)
def _folded(word: str) -> str:
    return fold(word)


_CLITICS = ("و", "ب", "ل", "ف", "ک", "س")
# more than a stem loses: pronouns, verbs
_ARABIC_ENDINGS = ("یات", "یون", "یین", "ات", "ان", "ون", "ین", "یه", "هم", "ها", "نا", "وا", "ه", "ی", "ت")
_PERSIAN_ENDINGS = (
    "هایشان", "هایی", "های", "ترین", "شان", "تان", "ها", "ان", "ات", "تر", "ام", "اش", "ای", "ی", "م", "ش",
)  # fmt: skip


def stem(word: str, lang: str) -> str:
    """Return the light stem of a folded *word*; languages without a table keep the word in lower case."""
    word = word.lower()
    return stems.stem(word, lang) if lang in ("ar", "fa", "en") else word


def variants(word: str, lang: str) -> list[str]:
    """Return the forms under which a dictionary may hold *word*, nearest first."""
    if lang == "ar":
        forms = [
            word,
            *(
                word[len(start) :]
                for start in (*stems.ARABIC_PREFIXES, *_CLITICS)
                if word.startswith(start) and len(word) - len(start) >= 3
            ),
        ]
        forms += [
            base[: -len(end)]
            for base in forms
            for end in _ARABIC_ENDINGS
            if base.endswith(end) and len(base) - len(end) >= 3
        ]
    elif lang == "fa":
        forms = [
            word,
            *(
                word[: -len(end)]
                for end in _PERSIAN_ENDINGS
                if word.endswith(end) and len(word) - len(end) >= 2
            ),
        ]
        forms += [
            word[len(start) :]
            for start in ("نمی", "می", "بی")
            if word.startswith(start) and len(word) - len(start) >= 2
        ]
    else:
        forms = [word.lower(), stem(word, "en"), word.lower().rstrip("s")]
    return list(dict.fromkeys(forms))
