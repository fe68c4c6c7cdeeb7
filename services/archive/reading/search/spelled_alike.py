"""What a word is sought as.

It is itself, also with what Arabic writes before it, and names that sound like it in other scripts.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from services.archive.shelf.entity_rows import sound_key
from shared.text.scripts import main_script
from shared.text.skeleton import sounds
from shared.text.sound import word_similarity

PROCLITICS = ("ال", "و", "وال", "ب", "بال", "ل", "لل", "ف", "فال", "ک", "کال")
"""What Arabic writes before a word as part of it: and, with, for, then, like; and the article."""

SOUNDS_ALIKE, SHORT_SOUNDS_ALIKE = 0.9, 0.95
"""From here on two words are one name. سالیوان, سوليفان, ساليفان and Sullivan have .91–1.0; Slovenia has .82,
Salvini .86. Of a word with one or two consonants many sound alike.
"""

SHORT = 2
MOST_ALIKE = 24
MOST_COMPARED = 4_000
LEAST_OF_BEGINNING = 3
"""A word of so many letters, or more, is also found as the beginning of a longer one: خبر in خبرها."""


BEFORE_HALF_SPACE, BEHIND_HALF_SPACE = ("نمی", "می"), ("هایی", "های", "ها", "ترین", "تر")
"""What Persian writes with a half-space; pages lose it both ways, so such a word is also sought as two."""


class Sought(NamedTuple):
    """A folded word: its *whole* forms must be whole words, its *beginnings* may go on."""

    word: str
    whole: tuple[str, ...]
    beginnings: tuple[str, ...]

    @property
    def forms(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(dict.fromkeys((*self.whole, *self.beginnings)))


def sought(db: sqlite3.Connection, word: str) -> Sought:
    """Return what *word*, folded, is sought as."""
    whole, beginnings = [word], list[str]()
    if len(word) >= LEAST_OF_BEGINNING:
        beginnings.append(word)
        if main_script(word) == "Arab":
            bare = word.removeprefix("ال") if len(word) > 4 else word
            whole += [bare, *(before + bare for before in PROCLITICS)]
            beginnings += ["ال" + bare, "وال" + bare]
    whole += alike(db, word)
    return Sought(word, tuple(dict.fromkeys(whole)), tuple(dict.fromkeys(beginnings)))


def apart(word: str) -> list[str]:
    """Return folded *word* as the two words that a page makes of it by a space for the half-space."""
    found = [
        f"{before} {word.removeprefix(before)}"
        for before in BEFORE_HALF_SPACE
        if word.startswith(before) and len(word) > len(before) + 2
    ]
    found += [
        f"{word.removesuffix(end)} {end}"
        for end in BEHIND_HALF_SPACE
        if word.endswith(end) and len(word) > len(end) + 2
    ]
    return found


def alike(db: sqlite3.Connection, word: str) -> list[str]:
    """Return the words of names that sound like *word*, in any script, the most alike first."""
    key = sound_key(word)
    if not key:
        return []
    least = SOUNDS_ALIKE if sounds(word).size > SHORT else SHORT_SOUNDS_ALIKE
    query = "SELECT word FROM name_words WHERE key = ? LIMIT ?"
    near = [(word_similarity(word, other), other) for (other,) in db.execute(query, (key, MOST_COMPARED))]
    return [
        other
        for score, other in sorted(near, key=lambda one: (-one[0], one[1]))
        if score >= least and other != word
    ][:MOST_ALIKE]
