"""Which stems a suffix may be cut from: loanwords end in the same letters («توییتر», «دکترین»)."""

from __future__ import annotations

from services.clean.spacing.known_words import Knowledge, hashed

PLURALS = ("ها", "های", "هایی", "هایم", "هایت", "هایش", "هایمان", "هایتان", "هایشان", "هاست", "هایند")
COMPARATIVES = ("تر", "تری", "ترین", "ترها", "ترهای")
PRODUCTIVE = frozenset((*PLURALS, *COMPARATIVES))
"""Suffixes that any stem may take."""
_COMPARED = frozenset(
    (*COMPARATIVES, "ترهایی", "ترینها", "ترینهای", "ترینهایی", "ترند", "ترینند", "تریم", "ترینم")
)
_NO_WORDS_BEGINNING = frozenset("ءٔؤئ")
SHORT_STEM = 2
"""Letters of a stem that begins too many words: it must be common, and not only listed."""
COMMON_FROM = 1_000
"""Frequency in the word list above which a word is common."""


def is_known_stem(known: Knowledge, stem: str) -> bool:
    """Tell whether *stem* is a listed word, or was read at least twice."""
    key = hashed(stem)
    return known.words.get(key) > 0 or known.seen.get(key) >= 2


def is_known_word(known: Knowledge, word: str) -> bool:
    """Tell whether *word* is a known stem or a listed compound."""
    return is_known_stem(known, word) or bool(known.compounds.get(hashed(word)))


def seen_cut(known: Knowledge, stem: str, endings: tuple[str, ...]) -> int:
    """Return how often *stem* was read with a half-space before one of *endings*."""
    return sum(known.split.get(hashed(f"{stem}{ending}|{len(stem)}")) for ending in endings)


def may_be_cut(known: Knowledge, stem: str, rest: str) -> bool:
    """Tell whether a half-space may stand between *stem* and *rest*; true where *rest* is no such suffix."""
    if not rest or rest[0] in _NO_WORDS_BEGINNING:
        return False
    if rest in _COMPARED:
        return known.gradable.get(hashed(stem)) > 0 or _is_written_with(known, stem, COMPARATIVES)
    if rest in PLURALS and len(stem) <= SHORT_STEM:
        return known.words.get(hashed(stem)) > COMMON_FROM or _is_written_with(known, stem, PLURALS)
    return True


def _is_written_with(known: Knowledge, stem: str, endings: tuple[str, ...]) -> bool:
    """Tell whether the word list or the training text writes *stem* with one of *endings*."""
    if seen_cut(known, stem, endings):
        return True
    return any(known.lexicon_cuts.get(hashed(stem + ending)) >> len(stem) & 1 for ending in endings)
