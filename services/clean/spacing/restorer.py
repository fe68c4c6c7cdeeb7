"""Puts lost half-spaces (U+200C) back into Persian words: word list, rules, then a log-linear model.

A word alone decides: its neighbours bought nothing (F1 89.67 with, 89.75 without, on agency text), and an
answer that needs no context can be remembered. Only U+200C is ever inserted; letters, spaces and punctuation
are never touched.
"""

from __future__ import annotations

import math
import zlib
from functools import lru_cache

from services.clean.spacing.known_words import FEATURE_BITS, Knowledge, SpacingModel, hashed, load
from services.clean.spacing.suffix_stems import COMPARATIVES, PLURALS, may_be_cut, seen_cut
from shared.text.letters import NON_JOINERS, WORD, ZWNJ

PRODUCTIVE = frozenset((*PLURALS, *COMPARATIVES))
_PLURALS_LONGEST_FIRST = tuple(sorted(PLURALS, key=len, reverse=True))
_POSSESSIVE_PLURALS = frozenset({"های", "هایی", "هایم", "هایت", "هایش"})
_PERFECT = ("ای", "اند", "ام")
LEFT_AS_WRITTEN = frozenset(
    (
        "آنها اینها آنهایی اینکه آنکه همچنین همچنان چنانچه بلکه علیها بیشتر بیشتری بیشترین کمتر کمتری "
        "کمترین بهتر بهتری بهترین برتر برتری برترین"
    ).split()
)
"""Words of which both spellings live, or the joined one is the norm: left as written."""

JOINED_RATIO = 4
"""A listed compound is left to the model when it was read joined more than so many times as often as cut."""
REMEMBERED_WORDS = 100_000
"""Words whose half-spaces a process keeps in memory."""
FEATURE_MASK = (1 << FEATURE_BITS) - 1
LONGEST_WORD = 30
"""Letters of a word at most: its cuts are bits of 32."""

HIDE_NOTHING = 0
HIDE_OWN = 1
HIDE_OWN_AND_LEXICON = 2
"""What training takes away, so that the model learns to judge words that it does not know."""

type Cuts = tuple[int, ...]


def with_cuts(word: str, cuts: Cuts) -> str:
    """Return *word* with half-spaces at *cuts*: «کتابها», (4,) → «کتاب‌ها»."""
    for cut in sorted(set(cuts), reverse=True):
        word = word[:cut] + ZWNJ + word[cut:]
    return word


def cuts_in(mask: int) -> Cuts:
    """Return the bits of *mask* as cuts."""
    return tuple(i for i in range(mask.bit_length()) if mask >> i & 1)


def bucket(count: int) -> int:
    """Return a count on a log scale: 0, 1..9."""
    return 0 if count <= 0 else min(9, 1 + int(math.log10(count)))


def candidates(known: Knowledge, word: str) -> list[int]:
    """Return the cuts worth judging: the letter before joins, and one side is the part of some known cut."""
    return [
        i
        for i in range(1, len(word))
        if word[i - 1] not in NON_JOINERS
        and (known.left.get(hashed(word[:i])) or known.right.get(hashed(word[i:])))
    ]


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


def _is_known_stem(known: Knowledge, stem: str) -> bool:
    key = hashed(stem)
    return known.words.get(key) > 0 or known.seen.get(key) >= 2


def _stem_weight(known: Knowledge, stem: str) -> int:
    key = hashed(stem)
    return max(0, known.words.get(key) - 1) + 1000 * known.seen.get(key)


def _with_stem(known: Knowledge, stem: str, cut: int) -> Cuts:
    """Return the cut before a suffix, and those inside of a stem that is itself a compound."""
    key = hashed(stem)
    inner = cuts_in(known.compounds.get(key)) if known.words.get(key) <= 1 else ()
    return (*inner, cut)


def cuts_by_rule(known: Knowledge, word: str) -> Cuts | None:  # noqa: PLR0911 - a list of rules, the first that is sure answers
    """Return the cuts where a rule is sure, None where the model shall decide."""
    key = hashed(word)
    frequency = known.words.get(key) - 1
    compound, verb = known.compounds.get(key), known.verbs.get(key)
    if word in LEFT_AS_WRITTEN:
        return ()
    if compound and frequency <= 0:
        return None if _usually_joined(known, word) else cuts_in(compound)
    if verb and word.startswith(("می", "نمی")) and frequency <= 0:
        return cuts_in(verb)
    if frequency > 0:
        return None
    if verb and known.seen.get(key) == 0:
        return cuts_in(verb)
    for suffix in _PLURALS_LONGEST_FIRST:
        if word.endswith(suffix) and len(word) - len(suffix) >= 2:
            return _plural(known, word, suffix)
    return _comparative_or_perfect(known, word)


