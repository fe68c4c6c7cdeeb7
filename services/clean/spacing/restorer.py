"""Puts lost half-spaces (U+200C) back into Persian words: where no rule is sure, a model decides.

A word alone decides: its neighbours bought nothing (F1 89.67 with, 89.75 without, on agency text), and an
answer that needs no context can be remembered. Only U+200C is ever inserted; letters, spaces and punctuation
are never touched.
"""

from __future__ import annotations

from functools import lru_cache

from services.clean.spacing.cut_model import cuts_by_model
from services.clean.spacing.cut_rules import cuts_by_rule
from services.clean.spacing.known_words import LONGEST_WORD, Cuts, SpacingModel, load
from services.clean.spacing.suffix_stems import may_be_cut
from shared.text.letters import WORD, ZWNJ

REMEMBERED_WORDS = 100_000
"""Words whose half-spaces a process keeps in memory."""


def restored(text: str) -> str:
    """Return *text* with its lost half-spaces put back."""
    return WORD.sub(lambda match: with_cuts(match.group(), cuts(match.group())), text)


def insertions(text: str) -> list[int]:
    """Return the offsets of *text* before which a half-space is missing."""
    places: list[int] = []
    at = 0
    for word in WORD.findall(text):  # a match object a word costs a third more
        at = text.index(word, at)
        word_cuts = cuts(word)
        if word_cuts:
            places += [at + cut for cut in word_cuts]
        at += len(word)
    return places


def with_cuts(word: str, cuts: Cuts) -> str:
    """Return *word* with half-spaces at *cuts*: «کتابها», (4,) → «کتاب‌ها»."""
    for cut in sorted(set(cuts), reverse=True):
        word = word[:cut] + ZWNJ + word[cut:]
    return word


@lru_cache(maxsize=REMEMBERED_WORDS)
def cuts(word: str) -> Cuts:
    """Return where half-spaces are missing in *word*, by the shipped model; the answers are remembered."""
    return cuts_with(load(), word)


def cuts_with(model: SpacingModel, word: str) -> Cuts:
    """Return where half-spaces are missing in *word*."""
    if not 3 <= len(word) <= LONGEST_WORD or ZWNJ in word:
        return ()
    by_rule = cuts_by_rule(model.knowledge, word)
    chosen = cuts_by_model(model, word) if by_rule is None else tuple(sorted(set(by_rule)))
    return tuple(cut for cut in chosen if may_be_cut(model.knowledge, word[:cut], word[cut:]))
