"""What encodings of Unicode leave in bytes: byte order marks, zeros, signs written as two halves."""

from __future__ import annotations

import codecs
import re
import unicodedata

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; UTF-32 first, since its little-endian mark begins with that of UTF-16."""
LEAST_ZEROS = 2
"""Zero bytes from which data may be UTF-16 or UTF-32."""
CONTROL_SHARE = 0.25
"""Share of bytes below 32 from which what passes as UTF-8 may be UTF-16: every second one in Latin, Arabic or
Cyrillic letters.
"""
ODD_SHARE = 0.01
"""Share of characters that no text has (unassigned, private, control), from which on bytes are not UTF-16."""
SAMPLE_CHARACTERS = 5000
"""Characters that are looked at for odd ones."""
_CONTROLS = bytes((*range(9), 11, 12, *range(14, 32)))
_ODD = frozenset({"Cc", "Cn", "Co", "Cs"})
_PAIR = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")


def encoding_of_mark(data: bytes) -> str:
    """Return the encoding whose byte order mark *data* begins with (it takes the mark off); else empty."""
    return next((name for mark, name in _MARKS if data.startswith(mark)), "")


def wide_encoding(data: bytes) -> str:
    """Return the wide encoding (UTF-16, UTF-32) of *data* without a byte order mark; else empty."""
    if data.count(0) < LEAST_ZEROS or (
        _is_utf8(data) and len(data.translate(None, _CONTROLS)) > (1 - CONTROL_SHARE) * len(data)
    ):
        return ""
    high = next(
        (
            name
            for name, top, following in (("utf-32-be", 0, 1), ("utf-32-le", 3, 2))
            if _is_four_wide(data, top, following)
        ),
        "",
    )
    readings = [
        (_count_ascii(text), name)
        for name in (high, "utf-16-le", "utf-16-be")
        if name and (text := _if_text(data, name))
    ]
    return max(readings, key=lambda reading: reading[0])[1] if readings else ""


def _is_four_wide(data: bytes, top: int, following: int) -> bool:
    """Tell whether every fourth byte from *top* is zero, and half of those *following* it."""
    top_bytes = data[top::4]
    return top_bytes.count(0) == len(top_bytes) and data[following::4].count(0) > len(data) // 8


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _if_text(data: bytes, charset: str) -> str:
    """Return *data* read in *charset* when that is a text, in which ASCII characters occur; else empty."""
    text = data.decode(charset, "replace")
    sample = text[:SAMPLE_CHARACTERS]
    odd = sum(
        unicodedata.category(char) in _ODD and char not in "\t\n\r\f" for char in sample
    ) + sample.count("\ufffd")
    return text if odd <= max(1, ODD_SHARE * len(sample)) and _count_ascii(sample) else ""


def _count_ascii(text: str) -> int:
    return len(text.encode("ascii", "ignore"))


def pairs_joined(data: bytes) -> bytes:
    """Return *data* with each sign written as a pair of surrogates in UTF-8.

    CESU-8 is written by Java, Oracle and some other databases.
    """
    return _PAIR.sub(_joined, data)


def _joined(halves: re.Match[bytes]) -> bytes:
    return (
        halves[0].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16").encode()
    )
