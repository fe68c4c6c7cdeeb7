"""Builds ``urdu_heh.json``: ``python -m services.workshop.building.clean.urdu_heh --data DIR``.

Reads Urdu sentences (``DIR/langid/train.jsonl.gz``: Tatoeba and TICO-19 alone) and keeps the words whose heh
cannot be told from the letter before it. Of a word that is written with either letter the usual one is kept:
of all sentences, else of those that read as news do («کہا», said, and not «کھا», eat); none where both are
usual.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from services.checkout import ROOT
from services.clean.edits.own_letters import URDU_WORDS, skeleton
from shared.text.letters import ARABIC, URDU_BREATHED

ARTEFACT = ROOT / "services" / "clean" / "data" / URDU_WORDS
EVERY, AS_NEWS = frozenset({"tatoeba", "tico"}), frozenset({"tico"})
"""Sources that are read, and those of them that read as news."""
LEAST, USUAL = 2, 0.97
"""A word was read so often, and in so large a share of all spellings with the same skeleton."""
_WORD = re.compile(f"[{ARABIC}]+")
_UNTOLD = re.compile(f"[{URDU_BREATHED}][ہھ]")


def words(lines: list[str]) -> dict[str, str]:
    """Return skeleton → the word that is usually meant."""
    read: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        for word in _WORD.findall(line):
            if _UNTOLD.search(word) and "ه" not in word:
                read[skeleton(word)][word] += 1
    usual = {key: (*spelled.most_common(1)[0], spelled.total()) for key, spelled in read.items()}
    return {key: word for key, (word, n, total) in usual.items() if n >= LEAST and n >= USUAL * total}


def urdu(path: Path, sources: frozenset[str]) -> list[str]:
    """Return the sentences of *sources*."""
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        found = map(json.loads, rows)
        return [one["text"] for one in found if one["lang"] == "ur" and one["source"] in sources]


def packed(path: Path) -> bytes:
    """Return the artefact as the sentences of *path* give it: the same bytes for the same sentences."""
    found = words(urdu(path, AS_NEWS)) | words(urdu(path, EVERY))
    return (json.dumps(sorted(found.values()), ensure_ascii=False, indent=0) + "\n").encode()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds langid/train.jsonl.gz")
    parser.add_argument("--out", type=Path, default=ARTEFACT)
    args = parser.parse_args()
    path = args.data / "langid" / "train.jsonl.gz"
    if not path.exists():
        sys.exit(f"build: {path} is missing")
    args.out.write_bytes(packed(path))


if __name__ == "__main__":
    main()
