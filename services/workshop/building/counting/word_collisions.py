"""Runs every table of amounts and times against the commonest words of every other language, and writes what
meets.

    python -m services.workshop.building.counting.word_collisions --data DIR

The artefact ``word_collisions.json`` beside this module: table → word → the languages among whose commonest
words it is, while that table of theirs has no such word. A word of several parts is no common word and cannot
meet. Common words are those of `services.workshop.building.calendar.collisions`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from services.checkout import ROOT
from services.extract.lexicon.phrases import keys
from services.extract.lexicon.word_tables import phrases, table
from services.workshop.building.calendar.collisions import common_words
from shared.text.tokens import fold

ARTEFACT = ROOT / "services" / "workshop" / "building" / "counting" / "word_collisions.json"
TABLES = {
    "units": (
        "words",
        "scales",
        "fractions",
        "offsets",
        "hours",
        "percent",
        "currencies",
        "measures",
        "minus",
        "below_zero",
        "above_zero",
    ),
    "times": ("days", "units", "duals", "ago", "before", "hence", "single", "sets"),
}
"""Parts of the two tables that give a value by themselves, or beside a number."""

type Collisions = dict[str, dict[str, list[str]]]


def collisions(common: dict[str, set[str]]) -> Collisions:
    """Return table and part → word → languages."""
    folded = {lang: {fold(word) for word in words} for lang, words in common.items()}
    found: Collisions = {}
    for name, parts in TABLES.items():
        for part in parts:
            met: dict[str, list[str]] = {}
            for word in sorted(_words(table(name)[part])):
                langs = [
                    lang
                    for lang, words in sorted(folded.items())
                    if word in words and phrases(name, part, lang).at([word], 0) is None
                ]
                if langs:
                    met[word] = langs
            found[f"{name}.{part}"] = met
    return found


def _words(held: dict[str, Any]) -> set[str]:
    """Return the words of one part in all languages."""
    out: set[str] = set()
    for row in held.values():
        forms = row.values() if isinstance(row, dict) else [row]
        out |= {
            key[0] for form in forms for one in str(form).split("|") for key in keys(one) if len(key) == 1
        }
    return out - {""}


def main() -> None:
    """Write the artefact."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the data folder with langid/")
    found = collisions(common_words(parser.parse_args().data))
    ARTEFACT.write_text(
        json.dumps(found, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf8"
    )


if __name__ == "__main__":
    main()
