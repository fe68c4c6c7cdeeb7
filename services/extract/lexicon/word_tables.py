"""Loads units.yml and times.yml: the words of amounts and of time, as phrases of folded tokens."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from services.extract.lexicon.phrases import Phrases, keys


@cache
def _generated() -> dict[str, Any]:
    """Return the words of scales that CLDR knows, by language.

    Written by ``services.workshop.building.counting.scale_words``.
    """
    words: dict[str, Any] = json.loads(
        (files("services.extract") / "data/scale_words.json").read_text(encoding="utf8")
    )
    return words


IN_FULL = frozenset({"fa", "fa-AF", "ar", "en", "ur"})
"""Languages whose number words are all written here.

In others a spelled number counts before a scale alone: «cent cinq personnes» may end in one.
"""
COMMA_DECIMAL = frozenset(lang for lang, row in _generated().items() if row["comma"])
"""Languages that write 1.234,5 where English writes 1,234.5."""


@cache
def table(name: str) -> dict[str, Any]:
    """Return a YAML table of the data folder: units or times.

    Scales are those written there and, where not all are, those of CLDR.
    """
    content: dict[str, Any] = yaml.load(
        (files("services.extract") / f"data/{name}.yml").read_text(encoding="utf8"), Loader=yaml.CSafeLoader
    )
    for lang, row in _generated().items() if "scales" in content else ():
        if lang not in IN_FULL:
            scales = content["scales"].setdefault(lang, {})
            for value, forms in row["scales"].items():
                scales[int(value)] = "|".join(filter(None, [str(scales.get(int(value), "")), *forms]))
    return content


def is_read(lang: str) -> bool:
    """Tell whether signs and scales of *lang* are known, so that a number in it is what its digits say."""
    return lang in table("units")["minus"] or lang == "fa-AF"


@cache
def phrases(name: str, part: str, lang: str) -> Phrases:
    """Return the phrases of one *part* of a table in *lang*, each with the value it stands under, or itself.

    A language without a row has none: words of amount and time are not borrowed, «هفته» is a week in one and
    a day in the next.
    """
    rows = table(name)[part]
    rows = rows.get("fa" if lang == "fa-AF" else lang, "") if isinstance(rows, dict) else rows
    if isinstance(rows, dict):
        values: dict[tuple[str, ...], str] = {}
        for value, forms in rows.items():
            for form in str(forms).split("|"):
                for key in keys(form):
                    values.setdefault(key, str(value))
        return Phrases(values)
    return Phrases({key: form for form in str(rows or "").split("|") for key in keys(form)})
