"""Ids of names: looked up in the pinned snapshot, or provisional and the same in every script.

A provisional id is a hash of type and joined fine skeleton, so it needs no order and no state. A new snapshot
that knows the name leads from it to the known one by a redirect. What each kind of id looks like:
`shared.records.entity_ids`.
"""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from services.extract.found_name import Name
from services.extract.lexicon import snapshot
from services.extract.words_of_article import Words
from shared.records import entity_ids
from shared.records.entities import Candidate
from shared.text.skeleton import coarse_key, fine_key
from shared.text.skeleton import words as name_words
from shared.text.sound import name_similarity
from shared.text.sound_index import SoundIndex
from shared.text.tokens import fold

Basis = Literal["kb", "alias", "skeleton", "local"]
LINK_AT = 0.85
"""A full name that sounds this much like a curated one is that person (precision .98–1.00).

Names of two words and four consonants.
"""
MOST_COMPARED = 30
"""Full names of one article that are compared with the table, some milliseconds each: more are a list."""
NAMES_REMEMBERED = 20_000
"""Names whose neighbours in the table are kept in memory."""
SAME_SPELLING = 0.8
"""Two spellings of one person in one article are at least this alike (سوليفان, ساليفان).

Their coarse keys are equal too.
"""
MENTION_AT = 0.75
"""A curated person who sounds this much alike stands among the alternatives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which entity a name is, how that was known, and which others it might be."""

    entity_id: str
    basis: Basis
    alternatives: tuple[Candidate, ...] = ()


def provisional(kind: str, name: str) -> tuple[str, Basis]:
    """Return the id of an unknown name; one of fewer than two consonants keeps its letters (basis local)."""
    key = fine_key(name).replace(" ", "")
    basis: Basis = "skeleton" if len(key) >= 2 else "local"
    digest = hashlib.blake2b(
        f"{kind}\x1f{key if basis == 'skeleton' else fold(name)}".encode(), digest_size=10
    ).digest()
    return entity_ids.PROVISIONAL + base64.b32encode(digest).decode().lower(), basis


@cache
def people_by_sound() -> tuple[SoundIndex, tuple[tuple[str, str], ...]]:
    """Return the curated people by sound, and each one's name and id; loaded once a process."""
    names = snapshot.curated_names()
    return SoundIndex([name for name, _ in names]), names


@lru_cache(NAMES_REMEMBERED)
def _nearest(name: str) -> tuple[Candidate, ...]:
    """Return curated people who sound like *name*, best first, one line a person."""
    index, names = people_by_sound()
    scores: dict[str, float] = {}
    for hit in index.search(name, most=12):
        entity_id = names[hit.place][1]
        if hit.score >= MENTION_AT and len(name_words(names[hit.place][0])) >= 2:
            scores.setdefault(entity_id, round(hit.score, 3))
    return tuple(Candidate(id=entity_id, score=score) for entity_id, score in list(scores.items())[:3])


def identities(names: Sequence[Name], words: Words) -> list[Identity]:
    """Return the identity of every name of one article, in order.

    A person's full name is compared with the curated people, then with the full names before it; a word of a
    full name alone belongs to the one full name that has it, and to none when two have.
    """
    known: list[Identity | None] = [_of_known(name) for name in names]
    surfaces = [words.text[name.start : name.end] for name in names]
    identity_of: dict[str, Identity] = {}
    full_names: dict[str, list[str]] = defaultdict(list)
    for n, (name, surface) in enumerate(zip(names, surfaces, strict=True)):
        if name.type != "PER" or name.last - name.first < 2 or len(name_words(surface)) < 2:
            continue
        same_key = full_names[coarse_key(surface)]
        twin = next((other for other in same_key if name_similarity(surface, other) >= SAME_SPELLING), None)
        identity = known[n] or (
            identity_of[twin] if twin else _of_person(surface, compare=len(identity_of) < MOST_COMPARED)
        )
        known[n] = identity
        if surface not in identity_of:
            identity_of[surface] = identity
            same_key.append(surface)
    people_by_word = _people_by_word(identity_of)
    return [
        identity or _of_other(name, surface, people_by_word)
        for name, surface, identity in zip(names, surfaces, known, strict=True)
    ]


def _of_known(name: Name) -> Identity | None:
    if name.entity_id is None:
        return None
    entity_id = snapshot.resolved(name.entity_id)
    return Identity(entity_id=entity_id, basis=_basis(entity_id))


def _basis(entity_id: str) -> Basis:
    return "kb" if entity_ids.is_public(entity_id) else "alias"


def _of_person(surface: str, *, compare: bool) -> Identity:
    """Return the curated person who sounds like a full name, if *compare* asks for it, else a new one."""
    candidates = _nearest(surface) if compare else ()
    if candidates and candidates[0].score >= LINK_AT and len(fine_key(surface).replace(" ", "")) >= 4:
        return Identity(
            entity_id=snapshot.resolved(candidates[0].id),
            basis=_basis(candidates[0].id),
            alternatives=candidates[1:],
        )
    entity_id, basis = provisional("PER", surface)
    return Identity(entity_id=entity_id, basis=basis, alternatives=candidates)


def _people_by_word(identity_of: dict[str, Identity]) -> dict[str, set[str]]:
    """Return the ids of the people whose full names have a word, by its skeleton."""
    people_by_word: dict[str, set[str]] = defaultdict(set)
    for surface, identity in identity_of.items():
        for word in surface.split():
            people_by_word[_skeleton(word)].add(identity.entity_id)
    return people_by_word


def _skeleton(word: str) -> str:
    return fine_key(word).replace(" ", "") or fold(word)


def _of_other(name: Name, surface: str, people_by_word: dict[str, set[str]]) -> Identity:
    """Return the one person whose full name has this word, else an identity of its own."""
    if name.type == "PER":
        ids = people_by_word.get(_skeleton(surface), set())
        if len(ids) == 1:
            return Identity(entity_id=next(iter(ids)), basis="local")
    entity_id, basis = provisional(name.type, surface)
    return Identity(entity_id=entity_id, basis=basis)
