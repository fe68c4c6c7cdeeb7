"""Letters of the Arabic script: ranges, marks, who joins, and which letters each language types."""

from __future__ import annotations

import re

SAME: dict[int, int] = {c: c for c in (*range(0x250), *range(0x600, 0x700), *range(0x2000, 0x2070))}
"""Identity of the characters that news is mostly made of: a table for ``str.translate`` that holds them is
three times as fast.
"""

ZWNJ = "\u200c"
"""The half-space: zero width non-joiner."""

ARABIC = "\u0620-\u065f\u066e-\u06d3\u06d5\u06fa-\u06ff\u0750-\u077f"
"""Inside of a character class: Arabic-script letters and marks, without digits and punctuation."""

WORD = re.compile("[\u0621-\u063a\u0641-\u064a\u066e-\u06d3\u06d5\u200c\u0654]+")
"""A run of letters and half-spaces: the unit in which half-spaces are judged."""

NON_JOINERS = frozenset("اآأإدذرزژوؤءة")
"""Letters that never join the next one: no half-space is ever needed after them."""

MARKS = "\u064b-\u0653\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
"""Inside of a character class: vowel and reading marks.

U+0654 is not among them: it is a letter's part in «خانهٔ».
"""

LANGUAGE_LETTERS: dict[str, dict[str, str]] = {
    "fa": {
        "ي": "ی",
        "ى": "ی",
        "ې": "ی",
        "ۍ": "ی",
        "ك": "ک",
        "ڪ": "ک",
        "ہ": "ه",
        "ە": "ه",
        "ھ": "ه",
        "ۀ": "هٔ",
    },
    "ar": {"ی": "ي", "ک": "ك", "ہ": "ه", "ھ": "ه"},
    "ur": {"ي": "ی", "ى": "ی", "ك": "ک", "ڪ": "ک", "ە": "ہ", "ۀ": "ۂ"},
    "ckb": {"ي": "ی", "ى": "ی", "ك": "ک", "ڪ": "ک", "ہ": "ه", "ھ": "ه", "ۀ": "ە"},
    "ps": {"ك": "ک", "ڪ": "ک", "ہ": "ه", "ھ": "ه", "ە": "ه"},
}
"""Foreign keyboards' letters → the language's own.

Arabic أ إ آ ة ى are spelling, not keyboard, and stay, as do ي and ی in Pashto.
"""

URDU_BREATHED = "بپتجچدکگ"
"""Consonants of Urdu that may be breathed: behind them an Arabic heh is ہ or ھ."""
URDU_BREATHED_ALWAYS = "ٹڈڑ"

ARABIC_ALIF_MAQSURA = ("إل", "ال", "حت", "لد", "مت", "سو", "مد", "إحد", "احد", "أخر", "اخر", "الأخر", "الاخر", "كبر", "کبر", "الكبر",
                       "الکبر", "مستو", "المستو", "مستشف", "المستشف", "مبن", "المبن", "مصطف", "موس", "عيس", "عیس", "أقص", "الأقص", "القصو",
                       "أعل", "الأعل", "أدن", "الشور", "شور", "ذكر", "ذکر", "قتل", "القتل", "جرح", "الجرح", "دعو", "جدو")  # fmt: skip
"""Beginnings of Arabic words that end in ى, and are no words with ي («علی» and «قوی» are both, and «مرضی»
too).
"""
