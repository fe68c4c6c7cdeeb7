"""The words of a text in order, packed small, and whether two texts say the same in the same words.

Likeness is not enough: «fire in Karaj, two hurt» and «fire in Rasht, two hurt» may share nine words in ten
too. What counts is where two texts differ: words may be added or left out, but none may stand in another's
place, and no name, number or time may be added.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.link.reading.words import tokens

MOST_WORDS = 96  # words compared of a long text: three paragraphs
LEAST_WORDS = 8  # words that two texts must share to be copies
LEAST_SHARE = 0.75  # part of the new text's words that the old one must have
MOST_INSIDE = 0.1  # part of the new text's words that may be added or missing between shared ones
FRAME_WORDS = 5  # words of a line at either end that is taken for a frame («urgent», a signature)
_FACT = 1 << 15  # set in the code of a word that is a fact
_LINE = 1 << 14  # set in the code of a word that begins a line
_HASH = _LINE - 1  # the bits of a code that are the word's hash

Codes = NDArray[np.uint16]


class Opcode(NamedTuple):
    """How ``old[old_start:old_end]`` becomes ``new[new_start:new_end]`` (``difflib``)."""

    tag: str
    old_start: int
    old_end: int
    new_start: int
    new_end: int


def packed(text: str, facts: Sequence[tuple[int, int]]) -> bytes:
    """Return the first words, 16 bits each: a hash, whether one begins a line, whether it is a fact."""
    codes: list[int] = []
    last = 0
    for word, start, end in tokens(text):
        code = zlib.crc32(word.lower().encode()) & _HASH
        if word[0].isdigit() or any(first < end and start < last for first, last in facts):
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
    matcher = SequenceMatcher(None, (old & _HASH).tolist(), (new & _HASH).tolist(), autojunk=False)
    opcodes = [Opcode(*opcode) for opcode in matcher.get_opcodes()]
    same = sum(opcode.old_end - opcode.old_start for opcode in opcodes if opcode.tag == "equal")
    if same < max(LEAST_WORDS, LEAST_SHARE * len(new)):
        return None
    return same / len(new) if _is_harmless(opcodes, old, new) else None


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


def _is_harmless(opcodes: Sequence[Opcode], old: Codes, new: Codes) -> bool:
    """Tell whether a beginning, an ending or single words that are no facts make all the difference."""
    if any(opcode.tag == "replace" for opcode in opcodes):
        return False
    if any(_has_fact(new[opcode.new_start : opcode.new_end]) for opcode in opcodes if opcode.tag == "insert"):
        return False
    inside = [opcode for opcode in opcodes[1:-1] if opcode.tag != "equal"]
    added = sum(opcode.new_end - opcode.new_start for opcode in inside)
    left_out = sum(opcode.old_end - opcode.old_start for opcode in inside)
    if (added and left_out) or max(added, left_out) > MOST_INSIDE * len(new):
        return False
    return not any(_has_fact(old[opcode.old_start : opcode.old_end]) for opcode in inside)


def _has_fact(codes: Codes) -> bool:
    return bool((codes & _FACT).any())
