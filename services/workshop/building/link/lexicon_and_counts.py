"""Builds the hub lexicon (Persian or Arabic word -> weighted English stems) and counts of features.

    python -m services.workshop.building.link.lexicon_and_counts --data DIR [--out DIR]

DIR holds ``lexicon/``. Stems come from IBM model 1 over sentence triples and term lists; a wordnet synset
gets the English that model 1 gives its Arabic and Persian lemmas together (the triangle). The same input
gives the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.checkout import ROOT
from services.link.reading.features import feature_id, own_names, shared_names
from services.link.reading.words import stem, tokens

Lexicon = dict[str, dict[str, float]]
Pair = tuple[list[str], list[str]]
IntArray = NDArray[np.integer]

LANGS = ("ar", "fa")
WORDNETS = {"ar": ("omw_arb", "wikt_arb", "cldr_arb"), "fa": ("omw_fas", "wikt_fas", "cldr_fas")}
TRIPLES = ("tico19", "sib200")
ITERATIONS, FLOOR, TOP = 6, 0.05, 4
MAX_SYNSETS = 12  # a word of more senses says too little
# TICO-19 is all health: a third of it keeps its words from looking common
COUNTED_EVERY = {"tico19": 3, "sib200": 1}
OUT = ROOT / "services" / "link" / "data"


def rows(path: Path) -> Iterable[dict[str, Any]]:
    """Yield the objects of a gzipped JSON-lines file."""
    with gzip.open(path, "rt", encoding="utf8") as lines:
        yield from map(json.loads, lines)


def words(text: str) -> list[str]:
    """Return the folded words of *text*."""
    return [word for word, _, _ in tokens(text)]


def aligned(pairs: list[Pair]) -> Lexicon:
    """Return p(target | source) by expectation maximisation (IBM model 1), the best few of each source."""
    source, target = {"": 0}, dict[str, int]()
    left, right, group, n = [], [], [], 0
    for a, b in pairs:
        ids = [0, *(source.setdefault(word, len(source)) for word in a)]
        for word in b:
            left += ids
            right += [target.setdefault(word, len(target))] * len(ids)
            group += [n] * len(ids)
            n += 1
    key, inverse = np.unique(np.array(left, np.int64) * len(target) + np.array(right), return_inverse=True)
    of_source, of_target, p = key // len(target), key % len(target), np.ones(len(key))
    groups = np.array(group)
    for _ in range(ITERATIONS):
        share = p[inverse] / np.bincount(groups, p[inverse], minlength=n)[groups]
        count = np.bincount(inverse, share, minlength=len(key))
        p = count / np.bincount(of_source, count, minlength=len(source))[of_source]
    names, english, out = list(source), list(target), defaultdict[str, dict[str, float]](dict)
    for i in np.nonzero(p >= FLOOR)[0].tolist():
        if of_source[i]:
            out[names[of_source[i]]][english[of_target[i]]] = float(p[i])
    return {word: best(found, TOP) for word, found in out.items()}


def best(found: dict[str, float], top: int) -> dict[str, float]:
    """Return the *top* heaviest entries, ties by name, rounded."""
    return {
        word: round(p, 4) for word, p in sorted(found.items(), key=lambda item: (-item[1], item[0]))[:top]
    }


def lemmas(path: Path) -> dict[str, set[str]]:
    """Return word -> synsets of a wordnet tab file, single words only."""
    out = defaultdict[str, set[str]](set)
    with gzip.open(path, "rt", encoding="utf8") as lines:
        for line in lines:
            part = line.rstrip("\n").split("\t")
            if line[0] != "#" and len(part) > 2 and "lemma" in part[1]:
                found = words(part[2].replace("_", " "))
                if len(found) == 1:
                    out[found[0].lower()].add(part[0])
    return out


def term_pairs(data: Path, lang: str) -> list[Pair]:
    """Return the pairs of the TICO-19 term lists."""
    out = []
    for kind in "fg":
        with (data / "lexicon" / f"tico19.terms.{kind}_{lang}.csv").open(
            encoding="utf8", newline=""
        ) as lines:
            for row in csv.DictReader(lines):
                pair = stems(row["targetString"] or "", lang), stems(row["sourceString"] or "", "en")
                if all(pair):
                    out.append(pair)
    return out


def stems(text: str, lang: str) -> list[str]:
    """Return the stems of *text*, single letters left out."""
    return [stem(word, lang) for word in words(text) if len(word) > 1]


def synset_english(
    senses: dict[str, dict[str, set[str]]], ibm: dict[str, Lexicon], data: Path
) -> dict[str, dict[str, float]]:
    """Return synset -> English stems: CLDR names as they are, else what both languages' lemmas agree on."""
    english = defaultdict[str, dict[str, float]](dict)
    for word, found in lemmas(data / "lexicon" / "cldr_eng.tab.gz").items():
        for synset in sorted(found):
            english[synset][stem(word, "en")] = 1.0
    for synset, vote in votes(senses, ibm).items():
        for target, p in best(vote, 2).items():
            if p >= 0.5:
                english[synset].setdefault(target, min(p, 1.0))
    return english


