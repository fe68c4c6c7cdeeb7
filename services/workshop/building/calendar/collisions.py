"""Runs every table of calendar words against the commonest words of every other language, and writes what
meets.

    python -m services.workshop.building.calendar.collisions --data DIR

The artefact ``shared/text/data/calendar_collisions.json`` holds for ``months``, ``weekdays`` and
``half_days``: name → the languages among whose commonest words it is, while it is no such name in them.
Common words come from wordfreq 3.1.1, which nothing that runs needs, and for languages it lacks from the
training text of language identification.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter, defaultdict
from pathlib import Path

from services.checkout import ROOT
from shared.text.calendar_words import CalendarWords, languages, table_language, words_of
from shared.text.dates_names import fold_name, squeezed
from shared.text.tokens import tokens

ARTEFACT = ROOT / "shared" / "text" / "data" / "calendar_collisions.json"
MOST = 20_000
"""The commonest words of each language."""
TABLES = ("months", "weekdays", "half_days")

type Collisions = dict[str, dict[str, list[str]]]


def common_words(data: Path) -> dict[str, set[str]]:
    """Return the commonest words of each language, folded."""
    import wordfreq  # noqa: PLC0415 - needed for this build alone

    found = {
        lang: _folded(wordfreq.top_n_list(lang, MOST)) for lang in sorted(wordfreq.available_languages())
    }
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for line in gzip.decompress((data / "langid" / "train.jsonl.gz").read_bytes()).decode().splitlines():
        row = json.loads(line)
        if row["lang"] not in found:
            counts[row["lang"]].update(token.text for token in tokens(row["text"]) if token.is_word)
    return found | {
        lang: _folded([word for word, _ in sorted(held.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST]])
        for lang, held in counts.items()
    }


def _folded(words: list[str]) -> set[str]:
    return {fold_name(word) for word in words}


def collisions(common: dict[str, set[str]]) -> Collisions:
    """Return name → languages for each table."""
    found: Collisions = {table: {} for table in TABLES}
    for table in TABLES:
        names = sorted({name for lang in languages() for name in _table(words_of(lang), table)})
        for name in names:
            plain = squeezed(name)
            met = [
                lang
                for lang, words in sorted(common.items())
                if plain in words and name not in _table(words_of(table_language(lang)), table)
            ]
            if met:
                found[table][name] = met
    return found


def _table(words: CalendarWords, table: str) -> dict[str, object]:
    held: dict[str, object] = getattr(words, table)
    return held


def main() -> None:
    """Write the artefact."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the data folder with langid/")
    found = collisions(common_words(parser.parse_args().data))
    ARTEFACT.write_text(
        json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf8"
    )


if __name__ == "__main__":
    main()
