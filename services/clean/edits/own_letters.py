"""Letters of another keyboard, or of an older spelling, as the language itself writes them.

What a letter stands for may depend on the word: the Arabic ه is in Urdu the letter ہ or the breath of a
consonant (ھ), the Persian ی at the end of an Arabic word is ي or ى. Where the word does not tell, the letter
stays as it was typed.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files

from services.clean.edits.character_rules import CharacterStep
from shared.text.letters import (
    ARABIC,
    ARABIC_ALIF_MAQSURA,
    LANGUAGE_LETTERS,
    URDU_BREATHED,
    URDU_BREATHED_ALWAYS,
    ZWNJ,
)

URDU_WORDS = "urdu_heh.json"
_HEH, _GOAL, _BREATH, _VOWEL = "ه", "ہ", "ھ", "ە"
_AS_ARABIC = str.maketrans({_GOAL: _HEH, _BREATH: _HEH})


@cache
def steps(lang: str) -> tuple[CharacterStep, ...]:
    """Return the rules for the letters of *lang*, in their order."""
    letters = LANGUAGE_LETTERS.get(lang, {})
    if not letters:
        return ()
    any_letter = re.compile("[" + "".join(letters) + "]")
    before, after = _BEFORE.get(lang, ()), _AFTER.get(lang, ())
    return (
        *before,
        CharacterStep("letter", any_letter, lambda m: letters[m.group()], frozenset(letters)),
        *after,
    )


def skeleton(word: str) -> str:
    """Return an Urdu word as an Arabic keyboard would have it, as far as its forms of heh go."""
    return word.translate(_AS_ARABIC)


@cache
def _urdu_words() -> dict[str, str]:
    """Return skeleton → word, for words in which the letters do not tell which heh it is."""
    words: list[str] = json.loads(
        files("services.clean").joinpath("data", URDU_WORDS).read_text(encoding="utf-8")
    )
    return {skeleton(word): word for word in words}


def _urdu_heh(match: re.Match[str]) -> str:
    """Return a word with each Arabic heh as Urdu writes it; what is in Urdu's letters already stays."""
    word = match.group()
    listed = _urdu_words().get(skeleton(word), "")
    out = list(word)
    for at, char in enumerate(word):
        if char == _HEH:
            out[at] = listed[at] if listed else _heh_after(word[at - 1 : at])
    return "".join(out)


def _heh_after(letter: str) -> str:
    """Return the heh that Urdu writes behind *letter*, or at the beginning of a word."""
    if letter and letter in URDU_BREATHED_ALWAYS:
        return _BREATH
    return _HEH if letter and letter in URDU_BREATHED else _GOAL


_BEFORE = {
    "ckb": (
        CharacterStep(
            "letter",
            re.compile(f"[{_HEH}{_VOWEL}]{ZWNJ}+"),
            _VOWEL,
            frozenset(ZWNJ),
            (_HEH + ZWNJ, _VOWEL + ZWNJ),
        ),
    ),
    "ar": (
        CharacterStep(
            "letter",
            re.compile(rf"(?<![{ARABIC}])([وفبل]?(?:{'|'.join(ARABIC_ALIF_MAQSURA)}))ی(?![{ARABIC}])"),
            lambda m: m[1] + "ى",
            frozenset("ی"),
        ),
    ),
}
_AFTER = {
    "ckb": (
        CharacterStep(
            "letter",
            re.compile(f"(?<=[{ARABIC}])(?<![اآەه]){_HEH}(?![{ARABIC}{ZWNJ}\u0640])"),
            _VOWEL,
            frozenset((_HEH, _GOAL, _BREATH)),
        ),
    ),
    "ur": (CharacterStep("letter", re.compile(f"[{ARABIC}]*{_HEH}[{ARABIC}]*"), _urdu_heh, frozenset(_HEH)),),
}
"""Rules around the letters of the table.

Sorani wrote its vowel ە as a heh with a half-space behind it, or at the end of a word without.
"""
