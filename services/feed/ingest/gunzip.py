"""Unpacks gzip as it comes in, never more than asked for at a time: 306 kB may hold 300 MB."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

PIECE = 1 << 18
"""The most that is unpacked at once."""

MOST_MEMBERS = 1_000
"""A gzip stream may be several behind one another: a block compressor makes one for every 64 kB. So many
empty ones cost 2 ms.
"""

GZIP = 16 + zlib.MAX_WBITS


class Broken(Exception):
    """The bytes are no gzip stream, or not a whole one."""


class Gunzip:
    """One gzip stream that comes in parts."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(GZIP)
        self._members, self._begun = 1, False

    def unpack(self, part: bytes) -> Iterator[bytes]:
        """Yield what *part* unpacks to, in pieces of bounded size. Raises Broken."""
        while part:
            if self._member.eof:
                part = self._next_member(part)
                continue
            self._begun = True
            try:
                piece = self._member.decompress(part, PIECE)
            except zlib.error as error:
                raise Broken(str(error)) from None
            part = self._member.unconsumed_tail or self._member.unused_data
            if piece:
                yield piece

    def _next_member(self, part: bytes) -> bytes:
        """Begin another member where *part* does; zeros behind a member are padding, as in gzip itself."""
        part = part.lstrip(b"\0")
        if part:
            self._members += 1
            if self._members > MOST_MEMBERS:
                raise Broken(f"more than {MOST_MEMBERS} gzip members")
            self._member = zlib.decompressobj(GZIP)
        return part

    def end(self) -> None:
        """Raise Broken unless the stream came whole."""
        if not self._begun or not self._member.eof:
            raise Broken("it ends before its end")
