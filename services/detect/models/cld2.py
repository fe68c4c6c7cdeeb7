"""CLD2's opinion on a text: the general branch's first source and a vote in the Arabic one."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pycld2

SAMPLE = 2000
"""CLD2 reads at most so many code points: twice that changed no answer on the development articles."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")  # CLD2 raises on these
_LATIN_RUN = re.compile("[A-Za-z\u00c0-\u024f]+")


UNKNOWN = "un"


@dataclass(frozen=True, slots=True)
class Opinion:
    """CLD2's first *code* (its own spelling, ``un`` for none); *sure* when it did not have to guess."""

    code: str
    sure: bool


def opinion(text: str) -> Opinion:
    """Return what CLD2 makes of *text*, guessing where it must.

    With ``bestEffort`` CLD2 calls every answer reliable, so it is asked without it first.
    """
    clean = _UNPRINTABLE.sub(" ", text[:SAMPLE])
    code = _first_code(clean, guess=False)
    return (
        Opinion(_first_code(clean, guess=True), sure=False) if code == UNKNOWN else Opinion(code, sure=True)
    )


def _first_code(text: str, *, guess: bool) -> str:
    try:
        return str(pycld2.detect(text, isPlainText=True, bestEffort=guess)[2][0][1])
    except pycld2.error:  # bytes it does not take for UTF-8
        return UNKNOWN


def without_latin(text: str) -> Opinion:
    """Return what CLD2 makes of *text* without its Latin runs, which outvote the page.

    Of lines with four English names 99.5 % are right this way, else 81 %.
    """
    return opinion(_LATIN_RUN.sub(" ", text[:SAMPLE]))


def is_language(code: str) -> bool:
    """Tell whether *code* names a language, not a bare script, a joke or the unknown."""
    return code != UNKNOWN and not code.startswith(("xx", "zz", "tlh"))
