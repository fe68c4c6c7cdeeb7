"""The bytes of an answer as text: unpacked if the file is gzip, in the charset that its bytes prove."""

from __future__ import annotations

import codecs
import re
import zlib
from email.message import Message

from shared.errors import BadRecord

MOST_BYTES = 10 << 20
"""Largest document read, unpacked."""
GZIP = b"\x1f\x8b"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
"""How a document begins that needs no declaration."""
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9_.:-]{1,40})""")
SAMPLE_BYTES = 60_000


def text_of(body: bytes, content_type: str) -> str:
    """Return *body* as text; raises BadRecord (too_large, undecodable).

    A mark at its start, strict UTF-8, what the header and then the XML declaration name, a guess: servers
    name wrong charsets more often than bytes happen to be valid UTF-8.
    """
    data = _unpacked(body) if body.startswith(GZIP) else body
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return data.decode(charset, "replace").lstrip("\ufeff \t\r\n")
    declared = _DECLARED.search(data[:1024])
    for charset in ("utf-8", _charset(content_type), declared[1].decode("ascii") if declared else ""):
        try:
            return data.decode(charset).lstrip("\ufeff \t\r\n")
        except (LookupError, ValueError):
            continue
    return _guessed(data).lstrip("\ufeff \t\r\n")


def _unpacked(body: bytes) -> bytes:
    """Unpack a file that is gzip itself (``sitemap.xml.gz``), as far as a document may reach."""
    packed = zlib.decompressobj(31)
    try:
        data = packed.decompress(body, MOST_BYTES + 1)
    except zlib.error as error:
        raise BadRecord("undecodable", f"gzip: {error}") from None
    if len(data) > MOST_BYTES:
        raise BadRecord("too_large", f"more than {MOST_BYTES} bytes when it is unpacked")
    return data


def _charset(content_type: str) -> str:
    header = Message()
    header["content-type"] = content_type
    return str(header.get_param("charset", ""))


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - 40 ms and 8 MB, needed by one feed in a thousand

    best = from_bytes(data[:SAMPLE_BYTES]).best()
    if best is None:
        raise BadRecord("undecodable", f"{len(data)} bytes in no known charset")
    return data.decode(best.encoding, "replace")
