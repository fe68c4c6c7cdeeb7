"""Loads the furniture patterns (``data/patterns.yml``) and tells which of them a line's signature matches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, cast

import yaml

from shared.records.clean import SegmentType

_BULLET = re.compile(r"(?:[^\w\s!-/:-@\[-`{-~؟،©–—−×÷…]\s*|\"\s)+")
"""Emoji, arrows, boxes and a lone » before the first word: what no pattern begins with."""
_GROUP = re.compile(r"(?<!\\)\((?!\?)")
"""A bracket that would capture: in the one expression of all families only a family's own group may.

Also one in a character class, which thereby takes «?» and «:» too, in six patterns.
"""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One family of furniture lines.

    *tail*: nothing after it is body; *ends*: counts only near the ends of a page; *long*: of any length.
    """

    id: str
    type: SegmentType
    tail: bool
    ends: bool
    long: bool


@dataclass(frozen=True, slots=True)
class Patterns:
    """All families in one regular expression; *longest* is the length up to which a signature is tried."""

    longest: int
    families: dict[str, Pattern]
    regex: re.Pattern[str]
    of_any_length: re.Pattern[str]

    def match(self, signature: str) -> Pattern | None:
        """Return the first family that *signature* belongs to."""
        bullet = _BULLET.match(signature)
        regex = self.regex if len(signature) <= self.longest else self.of_any_length
        match = regex.match(signature, bullet.end() if bullet else 0)
        return self.families[match.lastgroup] if match and match.lastgroup else None


@cache
def _text() -> str:
    return files("services.clean").joinpath("data", "patterns.yml").read_text(encoding="utf-8")


@cache
def load() -> Patterns:
    """Return the shipped patterns."""
    stored = cast("dict[str, Any]", yaml.safe_load(_text()))
    families: dict[str, Pattern] = {}
    alternatives: dict[str, str] = {}
    for item in stored["patterns"]:
        families[item["id"]] = Pattern(
            item["id"], item["type"], bool(item.get("tail")), bool(item.get("ends")), bool(item.get("long"))
        )
        body = _GROUP.sub("(?:", item["match"])
        alternatives[item["id"]] = f"(?P<{item['id']}>(?:{body}){'$' if item.get('line') else ''})"
    every = re.compile("|".join(alternatives.values()))
    of_any_length = re.compile(
        "|".join(alternatives[name] for name, family in families.items() if family.long)
    )
    return Patterns(stored["longest"], families, every, of_any_length)


@cache
def digest() -> str:
    """Return the SHA-256 of the pattern file: part of the stage's configuration."""
    return sha256(_text().encode()).hexdigest()
