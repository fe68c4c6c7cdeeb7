"""Languages told by their small words: those that no model knows, or knows too little to name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

SAMPLE = 2000
"""Code points that are looked at."""
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class _SmallWords:
    """The words and *beginnings* of words that only *tag* has, and those *shared* with others.

    *shares*: which part of a text's words they must be, with one word of its *own*, and with more.
    """

    tag: str
    own: frozenset[str]
    beginnings: tuple[str, ...]
    shared: frozenset[str]
    shares: tuple[float, float]

    def is_language_of(self, words: list[str]) -> bool:
        """Tell whether *words* are of this language."""
        own = [word for word in words if word in self.own or word.startswith(self.beginnings)]
        if not own:
            return False
        small = len(own) + sum(word in self.shared for word in words)
        return small >= self.shares[len(set(own)) > 1] * len(words)


@cache
def _languages(script: str) -> tuple[_SmallWords, ...]:
    text = files("services.detect").joinpath("data", "small_words.yml").read_text(encoding="utf-8")
    entries: dict[str, dict[str, Any]] = yaml.safe_load(text).get(script, {})
    return tuple(
        _SmallWords(
            tag,
            frozenset(entry["own"].split()),
            tuple(entry.get("beginnings", "").split()),
            frozenset(entry["shared"].split()),
            tuple(entry["shares"]),
        )
        for tag, entry in entries.items()
    )


def tag_of(text: str, script: str) -> str:
    """Return the tag that the small words of *text* speak for; empty when they speak for none.

    *script* is that of ISO 15924.
    """
    languages = _languages(script)
    words = _WORD.findall(text[:SAMPLE].lower()) if languages else []
    return next((language.tag for language in languages if language.is_language_of(words)), "")
