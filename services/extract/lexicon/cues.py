"""Loads cues.yml: the words that point at names, speakers and sources, as phrases of folded tokens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from services.extract.lexicon.phrases import Key, Phrases, keys

LIKE = {"fa-AF": "fa", "ur": "fa", "ps": "fa", "ckb": "fa", "az": "tr"}
"""Languages that borrow the cues of another where they have none of their own."""
IN_WORDS = frozenset({"در", "فی", "in", "at", "near", "outside", "قرب", "بمدینه", "شهر", "مدینه"})
"""Words right before a place that say that something happened there.

Persian and Arabic "in", Arabic "near" and "in the city of", Persian and Arabic "city" stand beside the
English ones.
"""


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
    text = (files("services.extract") / "data/cues.yml").read_text(encoding="utf8")
    content: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return content


@cache
def cues(lang: str) -> Cues:
    """Return the cues of *lang*; a language without its own has those of the one it is `LIKE`, or none."""
    fields = {}
    for name in Cues.__dataclass_fields__:
        table = _source()[name]
        row = table.get(lang, table.get(LIKE.get(lang, ""), ""))
        fields[name] = Phrases(_valued(row))
    return Cues(**fields)


def _valued(row: str | dict[str, str]) -> dict[Key, str]:
    """Return the phrases of a row of cues.yml, each with its value.

    Under a name of a mapping that is the name, in «lemma=a|b;…» the lemma, else the phrase itself.
    """
    if isinstance(row, dict):
        return {
            key: name
            for name, phrases in row.items()
            for phrase in phrases.split("|")
            for key in keys(phrase)
        }
    values: dict[Key, str] = {}
    for part in row.split(";"):
        lemma, equals, phrases = part.strip().partition("=")
        for phrase in (phrases if equals else lemma).split("|"):
            for key in keys(phrase):
                values.setdefault(key, lemma if equals else phrase.strip())
    return values
