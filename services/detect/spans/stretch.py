"""One stretch of text read: its letters, its script, and the probability of each language."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.detect.models import arabic, general
from services.detect.models.cld2 import Opinion
from shared.text import scripts

FEWEST_LETTERS = 4
"""Fewer letters than this say nothing: an empty n-gram string would get the bias's language."""

ARABIC_SHARE = 0.25
"""From this share of the letters on, the Arabic script decides.

Other letters count in words with a small initial only: four English names do not make a Persian line English
(96.0 -> 100 % right), an English sentence that quotes a Persian word has small initials.
"""

JAPANESE = "Jpan"
KANA_SHARE = 0.1
"""From this share on, kana among ideographs make Japanese: headlines hold more kanji, Chinese no kana."""

_BEFORE_WORD = "([{«‹“‘\"'"


@dataclass(frozen=True, slots=True)
class StretchReading:
    """What a stretch looks like; no *probabilities* with too few letters or a script that tells nothing.

    *dialect* is the log-ratio of Arabic dialect to standard Arabic (0 outside the Arabic script); *cld2* is
    CLD2's opinion where it was asked for.
    """

    letters: int
    script: str
    probabilities: dict[str, float] = field(default_factory=dict)
    dialect: float = 0.0
    cld2: Opinion | None = None

    def ranked(self) -> list[tuple[str, float]]:
        """Return the languages, most likely first, ties by tag."""
        return sorted(self.probabilities.items(), key=lambda item: (-item[1], item[0]))


def read(text: str) -> StretchReading:
    """Return the reading of *text*."""
    counts = scripts.counts(text)
    letters = sum(counts.values())
    if letters < FEWEST_LETTERS:
        return StretchReading(letters, next(iter(counts), scripts.NO_SCRIPT))
    if _arabic_decides(text, counts.get("Arab", 0), letters):
        script, guess = "Arab", arabic.read(text)
    else:
        script = _script(counts)
        guess = general.read(text, script)
    return StretchReading(letters, script, guess.probabilities, guess.dialect, guess.opinion)


def _script(counts: dict[str, int]) -> str:
    """Return the script of most letters but the Arabic ones."""
    script = next(script for script in counts if script != "Arab")
    kana, ideographs = counts.get("Kana", 0), counts.get("Hani", 0)
    return JAPANESE if script in ("Kana", "Hani") and kana >= KANA_SHARE * (kana + ideographs) > 0 else script


def _arabic_decides(text: str, arabic_letters: int, letters: int) -> bool:
    """Tell whether a text is read as one in Arabic script (``ARABIC_SHARE``)."""
    if arabic_letters >= ARABIC_SHARE * letters:
        return True
    if arabic_letters < FEWEST_LETTERS:
        return False
    small = sum(len(word) for word in text.split() if word.lstrip(_BEFORE_WORD)[:1].islower())
    return arabic_letters >= ARABIC_SHARE * (arabic_letters + small)
