"""The licensed texts that the models are trained on, read from where they lie; what is missing is named."""

from __future__ import annotations

import csv
import gzip
import json
import random
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

from services.detect.models import script_folding
from services.workshop.building.detect import romanise, windows

TextsByLabel = dict[str, dict[str, list[str]]]
FULL_OF_PERSIAN = ("glk",)
"""Labels whose lines are dropped where every word is known from the Persian lines."""

FARS, FARS_TRAINED = Path("zwnj") / "farsnews.jsonl.gz", 1200  # articles; the other 300 only calibrate
ROMANISED_SOURCES = ("tatoeba", "tico", "sib")  # of the Persian training lines
ROMANISED_LINES = 6000
ROMANISED_PERSIAN, ROMANISED_ARABIC = "fa-Latn", "ar-Latn"


def rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a gzipped JSON-lines file; exits naming it when it is missing."""
    with gzip.open(_present(path), "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _present(path: Path) -> Path:
    if not path.exists():
        sys.exit(f"{path} is missing; services/detect/data/SOURCES.md says where it comes from")
    return path


def arabic_script(data: Path) -> TextsByLabel:
    """Return label → source → lines in Arabic script: train.jsonl.gz without the lines kept for evaluation,
    and two news corpora.

    Without news a model takes one Persian post in sixty for Gilaki, whose lines are full of Persian; those go
    too.
    """
    texts: TextsByLabel = defaultdict(lambda: defaultdict(list))
    for row in rows(data / "langid" / "train.jsonl.gz"):
        if not windows.held_out(row["lang"], row["text"]):
            texts[row["lang"]][row["source"]].append(row["text"])
    texts["fa"]["fars"] = [line for article in fars_articles(data / FARS)[:FARS_TRAINED] for line in article]
    texts["ar"]["anercorp"] = conll_lines(data / "ner" / "ar-anercorp.train.conll.gz")
    persian = {word for lines in texts["fa"].values() for line in lines for word in _words(line)}
    for label in FULL_OF_PERSIAN:
        texts[label] = {
            source: [line for line in lines if not persian.issuperset(_words(line))]
            for source, lines in texts[label].items()
        }
    return texts


def _words(line: str) -> list[str]:
    return "".join(map(chr, script_folding.arabic(line))).split()


def fars_articles(path: Path) -> list[list[str]]:
    """Return each article of the agency as its title, abstract and paragraphs; only the first
    ``FARS_TRAINED`` are trained on.
    """
    articles = [[row["title"], row["abstract"], *row["paragraphs"]] for row in rows(path)]
    return [[line for line in article if line.strip()] for article in articles]


def conll_lines(path: Path) -> list[str]:
    """Return the sentences of a gzipped file of ``token<TAB>tag`` lines, tokens joined by spaces."""
    sentences: list[list[str]] = [[]]
    with gzip.open(_present(path), "rt", encoding="utf-8") as file:
        for line in file:
            token = line.partition("\t")[0].strip()
            if not token:
                sentences.append([])
            elif "\t" in line:
                sentences[-1].append(token)
    return [" ".join(tokens) for tokens in sentences if tokens]


def other_scripts(sib: Path, arabizi: Path, persian: dict[str, list[str]]) -> TextsByLabel:
    """Return tag → source → lines for the general model: SIB-200, Arabizi sentences, and *persian* lines
    romanised.
    """
    varieties: dict[str, str] = yaml.safe_load(
        Path(__file__).with_name("varieties.yml").read_text(encoding="utf-8")
    )
    texts: TextsByLabel = {
        tag: {"sib": sib_lines(sib, code, "train")} for code, tag in sorted(varieties.items())
    }
    texts[ROMANISED_ARABIC]["arabizi"] = arabizi_lines(arabizi / "qaf_arabizi-ud-train.conllu")
    rng = random.Random(7)
    lines = [line for source in ROMANISED_SOURCES for line in persian[source]]
    texts[ROMANISED_PERSIAN] = {
        "rule": [romanise.persian(line, rng) for line in rng.sample(lines, ROMANISED_LINES)]
    }
    return texts


def sib_lines(sib: Path, code: str, part: str) -> list[str]:
    """Return the sentences of one variety of SIB-200; *part* is train, dev or test."""
    with _present(sib / "data" / "annotated" / code / f"{part}.tsv").open(
        encoding="utf-8", newline=""
    ) as file:
        return [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def arabizi_lines(path: Path) -> list[str]:
    """Return the sentences of a CoNLL-U file."""
    mark = "# text = "
    with _present(path).open(encoding="utf-8") as file:
        return [line.removeprefix(mark).strip() for line in file if line.startswith(mark)]