def _usually_joined(known: Knowledge, word: str) -> bool:
    """Tell whether a listed compound is usually written as one word, as agencies do.

    PerDT F1 95.05 → 95.22, Seraji 86.72 → 87.18.
    """
    seen = known.seen.get(hashed(word))
    return seen >= 2 and seen > JOINED_RATIO * max(
        known.split.get(hashed(f"{word}|{cut}")) for cut in range(1, len(word))
    )


def _by_evidence(known: Knowledge, stem: str, longer: str) -> str | None:
    """Return the stem of «نامهای»: of the plural «نام‌های», or of «نامه‌ای»; None when unclear.

    What was read of the word itself decides, then whether only one of both was ever seen in the plural: PerDT
    F1 95.05 → 95.22, Seraji 86.72 → 86.90.
    """
    short, long = seen_cut(known, stem, ("های",)), seen_cut(known, longer, ("ای",))
    if short != long:
        return stem if short > long else longer
    if _is_known_stem(known, stem) and _is_known_stem(known, longer):
        short = seen_cut(known, stem, ("ها", "هایی", "هایش"))
        long = seen_cut(known, longer, ("ها", "های", "هایی", "اند"))
        if (short > 0) != (long > 0):
            return stem if short else longer
    return None


def _plural(known: Knowledge, word: str, suffix: str) -> Cuts | None:
    """Return the cuts of a *word* with a plural *suffix*: none in a stem that ends so, None if unclear."""
    stem = word[: -len(suffix)]
    if stem[-1] in NON_JOINERS:
        return None
    if len(suffix) > 2 and known.words.get(hashed(stem + "ها")) > 1:
        return ()  # انتهای, فقهای: the stem itself ends in ها
    if suffix in _POSSESSIVE_PLURALS:
        longer = stem + "ه"
        likelier = _by_evidence(known, stem, longer) if suffix == "های" else None
        if likelier:
            return _with_stem(known, likelier, len(likelier))
        if _is_known_stem(known, longer) and _stem_weight(known, longer) > _stem_weight(known, stem):
            return _with_stem(known, longer, len(longer)) if suffix == "های" else None
    is_known = _is_known_stem(known, stem) or known.compounds.get(hashed(stem))
    return _with_stem(known, stem, len(stem)) if is_known else None


def _comparative_or_perfect(known: Knowledge, word: str) -> Cuts | None:
    """Return the cuts of «بزرگتر» or «رفتهاند» where the stem is known, else None."""
    for suffix in ("ترین", "تری", "تر", "ترها", "ترهای"):
        stem = word[: -len(suffix)]
        if word.endswith(suffix) and len(stem) >= 2:
            if stem[-1] in NON_JOINERS:
                return None
            if _is_known_stem(known, stem):
                return _with_stem(known, stem, len(stem))
    for suffix in _PERFECT:
        stem = word[: -len(suffix)]
        if word.endswith("ه" + suffix) and len(stem) > 3 and _is_known_stem(known, stem):
            return _with_stem(known, stem, len(stem))
    return None


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


def cuts_with(model: SpacingModel, word: str) -> Cuts:
    """Return where half-spaces are missing in *word*."""
    if not 3 <= len(word) <= LONGEST_WORD or ZWNJ in word:
        return ()
    by_rule = cuts_by_rule(model.knowledge, word)
    chosen = cuts_by_model(model, word) if by_rule is None else tuple(sorted(set(by_rule)))
    return tuple(cut for cut in chosen if may_be_cut(model.knowledge, word[:cut], word[cut:]))


@lru_cache(maxsize=REMEMBERED_WORDS)
def cuts(word: str) -> Cuts:
    """Return where half-spaces are missing in *word*, by the shipped model; the answers are remembered."""
    return cuts_with(load(), word)


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


def restored(text: str) -> str:
    """Return *text* with its lost half-spaces put back."""
    return WORD.sub(lambda match: with_cuts(match.group(), cuts(match.group())), text)
