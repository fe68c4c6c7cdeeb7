"""A first guess at the language, from letters and small words; detect decides later.

It is enough to choose letters and half-spaces.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from functools import cache

import numpy as np

from shared.records.clean import LangHint
from shared.text.match_key import match_key
from shared.text.match_keys import match_keys
from shared.text.scripts import code_points

SAMPLE = 2000
"""Code points that are looked at."""
LEAST_LETTERS = 12
"""A text with fewer is guessed by Persian letters alone."""
LEAST_OWN = 0.02
"""Share of a text's letters that are of one language alone, from which it is in that language: a loan or a
name has fewer.
"""
MOSTLY_ARABIC = 0.4
"""Share of Arabic letters from which a text is read as one in Arabic script."""
NO_ARABIC = 0.1
"""Share below which it is read as one in Latin letters; between both no language is guessed."""
ENGLISH_SHARE = 0.2
"""Share of small English words from which a text is English."""
LEAST_WITH_ARTICLE = 5
"""Letters of a word from which «ال» before it is the Arabic article."""
SURE = 0.6
"""Confidence from which clean changes letters or restores half-spaces."""

_SMALL_WORDS = {
    lang: frozenset(match_key(words).split())
    for lang, words in {
        "fa": "و در به از که این را با است برای آن یک تا بر هم شد کرد شده های اند خود نیز وی باید می‌شود کرده دارد بود پس گفت اینکه",
        "ar": "في من على أن إلى عن التي الذي هذا هذه مع كان قال بعد ما لا وقد كما بين إن خلال أو ولم قبل حيث منذ وفي ذلك",
        "ur": "کے کی میں ہے سے اور کا کو نے پر ہیں کہ اس بھی ہو تھا گیا ایک ان جو نہیں کر",
        "ps": "په د او چې کې له سره ته یې دی هم کړي شوي دا نه وي خو کړې",
        "ckb": "لە بە کە و بۆ ئەم ئەو لەگەڵ دەکات کرد بوو هەر ئێمە نییە دەبێت",
        "en": "the of and to in a that is was for on with as by at from his has have be it said are an not will were",
    }.items()
}
_OWN_LETTERS = {
    "ur": frozenset("ٹڈڑںےھہۂ"),
    "ps": frozenset("ښځڅډړڼټګېۍ"),
    "ckb": frozenset("ڕڵێۆڤ"),
    "ug": frozenset("ېۇۈۋڭ"),
    "sd": frozenset("ڄڃٻڀٿڦڪڻڊ"),
}
_URDU_ALONE = frozenset("ٹڈڑںے")
_PERSIAN = frozenset("پچژگ")
_ARABIC_ONLY = frozenset("ةىأإ")
_PRINTED, _NUMBERED = re.compile("[\ufb50-\ufdff\ufe70-\ufefc]"), re.compile("&(?:amp;)?#")
_WORDS = re.compile("[^\\W\\d_\u200c]+")


def guess_language(text: str) -> LangHint:
    """Return which language *text* seems to be in; ``und`` when it cannot be told."""
    sample = _as_letters(text[:SAMPLE])
    letters = _letter_counts(sample)
    total = sum(letters.values())
    if total < LEAST_LETTERS:
        return _guess_few_letters(frozenset(letters))
    arabic = (
        sum(n for c, n in letters.items() if "\u0600" <= c <= "\u08ff" or "\ufb50" <= c <= "\ufefc") / total
    )
    if arabic < MOSTLY_ARABIC:
        return _guess_latin(sample) if arabic < NO_ARABIC else _unknown("script")
    return _guess_arabic(sample, letters)


def _letter_counts(sample: str) -> dict[str, int]:
    """Return how often each letter stands in *sample* (45 us of 2,000 characters, by a set 150)."""
    points, counted = np.unique(code_points(sample), return_counts=True)
    tally = zip(map(chr, points.tolist()), counted.tolist(), strict=True)
    return {char: times for char, times in tally if char.isalpha()}


def small_word_share(text: str, lang: str) -> float:
    """Return the share of words of *text* that are small words of *lang*: in a text about a quarter."""
    words = match_key(text[:SAMPLE]).split()
    return sum(len(word) > 1 and word in _SMALL_WORDS[lang] for word in words) / max(1, len(words))


def _as_letters(sample: str) -> str:
    """Return *sample* with printed forms of letters and entities as the letters, which lists hold."""
    if _PRINTED.search(sample) is None and _NUMBERED.search(sample) is None:
        return sample
    return unicodedata.normalize("NFKC", html.unescape(html.unescape(sample)))


def _confidence(least: float, share: float) -> float:
    return round(min(0.99, least + share), 2)


def _unknown(method: str) -> LangHint:
    return LangHint(lang="und", confidence=0.0, method=method)


def _guess_few_letters(letters: frozenset[str]) -> LangHint:
    if letters & _PERSIAN and not any(letters & own for own in _OWN_LETTERS.values()):
        return LangHint(lang="fa", confidence=SURE, method="letters")
    return _unknown("short")


def _guess_latin(sample: str) -> LangHint:
    words = [word.casefold() for word in _WORDS.findall(sample)]
    share = sum(word in _SMALL_WORDS["en"] for word in words) / max(1, len(words))
    if share >= ENGLISH_SHARE:
        return LangHint(lang="en", confidence=_confidence(0.5, share), method="small_words")
    return _unknown("small_words")


def _guess_arabic(sample: str, letters: dict[str, int]) -> LangHint:
    """Guess by letters of one language alone, else between Persian and Arabic by small words and letters."""
    size = sum(letters.values())
    share, lang = max((_count_of(own, letters) / size, lang) for lang, own in _OWN_LETTERS.items())
    # a keyboard's forms of heh make no Urdu of a Persian text
    if lang == "ur" and share >= LEAST_OWN and not _count_of(_URDU_ALONE, letters):
        persian, urdu = (small_word_share(sample, either) for either in ("fa", "ur"))
        share = share if urdu >= persian else 0.0
    if share >= LEAST_OWN:  # the largest share wins: ھ and others are of two languages, Urdu and Uyghur
        return LangHint(lang=lang, confidence=_confidence(SURE, 4 * share), method="letters")
    words = Counter(" ".join(match_keys(sample.replace("\u200c", " ").split("\n"))).split())
    counts = {lang: _count_of(_words_of_one()[lang], words) for lang in ("fa", "ar")}
    counts["fa"] += _count_of(_PERSIAN, letters)
    counts["ar"] += _count_of(_ARABIC_ONLY, letters) + sum(
        n for word, n in words.items() if len(word) >= LEAST_WITH_ARTICLE and word.startswith("ال")
    )
    lang = max(counts, key=lambda name: (counts[name], name))
    total = sum(counts.values())
    if not total:
        return _unknown("small_words")
    return LangHint(lang=lang, confidence=round(counts[lang] / (total + 1), 2), method="letters+small_words")


def _count_of(wanted: frozenset[str], tally: dict[str, int]) -> int:
    return sum(tally[item] for item in tally.keys() & wanted)


@cache
def _words_of_one() -> dict[str, frozenset[str]]:
    """Return the small words that only one of Persian and Arabic has."""
    persian, arabic = _SMALL_WORDS["fa"], _SMALL_WORDS["ar"]
    return {"fa": persian - arabic, "ar": arabic - persian}
