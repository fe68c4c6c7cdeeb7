"""Cuts a JSON file into its articles, elements of an array or objects in a row, each by its brackets alone.

So one broken article does not cost the others, a file may be larger than memory, and a letter holds the bytes
as they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.feed.reading.line_cutter import LONGEST_LINE
from shared.errors import BadRecord

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:(")|\\?\Z)|[\[\]{},]', re.DOTALL)
_BLANK = b" \t\r\n"


class ElementCutter:
    """Takes chunks and gives the bytes of each element, in order."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._data = bytearray()
        self._at = self._depth = 0
        self._outer: int | None = None  # the depth at which elements stand: 1 in an array, else 0

    def cut(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the elements that end in *chunk*.

        Raises BadRecord (too_large) for one that has no end in sight.
        """
        self._data += chunk
        if self._outer is None:
            head = self._data.lstrip(_BLANK)
            if not head:
                return
            self._outer = 1 if head.startswith(b"[") else 0
        start = 0
        while found := _TOKEN.search(self._data, self._at):
            mark = found[0][:1]
            if mark == b'"' and found[1] is None:  # the string goes on in the next chunk
                self._at = found.start()
                break
            self._at = found.end()
            end = self._end(mark, found.start(), found.end())
            if end is not None:
                if element := bytes(self._data[start:end]).strip(_BLANK + b","):
                    yield element
                start = self._at
            elif mark == b"[" and self._depth == self._outer == 1:
                start = self._at
        else:
            self._at = len(self._data)
        del self._data[:start]
        self._at -= start
        if len(self._data) > self._longest:
            raise BadRecord(
                "too_large",
                f"an element has more than {self._longest} bytes: the rest of the file is not read",
            )

    def _end(self, mark: bytes, start: int, end: int) -> int | None:
        """Count the brackets, and return where an element ends, if one does at *mark*."""
        inside = self._depth
        self._depth = max(0, self._depth + (mark in b"[{") - (mark in b"]}"))
        if self._outer == 1:
            return start if inside == 1 and mark in b",]" else None
        return end if self._depth == 0 and mark in b"]}" else None

    def rest(self) -> bytes:
        """Return what stands at the end and is no whole element."""
        return bytes(self._data).strip(_BLANK + b",")
