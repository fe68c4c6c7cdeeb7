"""Reads lines rightly that were read in a wrong charset before they came (mojibake)."""

from __future__ import annotations

from collections import Counter

from services.clean.edits.ledger import Edit, Traced
from shared.errors import BadRecord
from shared.text import mojibake

MOST_REREADINGS = 3
"""A page may have been read wrongly twice."""
MOST_DAMAGED = 40
"""Characters damaged beyond repair above which a text may be refused."""
LEAST_READABLE = 200
"""It is refused when fewer other characters are left: they make no article."""


def repaired(traced: Traced) -> tuple[Traced, frozenset[str]]:
    """Return the text with lines of a wrong charset read rightly, and the names of the repairs.

    Raises BadRecord (undecodable) when next to nothing of it can be read any more.
    """
    names: set[str] = set()
    for _ in range(MOST_REREADINGS):
        if not mojibake.is_suspect(traced.text):
            break
        edits, repairs = _rereadings(traced.text)
        if not edits:
            return traced, frozenset(names | _beyond_repair(traced.text))
        traced = traced.edited(edits)
        names |= repairs
    return traced, frozenset(names)


def _rereadings(text: str) -> tuple[list[Edit], set[str]]:
    """Return the edits that read the damaged lines of *text* rightly, and the names of the repairs.

    A line of several readings is read as the lines of one reading are.
    """
    lines = text.split("\n")
    readings = [mojibake.candidates(line) for line in lines]
    certain = [of_line[0] for of_line in readings if len(of_line) == 1]
    times_certain = Counter(reading.name for reading in certain)
    leading = max(certain, key=lambda reading: times_certain[reading.name], default=None)
    if leading:
        readings = [
            of_line or [reading for reading in (mojibake.carried(line, leading),) if reading]
            for line, of_line in zip(lines, readings, strict=True)
        ]
    edits: list[Edit] = []
    names: set[str] = set()
    start = 0
    for line, of_line in zip(lines, readings, strict=True):
        best = max(of_line, key=lambda reading: times_certain[reading.name], default=None)
        if best and (len(of_line) == 1 or times_certain[best.name]):
            names.add(best.name)
            edits += [(start + a, start + b, after, "mojibake") for a, b, after in mojibake.pieces(best)]
        start += len(line) + 1
    return edits, names


def _beyond_repair(text: str) -> set[str]:
    """Return the name of the warning when some of *text* is damaged beyond repair."""
    lines = text.split("\n")
    damaged = sum(len(line) for line in lines if mojibake.is_damaged(line))
    if damaged > MOST_DAMAGED and len(text) - damaged < LEAST_READABLE:
        raise BadRecord(
            "undecodable", "read in a wrong charset before it came, and some of it lost: fetch it again"
        )
    return {"unrepaired"} if damaged else set()
