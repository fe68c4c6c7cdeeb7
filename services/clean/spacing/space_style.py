"""The other way of losing a half-space: it became a space («می شود», «کتاب ها»).

It is closed only where the page or its host writes spaces for half-spaces.
"""

from __future__ import annotations

from typing import Literal

from services.clean.spacing.known_words import Knowledge, hashed, load
from services.clean.spacing.suffix_stems import PRODUCTIVE, is_known_word
from shared.text.letters import WORD, ZWNJ

_FREE_WORDS = frozenset("و در از به با که را این آن هم بر تا یا شد است بود کرد می".split())
_STARTS = ("می", "نمی")
_PREFIXES = frozenset(_STARTS)
_SUFFIXES = PRODUCTIVE | {"ام", "ای", "اند", "ایم", "اید"}

LEAST_VERBS = 3
"""Verbs with «می» that must stand apart before a page counts as writing spaces for half-spaces."""
SPACED_SHARE = 0.8
"""Their share of all verbs with «می»."""

type Style = Literal["spaces", "other", "untold"]


def style_of(text: str) -> tuple[Style, bool]:
    """Return what *text* shows that its half-spaces became, and whether the host's style may decide instead.

    The host's style may decide where *text* writes no verb with a half-space, and none as one word.
    """
    verbs = load().knowledge.verbs
    spaced = other = 0
    tokens = text.split()
    for token, following in zip(tokens, (*tokens[1:], ""), strict=False):
        if not token.startswith(_STARTS):
            continue
        word = _word(token)
        if word in _PREFIXES:
            spaced += bool(verbs.get(hashed(word + _word(following))))
        elif len(word) > 4 and (ZWNJ in word or verbs.get(hashed(word))):
            other += 1
    if spaced >= LEAST_VERBS and spaced >= SPACED_SHARE * (spaced + other):
        return "spaces", False
    return "other" if other >= LEAST_VERBS else "untold", other == 0


def closings(text: str) -> list[int]:
    """Return the offsets of the spaces of *text* that should be half-spaces."""
    known = load().knowledge
    offsets: list[int] = []
    at, before = 0, ""
    for token in text.split(" "):
        word = _word(token)
        if word and before and text[at - 1 : at] == " " and _belong_together(known, before, word):
            offsets.append(at - 1)
            before += ZWNJ + word
        else:
            before = word
        if len(token) != len(word):
            before = ""
        at += len(token) + 1
    return offsets


def _belong_together(known: Knowledge, before: str, word: str) -> bool:
    """Tell whether the space between *before* and *word* should be a half-space."""
    bare = before.replace(ZWNJ, "")
    if before in _PREFIXES and known.verbs.get(hashed(before + word)):
        return True
    if before[-1] == ZWNJ:
        return False
    if word in PRODUCTIVE and len(bare) > 1 and is_known_word(known, bare):
        return True
    if word in _SUFFIXES and before.endswith("ه") and known.verbs.get(hashed(bare + word)):
        return True
    return _is_attested(known, bare, word)


def _is_attested(known: Knowledge, left: str, right: str) -> bool:
    """Tell whether two parts stood together more often than apart, or the word list joins them."""
    joined, cut = left + right, len(left)
    key = hashed(f"{joined}|{cut}")
    split, apart = known.split.get(key), known.apart.get(key)
    if split >= 2 or apart:
        return split > apart
    return bool(known.compounds.get(hashed(joined)) >> cut & 1) and right not in _FREE_WORDS


def _word(token: str) -> str:
    match = WORD.match(token)
    return match.group() if match else ""