def votes(senses: dict[str, dict[str, set[str]]], ibm: dict[str, Lexicon]) -> dict[str, dict[str, float]]:
    """Return synset -> English stems as model 1 translates its lemmas, summed over both languages."""
    out = defaultdict[str, dict[str, float]](lambda: defaultdict(float))
    for lang in LANGS:
        for word, found in senses[lang].items():
            for synset in sorted(found) if len(found) <= MAX_SYNSETS // 2 else ():
                for target, p in ibm[lang].get(stem(word, lang), {}).items():
                    out[synset][target] += p
    return out


def build(data: Path) -> dict[str, Any]:
    """Return the lexicon and the document counts as plain values."""
    triples = [row for name in TRIPLES for row in rows(data / "lexicon" / f"{name}.en-ar-fa.jsonl.gz")]
    ibm = {
        lang: aligned(
            [(stems(row[lang], lang), stems(row["en"], "en")) for row in triples] + term_pairs(data, lang)
        )
        for lang in LANGS
    }
    senses: dict[str, dict[str, set[str]]] = {}
    for lang, names in WORDNETS.items():
        senses[lang] = defaultdict(set)
        for name in names:
            for word, found in lemmas(data / "lexicon" / f"{name}.tab.gz").items():
                senses[lang][word] |= found
    english = synset_english(senses, ibm, data)
    wordnet: dict[str, Lexicon] = {lang: {} for lang in LANGS}
    for lang in LANGS:
        for word, found in senses[lang].items():
            mass = defaultdict[str, float](float)
            for synset in sorted(found) if len(found) <= MAX_SYNSETS else ():
                for target, p in english.get(synset, {}).items():
                    mass[target] += p / len(found) / 2
            if mass:
                wordnet[lang][word] = best(mass, 6)
    lower = sorted(
        {
            word
            for row in triples
            for word in words(row["en"])
            if word.isascii() and word.islower() and len(word) > 2
        }
    )
    return {"ibm": ibm, "wordnet": wordnet, "lower": lower}


def counts(data: Path) -> dict[str, IntArray]:
    """Return ``<lang>.ids``, ``.df`` and ``.n``: in how many of n licensed texts each feature stands."""
    out: dict[str, IntArray] = {}
    for lang in ("ar", "en", "fa"):
        df, n = Counter[int](), 0
        for name, step in COUNTED_EVERY.items():
            for row in list(rows(data / "lexicon" / f"{name}.en-ar-fa.jsonl.gz"))[::step]:
                n += 1
                df.update(
                    {
                        feature_id(key)
                        for word in words(row[lang])
                        for key, _ in (*own_names(word, lang), *shared_names(word, lang))
                    }
                )
        ids = sorted(df)
        out |= {
            f"{lang}.ids": np.array(ids, np.uint32),
            f"{lang}.df": np.array([df[i] for i in ids], np.uint16),
            f"{lang}.n": np.array(n),
        }
    return out


def save_arrays(path: Path, arrays: dict[str, IntArray]) -> None:
    """Write *arrays* as an npz whose bytes depend on nothing else (numpy's own writer stamps the time)."""
    with zipfile.ZipFile(path, "w") as packed:
        for name, array in arrays.items():
            raw = io.BytesIO()
            np.lib.format.write_array(raw, array, allow_pickle=False)
            packed.writestr(zipfile.ZipInfo(f"{name}.npy"), raw.getvalue(), zipfile.ZIP_DEFLATED)


def main() -> None:
    """Write the artefacts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    if not (given.data / "lexicon").is_dir():
        parser.error(f"{given.data / 'lexicon'} is missing: the licensed dictionaries are needed")
    found = json.dumps(build(given.data), ensure_ascii=False, sort_keys=True).encode()
    with (
        (given.out / "hub.json.gz").open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed,
    ):
        packed.write(found)
    # after the lexicon: features are made with it
    save_arrays(given.out / "frequency.npz", counts(given.data))


if __name__ == "__main__":
    main()
