"""Cuts a stream of bytes into lines, whatever its chunks; a line that is too long costs no memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

LONGEST_LINE = 32 << 20
"""So much of a line is kept: eight times the largest item in JSON, and less than the largest letter."""


class Line(NamedTuple):
    """One line without its line feed; *size* is what it had, *data* what is kept of it."""

    number: int
    data: bytes
    size: int


class LineCutter:
    """Takes chunks and gives lines, counted from 1."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._parts: list[bytes] = []
        self._size = self._kept = 0
        self._number = 0

    def cut(self, chunk: bytes) -> Iterator[Line]:
        """Yield the lines that end in *chunk*."""
        first, *others = chunk.split(b"\n")
        self._take(first)
        for other in others:
            yield self._line()
            self._take(other)

    def rest(self) -> Line | None:
        """Return the last line, which nothing ended; None when there is nothing."""
        return self._line() if self._size else None

    def _take(self, part: bytes) -> None:
        self._size += len(part)
        if part and self._kept < self._longest:
            kept = part[: self._longest - self._kept]
            self._parts.append(kept)
            self._kept += len(kept)

    def _line(self) -> Line:
        self._number += 1
        line = Line(self._number, b"".join(self._parts), self._size)
        self._parts, self._size, self._kept = [], 0, 0
        return line
