"""Which way a script (ISO 15924) and a language (BCP 47) run.

Without numpy: a command that shows a headline shall not wait for it.
"""

from __future__ import annotations

from typing import Literal

Direction = Literal["rtl", "ltr"]

_RIGHT_TO_LEFT_SCRIPTS = frozenset({"Adlm", "Arab", "Hebr", "Nkoo", "Syrc", "Thaa"})
_RIGHT_TO_LEFT_LANGUAGES = frozenset(
    {
        "ar", "arb", "arc", "azb", "bal", "bqi", "brh", "ckb", "dv", "fa", "fas", "glk", "hac", "he", "iw", "khw", "ks", "lki", "lrc", "luz",
        "mzn", "nqo", "pbt", "pes", "pnb", "prs", "ps", "sd", "sdh", "skr", "syr", "trw", "ug", "ur", "yi",
    }
)  # fmt: skip


def script_direction(script: str) -> Direction:
    """Return which way *script* (ISO 15924) runs; scripts not known here run left to right."""
    return "rtl" if script in _RIGHT_TO_LEFT_SCRIPTS else "ltr"


def tag_direction(tag: str) -> Direction:
    """Return which way text tagged *tag* (BCP 47) runs, by its script or its language's usual one."""
    subtags = tag.replace("_", "-").split("-")
    for subtag in subtags[1:]:
        if len(subtag) == 4 and subtag.isalpha():  # a script subtag
            return script_direction(subtag.title())
    return "rtl" if subtags[0].lower() in _RIGHT_TO_LEFT_LANGUAGES else "ltr"
