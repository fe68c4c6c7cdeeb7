"""Names of languages: BCP 47 tags, what they are routed by, what others call them (data/languages.yml)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import yaml

UNDETERMINED = "und"
NO_LANGUAGE = "zxx"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamingTables:
    """What languages are called, table by table.

    *labels*: model label → tag. *macro*: tag → routing key. *scripts*: script → its one language. *written*:
    script → its languages. *aliases*: declared name → tag.
    """

    labels: dict[str, str]
    macro: dict[str, str]
    scripts: dict[str, str]
    written: dict[str, list[str]]
    aliases: dict[str, str]


@cache
def naming_tables() -> NamingTables:
    """Return the tables of data/languages.yml, read once."""
    text = files("services.detect").joinpath("data", "languages.yml").read_text(encoding="utf-8")
    return NamingTables(**yaml.safe_load(text))


def macro(tag: str) -> str:
    """Return the routing key of *tag*: ``fa`` for ``fa-AF``, ``ku`` for ``ckb``."""
    return naming_tables().macro.get(tag, tag.partition("-")[0])


@lru_cache(maxsize=1024)
def canonical(declared: str) -> str:
    """Return what a declared language (``fa_IR``, ``prs``) is called here; ``und`` when it is no tag.

    A region is kept only for Dari (``fa-AF``); a script only where an alias needs it.
    """
    subtags = [part for part in declared.strip().replace("_", "-").split("-") if part]
    if not subtags or not subtags[0].isalpha():
        return UNDETERMINED
    language = subtags[0].lower()
    script = next((part.title() for part in subtags[1:] if len(part) == 4 and part.isalpha()), "")
    region = next((part.upper() for part in subtags[1:] if len(part) == 2), "")
    aliases = naming_tables().aliases
    if script and f"{language}-{script}" in aliases:
        return aliases[f"{language}-{script}"]
    tag = aliases.get(language, language)
    return "fa-AF" if tag == "fa" and region == "AF" else tag
