"""The language of a page's dates: the first guess, else what the script leaves, else the page's claim."""

from __future__ import annotations

from collections.abc import Iterable

from services.clean.edits.first_guess import SAMPLE
from shared.records.clean import LangHint
from shared.text.calendar_words import table_language, words_of
from shared.text.scripts import counts

_OF_SCRIPT = {
    "Hang": "ko", "Kana": "ja", "Hani": "zh", "Hebr": "he", "Beng": "bn", "Guru": "pa", "Gujr": "gu", "Orya": "or", "Taml": "ta", "Telu": "te",
    "Knda": "kn", "Mlym": "ml", "Sinh": "si", "Thai": "th", "Laoo": "lo", "Mymr": "my", "Geor": "ka", "Armn": "hy", "Khmr": "km", "Grek": "el",
    "Ethi": "am",
}  # fmt: skip
"""Scripts in which nearly all news is of one language."""
KANA_SHARE = 0.1
"""Kana for each ideograph from which a text is Japanese, not Chinese."""


def date_language(hint: LangHint, text: str, claimed: Iterable[object]) -> str:
    """Return the language of the names in a page's dates; ``und`` when neither letters nor claims tell.

    A claim («lang» of the markup or the record) counts only where the first guess knows nothing and the
    letters are of its script.
    """
    if hint.lang != "und":
        return hint.lang
    letters = counts(text[:SAMPLE])
    script = next(iter(letters), "")
    if script == "Hani" and letters.get("Kana", 0) > letters[script] * KANA_SHARE:
        return "ja"
    if script in _OF_SCRIPT:
        return _OF_SCRIPT[script]
    for claim in claimed:
        lang = claim.lower().replace("_", "-").split("-")[0] if isinstance(claim, str) else ""
        if table_language(lang) and script in counts("".join(words_of(lang).months)):
            return lang
    return hint.lang
