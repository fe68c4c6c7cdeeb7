"""A file's bytes, unpacked where they are gzip: by their first bytes, whatever the name says."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from shared.errors import BadRecord

GZIP = b"\x1f\x8b"
CHUNK = 1 << 16
BOMB_BYTES, BOMB_RATIO = 64 << 20, 200
"""No text packs to less than a two-hundredth of its size; below so many unpacked bytes it does no harm."""


class Unpacked:
    """Reads *stream* and its gzip members one after the other; *fault* says why it ends early, if it does.

    Bounded in memory by what is asked.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._ahead = stream.read(2)
        self.packed = self._ahead == GZIP
        self._member = zlib.decompressobj(wbits=31)
        self._taken = self._given = 0
        self._head = b""
        self.fault: BadRecord | None = None

    def head(self, size: int) -> bytes:
        """Return the first *size* bytes, before anything is read; they are read again."""
        while len(self._head) < size and (more := self._read(size - len(self._head))):
            self._head += more
        return self._head

    def read(self, size: int = CHUNK) -> bytes:
        """Return up to *size* bytes; none at the end, or at a fault."""
        head, self._head = self._head[:size], self._head[size:]
        return head or self._read(size)

    def whole(self, most: int) -> bytes:
        """Return all that is left, up to *most* bytes."""
        parts, left = [], most
        while left and (part := self.read(left)):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read():
            yield chunk

    def _read(self, size: int) -> bytes:
        if not self.packed:
            ahead, self._ahead = self._ahead[:size], self._ahead[size:]
            return ahead or self._stream.read(size)
        while self.fault is None:
            if self._member.eof and not self._next_member():
                return b""
            found = self._inflated(size)
            if found:
                return found
        return b""

    def _inflated(self, size: int) -> bytes:
        packed = self._ahead or self._more()
        try:
            found = self._member.decompress(packed, size)
        except zlib.error as error:
            self.fault = BadRecord(
                "undecodable",
                f"the gzip is broken ({error}): what came before was read; fetch the file again",
            )
            return b""
        self._ahead = self._member.unconsumed_tail
        self._given += len(found)
        if not packed and not found and not self._member.eof:
            self.fault = BadRecord(
                "undecodable",
                "the gzip is truncated: what came before the cut was read; fetch the file again",
            )
        elif self._given > BOMB_BYTES and self._given > BOMB_RATIO * self._taken:
            self.fault = BadRecord(
                "too_large",
                f"it unpacks to more than {BOMB_RATIO} times its size, as no text does: the rest is not read",
            )
            return b""
        return found

    def _more(self) -> bytes:
        found = self._stream.read(CHUNK)
        self._taken += len(found)
        return found

    def _next_member(self) -> bool:
        """Begin the member that follows, if one does; zeros after the last one are padding."""
        rest = self._member.unused_data
        while True:
            rest = rest.lstrip(b"\0")
            if len(rest) >= len(GZIP):
                break
            more = self._more()
            if not more:
                break
            rest += more
        if rest.startswith(GZIP):
            self._member, self._ahead = zlib.decompressobj(wbits=31), rest
            return True
        if rest:
            self.fault = BadRecord(
                "undecodable", "what follows the end of the gzip is none: what came before was read"
            )
        return False
