"""Words of a text as the linker compares them: tokens with offsets, folded letters, light stems.

This is not ``shared.text.tokens``: digits, ئ and case are treated otherwise here, because the hub lexicon was
built so; a change here means building it again. Stems need not be words; they only have to be the same for
all forms of a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
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
_ARABIC_BEGINNINGS = (*stems.ARABIC_PREFIXES, "و", "ب", "ل", "ف", "ک", "س")
# more than a stem loses: pronouns, verbs
_ARABIC_ENDINGS = ("یات", "یون", "یین", "ات", "ان", "ون", "ین", "یه", "هم", "ها", "نا", "وا", "ه", "ی", "ت")
_PERSIAN_ENDINGS = (
    "هایشان", "هایی", "های", "ترین", "شان", "تان", "ها", "ان", "ات", "تر", "ام", "اش", "ای", "ی", "م", "ش",
)  # fmt: skip
_PERSIAN_BEGINNINGS = ("نمی", "می", "بی")


def fold(text: str) -> str:
    """Return *text* with compatibility forms, digits, Arabic-script letters and marks made one."""
    plain = unicodedata.normalize("NFKC", text).translate(_DIGITS)
    return _MARKS.sub("", plain).translate(_LETTERS)


_folded = lru_cache(200_000)(fold)  # of a word: texts repeat them


def tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield (folded word or number, start, end) in order; case is kept."""
    for match in _TOKEN.finditer(text):
        word = _folded(match.group()[:LONGEST_WORD])
        if word:
            yield word, match.start(), match.end()


def stem(word: str, lang: str) -> str:
    """Return the light stem of a folded *word*; languages without a table keep the word in lower case."""
    word = word.lower()
    return stems.stem(word, lang) if lang in ("ar", "fa", "en") else word


def variants(word: str, lang: str) -> list[str]:
    """Return the forms under which a dictionary may hold *word*, nearest first."""
    if lang == "ar":
        forms = [word, *_without_beginnings(word, _ARABIC_BEGINNINGS, least=3)]
        forms += [shorter for form in forms for shorter in _without_endings(form, _ARABIC_ENDINGS, least=3)]
    elif lang == "fa":
        forms = [word, *_without_endings(word, _PERSIAN_ENDINGS, least=2)]
        forms += _without_beginnings(word, _PERSIAN_BEGINNINGS, least=2)
    else:
        forms = [word.lower(), stem(word, "en"), word.lower().rstrip("s")]
    return list(dict.fromkeys(forms))


def _without_beginnings(word: str, beginnings: Iterable[str], *, least: int) -> list[str]:
    """Return *word* without each of the beginnings that it has, where *least* letters are left."""
    return [word[len(b) :] for b in beginnings if word.startswith(b) and len(word) - len(b) >= least]


def _without_endings(word: str, endings: Iterable[str], *, least: int) -> list[str]:
    """Return *word* without each of the endings that it has, where *least* letters are left."""
    return [word[: -len(e)] for e in endings if word.endswith(e) and len(word) - len(e) >= least]
