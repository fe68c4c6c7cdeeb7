"""The licensed texts that the models are trained on, read from where they lie; what is missing is named."""

from __future__ import annotations

import csv
import gzip
import json
import random
import sys
from collections import defaultdict
from pathlib import Path

import yaml

from services.detect.data import romanise, windows

TextsByLabel = dict[str, dict[str, list[str]]]
ROMANISED_SOURCES = ("tatoeba", "tico", "sib")  # of the Persian training lines
ROMANISED_LINES = 6000
ROMANISED_PERSIAN, ROMANISED_ARABIC = "fa-Latn", "ar-Latn"


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a gzipped JSON-lines file; exits naming it when it is missing."""
    with gzip.open(_present(path), "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _present(path: Path) -> Path:
    if not path.exists():
        sys.exit(f"{path} is missing; services/detect/data/SOURCES.md says where it comes from")
    return path


def arabic_script(path: Path) -> TextsByLabel:
    """Return label → source → lines of train.jsonl.gz, without the lines that are kept for evaluation."""
    texts: TextsByLabel = defaultdict(lambda: defaultdict(list))
    for row in rows(path):
        if not windows.held_out(row["lang"], row["text"]):
            texts[row["lang"]][row["source"]].append(row["text"])
    return texts


def other_scripts(sib: Path, arabizi: Path, persian: dict[str, list[str]]) -> TextsByLabel:
    """Return tag → source → lines for the general model: SIB-200, Arabizi sentences, and *persian* lines romanised."""
    varieties: dict[str, str] = yaml.safe_load(Path(__file__).with_name("varieties.yml").read_text(encoding="utf-8"))
    texts: TextsByLabel = {tag: {"sib": sib_lines(sib, code, "train")} for code, tag in sorted(varieties.items())}
    texts[ROMANISED_ARABIC]["arabizi"] = arabizi_lines(arabizi / "qaf_arabizi-ud-train.conllu")
    rng = random.Random(7)
    lines = [line for source in ROMANISED_SOURCES for line in persian[source]]
    texts[ROMANISED_PERSIAN] = {"rule": [romanise.persian(line, rng) for line in rng.sample(lines, ROMANISED_LINES)]}
    return texts


def sib_lines(sib: Path, code: str, part: str) -> list[str]:
    """Return the sentences of one variety of SIB-200; *part* is train, dev or test."""
    with _present(sib / "data" / "annotated" / code / f"{part}.tsv").open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def arabizi_lines(path: Path) -> list[str]:
    """Return the sentences of a CoNLL-U file."""
    mark = "# text = "
    with _present(path).open(encoding="utf-8") as file:
        return [line.removeprefix(mark).strip() for line in file if line.startswith(mark)]
