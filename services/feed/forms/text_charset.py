"""The encoding of JSON and tables, all turned into UTF-8.

It is UTF-8, or UTF-16 or UTF-32 by their mark or by their pattern of zeros (RFC 4627).
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain

from shared.text.unicode_bytes import encoding_of_mark

_PATTERNS = {
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
}
"""Which of the first four bytes are zero: the first two characters of JSON, and of most tables, are ASCII."""


def encoding_of(head: bytes) -> str:
    """Return the encoding of a text that begins with *head*."""
    if name := encoding_of_mark(head):
        return name
    zeros = [byte == 0 for byte in head[:4]]
    return _PATTERNS.get((zeros[0], zeros[1], zeros[2], zeros[3]), "utf-8") if len(zeros) == 4 else "utf-8"


def utf8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield *chunks* of a text as UTF-8 without a mark.

    What is UTF-8 already passes as it is, broken bytes included.
    """
    stream = iter(chunks)
    head = b""
    while len(head) < 4 and (chunk := next(stream, b"")):
        head += chunk
    encoding = encoding_of(head)
    if encoding == "utf-8":
        yield from filter(None, chain((head,), stream))
    elif encoding == "utf-8-sig":
        yield from filter(None, chain((head.removeprefix(codecs.BOM_UTF8),), stream))
    else:
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        for chunk in chain((head,), stream):
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()
