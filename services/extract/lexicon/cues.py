"""Loads cues.yml: the words that point at names, speakers and sources, as phrases of folded tokens."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml

from shared.text.tokens import Token, fold, tokens

Key = tuple[str, ...]
LIKE = {"fa-AF": "fa", "ur": "fa", "ps": "fa", "ckb": "fa", "az": "tr"}
"""Languages that borrow the cues of another where they have none of their own."""


class Hit(NamedTuple):
    """A phrase that was found: how many tokens it has, and the value it stands for."""

    length: int
    value: str


class Phrases:
    """A set of phrases, each with a value, found at a token by its longest match."""

    def __init__(self, values: dict[Key, str]) -> None:
        self._values = values
        self._longest: dict[str, int] = {}
        for key in values:
            self._longest[key[0]] = max(len(key), self._longest.get(key[0], 0))

    def at(self, keys: Sequence[str], i: int) -> Hit | None:
        """Return the longest phrase at ``keys[i]``."""
        longest = self._longest.get(keys[i])
        if longest is None:  # nearly always: this is asked some ten thousand times an article
            return None
        for length in range(min(longest, len(keys) - i), 0, -1):
            value = self._values.get(tuple(keys[i : i + length]))
            if value is not None:
                return Hit(length, value)
        return None

    def length(self, keys: Sequence[str], i: int) -> int:
        """Return how many tokens the phrase at ``keys[i]`` has, 0 when none begins there."""
        hit = self.at(keys, i)
        return hit.length if hit else 0

    def read_at(self, keys: Sequence[str], i: int, form: str) -> Hit | None:
        """Return what `at` does, with ``keys[i]`` read as *form*."""
        longest = self._longest.get(form)
        return self.at([form, *keys[i + 1 : i + longest]], 0) if longest else None

    @property
    def first_words(self) -> AbstractSet[str]:
        """The first tokens of all phrases."""
        return self._longest.keys()

    def __contains__(self, key: str) -> bool:
        return (key,) in self._values


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """The cues of one language; see cues.yml for what each holds."""

    titles: Phrases
    org_heads: Phrases
    org_tails: Phrases
    place_cues: Phrases
    town_words: Phrases
    home_countries: Phrases
    name_links: Phrases
    not_names: Phrases
    source_cues: Phrases
    never_alone: Phrases
    type_words: Phrases
    club_words: Phrases
    state_bodies: Phrases
    speech_verbs: Phrases
    that: Phrases
    that_inside: Phrases
    passives: Phrases
    groups: Phrases
    group_starts: Phrases
    scare_leads: Phrases
    documents: Phrases
    not_subjects: Phrases
    continues: Phrases
    agent_ends: Phrases
    attributions: Phrases


@cache
def _source() -> dict[str, Any]:
    packed = (files("services.extract") / "data/cues.yml").read_text(encoding="utf8")
    found: dict[str, Any] = yaml.load(packed, Loader=yaml.CSafeLoader)
    return found


@cache
def cues(lang: str) -> Cues:
    """Return the cues of *lang*; a language without its own has those of its model, or none."""
    fields = {}
    for name in Cues.__dataclass_fields__:
        table = _source()[name]
        held = table.get(lang, table.get(LIKE.get(lang, ""), ""))
        fields[name] = Phrases(_valued(held))
    return Cues(**fields)


def _valued(held: str | dict[str, str]) -> dict[Key, str]:
    """Return phrases → value: «lemma=a|b;…» gives lemmas, a mapping names, a list the phrase itself."""
    if isinstance(held, dict):
        return {
            key: name
            for name, phrases in held.items()
            for phrase in phrases.split("|")
            for key in keys(phrase)
        }
    found: dict[Key, str] = {}
    for part in held.split(";"):
        lemma, equals, phrases = part.strip().partition("=")
        for phrase in (phrases if equals else lemma).split("|"):
            for key in keys(phrase):
                found.setdefault(key, lemma if equals else phrase.strip())
    return found


def keys(phrase: str) -> list[Key]:
    """Return the folded tokens of a phrase; with half-spaces also joined and apart."""
    ways = (
        [phrase, phrase.replace("\u200c", " "), phrase.replace("\u200c", "")]
        if "\u200c" in phrase
        else [phrase]
    )
    found = [tuple(fold(token.text) for token in tokens(way)) for way in ways]
    return [key for key in dict.fromkeys(found) if key]


def folded(found: Sequence[Token]) -> list[str]:
    """Return the folded form of every token."""
    return [token.folded for token in found]
