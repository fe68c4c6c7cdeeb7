"""The words of a text in order, packed small, and whether two texts say the same in the same words.

Likeness is not enough: «fire in Karaj, two hurt» and «fire in Rasht, two hurt» share nine words in ten as
well. So it counts where two texts differ. Words may be added or left out, but none may stand in another's
place, and what is added may be no name, number or time.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from services.link.reading.words import tokens

MOST_WORDS = 96  # what is compared of a long text: three paragraphs
LEAST_WORDS = 8  # that must agree
LEAST_SHARE = 0.75  # of the new text's words that must agree
MOST_INSIDE = 0.1  # share of them that may be new or missing between those
FRAME_WORDS = 5  # of a line that is no part of the report
_FACT = 1 << 15
_LINE = 1 << 14
_HASH = _LINE - 1

Codes = NDArray[np.uint16]
Op = tuple[str, int, int, int, int]


def packed(text: str, facts: Sequence[tuple[int, int]]) -> bytes:
    """Return the first words, 16 bits each: a hash, does it begin a line, is it a fact or number."""
    codes: list[int] = []
    last = 0
    for word, start, end in tokens(text):
        code = zlib.crc32(word.lower().encode()) & _HASH
        if word[0].isdigit() or any(a < end and start < b for a, b in facts):
            code |= _FACT
        if not codes or "\n" in text[last:start]:
            code |= _LINE
        codes.append(code)
        last = end
        if len(codes) == MOST_WORDS:
            break
    return np.array(codes, np.uint16).tobytes()


def share_repeated(mine: bytes, theirs: bytes) -> float | None:
    """Return the share of *mine* that *theirs* has said already, None when it says anything else."""
    old, new = (_body(np.frombuffer(codes, np.uint16)) for codes in (theirs, mine))
    if min(len(old), len(new)) < LEAST_WORDS:
        return None
    ops = SequenceMatcher(None, (old & _HASH).tolist(), (new & _HASH).tolist(), autojunk=False).get_opcodes()
    same = sum(op[2] - op[1] for op in ops if op[0] == "equal")
    if same < max(LEAST_WORDS, LEAST_SHARE * len(new)):
        return None
    return same / len(new) if _harmless(ops, old, new) else None


def _body(codes: Codes) -> Codes:
    """Return a text without short lines at its ends that hold no fact: «urgent», a signature."""
    starts = [*np.nonzero(codes & _LINE)[0].tolist(), len(codes)]
    first, last = 0, len(starts) - 1
    while last - first > 1 and _is_frame(codes[starts[first] : starts[first + 1]]):
        first += 1
    while last - first > 1 and _is_frame(codes[starts[last - 1] : starts[last]]):
        last -= 1
    return codes[starts[first] : starts[last]]


def _is_frame(line: Codes) -> bool:
    return len(line) <= FRAME_WORDS and not _has_fact(line)


def _harmless(ops: Sequence[Op], old: Codes, new: Codes) -> bool:
    """Tell whether a beginning, an ending or single words that are no facts make all the difference."""
    if any(op[0] == "replace" for op in ops) or any(
        _has_fact(new[op[3] : op[4]]) for op in ops if op[0] == "insert"
    ):
        return False
    inside = [op for op in ops[1:-1] if op[0] != "equal"]
    added, left_out = sum(op[4] - op[3] for op in inside), sum(op[2] - op[1] for op in inside)
    if (added and left_out) or max(added, left_out) > MOST_INSIDE * len(new):
        return False
    return not any(_has_fact(old[op[1] : op[2]]) for op in inside)


def _has_fact(codes: Codes) -> bool:
    return bool((codes & _FACT).any())
