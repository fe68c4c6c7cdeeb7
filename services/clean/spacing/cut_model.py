"""The log-linear model of half-spaces, for words on which no rule is sure."""

from __future__ import annotations

import math
import zlib

from services.clean.spacing.known_words import FEATURE_BITS, Cuts, Knowledge, SpacingModel, hashed
from services.clean.spacing.suffix_stems import PLURALS
from shared.text.letters import NON_JOINERS

FEATURE_MASK = (1 << FEATURE_BITS) - 1

HIDE_NOTHING = 0
HIDE_OWN = 1
HIDE_OWN_AND_LEXICON = 2
"""What training takes away, so that the model learns to judge words that it does not know."""


def cuts_by_model(model: SpacingModel, word: str) -> Cuts:
    """Return the cuts that the model alone sees in *word*; never two side by side."""
    possible = candidates(model.knowledge, word)
    scores = (
        (model.bias + float(model.weights[features(model.knowledge, word, i)].sum()), i) for i in possible
    )
    chosen: list[int] = []
    for score, i in sorted(scores, reverse=True):
        if score > 0 and all(abs(i - j) > 1 for j in chosen):
            chosen.append(i)
    return tuple(sorted(chosen))


def candidates(known: Knowledge, word: str) -> list[int]:
    """Return the cuts worth judging: the letter before joins, and one side is the part of some known cut."""
    return [
        i
        for i in range(1, len(word))
        if word[i - 1] not in NON_JOINERS
        and (known.left.get(hashed(word[:i])) or known.right.get(hashed(word[i:])))
    ]


def features(
    known: Knowledge, word: str, cut: int, *, hide: int = HIDE_NOTHING, leave_out: int | None = None
) -> list[int]:
    """Return the hashed features of one possible cut.

    For training alone: *hide* takes the word's own counts away, so that the model learns to judge unseen
    words; *leave_out* (label 0 or 1) takes the current example out of the counts.
    """
    left, right = word[:cut], word[cut:]
    key, key_left, key_right = hashed(word), hashed(left), hashed(right)
    freq_left, freq_right = _listed(known, key_left), _listed(known, key_right)
    freq_word = _listed(known, key)
    in_list = known.lexicon_cuts.get(key) >> cut & 1
    in_verb = known.verb_cuts.get(key) >> cut & 1
    times_joined = times_split = 0
    if hide == HIDE_NOTHING:
        times_joined, times_split = known.seen.get(key), known.split.get(hashed(f"{word}|{cut}"))
        if leave_out == 0 and times_joined > 0:
            times_joined -= 1
        elif leave_out == 1 and times_split > 0:
            times_split -= 1
    elif hide == HIDE_OWN_AND_LEXICON:
        in_list, freq_word = 0, -1
    joined, split = bucket(times_joined), bucket(times_split)
    as_left, as_right = bucket(known.left.get(key_left, 1) - 1), bucket(known.right.get(key_right, 1) - 1)
    left_seen, right_seen = bucket(known.seen.get(key_left)), bucket(known.seen.get(key_right))
    rival = _rival(known, left, right)
    names = (
        f"a{left[-3:]}|{right[:1]}", f"c{left[-2:]}|{right[:2]}", f"e{right}", f"f{left}", f"g{left[-1]}|{right}",
        f"i{freq_left},{freq_right},{freq_word}", f"j{freq_left}|{right}", f"k{freq_right}|{left}", f"l{freq_word}|{right}", f"m{in_list}{freq_word}",
        f"n{joined},{split}", f"o{left_seen},{right_seen},{min(joined, 2)}", f"p{as_left},{as_right},{min(joined, 2)}", f"q{left_seen}|{right}", f"Q{right_seen}|{left}",
        f"r{min(cut, 6)},{min(len(right), 6)}", f"u{left_seen},{freq_left}|{left[-1]}|{right}", f"w{in_list},{joined},{split}", f"V{in_verb}{freq_word}",
        f"A{rival}", f"B{rival}|{freq_left}{left_seen}|{right}", f"C{rival}|{joined},{split}",
    )  # fmt: skip
    return [zlib.crc32(name.encode()) & FEATURE_MASK for name in names]


def _listed(known: Knowledge, key: int) -> int:
    """Return the frequency bucket of a listed word, -1 for one that is not listed."""
    stored = known.words.get(key)
    return bucket(stored - 1) if stored else -1


def _rival(known: Knowledge, left: str, right: str) -> str:
    """Return how strong the cut one letter away is: «جلسه‌ای» against «جلس‌های»."""
    if right in PLURALS:
        longer = hashed(left + "ه")
        return f"P{bucket(known.words.get(longer, 1) - 1)}{bucket(known.seen.get(longer))}"
    if left[-1] == "ه" and right[0] == "ا":
        shorter = hashed(left[:-1])
        return f"E{bucket(known.words.get(shorter, 1) - 1)}{bucket(known.seen.get(shorter))}"
    return ""


def bucket(count: int) -> int:
    """Return a count on a log scale: 0, 1..9."""
    return 0 if count <= 0 else min(9, 1 + int(math.log10(count)))
