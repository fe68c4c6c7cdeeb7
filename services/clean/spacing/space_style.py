"""The other way of losing a half-space: it became a space («می شود», «کتاب ها»).

Closed only where page or host so write.
"""

from __future__ import annotations

from typing import Literal

from services.clean.spacing.known_words import Knowledge, hashed, load
from services.clean.spacing.restorer import PRODUCTIVE
from services.clean.spacing.suffix_stems import COMPARATIVES, PLURALS
from shared.text.letters import WORD, ZWNJ

_FREE_WORDS = frozenset("و در از به با که را این آن هم بر تا یا شد است بود کرد می".split())
_STARTS = ("می", "نمی")
_PREFIXES = frozenset(_STARTS)
_SUFFIXES = frozenset((*PLURALS, *COMPARATIVES, "ام", "ای", "اند", "ایم", "اید"))

LEAST_VERBS, SPACED_SHARE = 3, 0.8
"""A page writes a space for the half-space when at least so many, and this share, of its «می» verbs stand
apart.
"""

type Style = Literal["spaces", "other", "untold"]


def style_of(text: str) -> tuple[Style, bool]:
    """Return what *text* shows that its half-spaces became, and whether the host's style may decide.

    It may where no verb speaks against it.
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


def _word(token: str) -> str:
    found = WORD.match(token)
    return found.group() if found else ""


def _stem(known: Knowledge, word: str) -> bool:
    bare = word.replace(ZWNJ, "")
    key = hashed(bare)
    return len(bare) > 1 and bool(
        known.words.get(key) or known.compounds.get(key) or known.seen.get(key) >= 2
    )


def _attested(known: Knowledge, left: str, right: str) -> bool:
    """Tell whether two parts stood together more often than apart, or the word list joins them."""
    joined, cut = left + right, len(left)
    key = hashed(f"{joined}|{cut}")
    split, apart = known.split.get(key), known.apart.get(key)
    if split >= 2 or apart:
        return split > apart
    return bool(known.compounds.get(hashed(joined)) >> cut & 1) and right not in _FREE_WORDS


def _belongs(known: Knowledge, before: str, word: str) -> bool:
    """Tell whether the space between *before* and *word* should be a half-space."""
    bare = before.replace(ZWNJ, "")
    if before in _PREFIXES and known.verbs.get(hashed(before + word)):
        return True
    if before[-1] == ZWNJ:
        return False
    if word in PRODUCTIVE and _stem(known, before):
        return True
    if word in _SUFFIXES and before.endswith("ه") and known.verbs.get(hashed(bare + word)):
        return True
    return _attested(known, bare, word)


def closings(text: str) -> list[int]:
    """Return the offsets of the spaces of *text* that should be half-spaces."""
    known = load().knowledge
    out: list[int] = []
    at, before = 0, ""
    for token in text.split(" "):
        found = WORD.match(token)
        word = found.group() if found else ""
        if word and before and text[at - 1 : at] == " " and _belongs(known, before, word):
            out.append(at - 1)
            before += ZWNJ + word
        else:
            before = word
        if len(token) != len(word):
            before = ""
        at += len(token) + 1
    return out
